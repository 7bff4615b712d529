"""The hub: one thread reads live.sock and hands what it says to everyone who follows.

The fleet is always followed, so that the mirror is there for every request; one agent in full
only while somebody looks at it.
"""

from __future__ import annotations

import logging
import os
import selectors
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

from lumenmon import journal, live, paths, request
from lumenmon.errors import LumenmonError
from lumenmond.web.feed import Feed, Follower, Plain

HEARTBEAT = 10.0
"""Seconds between signs of life on a stream with nothing to say."""
AGAIN = 0.5
"""Seconds between two tries to reach the daemon."""
SNAPSHOT = 10.0
"""Seconds that a snapshot may take before the connection is given up."""
_CHUNK = 256 * 1024
PING = b": \nevent: ping\ndata: {}\n\n"
"""A sign of life: a comment for those who look at bytes, an event for scripts, who can't."""


class Hub:
    """A mirror of the fleet, kept up to date by a thread of its own."""

    def __init__(self, path: Path = paths.LIVE_SOCKET) -> None:
        self._path = path
        self._lock = threading.Lock()
        self._fleet = Feed(live.Want())
        self._feeds = [self._fleet]
        self._connections: dict[socket.socket, Feed] = {}
        self._selector = selectors.DefaultSelector()
        self._wake, self._woken = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
        self._selector.register(self._wake, selectors.EVENT_READ)
        self._closed = False
        self._thread = threading.Thread(target=self._run, name="hub", daemon=True)

    def start(self) -> None:
        """Start the thread."""
        self._thread.start()

    @property
    def alive(self) -> bool:
        """Whether the thread runs."""
        return self._thread.is_alive()

    def close(self) -> None:
        """End the thread and every stream."""
        self._closed = True
        self._stir()
        if self._thread.ident:
            self._thread.join(5)
        with self._lock:
            for feed in self._feeds:
                for follower in feed.followers:
                    follower.close()

    def fleet(self) -> Plain:
        """Return the fleet as it is now: ``now``, ``daemon``, ``trouble`` and ``agents``."""
        with self._lock:
            found = self._fleet.snapshot()
            found["agents"] = [_copy(agent) for agent in found["agents"]]
            return found

    @property
    def daemon_up(self) -> bool:
        """Whether the daemon can be reached."""
        return self._fleet.up is True

    def wait(self, seconds: float) -> None:
        """Wait until the daemon was asked for the first time, at most ``seconds``."""
        end = time.monotonic() + seconds
        while self._fleet.up is None and time.monotonic() < end:
            time.sleep(0.01)

    def wait_gone(self, id: str, seconds: float) -> None:
        """Wait until an agent that was removed is gone from the mirror, at most ``seconds``."""
        end = time.monotonic() + seconds
        while self.agent(id) is not None and time.monotonic() < end:
            time.sleep(0.02)

    def agent(self, id: str) -> Plain | None:
        """Return an agent as it is now: in full while somebody follows it, else as in a fleet."""
        with self._lock:
            for feed in self._feeds[1:]:
                if feed.want.id == id and feed.up and id in feed.agents:
                    return _copy(feed.agents[id])
            found = self._fleet.agents.get(id)
            return _copy(found) if found else None

    def streams(self) -> int:
        """Return how many follow."""
        with self._lock:
            return len(set().union(*(feed.followers for feed in self._feeds)))

    def follow(self, *ids: str, follower: Follower | None = None) -> Follower:
        """Let one begin to follow agents in full, or the fleet where an id is empty."""
        follower = follower or Follower()
        with self._lock:
            for id in ids or ("",):
                self._feed(id).followers.add(follower)
            self._catch_up(follower)
        self._stir()
        return follower

    def _feed(self, id: str) -> Feed:
        for feed in self._feeds:
            if feed.want.id == id:
                return feed
        feed = Feed(live.Want("agent", id))
        self._feeds.append(feed)
        return feed

    def unfollow(self, follower: Follower) -> None:
        """Stop following; to be called once or more often."""
        with self._lock:
            for feed in self._feeds:
                feed.followers.discard(follower)
        self._stir()

    def catch_up(self, follower: Follower) -> None:
        """Give a follower that fell behind snapshots instead of what it missed."""
        with self._lock:
            self._catch_up(follower)

    def _catch_up(self, follower: Follower) -> None:
        feeds = [feed for feed in self._feeds if follower in feed.followers]
        follower.start_over(b"".join(feed.opening() for feed in feeds if feed.up is not None))

    def _stir(self) -> None:
        with suppress(OSError):
            os.write(self._woken, b"x")

    def _run(self) -> None:
        while not self._closed:
            try:
                self._turn()
            except Exception:
                journal.log.exception("reading live.sock failed, retrying")
                time.sleep(AGAIN)
        for connection in list(self._connections):
            self._drop(connection)

    def _turn(self) -> None:
        with self._lock:
            missing = self._tend()
        for feed in missing:
            self._connect(feed)
        for key, _ in self._selector.select(AGAIN):
            if key.fileobj == self._wake:
                os.read(self._wake, 4096)
                continue
            assert isinstance(key.fileobj, socket.socket)
            self._read(key.fileobj)

    def _tend(self) -> list[Feed]:
        """End what nobody follows any more; returns what is to be connected."""
        for feed in [feed for feed in self._feeds[1:] if not feed.followers]:
            self._feeds.remove(feed)
        for connection, feed in list(self._connections.items()):
            slow = feed.waiting and time.monotonic() - feed.tried > SNAPSHOT
            if feed not in self._feeds or slow:
                self._drop(connection)
        connected, now = set(self._connections.values()), time.monotonic()
        return [feed for feed in self._feeds if feed not in connected and now - feed.tried >= AGAIN]

    def _connect(self, feed: Feed) -> None:
        feed.tried = time.monotonic()
        connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        connection.settimeout(2)
        try:
            request.connect(connection, self._path)
            connection.sendall(live.encode(feed.want))
        except (OSError, LumenmonError) as error:
            connection.close()
            if feed is self._fleet and feed.up is not False:
                journal.event(
                    logging.WARNING, "daemon-down", "lumenmond is not there: %s, retrying", error
                )
            with self._lock:
                feed.lost()
            return
        connection.setblocking(False)
        feed.begin()
        self._connections[connection] = feed
        self._selector.register(connection, selectors.EVENT_READ)

    def _read(self, connection: socket.socket) -> None:
        feed = self._connections[connection]
        try:
            data = connection.recv(_CHUNK)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        with self._lock:
            try:
                if data:
                    feed.read(data)
                    return
            except live.LiveError as error:
                journal.event(logging.ERROR, "live-damaged", "live.sock: %s", error.message)
            self._drop(connection)

    def _drop(self, connection: socket.socket) -> None:
        self._selector.unregister(connection)
        self._connections.pop(connection).lost()
        connection.close()


def _copy(agent: Plain) -> Plain:
    """Return a copy that the hub's thread does not change under its reader."""
    return {**agent, "latest": dict(agent["latest"])}


def stream(hub: Hub, follower: Follower, may_go_on: Callable[[], bool]) -> Iterator[bytes]:
    """Yield a follower's stream for as long as it may go on."""
    yield b"retry: 1000\n\n"
    asked = time.monotonic()
    while not follower.closed:
        if follower.behind:
            hub.catch_up(follower)
        data = follower.get(HEARTBEAT)
        if time.monotonic() - asked >= HEARTBEAT:
            asked = time.monotonic()
            if not may_go_on():
                return
            data = data or PING
        if data:
            yield data
