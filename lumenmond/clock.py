"""What the host's clock is worth: it is believed only as far as something else bears it out.

``proven`` is the time that has certainly come. It goes on with the time since the boot, which
nobody can set, and is kept over restarts. A clock that is further ahead was right all the time
while the console was off, or is wrong; the clocks of other hosts, in their agents' samples, tell
which. What deletes goes by ``certain``, so a wrong clock deletes nothing before its time.
"""

from __future__ import annotations

import os
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from pathlib import Path

REST = 600.0
"""Seconds after a boot or a step in which the clock is often put right."""
STEP = 60.0
"""Seconds by which it has to move against the time since the boot to count as set."""
TOLERANCE = 86400.0
"""Seconds by which it may be away from what is proven before people are told."""
AGREE = 600.0
"""Seconds by which other hosts' clocks may differ from ours and still bear it out."""
WINDOW = 600.0
"""Seconds for which an agent's newest sample counts."""
_RELEASED = Path(__file__).stat().st_mtime - 30 * 86400.0
"""No clock that runs this is right before it; an unpacked package may be dated a little ahead."""


class Verdict(Enum):
    """What other hosts' clocks say of ours; the value is how fast ``proven`` may follow it.

    Seconds of the clock for each second that passes. Most agents can be wrong together, and a
    console without agents still has to come to an end of what it kept too long.
    """

    BORNE_OUT = 24.0
    UNKNOWN = 4.0
    DENIED = 1.0


@dataclass(frozen=True, slots=True)
class Kept:
    """What is kept over a restart: seconds of all three clocks at one moment, and of which boot."""

    boot: int
    wall: int
    uptime: int
    proven: int


def uptime() -> float:
    """Return the seconds since the boot, those of a suspended host included."""
    return time.clock_gettime(time.CLOCK_BOOTTIME)


def boot() -> int:
    """Return a number of this boot as the unit passes it, 0 when that is not known.

    The sandbox hides /proc/sys.
    """
    try:
        return int(os.environ.get("LUMENMON_BOOT_ID", "").replace("-", "")[:15], 16)
    except ValueError:
        return 0


class Clock:
    """The clock ``now`` in seconds since 1970, beside ``uptime``, which nobody can set.

    ``proven`` is where to begin when nothing is ``kept``, None where nothing is known either.
    ``released`` is a time before which no clock is right. ``step`` holds by how many seconds the
    clock was last found to be set, None until it is.
    """

    def __init__(
        self,
        now: Callable[[], float],
        uptime: Callable[[], float],
        proven: float | None = None,
        kept: Kept | None = None,
        boot: int = 0,
        released: float = _RELEASED,
    ) -> None:
        self.released = released
        self._now = now
        self.uptime = uptime
        self._boot = boot
        self._last = uptime()
        self._booted = now() - self._last
        self._rest = REST
        self._heard: dict[str, tuple[float, float]] = {}
        self._behind = self._last
        self._assumed = proven is None and kept is None
        self.proven = now() if proven is None else proven
        self.step: float | None = None
        self.verdict = Verdict.UNKNOWN
        if kept is not None:
            self.proven = float(kept.proven)
            if boot and kept.boot == boot:
                self.proven += max(0.0, self._last - kept.uptime)
                self._booted = float(kept.wall - kept.uptime)
                self._notice_step(now(), self._last)

    def hear(self, id: str, timestamp: float) -> None:
        """Take note of a time that another host's clock shows now."""
        self._heard[id] = (timestamp, self.uptime())

    def tick(self) -> None:
        """Let ``proven`` go on; to be called every few seconds, or a step is noticed late."""
        uptime, now = self.uptime(), self._now()
        passed, self._last = max(0.0, uptime - self._last), uptime
        self._notice_step(now, uptime)
        self.verdict = self._judge(now, uptime)
        if self._assumed:
            self._assume(now, uptime)
        elif now >= self.proven:
            self._behind = uptime
            self.proven = min(now, self.proven + passed * self.verdict.value)
        elif self.verdict is Verdict.BORNE_OUT or uptime - self._behind > TOLERANCE:
            self.proven = now  # what was proven came from a clock that was wrong
        else:
            if self.verdict is Verdict.DENIED:
                self._behind = uptime
            self.proven += passed

    def _assume(self, now: float, uptime: float) -> None:
        """Begin where the clock is, or behind it where most agents are: nothing is proven yet.

        A first boot often has its clock put right, and there is no history that this could cost.
        """
        self.proven = now
        if self.verdict is Verdict.DENIED:
            self.proven = min(now, self._others(uptime))
        self._assumed = uptime - self._behind < TOLERANCE

    def _notice_step(self, now: float, uptime: float) -> None:
        booted = now - uptime
        if abs(booted - self._booted) > STEP:
            self.step = booted - self._booted
            self._booted, self._rest = booted, uptime + REST

    def _judge(self, now: float, uptime: float) -> Verdict:
        for id, (_, heard) in list(self._heard.items()):
            if uptime - heard > WINDOW:
                del self._heard[id]
        if not self._heard:
            return Verdict.UNKNOWN
        away = abs(self._others(uptime) - now)
        return Verdict.BORNE_OUT if away <= AGREE else Verdict.DENIED

    def _others(self, uptime: float) -> float:
        """Return what most other hosts' clocks show, of which one is known at least."""
        return statistics.median_low(t + uptime - heard for t, heard in self._heard.values())

    def sure(self) -> bool:
        """Return whether a sample that seems to lie ahead is wrong, and not we."""
        now, uptime = self._now(), self.uptime()
        self._notice_step(now, uptime)
        return uptime >= self._rest and now >= max(self.proven - TOLERANCE, self.released)

    @property
    def certain(self) -> float:
        """The latest time by which something may be deleted."""
        return min(self._now(), self.proven)

    @property
    def away(self) -> float:
        """Seconds by which the clock is ahead of what is proven, below 0 when it is behind."""
        return self._now() - self.proven

    @property
    def trusted(self) -> bool:
        """Whether the clock is where it may be, or others bear it out."""
        return self.verdict is Verdict.BORNE_OUT or abs(self.away) <= TOLERANCE

    def keep(self) -> Kept:
        """Return what the next start needs."""
        return Kept(self._boot, int(self._now()), int(self.uptime()), int(self.proven))
