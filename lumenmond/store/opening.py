"""Opening the database for writing, on whatever disk it lies."""

from __future__ import annotations

import logging
import os
import sqlite3
from pathlib import Path
from typing import NamedTuple

from lumenmon import journal
from lumenmond.store import database, registry
from lumenmond.store.health import Health
from lumenmond.store.registry import AgentRow
from lumenmond.store.schema import migrate


class Opened(NamedTuple):
    """A database that can be written, and the agents in it.

    ``stands_in`` is whether it is an empty one in memory, in place of one that cannot be opened.
    """

    db: sqlite3.Connection
    agents: dict[str, AgentRow]
    stands_in: bool


def open_database(path: Path) -> Opened:
    """Open the database, made or brought up to date where it has to be.

    Raises SchemaError for one of a newer version, and sqlite3.Error or OSError for a disk that is
    full, read-only or broken and for a damaged database.
    """
    is_new = not _bytes(path)
    if is_new and _bytes(path.with_name(path.name + "-wal")):
        raise _torn()
    _allocate(path.with_name(path.name + "-shm"))
    db = database.connect(path)
    try:
        migrate(db)
        if is_new:
            journal.event(logging.INFO, "database-new", "%s is new: nothing was there", path)
        db.execute("SELECT value FROM state WHERE name = 'pruned'").fetchone()
        return Opened(db, registry.load(db), stands_in=False)
    except BaseException:
        db.close()
        raise


def open_or_stand_in(path: Path, health: Health) -> Opened:
    """Return the database, or an empty one in memory in its place."""
    for _ in range(2):  # on a full disk the second time without the ballast
        try:
            return open_database(path)
        except (sqlite3.Error, OSError) as error:
            health.note(error)
    stand_in = sqlite3.connect(":memory:", isolation_level=None, check_same_thread=False)
    migrate(stand_in)
    return Opened(stand_in, {}, stands_in=True)


def _bytes(path: Path) -> int:
    try:
        return path.stat().st_size
    except FileNotFoundError:
        return 0


def _torn() -> sqlite3.DatabaseError:
    """Return why a log alone is not opened: SQLite would delete it, and what is only in it."""
    error = sqlite3.DatabaseError("it is empty or gone, and its write-ahead log is not")
    error.sqlite_errorcode = sqlite3.SQLITE_CORRUPT
    return error


def _allocate(shared: Path) -> None:
    """Have the disk's blocks behind shared memory that an earlier run has left.

    Where one is missing on a full disk, touching the memory ends the process.
    """
    try:
        fd = os.open(shared, os.O_RDWR | os.O_CLOEXEC | os.O_NOFOLLOW)
    except FileNotFoundError:
        return
    try:
        if size := os.fstat(fd).st_size:
            os.posix_fallocate(fd, 0, size)
    finally:
        os.close(fd)
