"""The console's configuration, /etc/lumenmon/lumenmond.toml (lumenmond.toml(5))."""

from __future__ import annotations

from dataclasses import dataclass

from lumenmon.config import duration, integer, key, size
from lumenmon.errors import ConfigError

_DAY = 86400
_YEAR = 365 * _DAY


@dataclass(frozen=True)
class Config:
    """Every key of lumenmond.toml; durations in seconds, sizes in bytes."""

    commit_interval: int = key(
        5, duration(1, 60), "How often received samples are written to the database."
    )
    retention_raw: int = key(
        7 * _DAY, duration(3600, 10 * _YEAR), "How long each single sample is kept."
    )
    retention_minutes: int = key(
        90 * _DAY, duration(3600, 20 * _YEAR), "How long a value per minute is kept."
    )
    retention_hours: int = key(
        5 * _YEAR, duration(_DAY, 100 * _YEAR), "How long a value per hour is kept."
    )
    max_metrics: int = key(512, integer(1, 100_000), "Most metrics that one agent may have.")
    ballast: int = key(
        16 * 2**20,
        size(0, 2**34),
        "Size of a file kept beside the database, to delete when the disk is full.",
    )

    def check(self) -> Config:
        """Return the configuration; raises ConfigError when its keys contradict each other."""
        if not self.retention_raw <= self.retention_minutes <= self.retention_hours:
            raise ConfigError(
                "retention_raw, retention_minutes and retention_hours are not in rising order",
                "what is coarser is kept longer",
            )
        return self
