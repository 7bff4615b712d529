"""Keeps watch over the console's clock: asks the agents' clocks, and tells people."""

from __future__ import annotations

import logging
import time
from typing import Any

from lumenmon import journal, term
from lumenmond.clock import Verdict
from lumenmond.fleet import Fleet
from lumenmond.store.writer import Store

PATIENCE = 120.0
"""Seconds for which other hosts may bear the clock out before its doubt is an event."""
KEEP = 60.0
"""Seconds between two notes in the database of how far the time has come."""

_WORDS = {
    Verdict.BORNE_OUT: "the agents' clocks agree with it",
    Verdict.UNKNOWN: "no other host's clock confirms it",
    Verdict.DENIED: "most agents' clocks differ from it",
}


class Timekeeper:
    """``tick`` is to be called every few seconds."""

    def __init__(self, store: Store, fleet: Fleet) -> None:
        self._store = store
        self._fleet = fleet
        self._next = 0.0
        self._doubted: float | None = None
        self._told = False

    def tick(self) -> None:
        """Let the proven time go on, and tell what is wrong with the clock."""
        clock = self._store.clock
        for id, timestamp in self._fleet.heard():
            clock.hear(id, timestamp)
        clock.tick()
        if clock.step is not None:
            journal.event(
                logging.WARNING, "clock-stepped",
                "the clock was set %s: no data is deleted earlier for it. Is it right? timedatectl",
                _distance(clock.step),
            )  # fmt: skip
            clock.step = None
        self._doubt()
        if (now := time.monotonic()) >= self._next:
            self._next = now + KEEP
            self._store.keep_clock()

    def stop(self) -> None:
        """Keep how far the time has come, and tell of a step that no ``tick`` has met."""
        self._next = 0.0
        self.tick()

    def _doubt(self) -> None:
        clock, now = self._store.clock, time.monotonic()
        if clock.trusted:
            if self._told:
                journal.event(logging.INFO, "clock-trusted", "the clock is trusted again")
            self._doubted, self._told = None, False
            return
        self._doubted = self._doubted or now
        if not self._told and now - self._doubted >= PATIENCE:
            self._told = True
            journal.event(
                logging.WARNING, "clock-untrusted",
                "the clock is %s of the time that has certainly passed, and %s: old data is kept"
                " meanwhile. Look at: timedatectl",
                _distance(clock.away), _WORDS[clock.verdict],
            )  # fmt: skip


def describe(store: Store) -> dict[str, Any]:
    """Return what status and doctor need to know of the clock.

    ``denied`` is whether most agents' clocks differ from it, ``certain`` up to which time data
    grows old, in seconds since 1970.
    """
    clock = store.clock
    words = "" if clock.trusted else f"{_distance(clock.away)}, and {_WORDS[clock.verdict]}"
    return {
        "trusted": clock.trusted,
        "denied": clock.verdict is Verdict.DENIED,
        "words": words,
        "certain": round(clock.certain),
    }


def _distance(seconds: float) -> str:
    distance = round(abs(seconds) / 60) * 60 if abs(seconds) >= 3600 else abs(seconds)
    return f"{term.span(distance)} {'ahead' if seconds > 0 else 'behind'}"
