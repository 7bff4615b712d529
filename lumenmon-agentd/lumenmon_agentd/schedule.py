"""When each thing is due: beats on one monotonic clock, without drift. Never sleeps."""

from __future__ import annotations

import math
from dataclasses import dataclass


@dataclass(slots=True)
class _Beat:
    interval: float
    next: float


class Schedule:
    """Named beats. Each is due at ``start`` and then every ``interval`` seconds after it.

    A beat that was missed is skipped, not caught up: the next one falls where it would have
    fallen anyway.
    """

    def __init__(self, start: float) -> None:
        self._start = start
        self._beats: dict[str, _Beat] = {}

    def add(self, name: str, interval: float) -> None:
        """Add a beat."""
        self._beats[name] = _Beat(interval, self._start)

    def due(self, now: float) -> list[tuple[str, float]]:
        """Return the beats that are due with the moment at which each fell, and move them on."""
        fallen = []
        for name, beat in self._beats.items():
            if now < beat.next:
                continue
            count = math.floor((now - self._start) / beat.interval)
            fallen.append((name, self._start + count * beat.interval))
            beat.next = self._start + (count + 1) * beat.interval
            if beat.next <= now:  # the division was rounded down
                beat.next += beat.interval
        return fallen

    def next(self) -> float:
        """Return the moment of the next beat; infinite when there is none."""
        return min((beat.next for beat in self._beats.values()), default=math.inf)


class Clock:
    """Gives beats their timestamps, one second apart as the beats are.

    The wall clock read at each beat would, now and then, put two beats into one second. So the
    distance of both clocks is held until the wall clock has moved by half a second: it was set.
    """

    def __init__(self, monotonic: float, wall: float) -> None:
        self._distance = wall - monotonic

    def update(self, monotonic: float, wall: float) -> None:
        """Compare both clocks; to be called with what they show now."""
        if abs(wall - monotonic - self._distance) > 0.5:
            self._distance = wall - monotonic

    def timestamp(self, moment: float) -> int:
        """Return the seconds since 1970 of a moment of the monotonic clock."""
        return math.floor(moment + self._distance + 1e-6)
