"""Opening the database for writing, on whatever disk it lies."""

from __future__ import annotations

import os
import sqlite3
from pathlib import Path

from lumenmond.store import database
from lumenmond.store.health import Health
from lumenmond.store.schema import migrate


def open_database(path: Path) -> sqlite3.Connection:
    """Open the database, made or brought up to date where it has to be.

    Raises SchemaError for one of a newer version, and sqlite3.Error or OSError for a disk that is
    full, read-only or broken and for a damaged database.
    """
    _allocate(path.with_name(path.name + "-shm"))
    db = database.connect(path)
    try:
        migrate(db)
        db.execute("SELECT value FROM state WHERE name = 'pruned'").fetchone()
    except BaseException:
        db.close()
        raise
    return db


def open_or_stand_in(path: Path, health: Health) -> tuple[sqlite3.Connection, bool]:
    """Return the database, or an empty one in memory in its place, and whether it is that."""
    for _ in range(2):  # on a full disk the second time without the ballast
        try:
            return open_database(path), False
        except (sqlite3.Error, OSError) as error:
            health.note(error)
    stand_in = sqlite3.connect(":memory:", isolation_level=None, check_same_thread=False)
    migrate(stand_in)
    return stand_in, True


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
