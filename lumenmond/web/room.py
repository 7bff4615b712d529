"""Room for connections: how fast they are accepted, and which give way when all are taken.

waitress accepts one connection each time it has asked all that are open, and none while its limit
is reached. So a stranger who opens as many and says nothing would keep everybody out, and one
who opens more without end would have everybody wait in line. Here those that wait are accepted
together, and when all are taken some of the source that has the most give way: those that have
been quiet for longest. A reverse proxy stands for many and may be that source, which costs it
nothing: it opens a connection again when it needs one. One with a request in hand, such as a
stream, is never closed so.
"""

from __future__ import annotations

import logging
import math
import select
import time
from collections import Counter, defaultdict
from typing import Any

from lumenmon import journal
from lumenmond.web.connection import SELDOM, Channel, cut_stalled

TOGETHER = 100
"""Connections that are accepted before those that are open are asked again."""
GIVE_WAY = 32
"""Connections that give way together at most: to choose them costs a look at all."""
LOOK = 10.0
"""Seconds between two looks for clients that take nothing."""


class Door:
    """The door of one of waitress' servers, which share their connections: who goes and who comes.

    waitress first asks each server and connection for what it waits, then hands out all the events
    of that round, by number. A connection that one event closes would leave its number to one that
    another accepts, which then got the events of the old one. So connections of others are closed
    while waitress asks, and never between two events; those wait for nothing any more.
    """

    def __init__(self, server: Any) -> None:
        self._server = server
        self._looked_at = -math.inf
        self._waiting = select.poll()
        self._waiting.register(server.socket, select.POLLIN)
        server.readable = self.readable
        server.handle_accept = self.accept

    def readable(self) -> bool:
        """Close those that are to go; return whether others are accepted in this round."""
        now = time.monotonic()
        if now - self._looked_at >= LOOK:
            self._looked_at = now
            cut_stalled([self._server], now)
        if self._room() <= 0 and self._waiting.poll(0):
            _make_room(self._server)
        return bool(type(self._server).readable(self._server))

    def accept(self) -> None:
        """Accept connections that wait."""
        for _ in range(max(1, min(TOGETHER, self._room()))):
            type(self._server).handle_accept(self._server)
            if not self._waiting.poll(0):
                return

    def _room(self) -> int:
        limit: int = self._server.adj.connection_limit
        return limit - 1 - len(self._server._map)  # one less, or waitress stops


def _make_room(server: Any) -> None:
    """Close quiet connections of the source that has the most."""
    channels = [each for each in server._map.values() if isinstance(each, Channel)]
    held = Counter(each.origin for each in channels)
    quiet: dict[str, list[Channel]] = defaultdict(list)
    for each in channels:
        if not each.requests:
            quiet[each.origin].append(each)
    if not quiet:
        return
    most = sorted(quiet[max(quiet, key=held.__getitem__)], key=lambda each: each.last_activity)
    text = "%d connections are open: the quietest are closed to make room"
    journal.event(logging.WARNING, "web-crowded", text, len(server._map), limit=SELDOM)
    for each in most[: max(1, min(GIVE_WAY, len(most) // 4))]:
        each.handle_close()
