"""Who may see the dashboard: passwords, sessions, tokens and one-time links, all as hashes."""

from __future__ import annotations

import logging
import sqlite3
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lumenmon import journal
from lumenmon.errors import LumenmonError
from lumenmond.store import condition, mounts
from lumenmond.store.condition import Condition
from lumenmond.store.schema import migrate

MIGRATIONS: tuple[str, ...] = (
    """
    CREATE TABLE passwords (role TEXT PRIMARY KEY, hash TEXT NOT NULL) STRICT;
    CREATE TABLE sessions (
        hash TEXT PRIMARY KEY,
        role TEXT NOT NULL,
        source TEXT NOT NULL,
        created REAL NOT NULL,
        seen REAL NOT NULL
    ) STRICT;
    CREATE TABLE tokens (
        name TEXT PRIMARY KEY,
        hash TEXT NOT NULL UNIQUE,
        created REAL NOT NULL,
        seen REAL
    ) STRICT;
    CREATE TABLE links (hash TEXT PRIMARY KEY, role TEXT NOT NULL, expires REAL NOT NULL) STRICT;
    """,
)
"""Append-only, as those of the metrics' database."""
IDLE = 14 * 86400
"""Seconds after which a session that nobody used ends."""
LONGEST = 90 * 86400
"""Seconds after which every session ends."""
NOTED = 300
"""Seconds between two notes of when a session or a token was used."""
AHEAD = 3600
"""Seconds by which a session may lie ahead of the clock, which may be set back a little."""
MAX_SESSIONS = 1000
"""Sessions at a time; one more ends the one that was unused for longest."""
MAX_LINKS = 100
MAX_TOKENS = 100


@dataclass(frozen=True, slots=True)
class TokenInfo:
    """A token: its name, when it was made and when last used. What it is, only its holder knows."""

    name: str
    created: float
    seen: float | None


class AuthError(LumenmonError):
    """The dashboard's own database does not store or cannot be read."""


def _open(path: Path | None) -> sqlite3.Connection:
    """Open the database at ``path``, or an empty one in memory."""
    name = ":memory:" if path is None else path
    db = sqlite3.connect(name, isolation_level=None, check_same_thread=False)
    try:
        db.execute("PRAGMA synchronous = FULL")
        if path is not None and path.stat().st_mode & 0o777 != 0o600:
            path.chmod(0o600)
        migrate(db, MIGRATIONS)
        db.execute("SELECT count(*) FROM sessions").fetchone()
    except BaseException:
        db.close()
        raise
    return db


