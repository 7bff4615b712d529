"""The one writer of the database."""

from __future__ import annotations

import json
import logging
import sqlite3
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from lumenmon import journal, names
from lumenmon.errors import LumenmonError
from lumenmon.term import printable
from lumenmond.clock import Clock, boot, uptime
from lumenmond.config import Config
from lumenmond.store import database, kept, mounts, newest, opening, retention, samples, sizes
from lumenmond.store.ballast import Ballast
from lumenmond.store.condition import Kind
from lumenmond.store.health import Health
from lumenmond.store.newest import Newest
from lumenmond.store.registry import AgentRow
from lumenmond.store.rollup import Rows
from lumenmond.store.samples import Batch


class NotStored(LumenmonError):
    """The database does not store now, and it says why: nothing was changed."""


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
        ballast = Ballast(path.with_name("ballast"), config.ballast)
        self.health = Health(path, ballast)
        self.db, self.agents, self.stands_in = opening.open_or_stand_in(path, self.health)
        self._log = database.Log(self.db, path)
        self._found: opening.Opened | None = None
        self._was_read_only = mounts.is_read_only(path.parent)
        before = kept.load(self.db)
        self.stopped_at = None if before is None else float(before.wall)
        """By the clock of then, to a minute: when the daemon before this one was last there."""
        self.clock = Clock(lambda: self.now(), uptime, kept.last_seen(self.db), before, boot())
        self._repair_names()
        sizes.load(self.db, self.agents.values())
        kept.load_copies(self.db, self.agents.values())
        database.fit_cache(self.db, sum(len(a.series) for a in self.agents.values()))
        row = self.db.execute("SELECT value FROM state WHERE name = 'pruned'").fetchone()
        self.pruned = int(row[0])
        self.last_commit: float | None = None
        self._retention = retention.Retention(self)
        ballast.fill()

    def ping(self) -> None:
        """See whether the database answers; raises sqlite3.Error for a fault of our own."""
        try:
            self.db.execute("SELECT value FROM state WHERE name = 'pruned'").fetchone()
        except sqlite3.Error as error:
            self.health.note(error)

    def can_open(self) -> bool:
        """Return whether a new start would open the database that another stands in for.

        It stays open: to close it would delete its log, which readers need.
        """
        if self._was_read_only and mounts.is_read_only(self.path.parent) is False:
            return True  # this process alone still sees the disk as it was
        try:
            self._found = self._found or opening.open_database(self.path)
        except (sqlite3.Error, OSError) as error:
            self.health.note(error)
        return self._found is not None

    def keep_clock(self) -> None:
        """Keep over a restart how far the time has come; what cannot be written has to wait."""
        try:
            kept.save(self.db, self.clock.keep())
        except sqlite3.Error as error:
            self.health.note(error)

    def keep_copies(self, agent: AgentRow) -> None:
        """Keep over a restart which machines are an agent's copies, where it can be written."""
        try:
            with database.Transaction(self.db):
                kept.save_copies(self.db, agent, agent.copies)
        except sqlite3.Error as error:
            self.health.note(error)

    def load(
        self, agent: AgentRow, metric: str, count: int
    ) -> tuple[dict[str, Newest], list[float]]:
        """Return the newest sample of each metric of an agent, and the last values of one of them.

        Returns nothing where they cannot be read.
        """
        try:
            return newest.latest(self.db, agent), newest.recent(self.db, agent, metric, count)
        except sqlite3.Error as error:
            self.health.note(error)
            return {}, []

    def size(self) -> int:
        """Return the bytes of the database with its write-ahead log."""
        return sum(map(_bytes, (self.path, self._log.path)))

    def _need(self) -> None:
        """Raise NotStored when nothing that is changed would last."""
        if self.stands_in and (known := self.health.condition):
            raise NotStored(known.reason, known.remedy)

    def enrol(self, id: str, uid: int, fingerprint: str = "", comment: str = "") -> AgentRow:
        """Return the agent's row, made or brought up to date."""
        agent = self.agents.get(id)
        if agent is None:
            self._retention.forgotten.finish(id)
            name = self._name_from(comment) or id
            with database.Transaction(self.db):
                number = self.db.execute(
                    "INSERT INTO agents (id, uid, name, fingerprint, comment, enrolled)"
                    " VALUES (?, ?, ?, ?, ?, ?)",
                    (id, uid, name, fingerprint, comment, self.now()),
                ).lastrowid
            agent = AgentRow(int(number or 0), id, uid, name, [], fingerprint, comment, self.now())
            agent.counted = True
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
        self._need()
        if name != agent.id and (objection := names.objection(name)):
            raise LumenmonError(objection, "choose another name")
        others = [other.name for other in self.agents.values() if other is not agent]
        if names.free(name, others) != name:
            raise LumenmonError(f"the name {name} is taken", "look at: lumenmonctl agents")
        self._change(agent, name=name)

    def tag(self, agent: AgentRow, tags: list[str]) -> None:
        """Give the agent these tags; raises LumenmonError for what is none."""
        self._need()
        for tag in tags:
            if not 1 <= len(tag) <= 32 or not tag.isprintable() or tag != tag.strip():
                raise LumenmonError("a tag is 1 to 32 printable characters")
        if len(tags) > 32:
            raise LumenmonError("an agent has at most 32 tags")
        self._change(agent, tags=sorted(set(tags)))

    def forget(self, agent: AgentRow) -> None:
        """Delete the agent, and all of its data from now on.

        Raises NotStored when the database does not store.
        """
        self._need()
        try:
            self._retention.forgotten.add(agent)
        except sqlite3.Error as error:
            self._make_room(error)
            try:
                self._retention.forgotten.add(agent)
            except sqlite3.Error as again:
                raise self._not_stored(again) from None
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

        Raises NotStored when the database does not store, on a full disk even without the
        ballast; the batch is to be tried again. Raises Unstorable when the samples of one agent are
        at fault; the batch is to be tried again without it.
        """
        self._need()
        self._keep_reserve()
        try:
            samples.write(self, batch, touched or set())
        except sqlite3.Error as error:
            self._make_room(error)
            self._keep_reserve()
            try:
                samples.write(self, batch, touched or set())
            except sqlite3.Error as again:
                raise self._not_stored(again) from None
        self.last_commit = self.now()
        self.health.stored()
        try:
            self._log.keep_short()
        except sqlite3.Error as error:
            self.health.note(error)

    def prune(self, limit: float = 0.05) -> bool:
        """Delete what is older than its retention for about ``limit`` s; says if more waits."""
        if self.stands_in:
            return False
        try:
            more = self._retention.step(limit)
        except sqlite3.Error as error:
            with suppress(NotStored):
                self._make_room(error)
        except OSError as error:  # its directory was deleted, say
            self.health.note(error)
        else:
            self.health.unlocked()
            return more
        return False

    def _keep_reserve(self) -> None:
        """Raise NotStored on a full disk of which the rest is there to delete with."""
        if (known := self.health.condition) and not self.health.may_store():
            self.health.refused()
            raise NotStored(known.reason, known.remedy)

    def _not_stored(self, error: sqlite3.Error) -> NotStored:
        known = self.health.note(error)
        return NotStored(known.reason, known.remedy)

    def _make_room(self, error: sqlite3.Error) -> None:
        """Make room for another try after ``error``; raises NotStored where room is no help."""
        known = self.health.note(error)
        if known.kind is not Kind.FULL:
            raise NotStored(known.reason, known.remedy)
        try:
            self._retention.step(1.0)
            self._log.begin_anew()
        except sqlite3.Error as again:
            self.health.note(again)


def _bytes(file: Path) -> int:
    try:
        return file.stat().st_size
    except OSError:
        return 0
