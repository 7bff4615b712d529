"""The schedule beats without drift, and each beat has a second of its own."""

import math

from hypothesis import given
from hypothesis import strategies as st

from lumenmon_agentd.schedule import Clock, Schedule


def test_everything_is_due_at_once_then_by_its_interval() -> None:
    schedule = Schedule(100.0)
    schedule.add("pulse", 1)
    schedule.add("breathe", 60)
    assert schedule.due(100.0) == [("pulse", 100.0), ("breathe", 100.0)]
    assert schedule.due(100.5) == []
    assert schedule.due(101.0) == [("pulse", 101.0)]
    assert [name for name, _ in schedule.due(160.2)] == ["pulse", "breathe"]


def test_missed_beats_are_skipped() -> None:
    schedule = Schedule(0.0)
    schedule.add("pulse", 1)
    schedule.due(0.0)
    assert schedule.due(10.7) == [("pulse", 10.0)]
    assert schedule.next() == 11.0


def test_nothing_is_ever_due_without_beats() -> None:
    assert Schedule(0.0).next() == math.inf


@given(
    start=st.floats(0, 1e6), interval=st.integers(1, 3600),
    delays=st.lists(st.floats(0, 0.9), min_size=1, max_size=50),
)  # fmt: skip
def test_late_wakes_do_not_add_up(start: float, interval: int, delays: list[float]) -> None:
    schedule = Schedule(start)
    schedule.add("x", interval)
    for count, delay in enumerate(delays):
        assert abs(schedule.next() - (start + count * interval)) < 1e-6
        assert len(schedule.due(schedule.next() + delay)) == 1


@given(st.floats(0, 1e6), st.floats(1e9, 2e9), st.lists(st.floats(-0.4, 0.4), min_size=2))
def test_every_beat_has_a_second_of_its_own(
    monotonic: float, wall: float, noise: list[float]
) -> None:
    clock = Clock(monotonic, wall)
    stamps = []
    for count, drift in enumerate(noise):
        clock.update(monotonic + count, wall + count + drift)
        stamps.append(clock.timestamp(monotonic + count))
    assert stamps == list(range(stamps[0], stamps[0] + len(noise)))


def test_a_clock_that_was_set_is_followed() -> None:
    clock = Clock(10.0, 1000.0)
    clock.update(11.0, 5001.0)
    assert clock.timestamp(11.0) == 5001
