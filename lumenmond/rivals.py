"""Which machine speaks for an agent when two have its key: a copied disk, a cloned template.

A machine tells its boot in its greeting. While one boot's connection lives, that of another boot
is held: nothing is read of it, so its spool keeps its samples and no series gets values of two
hosts. After a reboot the old connection is dead and gives way; where both live, there are two.
The second is then known as the copy, also over a restart of ours, and is not read as soon as the
first is away for a moment: else whichever comes first after a restart would be stored. Copies made
of a running machine share its boot, so the address counts as well.
"""

from __future__ import annotations

import hashlib
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
from lumenmond.store.registry import AgentRow

SILENT = 90.0
"""Seconds without a byte after which a connection gives way, should sshd not have ended it."""
RETURN = 600.0
"""Seconds for which a copy waits for the machine that it was made of to come back."""
MAX_COPIES = 8
"""Copies of one agent that are known; the oldest is forgotten for another."""
_LATER = 1.0
"""Seconds by which a byte must follow another's greeting, to have been sent after it."""


class Rivals:
    """The connections that greeted, by agent, in their order.

    ``attend`` is called for a connection that has something to tell its agent or may be read on,
    in the loop's next turn, lest a commit be answered that its samples are not in; ``drop`` is
    called to end one; ``keep`` to have an agent's copies known after a restart.
    """

    def __init__(
        self,
        loop: Loop,
        fleet: Fleet,
        attend: Callable[[Connection], None],
        drop: Callable[[Connection], None],
        keep: Callable[[AgentRow], None],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._loop = loop
        self._fleet = fleet
        self._attend = attend
        self._drop = drop
        self._keep = keep
        self._clock = clock
        self._began = clock()
        self._left: dict[str, float] = {}
        self._greeted: dict[str, list[Connection]] = {}
        self._proven: set[Connection] = set()

    def greet(self, connection: Connection, hello: AgentGreeting) -> bool:
        """Take a connection's greeting; return whether its samples are to be read now."""
        line = self._greeted.setdefault(connection.agent, [])
        if connection not in line:
            line.append(connection)
        connection.hello = hello
        elder = self._elder(connection)
        if elder is None and not self._must_wait(connection):
            self._speaks(connection)
            return True
        connection.waiting_since = self._clock()
        if elder is None:
            self._proven.add(connection)
            self._publish(connection.agent)
            connection.say("@wait another machine sends as this agent and is waited for")
        else:
            self._speaks(elder)  # its address is the agent's
            connection.say(f"@wait an earlier connection from {_place(elder)} still stands")
        return False

    def forget(self, connection: Connection) -> None:
        """A connection ended; whichever waited for that goes on."""
        line = self._greeted.get(connection.agent, [])
        if connection not in line:
            return
        line.remove(connection)
        if connection.waiting_since is None:
            self._left[connection.agent] = self._clock()
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
            if _is_over(connection):
                self._drop(connection)
            elif since is None or elder is None:
                self._release(connection.agent)
            elif now - elder.heard > SILENT:
                self._drop(elder)
            elif elder.heard > since + _LATER and connection not in self._proven:
                self._prove(connection, elder)

    def _waiting(self) -> Iterator[Connection]:
        for line in self._greeted.values():
            yield from (each for each in line if each.waiting_since is not None)

    def _elder(self, connection: Connection) -> Connection | None:
        """Return the connection of another machine that speaks for the agent, None without one."""
        for each in self._greeted.get(connection.agent, ()):
            if each.waiting_since is None and _machine(each) != _machine(connection):
                return each
        return None

    def _must_wait(self, connection: Connection) -> bool:
        """Return whether it is a copy whose original may come back."""
        watch = self._fleet.agents.get(connection.agent)
        left = self._left.get(connection.agent, self._began)
        is_copy = watch is not None and _machine(connection) in watch.row.copies
        return is_copy and self._clock() - left < RETURN

    def _release(self, agent: str) -> None:
        for connection in list(self._greeted.get(agent, ())):
            waits = connection.waiting_since is not None and not self._must_wait(connection)
            if waits and self._elder(connection) is None:
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
            if (machine := _machine(connection)) in watch.row.copies:  # the original is gone
                watch.row.copies.remove(machine)
                self._keep(watch.row)
            watch.version, watch.boot = connection.hello.version, connection.hello.boot
            watch.row.address = connection.address or watch.row.address
            watch.changed = True

    def _prove(self, connection: Connection, elder: Connection) -> None:
        """Both live, so there are two machines: say so."""
        self._proven.add(connection)
        connection.say(f"@wait another machine sends as this agent, from {_place(elder)}")
        self._publish(connection.agent)
        watch = self._fleet.agents.get(connection.agent)
        if watch and (machine := _machine(connection)) not in watch.row.copies:
            watch.row.copies = [*watch.row.copies, machine][-MAX_COPIES:]
            self._keep(watch.row)
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


def _machine(connection: Connection) -> int:
    """Return a number that tells machines apart, as it is kept."""
    boot = connection.hello.boot if connection.hello else ""
    found = hashlib.sha256(f"{boot} {connection.address}".encode()).digest()
    return int.from_bytes(found[:7])


def _place(connection: Connection) -> str:
    return connection.address or "this host"


def _is_over(connection: Connection) -> bool:
    """Return whether the other end is gone, of a connection that is not read."""
    poll = select.poll()
    poll.register(connection.input, select.POLLRDHUP)
    return any(events & ~select.POLLIN for _, events in poll.poll(0))
