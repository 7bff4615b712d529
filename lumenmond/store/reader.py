"""Read-only access to the database, for every process but the one that writes it.

No reader holds a transaction for long: each method runs one short query to its end.
"""

from __future__ import annotations

import json
import os
import sqlite3
import stat
import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lumenmon.errors import LumenmonError, joining

PATIENCE = 2.0
"""Seconds that a query is tried again while the writer starts or recovers."""
PAGE = 5000
"""Rows that one query of an iterator takes."""
_RETRIED = (
    sqlite3.SQLITE_BUSY,
    sqlite3.SQLITE_READONLY_RECOVERY,
    sqlite3.SQLITE_READONLY_CANTINIT,
    sqlite3.SQLITE_CANTOPEN,
)
_JOIN = joining("lumenmon")
_LOOK = "see what is wrong with it: sudo lumenmonctl doctor"
_STEPS = (("raw", 1), ("minutes", 60), ("hours", 3600))


class ReaderError(LumenmonError):
    """The database cannot be read, or has not what was asked for."""


@dataclass(frozen=True, slots=True)
class AgentInfo:
    """An agent as the database has it."""

    id: str
    uid: int
    name: str
    tags: list[str]
    fingerprint: str
    comment: str
    enrolled: float
    last_seen: float | None
    address: str
    rejected: int
    last_reject: str


@dataclass(frozen=True, slots=True)
class MetricInfo:
    """A metric of an agent; ``table`` is its raw table."""

    series: int
    metric: str
    type: str
    unit: str
    table: str


@dataclass(frozen=True, slots=True)
class Point:
    """A stretch of time from ``timestamp`` on: how many samples, and what they say."""

    timestamp: int
    count: int
    min: float
    mean: float
    max: float


def must_be_regular(path: Path) -> None:
    """Raise ReaderError for a FIFO or a device in the place of a database: opening it may hang."""
    with suppress(OSError):  # what is missing, SQLite says
        if not stat.S_ISREG(path.stat().st_mode):
            raise ReaderError(
                f"{path} is not a regular file",
                f"move it away: sudo mv {path} {path}.old; then: sudo lumenmonctl restart",
            )


