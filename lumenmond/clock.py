"""May the host's clock be wrong? After a boot, or when it was set, it often is for a while."""

from __future__ import annotations

import time
from collections.abc import Callable

REST = 600.0
"""Seconds after which it is believed: by then it is mostly put right."""
STEP = 60.0
"""Seconds by which it has to move against the time since the boot to count as set."""


def uptime() -> float:
    """Return the seconds since the boot, those of a suspended host included."""
    return time.clock_gettime(time.CLOCK_BOOTTIME)


class Clock:
    """The clock ``now`` in seconds since 1970, beside ``uptime``, which nobody can set."""

    def __init__(self, now: Callable[[], float], uptime: Callable[[], float]) -> None:
        self._now = now
        self.uptime = uptime
        self._booted = now() - uptime()
        self._rest = REST

    def sure(self) -> bool:
        """Say whether it can be believed; to be asked now and then, or a step is not noticed."""
        uptime = self.uptime()
        booted = self._now() - uptime
        if abs(booted - self._booted) > STEP:
            self._booted, self._rest = booted, uptime + REST
        return uptime >= self._rest
