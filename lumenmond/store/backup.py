"""Backup: a copy of the database as it is at one moment, while it goes on."""

from __future__ import annotations

import os
import sqlite3
from pathlib import Path


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
