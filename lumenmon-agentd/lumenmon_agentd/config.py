"""The agent's configuration, /etc/lumenmon/lumenmon-agentd.toml."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lumenmon import config, paths
from lumenmon_agentd.rhythm import Rhythm
from lumenmon_agentd.spool import MAX_BYTES

PATH = paths.CONFIG / "lumenmon-agentd.toml"
_interval = config.duration(1, 86400)


def intervals(value: Any) -> tuple[tuple[str, int], ...]:
    """Read a table of collectors and their intervals."""
    if not isinstance(value, dict):
        raise ValueError('wants a table: { memory = "10s" }')
    return tuple((name, _interval(item)) for name, item in value.items())


@dataclass(frozen=True)
class Config:
    """All keys, with their defaults."""

    pulse: int = config.key(1, _interval, "Seconds between two readings of the PULSE collectors.")
    breathe: int = config.key(60, _interval, "Seconds between two readings of BREATHE collectors.")
    cycle: int = config.key(
        300,
        _interval,
        "Seconds after which CYCLE samples are stale; the beat itself is set in "
        "lumenmon-collect@cycle.timer.",
    )
    report: int = config.key(
        3600,
        _interval,
        "Seconds after which REPORT samples are stale; the beat itself is set in "
        "lumenmon-collect@report.timer.",
    )
    intervals: tuple[tuple[str, int], ...] = config.key(
        (),
        intervals,
        "Intervals of single collectors, in place of their rhythm's: they then run in the daemon.",
    )
    disabled: tuple[str, ...] = config.key((), config.texts, "Collectors that do not run.")
    spool_size: int = config.key(
        MAX_BYTES,
        config.size(2**20, 2**40),
        "Bytes of samples that wait for the console; beyond it the oldest are dropped.",
    )
    exclude_filesystems: tuple[str, ...] = config.key(
        (), config.texts, "Mount points that are not measured; * and ? stand for any characters."
    )
    exclude_interfaces: tuple[str, ...] = config.key(
        (), config.texts, "Network interfaces that are not counted; * and ? as above."
    )

    @property
    def alone(self) -> dict[str, int]:
        """The collectors with an interval of their own, and it."""
        return dict(self.intervals)

    def interval(self, rhythm: Rhythm) -> int:
        """Return the interval of a rhythm in seconds."""
        return {
            Rhythm.PULSE: self.pulse,
            Rhythm.BREATHE: self.breathe,
            Rhythm.CYCLE: self.cycle,
            Rhythm.REPORT: self.report,
        }[rhythm]


def load(path: Path = PATH) -> Config:
    """Read the configuration; raises ConfigError."""
    return config.load(path, Config)
