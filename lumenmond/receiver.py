"""Takes the agents' connections over, and acknowledges what is durable.

An ``@ok`` is written only after the commit of everything before its ``@sync``.
"""

from __future__ import annotations

import logging
import socket
import time
from collections.abc import Callable, Collection
from functools import partial

from lumenmon import journal
from lumenmon.request import peer
from lumenmon.wire import MAX_REJECTS, Reject, Resume, Sample, Sync, WireError
from lumenmond import accounts
from lumenmond.batch import Batch
from lumenmond.connection import MAX_ANSWERS, NOT_STORED, REJECTED, Connection, dismiss
from lumenmond.fleet import Fleet
from lumenmond.handoff import HandoffError, take
from lumenmond.loop import READ, WRITE, Loop
from lumenmond.store import DatabaseError
from lumenmond.store.registry import AgentRow
from lumenmond.store.writer import Store

MAX_CONNECTIONS = 16
"""Connections of one agent."""
PATIENCE = 30.0
"""Seconds that answers may wait for an agent that does not read them, and we for our clock."""
GREETING = 10.0
"""Seconds that a gateway has for handing over."""
_LOGGED = 20
"""Rejects of one agent that the journal gets in a minute; all of them are counted."""


class Receiver:
    """Serves ingest.sock. ``identify`` gives the agent's id for a uid, None for a stranger."""

    def __init__(
        self,
        loop: Loop,
        listener: socket.socket,
        store: Store,
        fleet: Fleet,
        identify: Callable[[int], str | None],
    ) -> None:
        self._loop = loop
        self._listener = listener
        self._store = store
        self._fleet = fleet
        self._identify = identify
        self.batch = Batch(loop, store, self._answer)
        self._connections: set[Connection] = set()
        self._stuck: dict[Connection, float] = {}
        self._logged: dict[str, int] = {}
        listener.setblocking(False)
        loop.watch(listener.fileno(), READ, self._accept)
        loop.every(5.0, self._tick)
        loop.every(60.0, self._logged.clear)

    def _accept(self, _: int) -> None:
        for _attempt in range(64):
            try:
                gateway, _address = self._listener.accept()
            except OSError:
                return
            gateway.setblocking(False)
            self._loop.watch(gateway.fileno(), READ, partial(self._greet, gateway))
            self._loop.after(GREETING, partial(self._too_late, gateway))

    def _too_late(self, gateway: socket.socket) -> None:
        if gateway.fileno() >= 0 and all(c.gateway is not gateway for c in self._connections):
            self._loop.forget(gateway.fileno())
            gateway.close()

    def _greet(self, gateway: socket.socket, _: int) -> None:
        self._loop.forget(gateway.fileno())
        # Asked only now: between connecting and this its account may have been removed.
        id = self._identify(uid := peer(gateway).uid)
        if id is None:
            journal.event(logging.WARNING, "ingest-refused", "uid %d is no agent, refused", uid)
            dismiss(gateway, REJECTED)
            gateway.close()
            return
        try:
            handoff = take(gateway)
        except (HandoffError, OSError) as error:
            journal.event(logging.WARNING, "ingest-refused", "%s", error, agent=id)
            dismiss(gateway, NOT_STORED)
            gateway.close()
            return
        fds = handoff.fds
        try:
            row = accounts.take_in(self._store, id, uid)
        except DatabaseError as error:  # a new agent while the disk is full
            journal.event(logging.WARNING, "ingest-refused", "not enrolled: %s", error, agent=id)
            Connection(id, "", gateway, fds, self._store.now, resume=False).cut()
            return
        self._fleet.add(row)
        connection = Connection(id, handoff.address, gateway, fds, self._store.now, handoff.resume)
        if self._fleet.agents[id].connections >= MAX_CONNECTIONS:
            journal.event(logging.WARNING, "ingest-refused", "too many connections", agent=id)
            connection.status = NOT_STORED
            connection.finish()
            return
        self._connections.add(connection)
        self._fleet.connect(id, handoff.address)
        self.batch.touch(id)
        self._loop.watch(gateway.fileno(), READ, lambda _: self._drop(connection))
        words, address = "%s connected from %s", handoff.address or "here"
        journal.event(logging.INFO, "agent-connected", words, row.name, address, agent=id)
        self._flush(connection)

    def _read(self, connection: Connection) -> None:
        if self.batch.full:  # since this turn began: of a whole fleet that catches up
            self._listen(connection)
            return
        agent = self._store.agents[connection.agent]
        try:
            for event in connection.read():
                match event:
                    case Sample():
                        self._sample(connection, agent, event)
                    case Sync(token):
                        connection.settle()
                        connection.token = token
                        if not connection.dirty:
                            connection.durable()
                    case Reject(ahead=timestamp) if timestamp and not self._store.clock.sure():
                        self._hold(connection, timestamp)
                        break
                    case Reject():
                        self._reject(connection, agent, event)
                    case Resume():
                        connection.resumed(event)
        except BlockingIOError:
            return
        if connection.ended:
            connection.settle()
            self.batch.commit_by(0.0)
        self._flush(connection)

    def _sample(self, connection: Connection, agent: AgentRow, sample: Sample) -> None:
        try:
            series = agent.accept(sample.metric, sample.type, self._store.config.max_metrics)
        except WireError as error:
            self._reject(connection, agent, Reject(connection.line, error.message))
            return
        connection.dirty = True
        self._fleet.sample(agent.id, sample, series.unit)
        self.batch.add(agent, series, sample, first=connection.young)
        connection.young = False

    def _reject(self, connection: Connection, agent: AgentRow, reject: Reject) -> None:
        connection.reject(reject)
        agent.rejected += 1
        agent.last_reject = reject.reason
        self.batch.touch(agent.id)
        self._fleet.agents[agent.id].changed = True
        self.batch.commit_by(self._store.config.commit_interval)
        count = self._logged[agent.id] = self._logged.get(agent.id, 0) + 1
        if count <= _LOGGED and connection.rejects <= MAX_REJECTS:
            more = "; more of this minute are only counted" if count == _LOGGED else ""
            journal.event(
                logging.WARNING, "sample-rejected", "%s: line %d rejected: %s%s",
                agent.name, reject.line, reject.reason, more, agent=agent.id,
            )  # fmt: skip

    def _hold(self, connection: Connection, timestamp: int) -> None:
        """Our own clock may be wrong: read no further, and have it sent again."""
        connection.held = True
        self._store.clock.hear(connection.agent, timestamp)
        self._stuck[connection] = time.monotonic()
        words = "samples more than a day ahead, or our own clock is behind: not read, retrying"
        journal.event(logging.WARNING, "clock-unsure", words, agent=connection.agent)

    def _answer(self, waiting: Collection[str]) -> None:
        """A commit was tried: answer all but the agents that still wait for theirs."""
        for connection in list(self._connections):
            if connection.agent in waiting:
                self._listen(connection)
            else:
                connection.durable()
                self._flush(connection)

    def _flush(self, connection: Connection) -> None:
        try:
            done = connection.flush()
        except OSError:
            connection.out.clear()  # nobody reads the answers: what arrives still counts
            done = True
        if len(connection.out) > MAX_ANSWERS:
            self._drop(connection)
            return
        if connection.ended and done and not connection.dirty and not self.batch.due:
            self._finish(connection)
            return
        if done:
            if not connection.held:
                self._stuck.pop(connection, None)
            self._loop.forget(connection.output)
        else:
            self._stuck.setdefault(connection, time.monotonic())
            self._loop.watch(connection.output, WRITE, lambda _: self._flush(connection))
        self._listen(connection)

    def _listen(self, connection: Connection) -> None:
        full = self.batch.full or len(connection.out) > MAX_ANSWERS // 2
        events = 0 if connection.ended or connection.held or full else READ
        self._loop.watch(connection.input, events, lambda _: self._read(connection))

    def _finish(self, connection: Connection) -> None:
        self._forget(connection)
        connection.finish()

    def _drop(self, connection: Connection) -> None:
        self._forget(connection)
        connection.cut()

    def _forget(self, connection: Connection) -> None:
        for fd in (connection.input, connection.output, connection.gateway.fileno()):
            self._loop.forget(fd)
        self._connections.discard(connection)
        self._stuck.pop(connection, None)
        self._fleet.disconnect(connection.agent)
        name = getattr(self._store.agents.get(connection.agent), "name", connection.agent)
        journal.event(
            logging.INFO, "agent-disconnected", "%s disconnected", name, agent=connection.agent
        )

    def _tick(self) -> None:
        late = time.monotonic() - PATIENCE
        for connection, since in list(self._stuck.items()):
            if since < late:
                self._drop(connection)

    def remove(self, id: str) -> None:
        """End all connections of an agent and drop what waits of it."""
        for connection in [c for c in self._connections if c.agent == id]:
            self._drop(connection)
        self.batch.discard(id)
