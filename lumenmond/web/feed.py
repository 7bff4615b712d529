"""One connection to live.sock: a mirror of what it says, and those who follow it."""

from __future__ import annotations

import json
import math
import threading
import time
from collections import deque
from collections.abc import Iterable
from dataclasses import asdict
from typing import Any

from lumenmon import live

MAX_WAITING = 4 * 2**20
"""Bytes that may wait for a follower; with more, it gets a snapshot instead."""
FRESH = 0.25
"""Seconds for which one snapshot is good for all who come: it says what time it is."""
PIECE = 256 * 1024
"""Bytes after which a follower is handed no more at once: what waits is shared by all who are
behind, what is handed over is a copy of its own."""

Plain = dict[str, Any]


def frame(event: str, data: Any) -> bytes:
    """Return one server-sent event."""
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":"))
    return f"event: {event}\ndata: {text}\n\n".encode(errors="replace")


class Follower:
    """A browser that follows a feed: what waits to be sent to it."""

    def __init__(self) -> None:
        self.closed = False
        self.behind = False
        self._frames: deque[bytes] = deque()
        self._bytes = 0
        self._allowed = MAX_WAITING
        self._more = threading.Condition()

    def put(self, data: bytes) -> None:
        """Let something wait to be sent."""
        with self._more:
            if self.behind:
                return
            self._frames.append(data)
            self._bytes += len(data)
            if self._bytes > self._allowed:
                self.behind = True
                self._clear()
            self._more.notify()

    def _clear(self) -> None:
        self._frames.clear()
        self._bytes = 0
        self._allowed = MAX_WAITING

    def start_over(self, data: bytes) -> None:
        """Let this wait instead of all before it; however long it is, only what follows counts."""
        with self._more:
            self.behind = False
            self._clear()
            self._allowed += len(data)
        if data:
            self.put(data)

    def get(self, timeout: float) -> bytes:
        """Return what waits; nothing after ``timeout`` seconds, or when it is to stop."""
        with self._more:
            if not self._frames and not self.behind and not self.closed:
                self._more.wait(timeout)
            taken, size = [], 0
            while self._frames and size < PIECE:
                taken.append(self._frames.popleft())
                size += len(taken[-1])
            self._bytes -= size
            if not self._frames:
                self._clear()
            return b"".join(taken)

    def close(self) -> None:
        """Tell its thread to stop."""
        with self._more:
            self.closed = True
            self._more.notify()


class Feed:
    """The agents that one ``Want`` covers. The hub reads for it, under the hub's lock."""

    def __init__(self, want: live.Want) -> None:
        self.want = want
        self.agents: dict[str, Plain] = {}
        self.followers: set[Follower] = set()
        self.up: bool | None = None
        """None until the daemon was asked for the first time."""
        self.tried = -math.inf
        """When the last try to connect was made."""
        self.trouble = ""
        """What is wrong with the daemon's database, empty while all is well."""
        self._staged: dict[str, Plain] | None = {}
        self._rest = b""
        self._frames: list[bytes] = []
        self._opening = (-math.inf, b"")

    @property
    def waiting(self) -> bool:
        """Whether the snapshot is not complete yet."""
        return self._staged is not None

    def begin(self) -> None:
        """A new connection was made."""
        self._staged, self._rest = {}, b""

    def lost(self) -> None:
        """The connection ended, or could not be made."""
        self._opening = (-math.inf, b"")
        if self.up is not False:
            self.up = False
            self._frames.append(frame("daemon", {"state": "down"}))
        self._send()

    def snapshot(self) -> Plain:
        """Return all that is known now."""
        of = {"agent": self.want.id} if self.want.id else {}
        return {
            "now": round(time.time(), 3), "daemon": self.state, "trouble": self.trouble,
            "agents": [*self._sorted()], **of,
        }  # fmt: skip

    def opening(self) -> bytes:
        """Return what a follower begins with, made once for all who come in a moment."""
        made, data = self._opening
        if time.monotonic() - made > FRESH:
            data = frame("daemon", {"state": self.state}) + frame("snapshot", self.snapshot())
            self._opening = (time.monotonic(), data)
        return data

    @property
    def state(self) -> str:
        """Whether the daemon can be reached."""
        return "up" if self.up else "down"

    def _sorted(self) -> Iterable[Plain]:
        return sorted(self.agents.values(), key=lambda agent: (agent["name"], agent["id"]))

    def read(self, data: bytes) -> None:
        """Take in what arrived; raises LiveError."""
        self._opening = (-math.inf, b"")
        *lines, self._rest = (self._rest + data).split(b"\n")
        try:
            for line in lines:
                self._take(live.decode(line))
            if len(self._rest) > live.MAX_LINE:
                raise live.LiveError(f"message is longer than {live.MAX_LINE} bytes")
        finally:
            self._send()

    def _take(self, message: live.Message) -> None:
        if isinstance(message, live.Ready) and self._staged is not None:
            self.agents, self._staged, self.up = self._staged, None, True
            self._frames = [frame("daemon", {"state": "up"}), frame("snapshot", self.snapshot())]
            return
        agents = self.agents if self._staged is None else self._staged
        if isinstance(message, live.Agent):
            made = _plain(message)
            known = agents.get(message.id)
            if known is not None and self.want.id:  # its message may carry but the fleet's metrics
                made["latest"] = {**known["latest"], **made["latest"]}
            agents[message.id] = made
            self._tell("agent", made)
        elif isinstance(message, live.Samples):
            known = agents.get(message.id)
            if known is not None:
                _update(known, message.samples)
                self._tell("samples", {"id": message.id, "samples": message.samples})
        elif isinstance(message, live.Gone):
            agents.pop(message.id, None)
            self._tell("gone", {"id": message.id})
        elif isinstance(message, live.Console):
            self.trouble = message.trouble
            self._tell("console", {"trouble": message.trouble})

    def _tell(self, event: str, data: Any) -> None:
        if self._staged is None and self.followers:
            self._frames.append(frame(event, data))

    def _send(self) -> None:
        data, self._frames = b"".join(self._frames), []
        if data:
            for follower in self.followers:
                follower.put(data)


def _plain(agent: live.Agent) -> Plain:
    made = asdict(agent)
    made["state"] = agent.state.value
    return made


def _update(agent: Plain, samples: list[list[Any]]) -> None:
    """Bring an agent up to date with samples that just came."""
    for metric, timestamp, interval, value, type, unit in samples:
        known = agent["latest"].get(metric)
        if known is not None and known["timestamp"] > timestamp:
            continue
        agent["latest"][metric] = {
            "timestamp": timestamp, "interval": interval, "value": value,
            "type": type, "unit": unit,
        }  # fmt: skip
        if metric == "generic_cpu" and not isinstance(value, str):
            agent["recent"] = [*agent["recent"], value][-live.SPARKLINE :]
    agent["last_seen"] = round(time.time(), 3)
