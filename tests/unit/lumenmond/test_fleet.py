"""What is known of an agent now, when clocks are wrong or samples come late."""

from __future__ import annotations

import pytest

from lumenmon.live import State
from lumenmon.wire import Sample, Type
from lumenmond.fleet import Fleet
from lumenmond.store.registry import AgentRow

ID = "id_0123456789abcdef"
START = 1_800_000_000


class World:
    """A fleet of one connected agent, and the console's clock."""

    def __init__(self) -> None:
        self.now = float(START)
        self.fleet = Fleet(lambda: self.now)
        self.watch = self.fleet.add(AgentRow(1, ID, 66000, "web", [], "", "", START))
        self.fleet.connect(ID, "192.0.2.7")

    def sample(self, timestamp: int, value: float = 1.0) -> None:
        self.fleet.sample(ID, Sample("generic_cpu", Type.REAL, timestamp, 1, value), "%")


@pytest.fixture
def world() -> World:
    return World()


def test_an_older_sample_is_not_shown(world: World) -> None:
    world.sample(START, 1.0)
    world.sample(START - 10, 2.0)
    assert world.watch.latest["generic_cpu"].value == 1.0


def test_an_agent_whose_clock_was_hours_ahead_goes_on_to_be_seen(world: World) -> None:
    world.sample(START + 5 * 3600, 1.0)
    world.now += 60
    world.sample(START + 60, 2.0)
    world.fleet.judge()
    assert world.watch.latest["generic_cpu"].value == 2.0
    assert world.watch.state is State.ONLINE
    world.now += 60
    world.sample(START + 120, 3.0)
    assert world.watch.latest["generic_cpu"].value == 3.0


def test_samples_that_had_to_wait_are_no_skew(world: World) -> None:
    world.sample(START - 1)
    world.fleet.disconnect(ID)
    world.now += 3600
    world.fleet.connect(ID, "192.0.2.7")
    world.sample(START)
    assert world.watch.skew == -1.0
    world.now += 120
    world.sample(START + 60)
    assert world.watch.skew == -3660.0


def test_a_console_whose_clock_is_set_back_still_sees_that_an_agent_is_gone(world: World) -> None:
    world.sample(START)
    world.now -= 86400
    world.fleet.disconnect(ID)
    world.fleet.judge()
    world.now += 120
    world.fleet.judge()
    assert world.watch.state is State.OFFLINE


def test_what_is_wrong_is_published_again_when_it_is_something_else(world: World) -> None:
    world.fleet.disconnect(ID)
    world.fleet.settled()
    assert (world.watch.state, world.watch.why) == (State.NEVER, "not seen yet")
    world.fleet.connect(ID, "192.0.2.7")
    world.fleet.settled()
    world.fleet.judge()
    assert (world.watch.changed, world.watch.why) == (True, "connected, nothing received yet")
    world.fleet.settled()
    world.fleet.judge()
    assert not world.watch.changed
