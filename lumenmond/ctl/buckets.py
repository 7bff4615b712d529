"""A metric in whole steps of local time: hours begin at the full hour, days at midnight."""

from __future__ import annotations

import bisect
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta

from lumenmon import moments
from lumenmond.store.reader import Point, Reader

HOUR, DAY, WEEK = 3600, 86400, 604800
STEPS = (
    1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, HOUR, 2 * HOUR, 3 * HOUR, 6 * HOUR,
    12 * HOUR, DAY, 2 * DAY, WEEK, 2 * WEEK, 4 * WEEK,
)  # fmt: skip
"""The steps to choose from where none is named, in seconds."""
_EPOCH = datetime(1970, 1, 1)
_MONDAY = 4 * DAY
"""The first Monday after the epoch."""


def step_for(seconds: int, points: int) -> int:
    """Return the step that cuts a stretch into about ``points``, at most."""
    wanted = -(-seconds // points)
    return STEPS[min(bisect.bisect_left(STEPS, wanted), len(STEPS) - 1)]


def read(reader: Reader, agent: str, metric: str, span: tuple[int, int], step: int) -> list[Point]:
    """Return the points of a stretch, each the whole of a step, oldest first.

    The first begins before the stretch where that is not a whole step. A day on which the clocks
    change has 23 or 25 hours; an hour that comes twice gives two points.
    """
    found: list[Point] = []
    for start, end in _pieces(begin(span[0], step), span[1], step):
        found += reader.series(agent, metric, start, end, 1, step)
    return list(_joined(found, step))


def begin(moment: int, step: int) -> int:
    """Return when the step began that a moment is in."""
    wall = moment + moments.offset(moment)
    if step <= HOUR:
        return moment - wall % step
    back = (wall - (_MONDAY if step % WEEK == 0 else 0)) % step
    return int((_EPOCH + timedelta(seconds=wall - back)).timestamp())


def _pieces(start: int, end: int, step: int) -> Iterator[tuple[int, int]]:
    """Yield stretches in which steps follow each other evenly: the clocks do not change within."""
    while start < end:
        change = _change(start, end)
        if step > HOUR and (first := begin(start, step)) != start:
            # The clocks have just changed: what is left of this step stands alone.
            after = begin(first + step + step // 2, step)
            change = min(change, max(after, start + 1))
        yield start, change
        start = change


def _change(start: int, end: int) -> int:
    """Return when the clocks next change after ``start``; ``end`` where they do not until then."""
    now = moments.offset(start)
    low = start
    while low < end:
        high = min(low + DAY, end)
        if moments.offset(high) != now:
            while high - low > 1:
                middle = (low + high) // 2
                low, high = (middle, high) if moments.offset(middle) == now else (low, middle)
            return high
        low = high
    return end


def _joined(points: Iterable[Point], step: int) -> Iterator[Point]:
    """Join points of the same step, which a change of the clocks had cut in two."""
    last: Point | None = None
    for point in points:
        at = begin(point.timestamp, step)
        if last and last.timestamp == at:
            count = last.count + point.count
            mean = (last.mean * last.count + point.mean * point.count) / count
            last = Point(at, count, min(last.min, point.min), mean, max(last.max, point.max))
            continue
        if last:
            yield last
        last = Point(at, point.count, point.min, point.mean, point.max)
    if last:
        yield last
