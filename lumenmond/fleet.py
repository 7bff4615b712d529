"""What is going on now: every agent's newest values and state, in memory."""

from __future__ import annotations

import socket
import time
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from lumenmon import live
from lumenmon.live import SPARKLINE, Agent, State, Value
from lumenmon.wire import Sample
from lumenmond.drift import Drift
from lumenmond.staleness import SETTLING, judge, limit
from lumenmond.store.registry import AgentRow
from lumenmond.store.writer import Store

_SPARK = "generic_cpu"
_AHEAD = 15.0
"""Seconds by which a timestamp may lie ahead of our clock and still be taken for the newest."""
_LOOPBACK = ("127.0.0.1", "::1")
_SLOWED = 5.0
"""Seconds after which it is published again that an agent is still slowed."""
_SKEW = 60.0
"""Seconds for which the highest skew counts: samples that had to wait seem to be behind."""


@dataclass(slots=True)
class Watch:
    """One agent as it is now.

    ``fresh`` holds the metrics that came since the last publish, ``heard`` the time of the sample
    of the present that arrived last, until ``Fleet.heard`` asks for it. ``awaited`` is whether it
    was connected when we were stopped, until it is again. ``version`` and ``boot`` are of the
    agent's greeting, ``rivals`` the addresses of other machines that have its key.
    """

    row: AgentRow
    latest: dict[str, Value] = field(default_factory=dict)
    beats: dict[str, tuple[int, float]] = field(default_factory=dict)
    recent: deque[float] = field(default_factory=lambda: deque(maxlen=SPARKLINE))
    connections: int = 0
    connected: float | None = None
    skew: float | None = None
    skewed: float = 0.0
    state: State = State.NEVER
    why: str = "not seen yet"
    heard: int | None = None
    drift: Drift = field(default_factory=Drift)
    awaited: bool = False
    version: str = ""
    boot: str = ""
    rivals: str = ""
    rate: float = 0.0
    slowed: float | None = None
    fresh: set[str] = field(default_factory=set)
    changed: bool = False


