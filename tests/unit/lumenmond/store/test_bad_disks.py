"""A database that cannot be opened, written or read: told once, and never a reason to end."""

from __future__ import annotations

import errno
import logging
import os
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest

from lumenmon.wire import Type
from lumenmond.config import Config
from lumenmond.store import condition, database, health, mounts, opening, samples
from lumenmond.store.ballast import Ballast
from lumenmond.store.condition import Kind
from lumenmond.store.health import Health
from lumenmond.store.schema import SchemaError
from lumenmond.store.writer import NotStored, Store

AGENT = "id_0123456789abcdef"
START = 1_800_000_000


def failure(code: int, words: str = "it failed") -> sqlite3.DatabaseError:
    kind = sqlite3.DatabaseError if code == sqlite3.SQLITE_CORRUPT else sqlite3.OperationalError
    error = kind(words)
    error.sqlite_errorcode = code
    return error


def open_store(folder: Path) -> Store:
    return Store(folder / "metrics.db", Config(ballast=0), lambda: START, lambda: 5000.0)


def put(store: Store, metric: str = "m") -> None:
    store.enrol(AGENT, 66000).accept(metric, Type.REAL, 512)
    store.commit({AGENT: {metric: {START: (1, 1.0)}}})


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (failure(sqlite3.SQLITE_FULL), Kind.FULL),
        (failure(sqlite3.SQLITE_CORRUPT), Kind.DAMAGED),
        (failure(sqlite3.SQLITE_NOTADB), Kind.DAMAGED),
        (failure(sqlite3.SQLITE_READONLY), Kind.READ_ONLY),
        (failure(sqlite3.SQLITE_CANTOPEN), Kind.READ_ONLY),
        (failure(sqlite3.SQLITE_BUSY), Kind.LOCKED),
        (failure(sqlite3.SQLITE_PROTOCOL), Kind.LOCKED),
        (failure(sqlite3.SQLITE_IOERR_READ), Kind.FAILING),
        (failure(sqlite3.SQLITE_IOERR_FSYNC), Kind.FAILING),
        (OSError(errno.ENOSPC, "no room"), Kind.FULL),
        (OSError(errno.EDQUOT, "no room"), Kind.FULL),
        (OSError(errno.EROFS, "read-only"), Kind.READ_ONLY),
        (OSError(errno.EIO, "broken"), Kind.FAILING),
        (failure(sqlite3.SQLITE_ERROR), None),
        (sqlite3.ProgrammingError("ours"), None),
    ],
    ids=lambda value: str(getattr(value, "sqlite_errorcode", value)),
)
def test_an_error_is_told_apart(
    tmp_path: Path, error: sqlite3.Error | OSError, kind: Kind | None
) -> None:
    found = condition.of(error, tmp_path / "metrics.db")
    assert (found.kind if found else None) == kind
    assert found is None or (found.reason and found.remedy)


def test_shared_memory_that_cannot_grow_is_a_full_disk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(condition, "_free", lambda _: 4096)
    for code in (sqlite3.SQLITE_IOERR_SHMSIZE, sqlite3.SQLITE_IOERR_WRITE):
        found = condition.of(failure(code), tmp_path / "metrics.db")
        assert found is not None
        assert found.kind is Kind.FULL


@pytest.mark.parametrize(
    "damage", [b"not a database at all " * 300, None], ids=["no database", "a directory"]
)
def test_what_cannot_be_opened_is_stood_in_for(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, damage: bytes | None
) -> None:
    path = tmp_path / "metrics.db"
    if damage is None:
        path.mkdir()
    else:
        path.write_bytes(damage)
    store = open_store(tmp_path)
    assert store.stands_in
    assert store.health.condition is not None
    with pytest.raises(NotStored):
        put(store)
    agent = store.agents[AGENT]
    for change in (lambda: store.rename(agent, "x"), lambda: store.forget(agent)):
        with pytest.raises(NotStored):
            change()
    assert not store.prune()
    store.ping()
    store.keep_clock()
    assert not store.can_open()
    assert not store.can_open()
    assert len(caplog.records) == 1
    if damage is None:
        path.rmdir()
    else:
        assert store.health.condition.kind is Kind.DAMAGED
        assert path.read_bytes() == damage
        path.unlink()
    assert store.can_open()


