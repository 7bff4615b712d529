"""A copy of a small database in memory is a database of its own."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from lumenmond.store.backup import image
from lumenmond.store.reader import ReaderError


def test_it_holds_what_is_still_in_the_log_and_needs_none(tmp_path: Path) -> None:
    source, copy = tmp_path / "auth.db", tmp_path / "copy.db"
    db = sqlite3.connect(source)
    db.execute("PRAGMA journal_mode = WAL")
    db.execute("CREATE TABLE t (value INTEGER)")
    db.execute("INSERT INTO t VALUES (7)")
    db.commit()
    copy.write_bytes(image(source))
    copy.chmod(0o400)
    found = sqlite3.connect(f"{copy.as_uri()}?mode=ro", uri=True)
    assert found.execute("SELECT value FROM t").fetchall() == [(7,)]
    assert found.execute("PRAGMA journal_mode").fetchone() == ("delete",)
    assert found.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    assert sorted(path.name for path in tmp_path.glob("copy*")) == ["copy.db"]


def test_what_is_none_is_named(tmp_path: Path) -> None:
    (tmp_path / "junk").write_text("junk" * 1000)
    for name in ("junk", "missing", "."):
        with pytest.raises(ReaderError, match=r"cannot be read|not a regular"):
            image(tmp_path / name)
