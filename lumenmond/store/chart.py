"""What the dashboard draws: a stretch of a metric with where it comes from, spans, histories."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from lumenmond.store.reader import PAGE, MetricInfo, Point, Reader, ReaderError

_LEVELS = {1: "raw", 60: "minute", 3600: "hour"}
_NAMES = {"raw": 1, "minutes": 60, "hours": 3600}
_COARSER = ((60, 30, 6 * 3600), (3600, 1800, 31 * 86400))
"""A base, and from which step and above which span it serves though it is a little coarser: so
many rows of the finer one are not worth reading."""


@dataclass(frozen=True, slots=True)
class Chart:
    """Points of a metric: ``source`` is what they were made from, ``step`` their distance."""

    info: MetricInfo
    source: str
    step: int
    points: list[Point]


@dataclass(frozen=True, slots=True)
class Span:
    """From when to when there are samples of a metric, and how many were counted."""

    info: MetricInfo
    samples: int
    first: int | None
    last: int | None


class ChartReader(Reader):
    """A reader with the questions of the dashboard."""

    def chart(self, agent: str, metric: str, start: int, end: int, points: int) -> Chart:
        """Return at most about ``points`` points from ``start`` up to ``end``.

        Their stretches begin at multiples of the step, so that the same stretch is the same
        however the range moves. The newest sample of the range is always among them: as a point
        of its own where it lies later than the last stretch begins.
        """
        info = self.metric(agent, metric)
        if info.type == "TEXT":
            raise ReaderError(f"{metric} is text", "ask for its history")
        step = max(1, -(-(end - start) // max(1, points)))
        for coarser, least, span in _COARSER:
            if step > least or end - start > span:
                step = max(step, coarser)
        base = _NAMES[self._level(info, step, start)]
        step = max(base, -(-step // base) * base)
        begin = start - start % step
        if base == 1:
            what = "count(*), min(value), avg(value), max(value)"
            found = self._points(what, f'"{info.table}"', "1", (begin, end), step)
        else:
            what = "sum(count), min(min), sum(mean * count) / sum(count), max(max)"
            level = "minutes" if base == 60 else "hours"
            found = self._points(what, level, f"series = {info.series}", (begin, end), step)
        newest = self._newest(info, end)
        if newest and newest[0] >= start and (not found or newest[0] > found[-1].timestamp):
            found.append(Point(newest[0], 1, newest[2], newest[2], newest[2]))
        return Chart(info, _LEVELS[base], step, found)

    def _newest(self, info: MetricInfo, end: int) -> tuple[Any, ...] | None:
        rows = self._query(
            f'SELECT timestamp, interval, value FROM "{info.table}"'  # noqa: S608
            " WHERE timestamp < ? ORDER BY timestamp DESC LIMIT 1",
            (end,),
        )
        return rows[0] if rows else None

    def spans(self, agent: str) -> list[Span]:
        """Return the span of each of an agent's metrics, what was rolled up included."""
        return [self._span(info) for info in self.metrics(agent)]

    def _span(self, info: MetricInfo) -> Span:
        ((first, last),) = self._query(
            f'SELECT (SELECT min(timestamp) FROM "{info.table}"),'  # noqa: S608
            f' (SELECT max(timestamp) FROM "{info.table}")'
        )
        if info.type == "TEXT":
            ((samples,),) = self._query(f'SELECT count(*) FROM "{info.table}"')  # noqa: S608
            return Span(info, samples, first, last)
        ((samples, rolled),) = self._query(
            "SELECT sum(count), min(timestamp) FROM hours WHERE series = ?", (info.series,)
        )
        if rolled is not None and (first is None or rolled < first - first % 3600):
            first = rolled
        return Span(info, samples or 0, first, last)

    def history(
        self, agent: str, metric: str, start: int, end: int, limit: int
    ) -> list[tuple[int, int, str]]:
        """Return the newest ``limit`` changes of a text: timestamp, interval, the text."""
        info = self.metric(agent, metric)
        if info.type != "TEXT":
            raise ReaderError(f"{metric} is not text", "ask for its series")
        rows = self._query(
            "SELECT timestamp, interval, value FROM (SELECT timestamp, interval, value,"  # noqa: S608
            f' lag(value) OVER (ORDER BY timestamp) AS before FROM "{info.table}"'
            " WHERE timestamp >= ? AND timestamp < ?)"
            " WHERE before IS NULL OR before <> value ORDER BY timestamp DESC LIMIT ?",
            (start, end, limit),
        )
        return [(int(stamp), int(interval), str(text)) for stamp, interval, text in reversed(rows)]

    def page(self, info: MetricInfo, start: int, end: int) -> list[tuple[Any, ...]]:
        """Return the first samples from ``start`` up to ``end``, at most ``PAGE``."""
        return self._query(
            f'SELECT timestamp, interval, value FROM "{info.table}"'  # noqa: S608
            f" WHERE timestamp >= ? AND timestamp < ? ORDER BY timestamp LIMIT {PAGE}",
            (start, end),
        )
