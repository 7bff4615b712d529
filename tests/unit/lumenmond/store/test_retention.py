"""What is deleted, and that a wrong clock deletes nothing before its time."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest

from lumenmon.wire import Type
from lumenmond.config import Config
from lumenmond.store import kept
from lumenmond.store.writer import Store

AGENT = "id_0123456789abcdef"
START = 1_800_000_000 - 1_800_000_000 % 3600
DAY = 86400
YEARS = 3650 * DAY


class World:
    """A store, the clock of its host and the time since the boot."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("LUMENMON_BOOT_ID", "6f5902ac237024bdd0c176cb93063dc4")
        self.folder = folder
        self.wall = float(START + 3600)
        self.uptime = 5000.0
        self.store = self.open()

    def open(self) -> Store:
        self.store = Store(
            self.folder / "metrics.db", Config(ballast=0), lambda: self.wall, lambda: self.uptime
        )
        return self.store

    def put(self, rows: dict[int, float], metric: str = "m") -> None:
        self.store.enrol(AGENT, 66000).accept(metric, Type.REAL, 512)
        self.store.commit({AGENT: {metric: {s: (1, value) for s, value in rows.items()}}})

    def run(self, seconds: float, agent: float | None = None, step: float = 60.0) -> None:
        """Let time pass, with an agent whose clock is so far from the console's."""
        for _ in range(int(seconds / step)):
            self.wall += step
            self.uptime += step
            if agent is not None:
                self.store.clock.hear(AGENT, self.wall + agent)
            self.store.clock.tick()
            while self.store.prune():
                pass
        self.store.keep_clock()

    def raw(self) -> int:
        return int(self.store.db.execute(f'SELECT count(*) FROM "{AGENT}_m"').fetchone()[0])


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> World:
    world = World(tmp_path, monkeypatch)
    world.put({START + n: float(n) for n in range(120)})
    return world


def test_years_ahead_over_a_restart_delete_nothing(world: World) -> None:
    world.store.keep_clock()
    world.wall += YEARS
    world.open()
    world.run(DAY, agent=-YEARS, step=600)
    assert world.raw() == 120
    world.wall -= YEARS
    world.open()
    world.run(DAY, agent=0.0, step=600)
    assert world.raw() == 120
    world.run(7 * DAY, agent=0.0, step=600)
    assert world.raw() == 1


def test_what_is_deleted_is_told_once_a_day(world: World, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    world.put({START + DAY + n * 3600: 1.0 for n in range(48)})
    world.run(10 * DAY, agent=0.0, step=600)
    told = [r.getMessage() for r in caplog.records if r.getMessage().startswith("deleted by")]
    assert 2 <= len(told) <= 4
    assert told[0].startswith("deleted by retention: 120 samples, 0 minutes and 0 hours; ")


def test_a_database_of_the_first_version_starts_at_what_it_saw_last(world: World) -> None:
    world.store.agents[AGENT].last_seen = float(START + 7200)
    world.store.commit({}, {AGENT})
    world.store.db.execute("DELETE FROM state WHERE name LIKE 'clock%'")
    world.wall += YEARS
    assert world.open().clock.certain == START + 7200


def test_what_a_wrong_clock_of_the_past_has_marked_is_mended(world: World) -> None:
    """The first version set the mark to the years ahead, and deleted all but the newest sample."""
    world.store.db.execute("UPDATE state SET value = ? WHERE name = 'pruned'", (START + YEARS,))
    world.open()
    world.run(60)
    begin = world.store.pruned
    assert world.wall <= begin <= world.wall + 3600
    late = START + 30
    world.put({late: 29.0})  # its minute may have lost raw samples: it is not made again from them
    minute = "SELECT count, max FROM minutes WHERE timestamp = ?"
    assert world.store.db.execute(minute, (START,)).fetchone() == (60, 59.0)
    world.run(8 * DAY, agent=0.0, step=600)
    assert world.raw() == 1


def test_a_clock_set_back_leaves_the_rollups_right(world: World) -> None:
    world.run(9 * DAY, agent=0.0, step=600)
    assert world.raw() == 1
    pruned = world.store.pruned
    world.wall -= 365 * DAY
    world.open()
    world.run(3600)
    assert world.store.pruned == pruned
    world.put({START + 60: 60.0})
    minute = "SELECT count FROM minutes WHERE timestamp = ?"
    assert world.store.db.execute(minute, (START,)).fetchone() == (60,)
    world.wall += 365 * DAY
    world.run(3600, agent=0.0)
    assert world.store.clock.certain == world.wall


def test_the_clock_is_kept_in_the_database(world: World) -> None:
    world.run(600)
    found = kept.load(world.store.db)
    assert found == world.store.clock.keep()
    assert found is not None
    assert found.boot == 0x6F5902AC237024B
