"""Rollups: count, min, mean and max of each minute and each hour.

They are brought up to date in the transaction that writes the raw samples, so they always equal
a recomputation from raw. A minute is recomputed from raw, an hour from its minutes. Where raw
samples were already pruned (before ``pruned``, a full hour), a new sample is merged instead.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Mapping

from lumenmond.store.registry import Series

MINUTE = 60
HOUR = 3600

Rows = Mapping[int, tuple[int, float | int | str]]
"""Samples by timestamp: interval and value."""

_RAW = (
    "INSERT OR REPLACE INTO minutes SELECT ?, ?, count(*), min(value), avg(value), max(value)"
    ' FROM "{table}" WHERE timestamp >= ? AND timestamp < ?'
)
_HOUR = (
    "INSERT OR REPLACE INTO hours SELECT ?, ?, sum(count), min(min),"
    " sum(mean * count) / sum(count), max(max)"
    " FROM minutes WHERE series = ? AND timestamp >= ? AND timestamp < ?"
)
_MERGE = (
    "INSERT INTO {rollup} VALUES (?1, ?2, 1, ?3, ?3, ?3) ON CONFLICT DO UPDATE SET"
    " mean = mean + (?3 - mean) / (count + 1), count = count + 1,"
    " min = min(min, ?3), max = max(max, ?3)"
)
_AMEND = (
    "UPDATE {rollup} SET mean = mean + (?3 - ?4) / count, min = min(min, ?3), max = max(max, ?3)"
    " WHERE series = ?1 AND timestamp = ?2"
)


def recompute(db: sqlite3.Connection, series: Series, timestamps: Iterable[int]) -> None:
    """Recompute the minutes and hours that hold ``timestamps``, from what raw has now."""
    minutes = {stamp - stamp % MINUTE for stamp in timestamps}
    hours = {stamp - stamp % HOUR for stamp in minutes}
    number = series.number
    db.executemany(_RAW.format(table=series.table), ((number, m, m, m + MINUTE) for m in minutes))
    db.executemany(_HOUR, ((number, h, number, h, h + HOUR) for h in hours))


def merge(db: sqlite3.Connection, series: Series, rows: Rows) -> None:
    """Count samples in whose minutes have lost raw ones; call it before raw is written.

    A sample that raw still has is amended, not counted twice; min and max can only widen.
    """
    for stamp, (_, value) in rows.items():
        old = db.execute(
            f'SELECT value FROM "{series.table}" WHERE timestamp = ?',  # noqa: S608
            (stamp,),
        ).fetchone()
        for rollup, step in (("minutes", MINUTE), ("hours", HOUR)):
            key = (series.number, stamp - stamp % step, float(value))
            if old is None:
                db.execute(_MERGE.format(rollup=rollup), key)
            elif old[0] != value:
                db.execute(_AMEND.format(rollup=rollup), (*key, float(old[0])))
