"""Counters of the kernel, turned into rates."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping

Clock = Callable[[], float]


class Counters:
    """Remembers the last reading of some counters.

    The default clock stands still while the host is suspended, as the counters do.
    """

    def __init__(self, clock: Clock = time.monotonic) -> None:
        self._clock = clock
        self._when = 0.0
        self._values: dict[str, int] = {}

    def rates(self, values: Mapping[str, int]) -> dict[str, float]:
        """Return the increase per second of every counter since the last call.

        A counter that is new, or that fell (its device was replaced or reset), has no rate yet.
        """
        now = self._clock()
        elapsed = now - self._when
        before, self._values, self._when = self._values, dict(values), now
        if elapsed <= 0:
            return {}
        return {
            name: (value - before[name]) / elapsed
            for name, value in values.items()
            if name in before and value >= before[name]
        }
