"""What is known of an agent now, when clocks are wrong or samples come late."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from lumenmon.live import State
from lumenmon.wire import Sample, Type
from lumenmond import fleet as fleet_module
from lumenmond.fleet import Fleet, Watch
from lumenmond.staleness import SETTLING
from lumenmond.store.registry import AgentRow, Series

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


def test_samples_that_waited_turn_no_host_green(world: World) -> None:
    """After an outage the oldest comes first: the state is that of the samples' times."""
    world.sample(START)
    world.fleet.disconnect(ID)
    world.now += 7200
    world.fleet.judge()
    assert world.watch.state is State.OFFLINE
    world.fleet.connect(ID, "192.0.2.7")
    world.fleet.judge()
    states = []
    behind = 7200
    while behind > 0:
        for second in range(60):
            world.sample(int(world.now) - behind + second)
        behind -= 60
        world.now += 0.05
        world.fleet.judge()
        if behind > 60:
            states.append((world.watch.state, world.watch.why))
    assert set(states) == {(State.STALE, "connected, sends first what it kept while it was away")}
    world.sample(int(world.now))
    assert world.watch.state is State.ONLINE


@pytest.mark.parametrize("away", [-3 * 3600, 3 * 3600, -10 * 365 * 86400])
def test_an_agent_whose_clock_is_wrong_is_online_once_that_is_told_apart(
    world: World, away: int
) -> None:
    for _ in range(40):
        world.now += 1
        world.sample(int(world.now) + away)
        world.fleet.judge()
    assert world.watch.state is State.ONLINE
    for _ in range(40):
        world.now += 1
        world.sample(int(world.now) + away)
        world.fleet.judge()
        assert world.watch.state is State.ONLINE
    world.fleet.disconnect(ID)
    world.now += 600
    world.fleet.connect(ID, "192.0.2.7")
    world.sample(int(world.now) - 590 + away)  # one that waited, by the agent's own clock
    world.fleet.judge()
    assert world.watch.state is State.STALE


class Restarted:
    """A fleet as a daemon makes it from what the database last knew."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now, self.uptime = float(START), 1000.0
        monkeypatch.setattr(fleet_module.time, "monotonic", lambda: self.uptime)
        self.fleet = Fleet(lambda: self.now)

    def load(
        self, *, seen: float, sample: int, down: float = 5.0, stands_in: bool = False
    ) -> Watch:
        row = AgentRow(1, ID, 66000, "web", [], "", "", START - 86400, last_seen=seen)
        row.add(Series("generic_cpu", Type.REAL, "t", "%", 1))
        store = SimpleNamespace(
            load=lambda *_: ({"generic_cpu": (sample, 1, 1.0)}, []),
            stopped_at=self.now - down,
            stands_in=stands_in,
        )
        self.fleet.load(row, store)  # type: ignore[arg-type]
        return self.fleet.agents[ID]

    def run(self, seconds: float) -> None:
        self.now, self.uptime = self.now + seconds, self.uptime + seconds
        self.fleet.judge()


@pytest.fixture
def restarted(monkeypatch: pytest.MonkeyPatch) -> Restarted:
    return Restarted(monkeypatch)


def test_an_agent_about_to_connect_again_is_not_offline(restarted: Restarted) -> None:
    watch = restarted.load(seen=START - 126, sample=START - 127, down=125)
    assert watch.state is State.STALE
    assert "just started" in watch.why
    restarted.run(SETTLING - 1)
    assert watch.state is State.STALE
    restarted.run(2)
    assert (watch.state, watch.why) == (State.OFFLINE, "not connected")


def test_after_a_short_restart_nothing_flips(restarted: Restarted) -> None:
    watch = restarted.load(seen=START - 3, sample=START - 3, down=2)
    assert watch.state is State.ONLINE
    restarted.run(2)
    restarted.fleet.connect(ID, "192.0.2.7")
    restarted.fleet.judge()
    assert watch.state is State.ONLINE
    restarted.run(30)
    assert watch.state is State.STALE  # it was connected: it is awaited no more


@pytest.mark.parametrize("sample", [START - 3600, START + 3600, START - 7 * 3600])
def test_a_dead_host_stays_offline_over_a_restart(restarted: Restarted, sample: int) -> None:
    """Also one whose clock was ahead, so that its newest sample still lies in the future."""
    watch = restarted.load(seen=START - 3600, sample=sample)
    for _ in range(30):
        assert watch.state is State.OFFLINE
        restarted.run(5)


def test_a_dead_host_is_not_green_for_a_console_whose_clock_was_ahead(restarted: Restarted) -> None:
    watch = restarted.load(seen=START + 86400, sample=START + 3600)
    for _ in range(30):
        assert watch.state is not State.ONLINE
        restarted.run(5)


def test_who_cannot_be_read_of_was_not_never_seen(restarted: Restarted) -> None:
    watch = restarted.load(seen=START, sample=START, stands_in=True)
    watch.row.last_seen = None
    watch.beats.clear()
    restarted.fleet.judge()
    assert watch.state is State.STALE
    restarted.run(SETTLING + 1)
    assert watch.state is State.OFFLINE