class Reader:
    """Reads the database at ``path``; usable from one thread at a time."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._db: sqlite3.Connection | None = None

    def close(self) -> None:
        """Close the connection; the next query opens one again."""
        if self._db is not None:
            self._db.close()
            self._db = None

    def agents(self) -> list[AgentInfo]:
        """Return all agents, oldest first."""
        rows = self._query(
            "SELECT id, uid, name, tags, fingerprint, comment, enrolled, last_seen, address,"
            " rejected, last_reject FROM agents ORDER BY number"
        )
        return [
            AgentInfo(id, uid, name, json.loads(tags), *rest) for id, uid, name, tags, *rest in rows
        ]

    def metrics(self, agent: str) -> list[MetricInfo]:
        """Return an agent's metrics by name."""
        rows = self._query(
            "SELECT series, metric, type, unit, table_name FROM metrics JOIN agents"
            " ON agents.number = metrics.agent WHERE agents.id = ? ORDER BY metric",
            (agent,),
        )
        return [MetricInfo(*row) for row in rows]

    def metric(self, agent: str, metric: str) -> MetricInfo:
        """Return one metric; raises ReaderError when the agent has none of that name."""
        for found in self.metrics(agent):
            if found.metric == metric:
                return found
        raise ReaderError(f"{agent} has no metric {metric}")

    def latest(self, agent: str) -> dict[str, tuple[int, int, float | int | str]]:
        """Return the newest sample of each metric: timestamp, interval, value."""
        found = {}
        for info in self.metrics(agent):
            for row in self._query(
                f'SELECT timestamp, interval, value FROM "{info.table}"'  # noqa: S608
                " ORDER BY timestamp DESC LIMIT 1"
            ):
                found[info.metric] = (row[0], row[1], row[2])
        return found

    def series(
        self, agent: str, metric: str, start: int, end: int, points: int, step: int | None = None
    ) -> list[Point]:
        """Return about ``points`` points of a metric from ``start`` up to ``end``.

        With ``step`` they are exactly that many seconds apart, or as the coarser data allows.
        They come from raw samples, minutes or hours, whichever is the coarsest that still gives
        as many points, or a coarser one where the finer is no longer kept.
        """
        info = self.metric(agent, metric)
        if info.type == "TEXT":
            raise ReaderError(f"{metric} is text", "ask for its history")
        width = step or max(1, (end - start) // max(1, points))
        level = self._level(info, width, start)
        if level == "raw":
            return self._points(
                "count(*), min(value), avg(value), max(value)", f'"{info.table}"', "1",
                (start, end), width,
            )  # fmt: skip
        base = dict(_STEPS)[level]
        width = max(base, width - width % base)
        return self._points(
            "sum(count), min(min), sum(mean * count) / sum(count), max(max)", level,
            f"series = {info.series}", (start - start % base, end), width,
        )  # fmt: skip

    def _level(self, info: MetricInfo, width: int, start: int) -> str:
        level = max((step, name) for name, step in _STEPS if step <= width)[1]
        oldest = self._oldest(info, "hours")
        if oldest is None:
            return level
        wanted = max(start, oldest)
        ((pruned,),) = self._query("SELECT value FROM state WHERE name = 'pruned'")
        if level == "raw" and wanted >= pruned:
            return "raw"
        minute = self._oldest(info, "minutes")
        if level != "hours" and minute is not None and minute < wanted + 3600:
            return "minutes"
        return "hours"

    def _oldest(self, info: MetricInfo, level: str) -> int | None:
        rows = self._query(
            f"SELECT timestamp FROM {level} WHERE series = ? ORDER BY timestamp LIMIT 1",  # noqa: S608
            (info.series,),
        )
        return int(rows[0][0]) if rows else None

    def _points(
        self, what: str, table: str, where: str, span: tuple[int, int], width: int
    ) -> list[Point]:
        start, end = span
        rows = self._query(
            f"SELECT timestamp - (timestamp - ?1) % ?3 AS bucket, {what} FROM {table}"  # noqa: S608
            f" WHERE {where} AND timestamp >= ?1 AND timestamp < ?2 GROUP BY bucket"
            " ORDER BY bucket",
            (start, end, width),
        )
        return [Point(*row) for row in rows]

    def text_history(
        self, agent: str, metric: str, start: int, end: int, limit: int = 1000
    ) -> list[tuple[int, str]]:
        """Return when a text changed, oldest first: timestamp and the text from then on."""
        info = self.metric(agent, metric)
        rows = self._query(
            "SELECT timestamp, value FROM (SELECT timestamp, value,"  # noqa: S608
            f' lag(value) OVER (ORDER BY timestamp) AS before FROM "{info.table}"'
            " WHERE timestamp >= ? AND timestamp < ?)"
            " WHERE before IS NULL OR before <> value ORDER BY timestamp DESC LIMIT ?",
            (start, end, limit),
        )
        return [(int(stamp), str(value)) for stamp, value in reversed(rows)]

    def raw(
        self, agent: str, metric: str, start: int, end: int
    ) -> Iterator[tuple[int, int, float | int | str]]:
        """Yield every sample from ``start`` up to ``end``, oldest first, in short queries."""
        info = self.metric(agent, metric)
        while True:
            rows = self._query(
                f'SELECT timestamp, interval, value FROM "{info.table}"'  # noqa: S608
                f" WHERE timestamp >= ? AND timestamp < ? ORDER BY timestamp LIMIT {PAGE}",
                (start, end),
            )
            yield from rows
            if len(rows) < PAGE:
                return
            start = rows[-1][0] + 1

    def _query(self, sql: str, values: Sequence[object] = ()) -> list[tuple[Any, ...]]:
        end = time.monotonic() + PATIENCE
        while True:
            try:
                if self._db is None:
                    must_be_regular(self._path)
                    uri = f"{self._path.absolute().as_uri()}?mode=ro"
                    self._db = sqlite3.connect(
                        uri, uri=True, timeout=0.2, isolation_level=None, check_same_thread=False
                    )
                return self._db.execute(sql, values).fetchall()
            except sqlite3.Error as error:
                self.close()
                code = getattr(error, "sqlite_errorcode", 0)
                if not (code in _RETRIED or code & 0xFF in _RETRIED[:1]) or time.monotonic() > end:
                    hint = _LOOK if os.access(self._path, os.R_OK) else _JOIN
                    raise ReaderError(f"{self._path} cannot be read: {error}", hint) from error
            time.sleep(0.05)
