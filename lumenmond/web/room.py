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
import select
from collections import Counter, defaultdict
from typing import Any

from lumenmon import journal
from lumenmond.web.connection import Channel, is_news

TOGETHER = 100
"""Connections that are accepted before those that are open are asked again."""
GIVE_WAY = 32
"""Connections that give way together at most: to choose them costs a look at all."""


def accept_waiting(server: Any) -> None:
    """Accept connections that wait at a server's socket, or make room for them.

    Never both: the number of a socket that is closed would be given to a new one, which then got
    the old one's events.
    """
    room = server.adj.connection_limit - 1 - len(server._map)  # one less, or waitress stops
    if room <= 0 and _make_room(server):
        return
    waiting = select.poll()
    waiting.register(server.socket, select.POLLIN)
    for _ in range(max(1, min(TOGETHER, room))):
        type(server).handle_accept(server)
        if not waiting.poll(0):
            return


def _make_room(server: Any) -> bool:
    """Close quiet connections of the source that has the most; return whether there were any."""
    channels = [each for each in server._map.values() if isinstance(each, Channel)]
    held = Counter(each.origin for each in channels)
    quiet: dict[str, list[Channel]] = defaultdict(list)
    for each in channels:
        if not each.requests:
            quiet[each.origin].append(each)
    if not quiet:
        return False
    most = sorted(quiet[max(quiet, key=held.__getitem__)], key=lambda each: each.last_activity)
    if is_news("web-crowded"):
        text = "%d connections are open: the quietest are closed to make room"
        journal.event(logging.WARNING, "web-crowded", text, len(server._map))
    for each in most[: max(1, min(GIVE_WAY, len(most) // 4))]:
        each.handle_close()
    return True
