"""What people are told of the clock, and when."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest

from lumenmon.wire import Sample, Type
from lumenmond import timekeeper
from lumenmond.config import Config
from lumenmond.fleet import Fleet
from lumenmond.store import kept
from lumenmond.store.writer import Store
from lumenmond.timekeeper import Timekeeper

AGENT = "id_0123456789abcdef"
START = 1_800_000_000.0
DAY = 86400


class World:
    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.wall, self.uptime = START, 5000.0
        monkeypatch.setattr(timekeeper.time, "monotonic", lambda: self.uptime)
        self.store = Store(
            folder / "metrics.db", Config(ballast=0), lambda: self.wall, lambda: self.uptime
        )
        self.fleet = Fleet(lambda: self.wall)
        self.fleet.add(self.store.enrol(AGENT, 66000))
        self.keeper = Timekeeper(self.store, self.fleet)

    def sample(self, metric: str, value: float | str, timestamp: float) -> None:
        type = Type.TEXT if isinstance(value, str) else Type.REAL
        self.fleet.sample(AGENT, Sample(metric, type, int(timestamp), 1, value), "")

    def run(self, seconds: float, agent: float | None = None) -> None:
        for _ in range(int(seconds / 5)):
            self.wall, self.uptime = self.wall + 5, self.uptime + 5
            if agent is not None:
                self.sample("generic_cpu", 1.0, self.wall + agent)
            self.keeper.tick()


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> World:
    return World(tmp_path, monkeypatch)


def events(caplog: pytest.LogCaptureFixture) -> list[str]:
    found = [r.lumenmon["LUMENMON_EVENT"] for r in caplog.records if hasattr(r, "lumenmon")]
    return [word for word in found if word.startswith("clock")]


def test_a_jump_is_told_at_once_and_a_doubt_once(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    world.run(300, agent=0.0)
    world.wall += 3650 * DAY
    world.run(60, agent=-3650 * DAY)
    assert events(caplog) == ["clock-stepped"]
    assert "10 y ahead" in caplog.messages[-1]
    found = timekeeper.describe(world.store)
    assert (found["trusted"], found["denied"]) == (False, True)
    assert found["words"].startswith("10 y ahead")
    world.run(600, agent=-3650 * DAY)
    assert events(caplog) == ["clock-stepped", "clock-untrusted"]
    world.wall -= 3650 * DAY
    world.run(60, agent=0.0)
    assert events(caplog)[2:] == ["clock-stepped", "clock-trusted"]
    assert timekeeper.describe(world.store)["words"] == ""


def test_a_console_that_was_off_and_is_borne_out_says_nothing(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    world.store.clock.proven -= 30 * DAY
    assert not world.store.clock.trusted
    world.run(30)
    world.run(600, agent=0.0)
    assert events(caplog) == []


def test_an_agent_on_the_same_host_has_no_say(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("lumenmond.fleet.socket.gethostname", lambda: "console")
    world.sample("generic_hostname", "console", world.wall)
    assert list(world.fleet.heard()) == []
    world.sample("generic_hostname", "web", world.wall)
    assert list(world.fleet.heard()) == [(AGENT, int(world.wall))]
    assert list(world.fleet.heard()) == []


def test_an_agent_that_comes_in_at_the_loopback_has_no_say(world: World) -> None:
    world.store.agents[AGENT].address = "127.0.0.1"
    world.sample("generic_cpu", 1.0, world.wall)
    assert list(world.fleet.heard()) == []


def test_samples_that_had_to_wait_tell_no_time(world: World) -> None:
    for hour in range(72):
        world.sample("generic_cpu", 1.0, world.wall - 3 * DAY + hour * 3600)
    assert list(world.fleet.heard()) == []
    world.sample("generic_cpu", 1.0, world.wall - 1)
    assert len(list(world.fleet.heard())) == 1


def test_a_step_right_before_the_end_is_told(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    world.run(60)
    world.wall += 3650 * DAY
    world.keeper.stop()
    assert events(caplog) == ["clock-stepped"]
    found = kept.load(world.store.db)
    assert found is not None
    assert found.wall == world.wall


def test_the_time_is_kept_every_minute(world: World) -> None:
    world.run(300, agent=0.0)
    found = kept.load(world.store.db)
    assert found is not None
    assert world.wall - 60 <= found.proven <= world.wall
