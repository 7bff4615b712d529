"""The one writer of the database."""

from __future__ import annotations

import json
import logging
import sqlite3
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

from lumenmon import journal, names
from lumenmon.errors import LumenmonError
from lumenmon.term import printable
from lumenmond.clock import Clock, boot, uptime
from lumenmond.config import Config
from lumenmond.store import database, kept, registry, retention, samples
from lumenmond.store.ballast import Ballast
from lumenmond.store.registry import AgentRow
from lumenmond.store.rollup import Rows
from lumenmond.store.samples import Batch
from lumenmond.store.schema import migrate


class StoreFull(LumenmonError):
    """The disk is full: nothing of the batch was stored."""


class Store:
    """The database with its registry in memory. Never closed: see ``daemon``."""

    def __init__(
        self,
        path: Path,
        config: Config,
        now: Callable[[], float] = time.time,
        uptime: Callable[[], float] = uptime,
    ) -> None:
        self.path = path
        self.config = config
        self.now = now
        self._ballast = Ballast(path.with_name("ballast"), config.ballast)
        self.db = database.connect(path)
        self._log = database.Log(self.db, path)
        migrate(self.db)
        self.clock = Clock(
            lambda: self.now(), uptime, kept.last_seen(self.db), kept.load(self.db), boot()
        )
        self.agents = registry.load(self.db)
        self._repair_names()
        database.fit_cache(self.db, sum(len(a.series) for a in self.agents.values()))
        row = self.db.execute("SELECT value FROM state WHERE name = 'pruned'").fetchone()
        self.pruned = int(row[0])
        self.last_commit: float | None = None
        self.full = False
        self._retention = retention.Retention(self)
        self._ballast.fill()

    def ping(self) -> None:
        """Raise sqlite3.Error when the database does not answer."""
        self.db.execute("SELECT value FROM state WHERE name = 'pruned'").fetchone()

    def keep_clock(self) -> None:
        """Keep over a restart how far the time has come; on a full disk that has to wait."""
        try:
            kept.save(self.db, self.clock.keep())
        except sqlite3.OperationalError as error:
            if not database.is_full(error):
                raise

    def size(self) -> int:
        """Return the bytes of the database with its write-ahead log."""
        return sum(file.stat().st_size for file in (self.path, self._log.path) if file.exists())

    def enrol(self, id: str, uid: int, fingerprint: str = "", comment: str = "") -> AgentRow:
        """Return the agent's row, made or brought up to date."""
        agent = self.agents.get(id)
        if agent is None:
            name = self._name_from(comment) or id
            with database.Transaction(self.db):
                number = self.db.execute(
                    "INSERT INTO agents (id, uid, name, fingerprint, comment, enrolled)"
                    " VALUES (?, ?, ?, ?, ?, ?)",
                    (id, uid, name, fingerprint, comment, self.now()),
                ).lastrowid
            agent = AgentRow(int(number or 0), id, uid, name, [], fingerprint, comment, self.now())
            self.agents[id] = agent
        elif (uid, fingerprint or agent.fingerprint, comment or agent.comment) != (
            agent.uid, agent.fingerprint, agent.comment,
        ):  # fmt: skip
            name = agent.name
            if name == id:  # it connected before we were told of it
                name = self._name_from(comment) or id
            self._change(
                agent, uid=uid, name=name, fingerprint=fingerprint or agent.fingerprint,
                comment=comment or agent.comment,
            )  # fmt: skip
        return agent

    def _name_from(self, comment: str) -> str:
        """Return a name that no other agent has for the host in a key's comment, if it has one."""
        host = names.suggested(comment)
        return names.free(host, [each.name for each in self.agents.values()]) if host else ""

    def _repair_names(self) -> None:
        """Give agents whose name an older version took from a key's comment one that may be."""
        for agent in list(self.agents.values()):
            if agent.name == agent.id or not (objection := names.objection(agent.name)):
                continue
            journal.event(
                logging.WARNING, "agent-name-replaced", "agent %s was called %s: %s",
                agent.id, printable(agent.name), objection, agent=agent.id,
            )  # fmt: skip
            try:
                self._change(agent, name=agent.id)
            except sqlite3.Error:  # a full disk; the next start saves it
                agent.name = agent.id

    def _change(self, agent: AgentRow, **values: int | str | list[str]) -> None:
        """Change an agent in the database, and in memory once it is durable there."""
        new = replace(agent, **values)  # type: ignore[arg-type]
        with database.Transaction(self.db):
            self.db.execute(
                "UPDATE agents SET uid = ?, name = ?, tags = ?, fingerprint = ?, comment = ?"
                " WHERE number = ?",
                (new.uid, new.name, json.dumps(new.tags), new.fingerprint, new.comment, new.number),
            )
        for name, value in values.items():
            setattr(agent, name, value)

    def find(self, word: str) -> AgentRow:
        """Return the agent of this id or name; raises LumenmonError."""
        return names.one(word, list(self.agents.values()), whole=True)

    def rename(self, agent: AgentRow, name: str) -> None:
        """Give the agent another name; raises LumenmonError when it is taken or no name."""
        if name != agent.id and (objection := names.objection(name)):
            raise LumenmonError(objection, "choose another name")
        others = [other.name for other in self.agents.values() if other is not agent]
        if names.free(name, others) != name:
            raise LumenmonError(f"the name {name} is taken", "look at: lumenmonctl agents")
        self._change(agent, name=name)

    def tag(self, agent: AgentRow, tags: list[str]) -> None:
        """Give the agent these tags; raises LumenmonError for what is none."""
        for tag in tags:
            if not 1 <= len(tag) <= 32 or not tag.isprintable() or tag != tag.strip():
                raise LumenmonError("a tag is 1 to 32 printable characters")
        if len(tags) > 32:
            raise LumenmonError("an agent has at most 32 tags")
        self._change(agent, tags=sorted(set(tags)))

    def forget(self, agent: AgentRow) -> None:
        """Delete the agent and all of its data."""
        with database.Transaction(self.db):
            for series in agent.series.values():
                if series.number is None:
                    continue
                self.db.execute(f'DROP TABLE "{series.table}"')
                self.db.execute("DELETE FROM minutes WHERE series = ?", (series.number,))
                self.db.execute("DELETE FROM hours WHERE series = ?", (series.number,))
            self.db.execute("DELETE FROM metrics WHERE agent = ?", (agent.number,))
            self.db.execute("DELETE FROM agents WHERE number = ?", (agent.number,))
        del self.agents[agent.id]

    def portion(self, batch: Batch, new: int) -> Batch:
        """Return what to commit first: whole agents, until they have so many new metrics."""
        found: dict[str, Mapping[str, Rows]] = {}
        for id, metrics in batch.items():
            found[id] = metrics
            series = self.agents[id].series
            new -= sum(series[metric].number is None for metric in metrics)
            if new <= 0:
                break
        return found

    def commit(self, batch: Batch, touched: set[str] | None = None) -> None:
        """Make a batch durable, and the state of the agents ``touched``.

        Raises StoreFull when the disk is full even without the ballast; the batch is then not
        stored and is to be tried again. Raises Unstorable when the samples of one agent are at
        fault; the batch is to be tried again without it.
        """
        try:
            samples.write(self, batch, touched or set())
        except sqlite3.OperationalError as error:
            if not database.is_full(error):
                raise
            self._make_room()
            try:
                samples.write(self, batch, touched or set())
            except sqlite3.OperationalError as again:
                if not database.is_full(again):
                    raise
                raise StoreFull("the disk is full", f"make room on {self.path.parent}") from None
        self.last_commit = self.now()
        self._log.keep_short()
        if self.full and (self._ballast.fill() or self.config.ballast == 0):
            self.full = False
            journal.event(logging.WARNING, "database-room", "the disk has room again")

    def prune(self, limit: float = 0.05) -> bool:
        """Delete what is older than its retention for about ``limit`` s; says if more waits."""
        try:
            return self._retention.step(limit)
        except sqlite3.OperationalError as error:
            if not database.is_full(error):
                raise
            self._make_room()
            return False

    def _make_room(self) -> None:
        dropped = self._ballast.drop()
        if not self.full or dropped:
            journal.event(
                logging.ERROR,
                "database-full",
                "the disk of %s is full; samples wait with their agents, retrying",
                self.path,
            )
        self.full = True
        try:
            self._retention.step(1.0)
            self._log.begin_anew()
        except sqlite3.OperationalError as error:
            if not database.is_full(error):
                raise