class Fleet:
    """All agents; ``changed`` and ``fresh`` of each say what is to be published."""

    def __init__(self, now: Callable[[], float]) -> None:
        self.now = now
        self.agents: dict[str, Watch] = {}
        self.gone: list[str] = []
        self.trouble = ""
        """What is wrong with the database, empty while all is well."""
        self._started = time.monotonic()
        self._blind = False

    def add(self, row: AgentRow) -> Watch:
        """Take an agent in, or return it."""
        watch = self.agents.get(row.id)
        if watch is None:
            watch = self.agents[row.id] = Watch(row, changed=True)
            self._judge(watch)
        return watch

    def load(self, row: AgentRow, store: Store) -> None:
        """Take an agent in with what the database last knew of it."""
        watch = self.add(row)
        latest, recent = store.load(row, _SPARK, SPARKLINE)
        for metric, newest in latest.items():
            series = row.series[metric]
            watch.latest[metric] = Value(*newest, series.type.value, series.unit)
        watch.recent.extend(recent)
        now, seen = self.now(), row.last_seen
        for metric, value in watch.latest.items():
            if value.interval > 0:
                beat = min(value.timestamp, value.timestamp if seen is None else seen)
                if beat > now:  # by a clock that was ahead, its own or ours: nothing of now
                    beat = now - 2 * limit(value.interval)
                watch.beats[metric] = (value.interval, float(beat))
        often = min((interval for interval, _ in watch.beats.values()), default=60)
        stopped = store.stopped_at
        self._blind = store.stands_in
        watch.awaited = self._blind or (
            stopped is not None and seen is not None and stopped - seen <= limit(often)
        )
        self._judge(watch)

    def remove(self, id: str) -> None:
        """Forget an agent."""
        if self.agents.pop(id, None):
            self.gone.append(id)

    def connect(self, id: str, address: str) -> None:
        """Count a connection of the agent."""
        watch = self.agents[id]
        watch.connections += 1
        watch.awaited = False
        watch.connected = watch.connected or self.now()
        watch.skewed = self.now()
        watch.row.address = address or watch.row.address
        watch.changed = True

    def disconnect(self, id: str) -> None:
        """Count a connection of the agent that ended."""
        watch = self.agents.get(id)
        if watch is None:
            return
        watch.connections -= 1
        if watch.connections == 0:
            watch.connected = None
        watch.changed = True
        self._judge(watch)

    def slow(self, id: str) -> None:
        """Note that the agent sends more than it may."""
        watch, now = self.agents[id], self.now()
        watch.changed = watch.changed or watch.slowed is None or now - watch.slowed > _SLOWED
        if watch.changed:
            watch.slowed = now

    def sample(self, id: str, sample: Sample, unit: str) -> None:
        """Take a sample that just arrived; an older one than known changes nothing here.

        Except where what is known lies in the future: then the agent's clock was set back.
        """
        watch, now = self.agents[id], self.now()
        watch.row.last_seen = now
        known = watch.latest.get(sample.metric)
        if known is not None and sample.timestamp < known.timestamp <= now + _AHEAD:
            return
        watch.latest[sample.metric] = Value(
            sample.timestamp, sample.interval, sample.value, sample.type.value, unit
        )
        watch.fresh.add(sample.metric)
        watch.drift.take(sample.timestamp, now)
        if watch.drift.is_settled(sample.timestamp, now):  # what had to wait tells no time
            watch.heard = sample.timestamp
        if sample.interval > 0:
            beat = min(now, sample.timestamp - watch.drift.value)
            watch.beats[sample.metric] = (sample.interval, beat)
            if sample.interval <= 60:
                skew = round(sample.timestamp - now, 1)
                if watch.skew is None or skew >= watch.skew or abs(now - watch.skewed) > _SKEW:
                    watch.skew, watch.skewed = skew, now
        else:
            watch.beats.pop(sample.metric, None)
        if sample.metric == _SPARK and isinstance(sample.value, float):
            watch.recent.append(sample.value)
        if watch.state is not State.ONLINE:
            self._judge(watch)

    def heard(self) -> Iterator[tuple[str, int]]:
        """Yield what each other host's clock said last, when it did since the previous call.

        An agent on this very host goes by the same clock as we do.
        """
        host = socket.gethostname()
        for id, watch in self.agents.items():
            name = watch.latest.get("generic_hostname")
            is_here = (name is not None and name.value == host) or watch.row.address in _LOOPBACK
            if watch.heard is not None and not is_here:
                yield id, watch.heard
            watch.heard = None

    def judge(self) -> None:
        """Judge every agent anew."""
        now = self.now()
        for watch in self.agents.values():
            for metric, (interval, arrived) in watch.beats.items():
                if arrived > now:  # our clock was set back: else it would seem fresh until then
                    watch.beats[metric] = (interval, now)
            self._judge(watch)

    def _judge(self, watch: Watch) -> None:
        awaited = watch.awaited and time.monotonic() - self._started < SETTLING
        connected, seen = watch.connections > 0, watch.row.last_seen
        if seen is None and self._blind and not connected:
            seen = 0.0  # it may have been seen, but what is known of it cannot be read
        state, why = judge(watch.beats, connected, seen, self.now(), awaited=awaited)
        if (state, why) != (watch.state, watch.why):
            watch.changed = True
        watch.state, watch.why = state, why

    def settled(self) -> None:
        """Everything that changed was published."""
        self.gone.clear()
        for watch in self.agents.values():
            watch.changed = False
            watch.fresh.clear()

    def online(self) -> int:
        """Return how many agents are online."""
        return sum(watch.state is State.ONLINE for watch in self.agents.values())

    def describe(self, watch: Watch, seq: int, latest: dict[str, Value]) -> Agent:
        """Return the message that says all of one agent, with these values."""
        row = watch.row
        return live.Agent(
            seq, row.id, row.name, watch.state, watch.why, list(row.tags), row.address,
            row.fingerprint, row.enrolled, watch.connected, row.last_seen, watch.skew,
            row.rejected, row.last_reject, len(row.series), row.size, round(watch.rate, 1),
            watch.slowed, row.limited, latest, list(watch.recent),
            watch.version, watch.boot, watch.rivals,
        )  # fmt: skip
