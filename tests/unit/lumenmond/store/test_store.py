from __future__ import annotations

import contextlib
import os
import sqlite3
import stat
import threading
from pathlib import Path

import pytest

from lumenmon.errors import LumenmonError
from lumenmon.wire import Type
from lumenmond.config import Config
from lumenmond.store import database, schema
from lumenmond.store.ballast import Ballast
from lumenmond.store.condition import Kind
from lumenmond.store.reader import Reader, ReaderError
from lumenmond.store.schema import SchemaError
from lumenmond.store.writer import NotStored, Store

AGENT = "id_0123456789abcdef"
START = 1_800_000_000 - 1_800_000_000 % 3600


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return open_store(tmp_path)


def open_store(folder: Path, now: float = START + 3600, **settings: int) -> Store:
    store = Store(
        folder / "metrics.db", Config(**{"ballast": 0, **settings}), lambda: now, lambda: now
    )
    store.clock.uptime = lambda: store.now()  # a clock that only goes on
    store.clock.proven = now
    return store


def put(store: Store, metric: str, rows: dict, type: Type = Type.REAL, interval: int = 1) -> None:
    store.enrol(AGENT, 66000).accept(metric, type, 512)
    store.commit({AGENT: {metric: {s: (interval, v) for s, v in rows.items()}}})


def test_a_raw_table_is_as_designed(store: Store) -> None:
    put(store, "generic_cpu", {START: 1.5})
    name = f"{AGENT}_generic_cpu"
    (sql,) = store.db.execute("SELECT sql FROM sqlite_master WHERE name = ?", (name,)).fetchone()
    assert sql == (
        f'CREATE TABLE "{name}" (timestamp INTEGER PRIMARY KEY, '
        "interval INTEGER NOT NULL, value REAL NOT NULL) STRICT"
    )
    (strict,) = store.db.execute(
        "SELECT strict FROM pragma_table_list WHERE name = ?", (name,)
    ).fetchone()
    assert strict == 1


def test_what_cannot_be_saved_is_not_changed(store: Store) -> None:
    agent = store.enrol(AGENT, 66000, "SHA256:x", "root@web")
    store.db.execute("PRAGMA query_only = 1")
    for change in (
        lambda: store.rename(agent, "other"),
        lambda: store.tag(agent, ["tag"]),
        lambda: store.enrol(AGENT, 66001, "SHA256:y", "root@db"),
    ):
        with pytest.raises(sqlite3.OperationalError):
            change()
    assert (agent.uid, agent.name, agent.tags) == (66000, "web", [])
    assert (agent.fingerprint, agent.comment) == ("SHA256:x", "root@web")
    store.db.execute("PRAGMA query_only = 0")
    store.rename(agent, "other")
    store.tag(agent, ["b", "a"])
    assert (agent.name, agent.tags) == ("other", ["a", "b"])


def test_the_files_are_for_the_group_to_read_only(store: Store, tmp_path: Path) -> None:
    put(store, "m", {START: 1.0})
    for name in ("metrics.db", "metrics.db-wal", "metrics.db-shm"):
        assert stat.S_IMODE((tmp_path / name).stat().st_mode) == 0o640, name
    assert store.db.execute("PRAGMA synchronous").fetchone() == (2,)
    assert store.db.execute("PRAGMA journal_mode").fetchone() == ("wal",)


@pytest.mark.parametrize("mask", [0, 0o077])
def test_the_mode_of_the_files_is_nobody_elses_matter(tmp_path: Path, mask: int) -> None:
    before = os.umask(mask)
    try:
        put(open_store(tmp_path), "m", {START: 1.0})
        assert os.umask(mask) == mask
    finally:
        os.umask(before)
    for name in ("metrics.db", "metrics.db-wal", "metrics.db-shm"):
        assert stat.S_IMODE((tmp_path / name).stat().st_mode) == 0o640, name


def test_readers_that_overlap_do_not_make_the_log_grow(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database, "MAX_WAL", 100_000)
    monkeypatch.setattr(database, "CHECKPOINT_EVERY", 0.0)
    done = threading.Event()

    def read(number: int) -> None:
        uri = (tmp_path / "metrics.db").as_uri() + "?mode=ro"
        with contextlib.closing(sqlite3.connect(uri, uri=True, isolation_level=None)) as db:
            while not done.wait(0.005 * number):
                db.execute("BEGIN")
                db.execute("SELECT count(*) FROM metrics").fetchall()
                done.wait(0.05)
                db.execute("COMMIT")

    readers = [threading.Thread(target=read, args=(number,)) for number in range(4)]
    for reader in readers:
        reader.start()
    log = tmp_path / "metrics.db-wal"
    lengths = []
    try:
        for number in range(60):
            put(store, "m", {START + number * 500 + n: 1.0 for n in range(500)})
            lengths.append(log.stat().st_size)
    finally:
        done.set()
        for reader in readers:
            reader.join()
    assert max(lengths) < 500_000


def test_freed_room_goes_back_many_pages_at_a_time(store: Store) -> None:
    put(store, "big", {START + n: "x" * 4000 for n in range(6000)}, Type.TEXT)
    store.forget(store.agents[AGENT])
    pages = "PRAGMA page_count"
    (before,) = store.db.execute(pages).fetchone()
    steps = 0
    while store.prune():
        steps += 1
    (after,) = store.db.execute(pages).fetchone()
    assert before - after > 1000
    assert steps < (before - after) / 100


def test_what_is_deleted_is_not_overwritten(store: Store, tmp_path: Path) -> None:
    put(store, "big", {START + n: "x" * 4000 for n in range(1000)}, Type.TEXT)
    store.db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
    store.forget(store.agents[AGENT])
    assert (tmp_path / "metrics.db-wal").stat().st_size < 1_000_000


