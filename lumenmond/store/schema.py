"""The database's tables: how they are named, made and brought up to date."""

from __future__ import annotations

import sqlite3

from lumenmon.errors import LumenmonError
from lumenmon.wire import Type, check_name

MIGRATIONS: tuple[str, ...] = (
    """
    CREATE TABLE agents (
        number INTEGER PRIMARY KEY AUTOINCREMENT,
        id TEXT NOT NULL UNIQUE,
        uid INTEGER NOT NULL,
        name TEXT NOT NULL,
        tags TEXT NOT NULL DEFAULT '[]',
        fingerprint TEXT NOT NULL DEFAULT '',
        comment TEXT NOT NULL DEFAULT '',
        enrolled REAL NOT NULL,
        last_seen REAL,
        address TEXT NOT NULL DEFAULT '',
        rejected INTEGER NOT NULL DEFAULT 0,
        last_reject TEXT NOT NULL DEFAULT ''
    ) STRICT;
    CREATE TABLE metrics (
        series INTEGER PRIMARY KEY AUTOINCREMENT,
        agent INTEGER NOT NULL REFERENCES agents(number),
        metric TEXT NOT NULL COLLATE NOCASE,
        type TEXT NOT NULL,
        table_name TEXT NOT NULL UNIQUE,
        unit TEXT NOT NULL,
        UNIQUE (agent, metric)
    ) STRICT;
    CREATE TABLE minutes (
        series INTEGER NOT NULL,
        timestamp INTEGER NOT NULL,
        count INTEGER NOT NULL,
        min REAL NOT NULL,
        mean REAL NOT NULL,
        max REAL NOT NULL,
        PRIMARY KEY (series, timestamp)
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE hours (
        series INTEGER NOT NULL,
        timestamp INTEGER NOT NULL,
        count INTEGER NOT NULL,
        min REAL NOT NULL,
        mean REAL NOT NULL,
        max REAL NOT NULL,
        PRIMARY KEY (series, timestamp)
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE state (name TEXT PRIMARY KEY, value INTEGER NOT NULL) STRICT;
    INSERT INTO state VALUES ('pruned', 0);
    """,
)
"""Append-only: entry n brings a database of version n to version n + 1."""


class SchemaError(LumenmonError):
    """A database that this version cannot use."""


def table_name(agent: str, metric: str) -> str:
    """Return the name of a raw table: the one place that makes one."""
    return f"{agent}_{check_name(metric)}"


def create_raw(table: str, type: Type) -> str:
    """Return the statement that makes a raw table."""
    return (
        f'CREATE TABLE "{table}" (timestamp INTEGER PRIMARY KEY, '
        f"interval INTEGER NOT NULL, value {type.value} NOT NULL) STRICT"
    )


def migrate(db: sqlite3.Connection, migrations: tuple[str, ...] = MIGRATIONS) -> None:
    """Bring the database up to date, each step in a transaction of its own.

    Raises SchemaError for a database that a newer version has written.
    """
    version = int(db.execute("PRAGMA user_version").fetchone()[0])
    if version > len(migrations):
        raise SchemaError(
            f"the database is of version {version}, this lumenmond knows up to {len(migrations)}",
            "install the newer lumenmond again, or restore a backup from before the upgrade",
        )
    for number in range(version, len(migrations)):
        db.execute("BEGIN IMMEDIATE")
        try:
            for statement in migrations[number].split(";"):
                if statement.strip():
                    db.execute(statement)
            db.execute(f"PRAGMA user_version = {number + 1}")
            db.execute("COMMIT")
        except BaseException:
            db.execute("ROLLBACK")
            raise
