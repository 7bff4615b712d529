"""Retention: what is older than its time is deleted, in small steps between commits.

Nothing is while the clock may be wrong: one that is years ahead would cost all that there is.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from lumenmon.wire import Type
from lumenmond.store.rollup import HOUR

if TYPE_CHECKING:
    from lumenmond.store.registry import Series
    from lumenmond.store.writer import Store

ROWS = 5000
"""Rows of one table that one transaction deletes at most."""
PAGES = 256
"""Free pages that one step gives back to the file system."""
_SLACK = 16 * PAGES


class Retention:
    """Walks over all series once an hour of age has passed, a few at a time."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._waiting: list[Series] = []

    def step(self, limit: float) -> bool:
        """Delete for about ``limit`` seconds; says whether more waits."""
        store, now = self._store, self._store.now()
        cutoff = int(now) - store.config.retention_raw
        cutoff -= cutoff % HOUR
        ahead = store.pruned > now  # the clock was wrong, and is set back
        if not ahead and not store.clock.sure():
            return self._vacuum()
        if ahead or (not self._waiting and cutoff > store.pruned):
            store.db.execute("UPDATE state SET value = ? WHERE name = 'pruned'", (cutoff,))
            store.pruned = cutoff
            agents = store.agents.values()
            self._waiting = [s for a in agents for s in a.series.values() if s.number is not None]
        if not self._waiting:
            return self._vacuum()
        end = time.monotonic() + limit
        store.db.execute("BEGIN IMMEDIATE")
        try:
            while self._waiting and time.monotonic() < end:
                if self._prune(self._waiting[-1], int(now)):
                    self._waiting.pop()
            store.db.execute("COMMIT")
        finally:
            if store.db.in_transaction:
                store.db.execute("ROLLBACK")
        return True

    def _prune(self, series: Series, now: int) -> bool:
        store = self._store
        if not store.db.execute(
            "SELECT 1 FROM metrics WHERE series = ?", (series.number,)
        ).fetchone():
            return True  # its agent was forgotten meanwhile
        # The newest sample stays: it says what was last known.
        deleted = store.db.execute(
            f'DELETE FROM "{series.table}" WHERE timestamp IN (SELECT timestamp FROM'  # noqa: S608
            f' "{series.table}" WHERE timestamp < min(?, (SELECT max(timestamp) FROM'
            f' "{series.table}")) LIMIT {ROWS})',
            (store.pruned,),
        ).rowcount
        if series.type is not Type.TEXT:
            for table, kept in (
                ("minutes", store.config.retention_minutes),
                ("hours", store.config.retention_hours),
            ):
                store.db.execute(
                    f"DELETE FROM {table} WHERE series = ? AND timestamp < ?",  # noqa: S608
                    (series.number, now - kept - (now - kept) % HOUR),
                )
        return deleted < ROWS

    def _vacuum(self) -> bool:
        db = self._store.db
        free = int(db.execute("PRAGMA freelist_count").fetchone()[0])
        pages = int(db.execute("PRAGMA page_count").fetchone()[0])
        if free < _SLACK or free * 4 < pages:
            return False
        db.executescript(f"PRAGMA incremental_vacuum({PAGES})")  # execute frees but one page
        return True
