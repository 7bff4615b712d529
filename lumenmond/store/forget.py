"""Forgetting: the data of removed agents is deleted in small steps, each of which fits.

To delete it all at once needs as much room in the write-ahead log as there is to delete, which a
full disk does not have. So the agent goes at once, and its tables, which then belong to nobody,
between commits.
"""

from __future__ import annotations

import sqlite3
import time
from typing import TYPE_CHECKING

from lumenmon.wire import Type
from lumenmond.store import database, kept, sizes
from lumenmond.store.registry import AgentRow, Series

if TYPE_CHECKING:
    from lumenmond.store.writer import Store

ROWS = 5000
"""Rows that are deleted at once."""
_LAST = 2**63 - 1


class Forgotten:
    """The tables that are left of removed agents."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._series = [
            Series(metric, Type(type), table, unit, number)
            for number, metric, type, table, unit in store.db.execute(
                "SELECT series, metric, type, table_name, unit FROM metrics"
                " WHERE agent NOT IN (SELECT number FROM agents)"
            )
        ]

    def add(self, agent: AgentRow) -> None:
        """Delete an agent, and its data from now on."""
        with database.Transaction(self._store.db):
            self._store.db.execute("DELETE FROM agents WHERE number = ?", (agent.number,))
            names = (f"size_{agent.number}", f"trimmed_{agent.number}")
            self._store.db.execute("DELETE FROM state WHERE name IN (?, ?)", names)
            kept.save_copies(self._store.db, agent, [])
        self._series += [each for each in agent.series.values() if each.number is not None]

    def step(self, end: float) -> bool:
        """Delete until ``end``, within the caller's transaction. Return whether more waits."""
        while self._series and time.monotonic() < end:
            if self._delete(self._series[-1]):
                self._series.pop()
        return bool(self._series)

    def finish(self, agent: str) -> None:
        """Delete all that is left of this agent, which comes again."""
        mine = [each for each in self._series if each.table.startswith(f"{agent}_")]
        for each in mine:
            done = False
            while not done:
                with database.Transaction(self._store.db):
                    done = self._delete(each)
            self._series.remove(each)

    def _delete(self, series: Series) -> bool:
        """Delete some of a series. Return whether it is gone."""
        db = self._store.db
        rows = sum(
            db.execute(
                f"DELETE FROM {table} WHERE series = ? AND timestamp IN (SELECT timestamp"  # noqa: S608
                f" FROM {table} WHERE series = ? LIMIT {ROWS})",
                (series.number, series.number),
            ).rowcount
            for table in ("minutes", "hours")
        )
        try:
            rows += sizes.delete_raw(db, series, _LAST, ROWS)[0]
        except sqlite3.OperationalError as error:
            if "no such table" not in str(error):
                raise
        if rows:
            return False
        db.execute(f'DROP TABLE IF EXISTS "{series.table}"')
        db.execute("DELETE FROM metrics WHERE series = ?", (series.number,))
        return True
