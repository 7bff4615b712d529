"""How the database is: whether it stores, and if not, why and what to do about it.

The one place that tells a full disk from a read-only, a broken or a damaged one.
"""

from __future__ import annotations

import errno
import os
import sqlite3
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from lumenmon import paths


class Kind(StrEnum):
    """What keeps the database from storing."""

    FULL = "full"
    READ_ONLY = "read-only"
    FAILING = "failing"
    DAMAGED = "damaged"
    LOCKED = "locked"


@dataclass(frozen=True, slots=True)
class Condition:
    """What is wrong with the database, in words, and the remedy."""

    kind: Kind
    reason: str
    remedy: str


ROOM = f"make room: sudo du -xh {paths.STATE.parent} | sort -h | tail"
_LITTLE = 2**20
"""Bytes that a disk has left at most when an I/O error may come from its being full."""
_FULL = (errno.ENOSPC, errno.EDQUOT)
_REFUSED = (errno.EROFS, errno.EACCES, errno.EPERM)
_READS = (
    sqlite3.SQLITE_IOERR_READ,
    sqlite3.SQLITE_IOERR_SHORT_READ,
    sqlite3.SQLITE_IOERR_CORRUPTFS,
)
"""I/O errors that no room on the disk would heal."""


def of(error: sqlite3.Error | OSError, database: Path) -> Condition | None:
    """Return what an error says of the database, None when it says nothing of its disk."""
    if isinstance(error, OSError):
        if error.errno in _FULL:
            return _full(database)
        if error.errno in _REFUSED:
            return _read_only(database)
        return _failing(database, error)
    code = getattr(error, "sqlite_errorcode", 0)
    match code & 0xFF:
        case sqlite3.SQLITE_FULL:
            return _full(database)
        case sqlite3.SQLITE_CORRUPT | sqlite3.SQLITE_NOTADB:
            return Condition(Kind.DAMAGED, f"{database} is damaged: {error}", restore(database))
        case sqlite3.SQLITE_BUSY | sqlite3.SQLITE_PROTOCOL:
            return _locked(database)
        case sqlite3.SQLITE_READONLY | sqlite3.SQLITE_CANTOPEN | sqlite3.SQLITE_PERM:
            return _read_only(database)
        case sqlite3.SQLITE_IOERR:
            if _mounted_read_only(database):
                return _read_only(database)
            # A full disk shows as this too where the shared memory or the log cannot grow.
            if code not in _READS and _free(database) <= _LITTLE:
                return _full(database)
            return _failing(database, error)
    return None


def restore(database: Path) -> str:
    """Return what to do about a damaged database."""
    return (
        "sudo lumenmonctl restore BACKUP; without one, begin again: sudo lumenmonctl stop;"
        f" move all of {database}* away; sudo lumenmonctl start"
    )


def _full(database: Path) -> Condition:
    return Condition(Kind.FULL, f"the disk of {database.parent} is full", ROOM)


def _read_only(database: Path) -> Condition:
    folder = database.parent
    if _mounted_read_only(database):
        return Condition(
            Kind.READ_ONLY,
            f"the disk of {folder} is read-only",
            f"why: sudo dmesg --level=err | tail; then: sudo mount -o remount,rw"
            f' "$(findmnt -no TARGET -T {folder})"',
        )
    if _free(database) <= _LITTLE:
        return _full(database)
    return Condition(
        Kind.READ_ONLY,
        f"{database} may not be written",
        # Each daemon's directory bears the name of its user.
        f"sudo chown -R {folder.name}: {folder}; sudo chmod -R u+rwX {folder}",
    )


def _locked(database: Path) -> Condition:
    # Whoever may read the database can do that, and somebody's own sqlite3.
    return Condition(
        Kind.LOCKED,
        f"another process has locked {database}",
        f"which one: sudo lslocks --notruncate | grep {database.name}; end the one that is not"
        " lumenmon's",
    )


def _failing(database: Path, error: Exception) -> Condition:
    reason = f"the disk of {database.parent} fails: {error}"
    return Condition(Kind.FAILING, reason, "why: sudo dmesg --level=err | tail")


def _mounted_read_only(database: Path) -> bool:
    try:
        return bool(os.statvfs(database.parent).f_flag & os.ST_RDONLY)
    except OSError:
        return False


def _free(database: Path) -> int:
    try:
        space = os.statvfs(database.parent)
    except OSError:
        return 0
    return space.f_bavail * space.f_frsize
