"""Whether the database stores: what failed, for how long, and what was told of it."""

from __future__ import annotations

import logging
import sqlite3
import time
from pathlib import Path

from lumenmon import journal
from lumenmond.store import condition
from lumenmond.store.ballast import Ballast
from lumenmond.store.condition import Condition, Kind

CALM = 60.0
"""Seconds without a failure after which a disk that failed counts as well again."""


class Health:
    """``condition`` is what keeps the database from storing, None while all is well."""

    def __init__(self, database: Path, ballast: Ballast) -> None:
        self.condition: Condition | None = None
        self._database = database
        self._ballast = ballast
        self._failed_at = 0.0
        self._storing = True

    @property
    def words(self) -> str:
        """What is wrong, and whether samples are stored all the same; empty while all is well."""
        if self.condition is None:
            return ""
        waits = "samples are still stored" if self._storing else "samples wait with their agents"
        return f"{self.condition.reason}; {waits}"

    def note(self, error: sqlite3.Error | OSError) -> Condition:
        """Take in what failed and give the ballast up for a full disk.

        Raises the error again when it says nothing of the disk.
        """
        found = condition.of(error, self._database)
        if found is None:
            raise error
        self._failed_at, self._storing = time.monotonic(), False
        dropped = found.kind is Kind.FULL and self._ballast.drop()
        known = self.condition
        if known is not None and known.kind is Kind.DAMAGED:
            return found  # that stays so until somebody has mended it
        self.condition = found
        if known is None or known.kind is not found.kind or dropped:
            _tell(found)
        return found

    def has_reserve(self) -> bool:
        """Return whether there is as much room as is kept in reserve, and keep it."""
        return self._ballast.fill() or not self._ballast.wanted

    def may_store(self) -> bool:
        """Return whether samples may be stored: on a full disk they use half of the reserve.

        The other half is there to delete with.
        """
        full = self.condition is not None and self.condition.kind is Kind.FULL
        return not full or self.has_reserve() or self._ballast.is_half_free()

    def refused(self) -> None:
        """Take in that samples were not stored, for what is free is there to delete with."""
        self._storing = False

    def stored(self) -> None:
        """Take in that a commit went well."""
        self._storing = True
        known = self.condition
        if known is None or known.kind is Kind.DAMAGED:
            return
        if known.kind is Kind.FULL and not self.has_reserve():
            return
        if known.kind is Kind.FAILING and time.monotonic() - self._failed_at < CALM:
            return
        self.condition = None
        if known.kind is Kind.FULL:
            journal.event(logging.WARNING, "database-room", "the disk has room again")
        else:
            journal.event(logging.WARNING, "database-works", "the database stores again")

    def unlocked(self) -> None:
        """Take in that a transaction began well: nothing has the database locked any more."""
        if self.condition is not None and self.condition.kind is Kind.LOCKED:
            self.stored()


def _tell(found: Condition) -> None:
    words = "%s; what is not stored waits with its agent. %s", found.reason, found.remedy
    match found.kind:
        case Kind.FULL:
            journal.event(logging.ERROR, "database-full", *words)
        case Kind.READ_ONLY:
            journal.event(logging.ERROR, "database-read-only", *words)
        case Kind.FAILING:
            journal.event(logging.ERROR, "database-failing", *words)
        case Kind.DAMAGED:
            journal.event(logging.ERROR, "database-damaged", *words)
        case Kind.LOCKED:
            journal.event(logging.ERROR, "database-locked", *words)
