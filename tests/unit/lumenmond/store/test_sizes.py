"""How much an agent fills: known without a look at each page, bounded, and given back."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from pathlib import Path

import pytest

from lumenmon.wire import Type
from lumenmond.config import Config
from lumenmond.store import database, sizes
from lumenmond.store.ballast import Ballast
from lumenmond.store.writer import NotStored, Store

NOW = 1_800_000_000
HOUR = 3600
A, B = "id_" + "a" * 16, "id_" + "b" * 16
MIB = 2**20


def open_store(folder: Path, **settings: int) -> Store:
    config = Config(**{"ballast": 0, **settings})
    return Store(folder / "metrics.db", config, lambda: NOW, lambda: NOW)


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return open_store(tmp_path)


def put(store: Store, id: str, metric: str, values: Mapping[int, float | str]) -> None:
    type = Type.TEXT if isinstance(next(iter(values.values())), str) else Type.REAL
    store.enrol(id, 66000 + (id == B)).accept(metric, type, 512)
    store.commit({id: {metric: {stamp: (1, value) for stamp, value in values.items()}}}, {id})


def settle(store: Store) -> None:
    while store.prune():
        pass


def pages(store: Store) -> int:
    """Return the bytes of the database that are in use."""
    count, free, size = (
        store.db.execute(f"PRAGMA {name}").fetchone()[0]
        for name in ("page_count", "freelist_count", "page_size")
    )
    return (count - free) * size


def rows(store: Store, id: str, metric: str) -> list[int]:
    table = store.agents[id].series[metric].table
    return [row[0] for row in store.db.execute(f'SELECT timestamp FROM "{table}" ORDER BY 1')]


def test_the_size_is_about_what_the_database_grows_by(store: Store) -> None:
    put(store, A, "m", {NOW - 40_000: 0.5})
    put(store, A, "t", {NOW - 40_000: "x"})
    before = pages(store)
    for start in range(NOW - 30_000, NOW, 5):
        put(store, A, "m", {start + n: start / 7 for n in range(5)})
        if start % 100 == 0:
            put(store, A, "t", {start: "x" * 700})
    grown = pages(store) - before
    assert grown / 2 < store.agents[A].size < grown * 2


def test_it_is_kept_over_a_restart(store: Store, tmp_path: Path) -> None:
    put(store, A, "t", {NOW: "x" * 4000})
    size = store.agents[A].size
    assert size == 4015
    store.db.close()
    again = open_store(tmp_path)
    assert again.agents[A].size == size
    assert again.agents[A].counted


def test_a_database_that_keeps_no_sizes_is_counted(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sizes, "ROWS", 7)
    put(store, A, "m", {NOW - n: 1.0 for n in range(100)})
    put(store, A, "t", {NOW - n: "xé" for n in range(20)})
    put(store, B, "m", {NOW - n: 1.0 for n in range(10)})
    known = {id: store.agents[id].size for id in (A, B)}
    store.db.execute("DELETE FROM state WHERE name LIKE 'size%'")
    store.db.close()
    again = open_store(tmp_path)
    assert not again.agents[A].counted
    put(again, A, "m", {NOW + 1: 1.0})
    settle(again)
    assert again.agents[A].counted
    # 100 seconds are of 3 minutes, and of 2 hours, which growth leaves out
    assert known[A] <= again.agents[A].size <= known[A] + 3 * sizes.ROLLUP + sizes.NUMBER
    assert again.agents[B].size >= known[B]


def test_who_fills_too_much_loses_its_own_oldest(tmp_path: Path, caplog) -> None:
    store = open_store(tmp_path, agent_size=MIB)
    put(store, B, "m", {NOW - 6 * 86400 + n: 1.0 for n in range(100)})
    first = NOW - 5 * 86400
    for hour in range(4):
        put(store, A, "t", {first + hour * HOUR + n: "x" * 3000 for n in range(100)})
        put(store, A, "m", {first + hour * HOUR + n: 1.0 for n in range(100)})
    settle(store)
    assert store.agents[A].size <= MIB
    assert store.agents[A].limited
    kept = rows(store, A, "t")
    assert kept
    assert min(kept) >= first + HOUR
    assert max(kept) == first + 3 * HOUR + 99
    assert min(rows(store, A, "m")) >= first + HOUR
    assert len(rows(store, B, "m")) == 100
    assert store.agents[B].limited is None
    assert caplog.text.count("its oldest data is deleted") == 1
    minutes = store.db.execute("SELECT sum(count) FROM minutes WHERE series = ?",
        (store.agents[A].series["m"].number,)).fetchone()  # fmt: skip
    assert minutes == (400,)  # what was rolled up stays


def test_a_late_sample_does_not_cost_a_trimmed_minute(tmp_path: Path) -> None:
    store = open_store(tmp_path, agent_size=MIB)
    first = NOW - 5 * 86400
    put(store, A, "m", {first + n: 1.0 for n in range(0, 60, 2)})
    put(store, A, "m", {NOW - 10: 1.0})
    put(store, A, "t", {NOW - n: "x" * 4000 for n in range(300)})
    settle(store)
    assert rows(store, A, "m") == [NOW - 10]
    put(store, A, "m", {first + 1: 4.0})
    [count] = store.db.execute("SELECT count FROM minutes WHERE timestamp = ?",
        (first - first % 60,)).fetchone()  # fmt: skip
    assert count == 31


def test_the_same_again_and_again_is_counted_before_anything_is_deleted(tmp_path: Path) -> None:
    store = open_store(tmp_path, agent_size=MIB)
    for _ in range(10):
        put(store, A, "t", {NOW - n: "x" * 2000 for n in range(100)})
    assert store.agents[A].size > MIB
    settle(store)
    assert len(rows(store, A, "t")) == 100
    assert store.agents[A].size < MIB / 4
    assert store.agents[A].limited is None


def test_rollups_go_when_nothing_else_is_left(tmp_path: Path) -> None:
    store = open_store(tmp_path, agent_size=MIB)
    hours = range(NOW - 40_000 * HOUR, NOW, HOUR)
    put(store, A, "m", dict.fromkeys(hours, 1.0))
    settle(store)
    assert store.agents[A].size <= MIB
    assert max(rows(store, A, "m")) == hours[-1]


def test_nobody_fills_more_than_half_of_the_disk(tmp_path: Path) -> None:
    assert 0 < sizes.limit(tmp_path, 2**60) < 2**60
    assert sizes.limit(tmp_path, MIB) == MIB


def test_forgetting_goes_on_after_a_restart_and_before_it_comes_again(
    store: Store, tmp_path: Path
) -> None:
    for id in (A, B):
        put(store, id, "m", {NOW - n: 1.0 for n in range(12_000)})
        put(store, id, "t", {NOW: "x"})
    store.forget(store.agents[A])
    assert A not in store.agents
    store.db.close()
    again = open_store(tmp_path)
    assert set(again.agents) == {B}
    put(again, A, "m", {NOW: 2.0})
    assert rows(again, A, "m") == [NOW]
    again.forget(again.agents[A])
    settle(again)
    tables = [name for (name,) in again.db.execute("SELECT name FROM sqlite_schema")]
    assert not [name for name in tables if name.startswith(A)]
    assert len(rows(again, B, "m")) == 12_000
    numbers = {series.number for series in again.agents[B].series.values()}
    for table in ("metrics", "minutes", "hours"):
        found = again.db.execute(f"SELECT DISTINCT series FROM {table}")
        assert {number for (number,) in found} <= numbers
    assert not [n for (n,) in again.db.execute("SELECT name FROM state") if n.endswith("_1")]


def test_an_agent_can_be_forgotten_on_a_full_disk(store: Store, monkeypatch) -> None:
    put(store, A, "m", {NOW: 1.0})
    add, calls = store._retention.forgotten.add, []

    def full(agent) -> None:
        calls.append(agent)
        if len(calls) == 1:
            error = sqlite3.OperationalError("database or disk is full")
            error.sqlite_errorcode = sqlite3.SQLITE_FULL
            raise error
        add(agent)

    monkeypatch.setattr(store._retention.forgotten, "add", full)
    store.forget(store.agents[A])
    assert A not in store.agents


def test_the_reserve_is_larger_than_the_log() -> None:
    assert Config().ballast > database.MAX_WAL


def test_samples_leave_half_of_the_reserve_to_delete_with(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = open_store(tmp_path, ballast=MIB)
    put(store, A, "m", {NOW: 1.0})
    free = 0
    monkeypatch.setattr(Ballast, "_space", lambda _: (MIB, free))
    error = sqlite3.OperationalError("database or disk is full")
    error.sqlite_errorcode = sqlite3.SQLITE_FULL
    store.health.note(error)
    assert not (tmp_path / "ballast").exists()
    free = MIB // 2
    put(store, A, "m", {NOW + 1: 1.0})
    assert store.health.words.endswith("; samples are still stored")
    free = MIB // 2 - 1
    with pytest.raises(NotStored):
        put(store, A, "m", {NOW + 2: 1.0})
    assert store.health.words.endswith("; samples wait with their agents")
    store.forget(store.agents[A])
    assert A not in store.agents
    free = 2 * MIB
    put(store, B, "m", {NOW: 1.0})
    assert store.health.condition is None
    assert (tmp_path / "ballast").stat().st_size == MIB
