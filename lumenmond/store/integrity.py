"""Is the database whole? A look from outside, beside the writer."""

from __future__ import annotations

import contextlib
import sqlite3
from pathlib import Path

from lumenmond.store.reader import ReaderError, must_be_regular


def damage(path: Path, *, whole: bool = True) -> str:
    """Return what is damaged in words, empty when nothing is.

    ``whole`` reads all of it, which takes long on a large one. Raises ReaderError when it
    cannot be read at all.
    """
    must_be_regular(path)
    try:
        uri = f"{path.absolute().as_uri()}?mode=ro"
        with contextlib.closing(sqlite3.connect(uri, uri=True, timeout=2)) as db:
            db.execute("SELECT count(*) FROM sqlite_schema").fetchone()
            said = str(db.execute("PRAGMA quick_check(1)").fetchone()[0]) if whole else "ok"
    except sqlite3.OperationalError as error:
        hint = "what is wrong with it: sudo lumenmonctl status"
        raise ReaderError(f"{path} cannot be read: {error}", hint) from error
    except sqlite3.DatabaseError as error:
        return str(error)
    return "" if said == "ok" else said