def test_a_newer_database_is_refused(store: Store, tmp_path: Path) -> None:
    store.db.execute("PRAGMA user_version = 99")
    with pytest.raises(SchemaError, match="version 99"):
        open_store(tmp_path)


def test_a_failing_migration_changes_nothing(store: Store) -> None:
    broken = (*schema.MIGRATIONS, "CREATE TABLE extra (x); CREATE TABLE extra (x)")
    with pytest.raises(sqlite3.OperationalError):
        schema.migrate(store.db, broken)
    assert store.db.execute("PRAGMA user_version").fetchone() == (len(schema.MIGRATIONS),)
    assert not store.db.execute("SELECT 1 FROM sqlite_master WHERE name = 'extra'").fetchone()


def test_the_registry_survives(store: Store, tmp_path: Path) -> None:
    put(store, "generic_disk", {START: 1.0})
    store.rename(store.agents[AGENT], "web-1")
    store.tag(store.agents[AGENT], ["b", "a"])
    again = open_store(tmp_path)
    agent = again.find("web-1")
    assert agent.tags == ["a", "b"]
    assert agent.series["generic_disk"].unit == "%"
    with pytest.raises(LumenmonError, match="no agent is called"):
        again.find("web-2")


def test_forget_leaves_nothing(store: Store) -> None:
    put(store, "m", {START: 1.0})
    store.forget(store.agents[AGENT])
    while store.prune():
        pass
    for table in ("agents", "metrics", "minutes", "hours"):
        assert store.db.execute(f"SELECT count(*) FROM {table}").fetchone() == (0,), table
    assert not store.db.execute("SELECT 1 FROM sqlite_master WHERE name LIKE 'id_%'").fetchone()


def test_retention_keeps_the_newest_sample_and_the_rollups(store: Store, tmp_path: Path) -> None:
    put(store, "m", {START + n: float(n) for n in range(120)})
    put(store, "words", {START: "a", START + 1: "b"}, Type.TEXT, 0)
    later = open_store(tmp_path, START + 8 * 86400)
    while later.prune():
        pass
    assert later.db.execute(f'SELECT timestamp FROM "{AGENT}_m"').fetchall() == [(START + 119,)]
    assert later.db.execute(f'SELECT value FROM "{AGENT}_words"').fetchall() == [("b",)]
    assert later.db.execute("SELECT count(*) FROM minutes").fetchone() == (2,)
    last = open_store(tmp_path, START + 100 * 86400)
    while last.prune():
        pass
    assert last.db.execute("SELECT count(*) FROM minutes").fetchone() == (0,)
    assert last.db.execute("SELECT count FROM hours").fetchone() == (120,)


def test_a_full_disk_stores_nothing_and_gets_over_it(store: Store) -> None:
    put(store, "m", {START: 1.0})
    pages = store.db.execute("PRAGMA page_count").fetchone()[0]
    store.db.execute(f"PRAGMA max_page_count = {pages}")
    big = {START + n: "x" * 4000 for n in range(50)}
    with pytest.raises(NotStored):
        put(store, "text", big, Type.TEXT)
    assert store.health.condition is not None
    assert store.health.condition.kind is Kind.FULL
    assert store.agents[AGENT].series["text"].number is None
    store.db.execute("PRAGMA max_page_count = 1000000")
    put(store, "text", big, Type.TEXT)
    assert store.db.execute(f'SELECT count(*) FROM "{AGENT}_text"').fetchone() == (50,)
    assert store.health.condition is None


def test_the_ballast_gives_way(tmp_path: Path) -> None:
    ballast = Ballast(tmp_path / "ballast", 65536)
    assert ballast.fill()
    assert os.stat(tmp_path / "ballast").st_blocks * 512 >= 65536
    assert ballast.drop()
    assert not ballast.drop()


def test_the_reader_chooses_what_it_reads(store: Store, tmp_path: Path) -> None:
    put(store, "generic_cpu", {START + n: float(n % 10) for n in range(3600)})
    put(store, "words", {START: "a", START + 1: "a", START + 2: "b"}, Type.TEXT)
    reader = Reader(tmp_path / "metrics.db")
    assert [agent.id for agent in reader.agents()] == [AGENT]
    assert [(m.metric, m.unit) for m in reader.metrics(AGENT)] == [
        ("generic_cpu", "%"), ("words", ""),
    ]  # fmt: skip
    assert reader.latest(AGENT)["generic_cpu"] == (START + 3599, 1, 9.0)
    minutes = reader.series(AGENT, "generic_cpu", START, START + 3600, 60)
    assert [(p.timestamp, p.count, p.mean) for p in minutes][:1] == [(START, 60, 4.5)]
    assert len(minutes) == 60
    raw = reader.series(AGENT, "generic_cpu", START, START + 100, 100)
    assert len(raw) == 100
    assert len(reader.series(AGENT, "generic_cpu", START, START + 3600, 1)) == 1
    assert reader.text_history(AGENT, "words", START, START + 9) == [(START, "a"), (START + 2, "b")]
    assert len(list(reader.raw(AGENT, "generic_cpu", START, START + 3600))) == 3600
    with pytest.raises(ReaderError, match="no metric"):
        reader.series(AGENT, "none", 0, 1, 1)


def test_the_reader_falls_back_where_raw_is_gone(store: Store, tmp_path: Path) -> None:
    put(store, "m", {START + n: 1.0 for n in range(600)})
    later = open_store(tmp_path, START + 8 * 86400)
    while later.prune():
        pass
    reader = Reader(tmp_path / "metrics.db")
    assert len(reader.series(AGENT, "m", START, START + 600, 600)) == 10
