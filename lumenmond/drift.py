"""How far an agent's clock is from ours, told apart from samples that had to wait."""

from __future__ import annotations

import math

NEAR = 15.0
"""Seconds by which a clock may be away and is taken for ours."""
WINDOW = 10.0
"""Seconds over which the newest samples are compared with those before."""
STEADY = 2.0
"""Seconds by which their distance from our clock may change meanwhile."""


class Drift:
    """Samples of the present keep their distance from our clock; those that waited catch up.

    ``value`` is the agent's clock minus ours in seconds, 0 as long as nothing tells otherwise.
    """

    __slots__ = ("_before", "_began", "_peak", "value")

    def __init__(self) -> None:
        self.value = 0.0
        self._began: float | None = None
        self._peak = -math.inf
        self._before: float | None = None

    def take(self, timestamp: int, now: float) -> None:
        """Take in the time of a sample that arrives now."""
        distance = timestamp - now
        if abs(distance) <= NEAR:
            self.value, self._before, self._began, self._peak = 0.0, None, None, -math.inf
            return
        self._peak = max(self._peak, distance)
        if self._began is None:
            self._began = now
        elif not 0 <= now - self._began < WINDOW:
            if self._before is not None and abs(self._peak - self._before) <= STEADY:
                self.value = self._peak
            self._before, self._began, self._peak = self._peak, now, -math.inf

    def is_settled(self, timestamp: int, now: float) -> bool:
        """Return whether a sample that was taken in shows its agent's clock, and did not wait."""
        return abs(timestamp - now - self.value) <= NEAR
