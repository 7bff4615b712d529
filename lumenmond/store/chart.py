"""What the dashboard draws: a stretch of a metric with where it comes from, spans, histories."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from lumenmond.store.reader import PAGE, MetricInfo, Point, Reader, ReaderError

_LEVELS = {1: "raw", 60: "minute", 3600: "hour"}
_NAMES = {"raw": 1, "minutes": 60, "hours": 3600}
_TABLES = {60: "minutes", 3600: "hours"}
GAP = 3
"""Steps or intervals that two points may lie apart and still be drawn as joined."""
_COARSER = ((60, 30, 6 * 3600), (3600, 1800, 31 * 86400))
"""A base, and from which step and above which span it serves though it is a little coarser: so
many rows of the finer one are not worth reading."""


_Sample = tuple[Any, ...]
"""Timestamp, interval, value."""
_Row = tuple[Point, "int | None"]
"""A point, and the interval of its samples."""


@dataclass(frozen=True, slots=True)
class Chart:
    """Points of a metric: ``source`` is what they were made from, ``step`` their distance.

    Each sample is in one point. ``intervals`` has the samples' interval of each point, None where
    that is no longer kept; ``newest`` is the timestamp of the newest sample.
    """

    info: MetricInfo
    source: str
    step: int
    points: list[Point]
    intervals: list[int | None]
    newest: int | None


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
        however the range moves. One that has a single sample is at its time. The newest sample of
        the range is always a point of its own, and one before ``start`` comes first where it is
        near enough to be held or drawn into the range.
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
        newest = self._newest(info, end)
        begin = start - start % step
        rows = self._raw if base == 1 else self._rolled_up
        found = rows(info, base, (begin, end, step), newest)
        interval = newest[1] if newest else 0
        if newest and newest[0] >= start and (not found or newest[0] > found[-1][0].timestamp):
            found.append((Point(newest[0], 1, *[newest[2]] * 3), interval))
        if not found or found[0][0].timestamp > start:
            found[:0] = self._before(info, base, (start, begin, step), interval)
        return Chart(
            info,
            _LEVELS[base],
            step,
            [point for point, _ in found],
            [interval for _, interval in found],
            newest[0] if newest else None,
        )

    def _raw(
        self, info: MetricInfo, _: int, span: tuple[int, int, int], newest: _Sample | None
    ) -> list[_Row]:
        begin, end, step = span
        rows = self._query(
            "SELECT CASE count(*) WHEN 1 THEN max(timestamp) ELSE"  # noqa: S608
            " min(timestamp) - min(timestamp) % ?3 END, count(*), min(value), avg(value),"
            f' max(value), max(interval) FROM "{info.table}" WHERE timestamp >= ?1'
            " AND timestamp < ?2 GROUP BY timestamp / ?3 ORDER BY 1",
            (begin, newest[0] if newest else end, step),
        )
        return [(Point(*row[:5]), row[5]) for row in rows]

    def _rolled_up(
        self, info: MetricInfo, base: int, span: tuple[int, int, int], newest: _Sample | None
    ) -> list[_Row]:
        begin, end, step = span
        level = _TABLES[base]
        rows = self._query(
            "SELECT timestamp - timestamp % ?3 AS bucket, sum(count), min(min),"  # noqa: S608
            f" sum(mean * count) / sum(count), max(max) FROM {level} WHERE series = ?4"
            " AND timestamp >= ?1 AND timestamp < ?2 GROUP BY bucket ORDER BY bucket",
            (begin, end, step, info.series),
        )
        points = [Point(*row) for row in rows]
        if newest and points and points[-1].timestamp <= newest[0] < points[-1].timestamp + step:
            points[-1:] = _without(points[-1], newest[2])
        return [(point, None) for point in points]

    def _before(
        self, info: MetricInfo, base: int, span: tuple[int, int, int], interval: int
    ) -> list[_Row]:
        """Return the last point before a chart begins, unless too much time lies between."""
        start, begin, step = span
        if base == 1:
            sample = self._newest(info, begin)
            if not sample or (sample[1] > 0 and sample[0] < start - GAP * max(step, sample[1])):
                return []
            return [(Point(sample[0], 1, *[sample[2]] * 3), sample[1])]
        rows = self._query(
            f"SELECT timestamp, count, min, mean, max FROM {_TABLES[base]}"  # noqa: S608
            " WHERE series = ? AND timestamp >= ? AND timestamp < ?"
            " ORDER BY timestamp DESC LIMIT 1",
            (info.series, start - GAP * max(step, interval), begin),
        )
        return [(Point(*row), None) for row in rows]

    def _newest(self, info: MetricInfo, end: int) -> _Sample | None:
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


def _without(point: Point, value: float) -> list[Point]:
    """Return a point without one of its samples; its band stays as it is."""
    rest = point.count - 1
    if rest < 1:
        return []
    mean = (point.mean * point.count - value) / rest
    return [Point(point.timestamp, rest, point.min, mean, point.max)]
