"""What the database last knew of an agent."""

from __future__ import annotations

import sqlite3

from lumenmond.store.registry import AgentRow

Newest = tuple[int, int, float | int | str]
"""Timestamp, interval and value."""


def latest(db: sqlite3.Connection, agent: AgentRow) -> dict[str, Newest]:
    """Return the newest sample of each of the agent's metrics."""
    found = {}
    for series in agent.series.values():
        row = db.execute(
            f'SELECT timestamp, interval, value FROM "{series.table}"'  # noqa: S608
            " ORDER BY timestamp DESC LIMIT 1"
        ).fetchone()
        if row:
            found[series.metric] = (row[0], row[1], row[2])
    return found


def recent(db: sqlite3.Connection, agent: AgentRow, metric: str, count: int) -> list[float]:
    """Return a metric's newest ``count`` values, oldest first."""
    series = agent.series.get(metric)
    if series is None:
        return []
    rows = db.execute(
        f'SELECT value FROM "{series.table}" ORDER BY timestamp DESC LIMIT ?',  # noqa: S608
        (count,),
    ).fetchall()
    return [float(value) for (value,) in reversed(rows) if not isinstance(value, str)]
