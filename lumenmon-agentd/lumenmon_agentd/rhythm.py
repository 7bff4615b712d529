"""The rhythms of the collectors: how often each of them is due."""

from __future__ import annotations

from enum import Enum


class Rhythm(Enum):
    """A rhythm and its default interval in seconds.

    PULSE and BREATHE beat inside the daemon, CYCLE and REPORT by systemd timers.
    """

    PULSE = "pulse"
    BREATHE = "breathe"
    CYCLE = "cycle"
    REPORT = "report"

    @property
    def interval(self) -> int:
        """The default interval in seconds."""
        return _INTERVALS[self]


_INTERVALS = {Rhythm.PULSE: 1, Rhythm.BREATHE: 60, Rhythm.CYCLE: 300, Rhythm.REPORT: 3600}