class AuthStore:
    """The dashboard's own database; usable from all of its threads.

    ``trouble`` is why it could not be opened: then an empty one in memory stands in for it, so that
    the page is there and an admin gets in by a link.
    """

    def __init__(self, path: Path, now: Callable[[], float] = time.time) -> None:
        self._now = now
        self._lock = threading.Lock()
        self._swept = 0.0
        self._path = path
        self._was_read_only = mounts.is_read_only(path.parent)
        self.trouble: Condition | None = None
        try:
            self._db = _open(path)
        except (sqlite3.Error, OSError) as error:
            self.trouble = self._explain(error)
            self._db = _open(None)
            journal.event(
                logging.ERROR, "auth-unusable", "%s: passwords, tokens and sessions in it do not"
                " count meanwhile; sudo lumenmonctl login still works. %s",
                self.trouble.reason, self.trouble.remedy,
            )  # fmt: skip

    def _explain(self, error: sqlite3.Error | OSError) -> Condition:
        """Return what an error says of the disk; raises the error when that is nothing."""
        found = condition.of(error, self._path)
        if found is None:
            raise error
        return found

    def is_well_again(self) -> bool:
        """Return whether a new start would open or write the database, and we cannot."""
        if self._was_read_only and mounts.is_read_only(self._path.parent) is False:
            return True  # this process alone still sees the disk as it was
        if self.trouble is None:
            return False
        try:
            _open(self._path).close()
        except (sqlite3.Error, OSError):
            return False
        return True

    def close(self) -> None:
        """Close the database."""
        with self._lock:
            self._db.close()

    def _run(self, sql: str, values: Sequence[object] = ()) -> list[tuple[Any, ...]]:
        """Run a statement; raises AuthError when the disk or the database does not allow it."""
        try:
            with self._lock:
                return self._db.execute(sql, values).fetchall()
        except sqlite3.Error as error:
            found = self._explain(error)
            raise AuthError(f"nothing can be kept: {found.reason}", found.remedy) from error

    def _note(self, sql: str, values: Sequence[object]) -> None:
        """Note when something was used; who may see the dashboard, may do so on a full disk too."""
        with suppress(AuthError):
            self._run(sql, values)

    def set_password(self, role: str, hash: str | None) -> None:
        """Set a role's password, or take it away; sessions of the role end either way."""
        self._run("DELETE FROM sessions WHERE role = ?", (role,))
        if hash is None:
            self._run("DELETE FROM passwords WHERE role = ?", (role,))
        else:
            self._run("INSERT OR REPLACE INTO passwords VALUES (?, ?)", (role, hash))

    def passwords(self) -> dict[str, str]:
        """Return the hash of each role's password."""
        return dict(self._run("SELECT role, hash FROM passwords ORDER BY role"))

    def add_session(self, hash: str, role: str, source: str) -> None:
        """Begin a session; those that are over are forgotten."""
        now = self._now()
        self._sweep(now)
        self._run(
            "DELETE FROM sessions WHERE hash IN"
            " (SELECT hash FROM sessions ORDER BY seen DESC LIMIT -1 OFFSET ?)",
            (MAX_SESSIONS - 1,),
        )
        self._run("INSERT INTO sessions VALUES (?, ?, ?, ?, ?)", (hash, role, source, now, now))

    def session(self, hash: str) -> str | None:
        """Return the role of a session that still holds."""
        now = self._now()
        self._sweep(now)
        rows = self._run(
            "SELECT role, seen FROM sessions WHERE hash = ? AND seen > ? AND created > ?",
            (hash, now - IDLE, now - LONGEST),
        )
        if not rows:
            return None
        if now - rows[0][1] > NOTED:
            self._note("UPDATE sessions SET seen = ? WHERE hash = ?", (now, hash))
        return str(rows[0][0])

    def _sweep(self, now: float) -> None:
        """Delete what is over, now and then: a clock that is set back would revive it.

        What comes from the future was begun under a clock that was ahead, and would not end.
        """
        if 0 <= now - self._swept < NOTED:
            return
        self._swept = now
        self._note(
            "DELETE FROM sessions WHERE seen < ?1 OR created < ?2 OR max(seen, created) > ?3",
            (now - IDLE, now - LONGEST, now + AHEAD),
        )
        self._note("DELETE FROM links WHERE expires < ?1 OR expires > ?2", (now, now + AHEAD))

    def end_session(self, hash: str) -> None:
        """End one session."""
        self._run("DELETE FROM sessions WHERE hash = ?", (hash,))

    def end_sessions(self) -> int:
        """End all sessions and links; returns how many sessions there were."""
        self._run("DELETE FROM links")
        return len(self._run("DELETE FROM sessions RETURNING hash"))

    def count_sessions(self) -> int:
        """Return how many sessions hold."""
        now = self._now()
        rows = self._run(
            "SELECT count(*) FROM sessions WHERE seen > ? AND created > ?",
            (now - IDLE, now - LONGEST),
        )
        return int(rows[0][0])

    def add_link(self, hash: str, role: str, expires: float) -> None:
        """Keep a one-time link; the oldest gives way when there are too many."""
        self._run("DELETE FROM links WHERE expires < ?", (self._now(),))
        self._run(
            "DELETE FROM links WHERE hash IN"
            " (SELECT hash FROM links ORDER BY expires DESC LIMIT -1 OFFSET ?)",
            (MAX_LINKS - 1,),
        )
        self._run("INSERT INTO links VALUES (?, ?, ?)", (hash, role, expires))

    def take_link(self, hash: str) -> str | None:
        """Use a link up; returns its role, None when there is none or its time is over."""
        rows = self._run("DELETE FROM links WHERE hash = ? RETURNING role, expires", (hash,))
        return str(rows[0][0]) if rows and rows[0][1] > self._now() else None

    def has_link(self, hash: str) -> bool:
        """Return whether a link can still be used."""
        rows = self._run("SELECT expires FROM links WHERE hash = ?", (hash,))
        return bool(rows and rows[0][0] > self._now())

    def add_token(self, name: str, hash: str) -> bool:
        """Keep a token; says no when the name is taken or there are too many."""
        return bool(
            self._run(
                "INSERT INTO tokens SELECT ?1, ?2, ?3, NULL"
                " WHERE (SELECT count(*) FROM tokens) < ?4 ON CONFLICT DO NOTHING RETURNING name",
                (name, hash, self._now(), MAX_TOKENS),
            )
        )

    def token(self, hash: str) -> str | None:
        """Return the name of a token."""
        rows = self._run("SELECT name, seen FROM tokens WHERE hash = ?", (hash,))
        if not rows:
            return None
        now = self._now()
        if now - (rows[0][1] or 0) > NOTED:
            self._note("UPDATE tokens SET seen = ? WHERE hash = ?", (now, hash))
        return str(rows[0][0])

    def tokens(self) -> list[TokenInfo]:
        """Return all tokens by name."""
        rows = self._run("SELECT name, created, seen FROM tokens ORDER BY name")
        return [TokenInfo(*row) for row in rows]

    def revoke_token(self, name: str) -> bool:
        """Forget a token; says whether there was one of that name."""
        return bool(self._run("DELETE FROM tokens WHERE name = ? RETURNING name", (name,)))
