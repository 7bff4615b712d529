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
from lumenmon.greeting import AgentGreeting
from lumenmon.wire import MAX_REJECTS, Reject, Resume, Sample, Sync, WireError
from lumenmond.batch import Batch
from lumenmond.brake import Brake
from lumenmond.connection import MAX_ANSWERS, Connection
from lumenmond.fleet import Fleet
from lumenmond.gate import LOGGED, Gate
from lumenmond.loop import READ, WRITE, Loop
from lumenmond.rivals import Rivals
from lumenmond.store.registry import AgentRow
from lumenmond.store.writer import Store

PATIENCE = 30.0
"""Seconds that answers may wait for an agent that does not read them, and we for our clock."""
LASTING = 10.0
"""Seconds after which a connection is told of in the journal, an agent's at its first sync."""


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
        self._store = store
        self._fleet = fleet
        self.batch = Batch(loop, store, self._answer, self.remove)
        self._connections: set[Connection] = set()
        self._stuck: dict[Connection, float] = {}
        self._rivals = Rivals(loop, fleet, self._attend_held, self._drop, store.keep_copies)
        self._logged = journal.Limit(LOGGED)
        self._brake = Brake(loop, store.config, fleet, self._resume)
        self.gate = Gate(loop, listener, store, fleet, identify, self._take_over)
        loop.every(5.0, self._tick)

    def _take_over(self, connection: Connection) -> None:
        self._connections.add(connection)
        self._loop.guard(partial(self._begin, connection), partial(self._drop, connection))

    def _begin(self, connection: Connection) -> None:
        self._fleet.connect(connection.agent, connection.address)
        self.batch.touch(connection.agent)
        self._watch(connection, connection.gateway.fileno(), READ, self._drop)
        self._loop.after(LASTING, partial(self._announce, connection))
        self._flush(connection)

    def _announce(self, connection: Connection) -> None:
        """Tell of a connection that lasts: one of a plain client's pushes tells nobody anything."""
        if connection.announced or connection not in self._connections:
            return
        connection.announced = True
        name = self._store.agents[connection.agent].name
        journal.event(
            logging.INFO, "agent-connected", "%s connected from %s", name,
            connection.address or "here", agent=connection.agent, limit=self._logged,
        )  # fmt: skip

    def _watch(
        self, connection: Connection, fd: int, events: int, handler: Callable[[Connection], None]
    ) -> None:
        self._loop.watch(fd, events, lambda _: handler(connection), partial(self._drop, connection))

    def _read(self, connection: Connection) -> None:
        # Since this turn began a fleet that catches up may have filled the batch.
        if self.batch.full or self._brake.holds(connection.agent):
            self._listen(connection)
            return
        agent = self._store.agents[connection.agent]
        before = connection.received
        try:
            for event in connection.read():
                match event:
                    case Sample():
                        self._sample(connection, agent, event)
                    case Sync(token):
                        self._announce(connection)
                        connection.settle()
                        connection.token = token
                        if not connection.dirty:
                            connection.durable()
                    case Reject(ahead=timestamp) if timestamp and not self._store.clock.sure():
                        self._hold(connection, timestamp)
                        break
                    case Reject():
                        self._reject(connection, agent, event)
                    case AgentGreeting():
                        if not self._rivals.greet(connection, event):
                            break
                    case Resume():
                        connection.resumed(event)
        except BlockingIOError:  # somebody else has read it: that costs us, too
            self._brake.count(agent, 0)
            return
        if connection.ended:
            connection.settle()
            self.batch.commit_by(0.0)
        self._brake.count(agent, connection.received - before)
        self._flush(connection)

    def _attend_held(self, connection: Connection) -> None:
        """Read on from a connection that was held, or tell it why not."""
        if connection not in self._connections:
            return
        if connection.waiting_since is None:
            self._read(connection)
        else:
            self._flush(connection)

    def _resume(self, id: str) -> None:
        """Read an agent again that was slowed, also what was left of the last read."""
        for connection in self._of(id):
            self._listen(connection)
            if not (connection.held or connection.ended or connection.waiting_since is not None):
                self._read(connection)

    def _of(self, id: str) -> list[Connection]:
        return [connection for connection in self._connections if connection.agent == id]

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
        if connection.rejects <= MAX_REJECTS:
            journal.event(
                logging.WARNING, "sample-rejected", "%s: line %d rejected: %s",
                agent.name, reject.line, reject.reason, agent=agent.id, limit=self._logged,
            )  # fmt: skip

    def _hold(self, connection: Connection, timestamp: int) -> None:
        """Our own clock may be wrong: read no further, and have it sent again."""
        connection.held = True
        self._store.clock.hear(connection.agent, timestamp)
        self._stuck[connection] = time.monotonic()
        words = "samples more than a day ahead, or our own clock is behind: not read, retrying"
        journal.event(
            logging.WARNING, "clock-unsure", words, agent=connection.agent, limit=self._logged
        )

    def _answer(self, waiting: Collection[str]) -> None:
        """A commit was tried: answer all but the agents that still wait for theirs."""
        for connection in list(self._connections):
            self._loop.guard(
                partial(self._attend, connection, stored=connection.agent not in waiting),
                end=partial(self._drop, connection),
            )

    def _attend(self, connection: Connection, *, stored: bool) -> None:
        if not stored:
            self._listen(connection)
        elif connection.agent in self.batch.dropped:
            self._drop(connection)
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
            self._watch(connection, connection.output, WRITE, self._flush)
        self._listen(connection)

    def _listen(self, connection: Connection) -> None:
        full = self.batch.full or len(connection.out) > MAX_ANSWERS // 2
        full = full or self._brake.holds(connection.agent)
        waits = connection.held or connection.waiting_since is not None
        events = 0 if connection.ended or waits or full else READ
        self._watch(connection, connection.input, events, self._read)

    def _finish(self, connection: Connection) -> None:
        try:
            self._forget(connection)
        finally:
            connection.finish()

    def _drop(self, connection: Connection) -> None:
        if connection in self._connections:
            try:
                self._forget(connection)
            finally:
                connection.cut()

    def _forget(self, connection: Connection) -> None:
        self._connections.discard(connection)
        for fd in (connection.input, connection.output, connection.gateway.fileno()):
            self._loop.forget(fd)
        self._stuck.pop(connection, None)
        self._rivals.forget(connection)
        self._fleet.disconnect(connection.agent)
        if not connection.announced:
            return
        name = getattr(self._store.agents.get(connection.agent), "name", connection.agent)
        journal.event(
            logging.INFO, "agent-disconnected", "%s disconnected", name,
            agent=connection.agent, limit=self._logged,
        )  # fmt: skip

    def _tick(self) -> None:
        late = time.monotonic() - PATIENCE
        for connection, since in list(self._stuck.items()):
            if since < late:
                self._drop(connection)
        self._rivals.tick()

    def remove(self, id: str) -> None:
        """End all connections of an agent and drop what waits of it."""
        for connection in self._of(id):
            self._drop(connection)
        self.batch.discard(id)
        self._brake.forget(id)
