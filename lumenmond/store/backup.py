"""Backup: a copy of the database as it is at one moment, while it goes on."""

from __future__ import annotations

import contextlib
import os
import sqlite3
from dataclasses import dataclass
from pathlib import Path

from lumenmond.store.integrity import damage
from lumenmond.store.reader import ReaderError, must_be_regular
from lumenmond.store.schema import MIGRATIONS, SchemaError


@dataclass(frozen=True)
class Contents:
    """What a copy of a database holds."""

    agents: int
    metrics: int
    bytes: int


def examine(path: Path) -> Contents:
    """Look at a copy that nobody uses; raises LumenmonError unless this version can take it."""
    examine_version(path, len(MIGRATIONS))
    try:
        with contextlib.closing(sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True)) as db:
            agents = int(db.execute("SELECT count(*) FROM agents").fetchone()[0])
            metrics = int(db.execute("SELECT count(*) FROM metrics").fetchone()[0])
    except sqlite3.Error as error:
        raise ReaderError(f"this is no database of lumenmon: {error}") from error
    return Contents(agents, metrics, path.stat().st_size)


def examine_version(path: Path, known: int) -> None:
    """Raise LumenmonError when a database is damaged, or of a version above ``known``."""
    if said := damage(path):
        raise ReaderError(f"{path.name} in the backup is damaged: {said}", "take another backup")
    with contextlib.closing(sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True)) as db:
        version = int(db.execute("PRAGMA user_version").fetchone()[0])
    if version > known:
        raise SchemaError(
            f"{path.name} in the backup is of version {version}, this console knows up to {known}",
            "update this console first: sudo lumenmonctl update",
        )


def backup(source: Path, target: Path) -> int:
    """Copy the database in one read transaction and return the copy's bytes.

    Step by step the copy would start again with each commit. It gets its name when complete.
    """
    part = target.with_name(target.name + ".part")
    part.unlink(missing_ok=True)
    reading = sqlite3.connect(f"{source.absolute().as_uri()}?mode=ro", uri=True)
    try:
        copy = sqlite3.connect(part)
        try:
            reading.backup(copy, pages=-1)
            copy.execute("PRAGMA journal_mode = DELETE")
        finally:
            copy.close()
        part.chmod(0o640)
        with part.open("rb") as file:
            os.fsync(file.fileno())
        part.replace(target)
    finally:
        part.unlink(missing_ok=True)
        reading.close()
    return target.stat().st_size


def image(source: Path) -> bytes:
    """Return the bytes of a copy of a small database, which needs no files beside it.

    Raises ReaderError when it cannot be read.
    """
    must_be_regular(source)
    uri = f"{source.absolute().as_uri()}?mode=ro"
    try:
        with (
            contextlib.closing(sqlite3.connect(uri, uri=True)) as reading,
            contextlib.closing(sqlite3.connect(":memory:")) as copy,
        ):
            reading.backup(copy, pages=-1)
            whole = bytearray(copy.serialize())
    except sqlite3.Error as error:
        raise ReaderError(f"{source} cannot be read: {error}") from error
    whole[18:20] = b"\x01\x01"  # no write-ahead log: https://sqlite.org/fileformat2.html
    return bytes(whole)
