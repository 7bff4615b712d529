"""Load: how many tasks run, want to run or wait for a disk, on average."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from lumenmon.metrics import Metric
from lumenmon.wire import Type
from lumenmon_agentd.collector import Reading

METRICS = tuple(
    Metric(f"generic_load_{n}", Type.REAL, f"tasks that run or wait, average of {n} min")
    for n in (1, 5, 15)
)


def parse(text: str) -> tuple[float, ...]:
    """Read /proc/loadavg."""
    return tuple(map(float, text.split()[:3]))


def collect(root: Path) -> Iterator[Reading]:
    """Yield the three averages."""
    yield from zip(METRICS, parse((root / "proc/loadavg").read_text()), strict=True)
