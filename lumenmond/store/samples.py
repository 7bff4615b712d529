"""Samples into their tables: made for new metrics, raw rows stored, rollups brought up to date."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from typing import TYPE_CHECKING

from lumenmon.errors import LumenmonError
from lumenmon.wire import Type
from lumenmond.store import database, rollup, sizes
from lumenmond.store.registry import AgentRow, Series
from lumenmond.store.rollup import Rows
from lumenmond.store.schema import create_raw

if TYPE_CHECKING:
    from lumenmond.store.writer import Store

Batch = Mapping[str, Mapping[str, Rows]]
"""Samples by agent id and metric."""
_OF_ROWS = (
    sqlite3.IntegrityError,
    sqlite3.DataError,
    sqlite3.ProgrammingError,
    sqlite3.InterfaceError,
)
"""Errors of SQLite that come of what is written, not of the database."""


class Unstorable(LumenmonError):
    """The samples of one agent cannot be written, though the database is well."""

    def __init__(self, agent: str, error: Exception) -> None:
        super().__init__(f"samples cannot be stored: {error!r}")
        self.agent = agent


def write(store: Store, batch: Batch, touched: set[str]) -> None:
    """Write a batch, and the state of the agents ``touched``, in one transaction.

    Raises Unstorable when an agent's samples are at fault, or sqlite3.Error; nothing is then
    stored.
    """
    made: list[Series] = []
    grown: dict[str, int] = {}
    try:
        with database.Transaction(store.db):
            for id, metrics in batch.items():
                agent = store.agents.get(id)
                if agent is not None:
                    try:
                        grown[id] = _write_agent(store, agent, metrics, made)
                    except Exception as error:
                        if isinstance(error, sqlite3.Error) and not isinstance(error, _OF_ROWS):
                            raise
                        raise Unstorable(id, error) from error
            for id in touched & store.agents.keys():
                agent = store.agents[id]
                store.db.execute(
                    "UPDATE agents SET last_seen = ?, address = ?, rejected = ?,"
                    " last_reject = ? WHERE number = ?",
                    (agent.last_seen, agent.address, agent.rejected, agent.last_reject,
                     agent.number),
                )  # fmt: skip
            for id, bytes in grown.items():
                sizes.save(store.db, store.agents[id], bytes)
    except BaseException:
        for series in made:
            series.number = None
        raise
    for id, bytes in grown.items():
        store.agents[id].size += bytes
        store.agents[id].grown += bytes
        for metric, rows in batch[id].items():
            series = store.agents[id].series[metric]
            series.minute = max(series.minute, max(rows, default=0) // rollup.MINUTE)


def _write_agent(
    store: Store, agent: AgentRow, metrics: Mapping[str, Rows], made: list[Series]
) -> int:
    """Return the bytes by which the agent grows."""
    new = [agent.series[metric] for metric in metrics if agent.series[metric].number is None]
    if new:
        database.fit_cache(store.db, sum(len(each.series) for each in store.agents.values()))
    for series in new:
        _create(store, agent, series)
        made.append(series)
    pruned = max(store.pruned, agent.trimmed)
    for metric, rows in metrics.items():
        _store(store, agent.series[metric], rows, pruned)
    return sum(sizes.of_rows(agent.series[metric], rows) for metric, rows in metrics.items())


def _create(store: Store, agent: AgentRow, series: Series) -> None:
    store.db.execute(create_raw(series.table, series.type))
    series.number = store.db.execute(
        "INSERT INTO metrics (agent, metric, type, table_name, unit) VALUES (?, ?, ?, ?, ?)",
        (agent.number, series.metric, series.type.value, series.table, series.unit),
    ).lastrowid


def _store(store: Store, series: Series, rows: Rows, pruned: int) -> None:
    numeric = series.type is not Type.TEXT
    late = {s: row for s, row in rows.items() if s < pruned} if numeric else {}
    if late:
        rollup.merge(store.db, series, late)
    store.db.executemany(
        f'INSERT OR REPLACE INTO "{series.table}" VALUES (?, ?, ?)',  # noqa: S608
        ((stamp, interval, value) for stamp, (interval, value) in rows.items()),
    )
    if numeric:
        rollup.recompute(store.db, series, (s for s in rows if s >= pruned))
