"""A metric in whole steps of local time, over changes of the clocks too."""

from __future__ import annotations

import itertools
import time
from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest

from lumenmond.ctl import buckets
from lumenmond.store.reader import Point

HOUR, DAY = 3600, 86400


@pytest.fixture(autouse=True)
def zone(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("TZ", "Europe/Berlin")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


class EveryMinute:
    """A reader of a metric with a sample each minute, whose value is the minute's number."""

    def series(
        self, agent: str, metric: str, start: int, end: int, points: int, step: int
    ) -> list[Point]:
        found: dict[int, list[float]] = {}
        for moment in range(start + -start % 60, end, 60):
            found.setdefault(moment - (moment - start) % step, []).append(moment / 60)
        return [
            Point(at, len(values), min(values), sum(values) / len(values), max(values))
            for at, values in found.items()
        ]


def read(start: str, end: str, step: int) -> list[tuple[str, int]]:
    """Return the local time of each step and how many minutes are in it."""
    span = (at(start), at(end))
    found = buckets.read(EveryMinute(), "a", "m", span, step)  # type: ignore[arg-type]
    for before, point in itertools.pairwise(found):
        assert before.max + 1 == point.min, "each sample is in one step"
    return [
        (datetime.fromtimestamp(point.timestamp).astimezone().isoformat()[:22], point.count)
        for point in found
    ]


def at(text: str) -> int:
    return int(datetime.fromisoformat(text).timestamp())


def test_steps_begin_at_whole_minutes_and_hours() -> None:
    assert read("2026-07-01T10:07", "2026-07-01T10:31", 600) == [
        ("2026-07-01T10:00:00+02", 10),
        ("2026-07-01T10:10:00+02", 10),
        ("2026-07-01T10:20:00+02", 10),
        ("2026-07-01T10:30:00+02", 1),
    ]


def test_an_hour_that_comes_twice_is_two() -> None:
    shown = read("2026-10-25T01:30", "2026-10-25T03:30", 30 * 60)
    assert [moment[11:] for moment, _ in shown] == [
        "01:30:00+02", "02:00:00+02", "02:30:00+02", "02:00:00+01", "02:30:00+01", "03:00:00+01",
    ]  # fmt: skip
    assert {count for _, count in shown} == {30}


@pytest.mark.parametrize(
    ("start", "end", "counts"),
    [
        ("2026-10-23T12:00", "2026-10-28T00:00", [24, 24, 25, 24, 24]),
        ("2026-03-28T00:00", "2026-03-31T00:00", [24, 23, 24]),
    ],
)
def test_days_begin_at_midnight_whatever_the_clocks_do(
    start: str, end: str, counts: list[int]
) -> None:
    shown = read(start, end, DAY)
    assert all(moment[11:19] == "00:00:00" for moment, _ in shown)
    assert [count // 60 for _, count in shown] == counts


@pytest.mark.parametrize("step", [6 * HOUR, 2 * HOUR])
@pytest.mark.parametrize("day", ["2026-10-25", "2026-03-29"])
def test_long_steps_keep_to_the_clock_on_the_wall(step: int, day: str) -> None:
    start = f"{day}T00:00"
    shown = read(start, (datetime.fromisoformat(start) + timedelta(2)).isoformat(), step)
    hours = [int(moment[11:13]) for moment, _ in shown]
    # At 02:00 in spring it is 03:00.
    assert all(hour % (step // HOUR) == 0 or hour == 3 for hour in hours)
    assert len(set(shown)) == len(shown)


def test_weeks_begin_on_monday() -> None:
    shown = read("2026-10-14T09:00", "2026-10-28T00:00", 7 * DAY)
    assert [moment[:10] for moment, _ in shown] == ["2026-10-12", "2026-10-19", "2026-10-26"]
    assert shown[1][1] == 7 * 24 * 60 + 60


def test_a_step_is_found_that_reads_well() -> None:
    assert buckets.step_for(HOUR, 60) == 60
    assert buckets.step_for(HOUR + 1, 60) == 120
    assert buckets.step_for(7 * DAY, 60) == 3 * HOUR
    assert buckets.step_for(100 * 365 * DAY, 60) == 28 * DAY
