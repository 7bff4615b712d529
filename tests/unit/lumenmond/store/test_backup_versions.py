"""A database in a backup is looked at before anything is put in its place."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from lumenmon.errors import LumenmonError
from lumenmond.store import auth
from lumenmond.store.backup import examine, examine_version
from lumenmond.store.schema import MIGRATIONS, migrate


def database(path: Path, migrations: tuple[str, ...]) -> Path:
    db = sqlite3.connect(path, isolation_level=None)
    migrate(db, migrations)
    db.close()
    return path


def test_what_this_version_knows_is_taken(tmp_path: Path) -> None:
    found = examine(database(tmp_path / "metrics.db", MIGRATIONS))
    assert (found.agents, found.metrics) == (0, 0)
    examine_version(database(tmp_path / "auth.db", auth.MIGRATIONS), len(auth.MIGRATIONS))


@pytest.mark.parametrize(
    ("name", "known"), [("metrics.db", MIGRATIONS), ("auth.db", auth.MIGRATIONS)]
)
def test_newer_damaged_and_foreign_ones_are_refused(
    tmp_path: Path, name: str, known: tuple[str, ...]
) -> None:
    newer = database(tmp_path / name, (*known, "CREATE TABLE more (a INTEGER) STRICT"))
    with pytest.raises(LumenmonError, match=f"{name} in the backup is of version") as refused:
        examine_version(newer, len(known))
    assert "update this console first" in refused.value.hint
    data = bytearray(newer.read_bytes())
    data[4096:8192] = b"\xff" * 4096
    newer.write_bytes(data)
    with pytest.raises(LumenmonError, match="is damaged"):
        examine_version(newer, len(known))


def test_another_programs_database_is_refused(tmp_path: Path) -> None:
    other = database(tmp_path / "metrics.db", ("CREATE TABLE songs (a)",))
    with pytest.raises(LumenmonError, match="no database of lumenmon"):
        examine(other)
