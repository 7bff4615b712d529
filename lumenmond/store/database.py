"""The one connection that writes: how it is opened, its transactions, its write-ahead log."""

from __future__ import annotations

import os
import sqlite3
import time
from pathlib import Path

MAX_WAL = 64 * 2**20
"""Bytes that the write-ahead log may have before its readers are waited for."""
CHECKPOINT_EVERY = 30.0
"""Seconds between two such attempts: a backup reads for minutes."""
CHECKPOINT_WAIT = 500
"""Milliseconds of such a wait; a reader holds its transaction for 250."""
BUSY_TIMEOUT = 1000
"""Milliseconds for which a lock of another process is waited for: the daemon does nothing else."""
CACHE = 2000
"""KiB of pages that are kept in memory, as is SQLite's default, ..."""
SCHEMA_ROW = 512
"""... and bytes more for each table."""


def connect(path: Path) -> sqlite3.Connection:
    """Open the database, made where there is none; its group may read it, others may not."""
    fd = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o640)
    try:
        os.fchmod(fd, 0o640)  # SQLite gives it to -wal and -shm too
    finally:
        os.close(fd)
    db = sqlite3.connect(
        path, timeout=BUSY_TIMEOUT / 1000, isolation_level=None, cached_statements=1024,
        check_same_thread=False,
    )  # fmt: skip
    try:
        db.execute("PRAGMA auto_vacuum = INCREMENTAL")
        db.execute("PRAGMA journal_mode = WAL")
        db.execute("PRAGMA synchronous = FULL")
        db.execute(f"PRAGMA journal_size_limit = {MAX_WAL}")
        # Debian's default overwrites what is deleted: every sample would be written once more.
        db.execute("PRAGMA secure_delete = OFF")
    except BaseException:
        db.close()
        raise
    return db


def fit_cache(db: sqlite3.Connection, tables: int) -> None:
    """Give the cache room for the whole schema: SQLite reads all of it to make one more table."""
    db.execute(f"PRAGMA cache_size = -{CACHE + tables * SCHEMA_ROW // 1024}")


class Log:
    """The write-ahead log of a database."""

    def __init__(self, db: sqlite3.Connection, database: Path) -> None:
        self._db = db
        self.path = database.with_name(database.name + "-wal")
        self._next = 0.0

    def keep_short(self) -> None:
        """Begin it anew when it is long: readers that overlap keep SQLite from doing so."""
        now = time.monotonic()
        if now < self._next or self.path.stat().st_size <= MAX_WAL:
            return
        self._next = now + CHECKPOINT_EVERY
        self._db.execute(f"PRAGMA busy_timeout = {CHECKPOINT_WAIT}")
        try:
            self.begin_anew()
        finally:
            self._db.execute(f"PRAGMA busy_timeout = {BUSY_TIMEOUT}")

    def begin_anew(self) -> None:
        """Copy all of it into the database and empty it, once no reader needs it any more."""
        self._db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()


class Transaction:
    """``with Transaction(db):`` commits at its end, or rolls all of it back."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db

    def __enter__(self) -> None:
        self._db.execute("BEGIN IMMEDIATE")

    def __exit__(self, kind: object, value: object, trace: object) -> None:
        try:
            if kind is None:
                self._db.execute("COMMIT")
        finally:
            if self._db.in_transaction:
                self._db.execute("ROLLBACK")
