"""How much of the database each agent fills.

A row counts for what it takes with its share of a page, seen in databases that were filled: 15 to
20 bytes for a number, 110 for a text of 100, 43 for a minute or an hour. An agent's size grows with
what is stored and shrinks with what is deleted; a row that takes another's place is counted twice.
So before anything is deleted for its size the agent is counted, table by table, between commits;
and once in its life, when it comes from a database that keeps no sizes.
"""

from __future__ import annotations

import os
import sqlite3
import time
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from lumenmon.wire import Type
from lumenmond.store.registry import AgentRow, Series
from lumenmond.store.rollup import MINUTE, Rows

if TYPE_CHECKING:
    from lumenmond.store.writer import Store

NUMBER = 21
"""Bytes of a number, ..."""
TEXT = 15
"""... of a text, besides its own, ..."""
ROLLUP = 44
"""... and of a minute or an hour."""
STALE = 8
"""An agent is counted again when it has grown by one part in so many since the last time."""
TEXTS = 500
"""Texts that are deleted at once: each may have a page of its own."""
ROWS = 20_000
"""Rows that are counted at once."""


def limit(path: Path, wanted: int) -> int:
    """Return the bytes that one agent may fill: at most half of the disk that ``path`` is on."""
    space = os.statvfs(path)
    return min(wanted, space.f_blocks * space.f_frsize // 2)


def of_rows(series: Series, rows: Rows) -> int:
    """Return the bytes by which a series grows, once its rows are stored.

    A minute counts once as long as time goes on.
    """
    if series.type is Type.TEXT:
        return sum(TEXT + len(str(value).encode()) for _, value in rows.values())
    minutes = {stamp // MINUTE for stamp in rows}
    new = len(minutes) - (series.minute in minutes)
    return NUMBER * len(rows) + ROLLUP * new


def load(db: sqlite3.Connection, agents: Iterable[AgentRow]) -> None:
    """Give each agent the size that was kept of it."""
    kept = dict(db.execute("SELECT name, value FROM state"))
    for agent in agents:
        size = kept.get(f"size_{agent.number}")
        agent.size, agent.counted = int(size or 0), size is not None
        agent.trimmed = int(kept.get(f"trimmed_{agent.number}", 0))


def save(db: sqlite3.Connection, agent: AgentRow, grown: int = 0) -> None:
    """Keep an agent's size over a restart, and what it grows by with this transaction."""
    sql = "INSERT OR REPLACE INTO state VALUES (?, ?)"
    if agent.counted:
        db.execute(sql, (f"size_{agent.number}", max(agent.size + grown, 0)))
    if agent.trimmed:
        db.execute(sql, (f"trimmed_{agent.number}", agent.trimmed))


def delete_raw(db: sqlite3.Connection, series: Series, before: int, most: int) -> tuple[int, int]:
    """Delete a series' oldest samples from before a timestamp, but never its newest.

    Return how many, and their bytes.
    """
    most = most if series.type is not Type.TEXT else min(most, TEXTS)
    sql = (
        f'DELETE FROM "{series.table}" WHERE timestamp IN (SELECT timestamp FROM'  # noqa: S608
        f' "{series.table}" WHERE timestamp < min(?, (SELECT max(timestamp) FROM'
        f' "{series.table}")) ORDER BY timestamp LIMIT {most})'
    )
    if series.type is not Type.TEXT:
        rows = db.execute(sql, (before,)).rowcount
        return rows, rows * NUMBER
    lengths = db.execute(sql + " RETURNING length(CAST(value AS BLOB))", (before,)).fetchall()
    return len(lengths), sum(TEXT + length for (length,) in lengths)


class Count:
    """Counts the agents that have to be, a part of one table at a time."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._agent: AgentRow | None = None
        self._waiting: list[Series] = []
        self._after = -(2**63)
        self._sum = 0
        self._grown = 0

    def step(self, end: float) -> bool:
        """Count until ``end``. Return whether more waits."""
        while time.monotonic() < end:
            if self._agent is None and not self._begin():
                return False
            if self._waiting:
                self._count(self._waiting[-1])
            else:
                self._finish()
        return True

    def _begin(self) -> bool:
        agents = self._store.agents.values()
        self._agent = next((agent for agent in agents if not agent.counted), None)
        if self._agent is None:
            return False
        self._waiting = [s for s in self._agent.series.values() if s.number is not None]
        self._sum, self._grown = 0, self._agent.grown
        return True

    def _count(self, series: Series) -> None:
        length = "sum(length(CAST(value AS BLOB)))" if series.type is Type.TEXT else "0"
        try:
            rows, last, bytes = self._store.db.execute(
                f"SELECT count(*), max(timestamp), {length} FROM (SELECT * FROM"  # noqa: S608
                f' "{series.table}" WHERE timestamp > ? ORDER BY timestamp LIMIT {ROWS})',
                (self._after,),
            ).fetchone()
        except sqlite3.OperationalError:
            if self._agent is not None and self._agent.id in self._store.agents:
                raise
            self._agent = None  # it was removed meanwhile
            return
        self._sum += rows * (TEXT if series.type is Type.TEXT else NUMBER) + (bytes or 0)
        if rows == ROWS:
            self._after = last
            return
        self._waiting.pop()
        self._after = -(2**63)
        for table in ("minutes", "hours"):
            (rows,) = self._store.db.execute(
                f"SELECT count(*) FROM {table} WHERE series = ?",  # noqa: S608
                (series.number,),
            ).fetchone()
            self._sum += rows * ROLLUP

    def _finish(self) -> None:
        agent, self._agent = self._agent, None
        if agent is not None:
            agent.size = self._sum + agent.grown - self._grown
            agent.grown, agent.counted = 0, True
