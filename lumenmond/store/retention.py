"""Retention: what is older than its time is deleted, in small steps between commits.

It goes by the time that has certainly come (``Clock.certain``), never by the clock alone: one that
is years ahead would cost all that there is.
"""

from __future__ import annotations

import logging
import time
from datetime import datetime
from typing import TYPE_CHECKING

from lumenmon import journal
from lumenmon.wire import Type
from lumenmond.store import database, sizes
from lumenmond.store.forget import Forgotten
from lumenmond.store.rollup import HOUR
from lumenmond.store.trim import Trim

if TYPE_CHECKING:
    from lumenmond.store.registry import AgentRow, Series
    from lumenmond.store.writer import Store

ROWS = 5000
"""Rows of one table that one transaction deletes at most."""
PAGES = 256
"""Free pages that one step gives back to the file system."""
TOLD_EVERY = 86400.0
"""Seconds between two events that say what was deleted."""
_SLACK = 16 * PAGES


class Retention:
    """Walks over all series once an hour of age has passed, a few at a time."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self.forgotten = Forgotten(store)
        self._count = sizes.Count(store)
        self._trim = Trim(store)
        self._waiting: list[tuple[AgentRow, Series]] = []
        self._deleted = {"samples": 0, "minutes": 0, "hours": 0}
        self._told: float | None = None

    def step(self, limit: float) -> bool:
        """Delete for about ``limit`` seconds; says whether more waits."""
        store = self._store
        self._mend_watermark()
        now = int(store.clock.certain)
        cutoff = now - store.config.retention_raw
        cutoff -= cutoff % HOUR
        if not self._waiting and cutoff > store.pruned:
            self._move_watermark(cutoff)
            self._waiting = [
                (agent, series)
                for agent in store.agents.values()
                for series in agent.series.values()
                if series.number is not None
            ]
        end = time.monotonic() + limit
        if self._waiting:
            with database.Transaction(store.db):
                while self._waiting and time.monotonic() < end:
                    if self._prune(*self._waiting[-1], now):
                        self._waiting.pop()
            if not self._waiting:
                self._tell()
            return True
        return self._make_room(end) or self._vacuum()

    def _make_room(self, end: float) -> bool:
        """Delete what is left of removed agents, and of those that fill too much."""
        with database.Transaction(self._store.db):
            if self.forgotten.step(end):
                return True
            if agent := self._trim.waiting():
                self._trim.step(agent, end)
                return True
        return self._count.step(end) or self._trim.waiting() is not None

    def _mend_watermark(self) -> None:
        """Bring a watermark back that a wrong clock of the past has set.

        All raw samples may be deleted up to now, so only from the next hour on can a rollup be
        made from them again.
        """
        proven = int(self._store.clock.proven)
        if self._store.pruned > proven + HOUR:
            self._move_watermark(proven - proven % HOUR + HOUR)

    def _move_watermark(self, timestamp: int) -> None:
        self._store.db.execute("UPDATE state SET value = ? WHERE name = 'pruned'", (timestamp,))
        self._store.pruned = timestamp

    def _prune(self, agent: AgentRow, series: Series, now: int) -> bool:
        store = self._store
        if not store.db.execute(
            "SELECT 1 FROM metrics WHERE series = ?", (series.number,)
        ).fetchone():
            return True  # its agent was forgotten meanwhile
        # The newest sample stays: it says what was last known.
        deleted, freed = sizes.delete_raw(store.db, series, store.pruned, ROWS)
        self._deleted["samples"] += deleted
        if series.type is not Type.TEXT:
            for table, kept in (
                ("minutes", store.config.retention_minutes),
                ("hours", store.config.retention_hours),
            ):
                gone = store.db.execute(
                    f"DELETE FROM {table} WHERE series = ? AND timestamp < ?",  # noqa: S608
                    (series.number, now - kept - (now - kept) % HOUR),
                ).rowcount
                self._deleted[table] += gone
                freed += gone * sizes.ROLLUP
        if freed:
            agent.size = max(agent.size - freed, 0)
            sizes.save(store.db, agent)
        return not deleted

    def _tell(self) -> None:
        """Say what was deleted, when there is something and it was not said lately."""
        passed = self._store.clock.uptime()
        lately = self._told is not None and passed - self._told < TOLD_EVERY
        if lately or not any(self._deleted.values()):
            return
        self._told = passed
        journal.event(
            logging.INFO, "pruned",
            "deleted by retention: %d samples, %d minutes and %d hours; samples from before %s",
            *self._deleted.values(),
            datetime.fromtimestamp(self._store.pruned).astimezone().isoformat(" ", "minutes"),
        )  # fmt: skip
        self._deleted = dict.fromkeys(self._deleted, 0)

    def _vacuum(self) -> bool:
        db = self._store.db
        free = int(db.execute("PRAGMA freelist_count").fetchone()[0])
        pages = int(db.execute("PRAGMA page_count").fetchone()[0])
        if free < _SLACK or free * 4 < pages:
            return False
        db.executescript(f"PRAGMA incremental_vacuum({PAGES})")  # execute frees but one page
        return True
