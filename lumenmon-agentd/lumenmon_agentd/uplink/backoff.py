"""How long to wait before the next connection."""

from __future__ import annotations

import random
from collections.abc import Callable

BACKOFF = (1.0, 60.0)
"""Seconds: the first and the largest wait before the next try."""
STEADY = 30.0
"""Seconds that a connection holds before the waits begin at the first again."""


class Backoff:
    """Full jitter below a ceiling that doubles with each failure in a row."""

    def __init__(
        self,
        jitter: Callable[[float], float] = lambda ceiling: random.uniform(0, ceiling),  # noqa: S311
    ) -> None:
        self._jitter = jitter
        self._failures = 0

    def pause(self, *, held: float, long: bool) -> float:
        """Return the seconds to wait after one more failure.

        ``held`` is for how many seconds the connection served, ``long`` whether trying soon
        cannot help.
        """
        if held >= STEADY:
            self._failures = 0
        first, largest = BACKOFF
        pause = self._jitter(min(first * 2**self._failures, largest))
        self._failures = min(self._failures + 1, 10)
        return max(pause + (largest if long else 0), 0.1)
