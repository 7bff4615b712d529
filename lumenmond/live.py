"""live.sock: what is going on now, for the dashboards (lumenmon/live.py has the messages)."""

from __future__ import annotations

import socket
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import partial

from lumenmon.live import (
    FLEET_METRICS,
    MAX_BEHIND,
    Console,
    Gone,
    LiveError,
    Message,
    Ready,
    Samples,
    Value,
    Want,
    decode,
    encode,
)
from lumenmond.fleet import Fleet, Watch
from lumenmond.listener import Listener
from lumenmond.loop import READ, WRITE, Loop

PUBLISH = 0.25
"""Seconds that changes are gathered before they are published."""
MAX_READERS = 256
"""Readers of one user: the dashboard has one, and one more for each agent that is looked at."""
ASKING = 10.0
"""Seconds that a reader has to ask."""
MAX_WANT = 1024
_CHUNK = 12
"""Samples in one message: even of the longest texts they fit a line."""
_TEXT = 256
"""Characters of a text that an agent's own message carries when all of it does not fit."""


class _Reader:
    """One client."""

    def __init__(self, connection: socket.socket) -> None:
        self.connection = connection
        self.want: Want | None = None
        self.asked = b""
        self.out = bytearray()
        self.allowed = MAX_BEHIND

    def wants(self, id: str) -> bool:
        return self.want is not None and self.want.id in ("", id)


class LiveServer:
    """Serves live.sock: a snapshot to each new reader, then every change."""

    def __init__(self, loop: Loop, fleet: Fleet, listener: socket.socket) -> None:
        self._loop = loop
        self._fleet = fleet
        self._readers: set[_Reader] = set()
        self._seq = 0
        self._trouble = fleet.trouble
        self._listener = Listener(loop, listener, self._accepted, most=MAX_READERS, patience=ASKING)
        loop.every(PUBLISH, self.publish)

    def _accepted(self, connection: socket.socket) -> None:
        self._watch(_Reader(connection), READ)

    def _watch(self, reader: _Reader, events: int) -> None:
        self._loop.watch(
            reader.connection.fileno(),
            events,
            lambda events: self._serve(reader, events),
            end=partial(self._cut, reader),
        )

    def _serve(self, reader: _Reader, events: int) -> None:
        try:
            if events & READ:
                data = reader.connection.recv(MAX_WANT)
                if not data or reader.want is not None:
                    return self._cut(reader)
                reader.asked += data
                if b"\n" in reader.asked:
                    self._snapshot(reader)
                elif len(reader.asked) > MAX_WANT:
                    return self._cut(reader)
            self._flush(reader)
        except BlockingIOError:
            return None
        except (OSError, LiveError):
            self._cut(reader)
        return None

    def _snapshot(self, reader: _Reader) -> None:
        want = decode(reader.asked.partition(b"\n")[0])
        if not isinstance(want, Want) or want.want not in ("fleet", "agent"):
            raise LiveError("the client wants what there is not")
        if (want.want == "agent") != bool(want.id):
            raise LiveError("the client names no agent, or one for the fleet")
        reader.want = want
        self._listener.settle(reader.connection)
        self._readers.add(reader)
        reader.out += encode(Console(self._next(), self._fleet.trouble))
        for id, watch in self._fleet.agents.items():
            if reader.wants(id):
                for message in self._about(watch, want):
                    reader.out += _line(message)
        reader.out += encode(Ready(self._next(), self._fleet.now()))
        reader.allowed = len(reader.out) + MAX_BEHIND

    def _next(self) -> int:
        self._seq += 1
        return self._seq

    def _about(self, watch: Watch, want: Want) -> Iterator[Message]:
        """Yield the messages that say all a client wants to know of one agent."""
        if want.want == "agent":
            whole = self._fleet.describe(watch, self._next(), dict(watch.latest))
            try:
                encode(whole)
            except LiveError:
                yield from self._in_parts(watch)
            else:
                yield whole
            return
        yield self._fleet.describe(watch, self._next(), _short(watch))

    def _in_parts(self, watch: Watch) -> Iterator[Message]:
        yield self._fleet.describe(watch, self._next(), _short(watch))
        yield from self._samples(watch, list(watch.latest))

    def _samples(self, watch: Watch, metrics: list[str]) -> Iterator[Samples]:
        for start in range(0, len(metrics), _CHUNK):
            rows = [
                [metric, value.timestamp, value.interval, value.value, value.type, value.unit]
                for metric in metrics[start : start + _CHUNK]
                for value in (watch.latest[metric],)
            ]
            yield Samples(self._next(), watch.row.id, rows)

    def publish(self) -> None:
        """Send what changed since the last time to every reader that wants it."""
        if not self._readers:
            self._fleet.settled()
            return
        if self._fleet.trouble != self._trouble:
            self._trouble = self._fleet.trouble
            message = encode(Console(self._next(), self._trouble))
            for reader in self._readers:
                reader.out += message
        for id in self._fleet.gone:
            self._send(id, [Gone(self._next(), id)])
        for watch in self._fleet.agents.values():
            self._loop.guard(partial(self._publish, watch))
        self._fleet.settled()
        for reader in list(self._readers):
            self._loop.guard(partial(self._flush, reader), partial(self._cut, reader))

    def _publish(self, watch: Watch) -> None:
        id = watch.row.id
        if watch.changed:
            self._send(id, [self._fleet.describe(watch, self._next(), _short(watch))])
        if watch.fresh:
            fleet = [metric for metric in FLEET_METRICS if metric in watch.fresh]
            rest = sorted(watch.fresh - set(fleet))
            self._send(id, list(self._samples(watch, fleet)))
            self._send(id, list(self._samples(watch, rest)), only="agent")

    def _send(self, id: str, messages: Sequence[Message], only: str = "") -> None:
        readers = [r for r in self._readers if r.wants(id)]
        readers = [r for r in readers if not only or (r.want and r.want.want == only)]
        if not readers:
            return
        data = b"".join(_line(message) for message in messages)
        for reader in readers:
            reader.out += data

    def _flush(self, reader: _Reader) -> None:
        if reader.out:
            try:
                del reader.out[: reader.connection.send(reader.out)]
            except BlockingIOError:
                pass
            except OSError:
                return self._cut(reader)
        # A big fleet's snapshot may be longer by itself; only what follows it counts.
        if not reader.out:
            reader.allowed = MAX_BEHIND
        if len(reader.out) > reader.allowed:
            return self._cut(reader)
        events = READ | WRITE if reader.out else READ
        return self._watch(reader, events)

    def _cut(self, reader: _Reader) -> None:
        self._readers.discard(reader)
        self._listener.close(reader.connection)


def _short(watch: Watch) -> dict[str, Value]:
    """Return what a fleet view shows of an agent, long texts cut."""
    return {
        metric: replace(value, value=value.value[:_TEXT]) if isinstance(value.value, str) else value
        for metric in FLEET_METRICS
        if (value := watch.latest.get(metric)) is not None
    }


def _line(message: Message) -> bytes:
    """Return a message's line; texts that escape to more than a line holds are cut."""
    try:
        return encode(message)
    except LiveError:
        if not isinstance(message, Samples):
            raise
    cut = [
        [*row[:3], row[3][:_TEXT] if isinstance(row[3], str) else row[3], *row[4:]]
        for row in message.samples
    ]
    return encode(replace(message, samples=cut))