def test_a_lock_of_another_process_is_told_and_waited_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(database, "BUSY_TIMEOUT", 10)
    store = open_store(tmp_path)
    put(store)
    other = sqlite3.connect(tmp_path / "metrics.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(NotStored):
        store.commit({AGENT: {"m": {START + 1: (1, 1.0)}}})
    assert not store.prune()
    store.keep_clock()
    assert "another process has locked" in store.health.words
    assert open_store(tmp_path).stands_in
    other.execute("ROLLBACK")
    store.prune()
    assert not store.health.words
    put(store)
    told = [record.message for record in caplog.records if record.levelno >= logging.WARNING]
    assert len(told) == 3, told  # both stores of the lock, one that it is gone


def test_a_newer_database_is_not_stood_in_for(tmp_path: Path) -> None:
    open_store(tmp_path).db.execute("PRAGMA user_version = 99")
    with pytest.raises(SchemaError):
        open_store(tmp_path)


def test_a_start_on_a_full_disk_gives_the_ballast_up_first(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ballast = Ballast(tmp_path / "ballast", 65536)
    assert ballast.fill()
    real = opening.open_database

    def full(path: Path) -> opening.Opened:
        if (tmp_path / "ballast").exists():
            raise OSError(errno.ENOSPC, "no room")
        return real(path)

    monkeypatch.setattr(opening, "open_database", full)
    found = Health(tmp_path / "metrics.db", ballast)
    opened = opening.open_or_stand_in(tmp_path / "metrics.db", found)
    assert not opened.stands_in
    assert opened.db.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    assert found.condition is not None
    assert found.condition.kind is Kind.FULL


@pytest.mark.parametrize("left", [None, b""])
def test_a_log_without_its_database_is_kept(tmp_path: Path, left: bytes | None) -> None:
    put(open_store(tmp_path))
    database, log = tmp_path / "metrics.db", tmp_path / "metrics.db-wal"
    kept = log.read_bytes()
    database.unlink()
    if left is not None:
        database.write_bytes(left)
    store = open_store(tmp_path)
    assert store.stands_in
    assert store.health.condition
    assert store.health.condition.kind is Kind.DAMAGED
    assert log.read_bytes() == kept


def test_a_new_database_is_told(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    open_store(tmp_path)
    assert "metrics.db is new" in caplog.text
    caplog.clear()
    open_store(tmp_path)
    assert "is new" not in caplog.text


def test_a_directory_that_was_deleted_does_not_end_retention(tmp_path: Path) -> None:
    folder = tmp_path / "state"
    folder.mkdir()
    store = open_store(folder)
    put(store)
    while store.prune():
        pass
    folder.rename(tmp_path / "away")
    assert not store.prune()
    assert store.health.words


def test_holes_in_shared_memory_get_their_blocks_before_it_is_touched(tmp_path: Path) -> None:
    shared = tmp_path / "metrics.db-shm"
    with shared.open("wb") as file:
        file.truncate(32768)
    assert shared.stat().st_blocks == 0
    opening._allocate(shared)
    assert shared.stat().st_blocks * 512 >= 32768


def test_the_file_system_is_told_from_what_a_service_sees_of_it(tmp_path: Path) -> None:
    device = tmp_path.stat().st_dev
    number = f"{os.major(device)}:{os.minor(device)}"
    line = "36 35 {} /srv / ro,noatime shared:1 - ext4 /dev/sda1 {},errors=remount-ro"
    other = line.format("0:0", "rw")
    for state in ("ro", "rw"):
        text = "\n".join([line.format(number, state), other])
        assert mounts.is_read_only(tmp_path, text) is (state == "ro")
    assert mounts.is_read_only(tmp_path, other) is None
    assert mounts.is_read_only(tmp_path / "none") is None


def broken(code: int) -> Callable[..., None]:
    def fail(*_: object) -> None:
        raise failure(code)

    return fail


@pytest.mark.parametrize(
    ("code", "kind", "heals"),
    [
        (sqlite3.SQLITE_READONLY, Kind.READ_ONLY, True),
        (sqlite3.SQLITE_IOERR_FSYNC, Kind.FAILING, True),
        (sqlite3.SQLITE_CORRUPT, Kind.DAMAGED, False),
    ],
)
def test_a_commit_that_fails_is_tried_again_and_told_once(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    code: int,
    kind: Kind,
    *,
    heals: bool,
) -> None:
    store = open_store(tmp_path)
    caplog.clear()  # a new database is told of
    monkeypatch.setattr(health, "CALM", 0.0)
    with monkeypatch.context() as patch:
        patch.setattr(samples, "write", broken(code))
        for _ in range(3):
            with pytest.raises(NotStored):
                put(store)
    assert store.health.condition is not None
    assert store.health.condition.kind is kind
    assert len(caplog.records) == 1
    assert store.health.words.endswith("; samples wait with their agents")
    put(store)
    assert (store.health.condition is None) is heals
    assert heals or store.health.words.endswith("; samples are still stored")


def test_a_disk_that_fails_now_and_then_does_not_fill_the_journal(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    store = open_store(tmp_path)
    caplog.clear()  # a new database is told of
    monkeypatch.setattr(store._retention, "step", broken(sqlite3.SQLITE_IOERR_READ))
    for _ in range(5):
        assert not store.prune()
        put(store)
    assert len(caplog.records) == 1


def damage(store: Store, table: str) -> None:
    """Close the database and overwrite the first page of one table."""
    sql = "SELECT rootpage FROM sqlite_schema WHERE name = ?"
    (page,) = store.db.execute(sql, (table,)).fetchone()
    (size,) = store.db.execute("PRAGMA page_size").fetchone()
    store.db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
    store.db.close()
    with store.path.open("r+b") as file:
        file.seek((page - 1) * size)
        file.write(os.urandom(size))


@pytest.mark.parametrize("table", ["agents", "metrics", "state"])
def test_a_damaged_table_of_ours_is_stood_in_for(tmp_path: Path, table: str) -> None:
    store = open_store(tmp_path)
    put(store)
    damage(store, table)
    again = open_store(tmp_path)
    assert again.stands_in
    assert again.health.condition is not None
    assert again.health.condition.kind is Kind.DAMAGED


def test_one_damaged_table_ends_neither_the_start_nor_the_others(tmp_path: Path) -> None:
    store = open_store(tmp_path)
    put(store, "bad")
    store.commit({AGENT: {"bad": {START + n: (1, 1.0) for n in range(3000)}}})
    put(store, "good")
    damage(store, f"{AGENT}_bad")
    again = open_store(tmp_path)
    assert not again.stands_in
    assert again.load(again.agents[AGENT], "bad", 5) == ({}, [])
    assert again.health.condition is not None
    assert again.health.condition.kind is Kind.DAMAGED
    with pytest.raises(NotStored):
        put(again, "bad")
    put(again, "good")
