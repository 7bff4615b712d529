"""Which machine speaks for an agent when two have its key: a copied disk, a cloned template.

A machine tells its boot in its greeting. While one boot's connection lives, that of another boot
is held: nothing is read of it, so its spool keeps its samples and no series gets values of two
hosts. After a reboot the old connection is dead and gives way; where both live, there are two.
"""

from __future__ import annotations

import logging
import select
import time
from collections.abc import Callable, Iterator
from functools import partial

from lumenmon import journal
from lumenmon.greeting import AgentGreeting
from lumenmond.connection import Connection
from lumenmond.fleet import Fleet
from lumenmond.loop import Loop

SILENT = 90.0
"""Seconds without a byte after which a connection gives way, should sshd not have ended it."""
_LATER = 1.0
"""Seconds by which a byte must follow another's greeting, to have been sent after it."""


class Rivals:
    """The connections that greeted, by agent, in their order.

    ``attend`` is called for a connection that has something to tell its agent or may be read on,
    in the loop's next turn, lest a commit be answered that its samples are not in; ``drop`` is
    called to end one.
    """

    def __init__(
        self,
        loop: Loop,
        fleet: Fleet,
        attend: Callable[[Connection], None],
        drop: Callable[[Connection], None],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._loop = loop
        self._fleet = fleet
        self._attend = attend
        self._drop = drop
        self._clock = clock
        self._greeted: dict[str, list[Connection]] = {}
        self._proven: set[Connection] = set()

    def greet(self, connection: Connection, hello: AgentGreeting) -> bool:
        """Take a connection's greeting; return whether its samples are to be read now."""
        line = self._greeted.setdefault(connection.agent, [])
        if connection not in line:
            line.append(connection)
        connection.hello = hello
        elder = self._elder(connection)
        if elder is None:
            self._speaks(connection)
            return True
        connection.waiting_since = self._clock()
        connection.say(f"@wait an earlier connection from {_place(elder)} still stands")
        return False

    def forget(self, connection: Connection) -> None:
        """A connection ended; whichever waited for that goes on."""
        line = self._greeted.get(connection.agent, [])
        if connection not in line:
            return
        line.remove(connection)
        self._proven.discard(connection)
        if not line:
            del self._greeted[connection.agent]
        self._release(connection.agent)
        self._publish(connection.agent)

    def tick(self) -> None:
        """Judge all that wait; every few seconds."""
        now = self._clock()
        for connection in list(self._waiting()):
            elder = self._elder(connection)
            since = connection.waiting_since
            if since is None or elder is None:
                self._release(connection.agent)
            elif _is_over(connection):
                self._drop(connection)
            elif now - elder.heard > SILENT:
                self._drop(elder)
            elif elder.heard > since + _LATER and connection not in self._proven:
                self._prove(connection, elder)

    def _waiting(self) -> Iterator[Connection]:
        for line in self._greeted.values():
            yield from (each for each in line if each.waiting_since is not None)

    def _elder(self, connection: Connection) -> Connection | None:
        """Return the connection of another boot that speaks for the agent, None without one."""
        for each in self._greeted.get(connection.agent, ()):
            if each.waiting_since is None and _boot(each) != _boot(connection):
                return each
        return None

    def _release(self, agent: str) -> None:
        for connection in list(self._greeted.get(agent, ())):
            if connection.waiting_since is not None and self._elder(connection) is None:
                connection.waiting_since = None
                self._proven.discard(connection)
                self._speaks(connection)
                self._publish(agent)
                self._later(connection)

    def _later(self, connection: Connection) -> None:
        self._loop.after(0.0, partial(self._attend, connection), partial(self._drop, connection))

    def _speaks(self, connection: Connection) -> None:
        watch = self._fleet.agents.get(connection.agent)
        if watch and connection.hello:
            watch.version, watch.boot = connection.hello.version, connection.hello.boot
            watch.row.address = connection.address or watch.row.address
            watch.changed = True

    def _prove(self, connection: Connection, elder: Connection) -> None:
        """Both live, so there are two machines: say so."""
        self._proven.add(connection)
        connection.say(f"@wait another machine sends as this agent, from {_place(elder)}")
        self._publish(connection.agent)
        watch = self._fleet.agents.get(connection.agent)
        journal.event(
            logging.WARNING, "agent-doubled",
            "two machines send as %s, from %s and from %s: the second one is not read",
            watch.row.name if watch else connection.agent, _place(elder), _place(connection),
            agent=connection.agent,
        )  # fmt: skip
        self._later(connection)

    def _publish(self, agent: str) -> None:
        watch = self._fleet.agents.get(agent)
        rivals = ", ".join(sorted({_place(c) for c in self._proven if c.agent == agent}))
        if watch and rivals != watch.rivals:
            watch.rivals, watch.changed = rivals, True


def _boot(connection: Connection) -> str:
    return connection.hello.boot if connection.hello else ""


def _place(connection: Connection) -> str:
    return connection.address or "this host"


def _is_over(connection: Connection) -> bool:
    """Return whether the other end is gone, of a connection that is not read."""
    poll = select.poll()
    poll.register(connection.input, select.POLLRDHUP)
    return any(events & ~select.POLLIN for _, events in poll.poll(0))
