"""Places for what goes on for long, such as streams and exports: nobody keeps the others out.

Whoever has logged in once could take all of them, and keep them for as long as a client reads a
little. So a place is given up when somebody comes who has fewer: by the session with the most, and
among sessions with the same number by the source with the most. Somebody with as many as all
others is told that all places are taken.
"""

from __future__ import annotations

import logging
import threading
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

from lumenmon import journal
from lumenmon.errors import LumenmonError
from lumenmond.web.connection import TOLD_EVERY


class Taken(LumenmonError):
    """All places are taken, and nobody has more of them than whoever asks."""


@dataclass(frozen=True)
class Owner:
    """Who asks for a place: a session, or a token, and where it comes from."""

    session: str
    source: str


@dataclass(frozen=True, eq=False)
class Place:
    """A place that is taken; ``end`` ends what it was taken for, from any thread."""

    owner: Owner
    size: int
    end: Callable[[], object]


class Places:
    """Places for ``most`` things of one kind at a time; ``what`` is its plural."""

    def __init__(self, most: int, what: str, hint: str) -> None:
        self._most = most
        self._what = what
        self._hint = hint
        self._lock = threading.Lock()
        self._taken: list[Place] = []
        self._told = journal.Limit(1, TOLD_EVERY)

    def take(self, owner: Owner, end: Callable[[], object], size: int = 1) -> Place:
        """Take a place that counts for ``size``; others may give theirs up. Raises Taken."""
        place = Place(owner, size, end)
        with self._lock:
            ended = self._make_room(place)
            self._taken = [each for each in self._taken if each not in ended] + [place]
        for each in ended:
            each.end()
        return place

    def leave(self, place: Place) -> None:
        """Give a place back; to be called once or more often."""
        with self._lock:
            self._taken = [each for each in self._taken if each is not place]

    def _make_room(self, place: Place) -> list[Place]:
        """Return the places that are given up for one, the oldest of an owner first."""
        staying, ended = list(self._taken), []
        while sum(each.size for each in staying) + place.size > self._most:
            text = "all %d %s are taken: whoever has the most gives way"
            journal.event(
                logging.WARNING, "web-taken", text, self._most, self._what, limit=self._told
            )
            load = _Load([*staying, place])
            loser = max(staying, key=load.of, default=place)
            if load.of(loser) <= load.of(place):
                raise Taken(f"all {self._most} {self._what} are taken", self._hint)
            staying.remove(loser)
            ended.append(loser)
        return ended


class _Load:
    """How much each session and each source has."""

    def __init__(self, places: list[Place]) -> None:
        self._sessions: Counter[str] = Counter()
        self._sources: Counter[str] = Counter()
        for place in places:
            self._sessions[place.owner.session] += place.size
            self._sources[place.owner.source] += place.size

    def of(self, place: Place) -> tuple[int, int]:
        """Return what a place's session has, and what its source has."""
        return self._sessions[place.owner.session], self._sources[place.owner.source]
