"""Uptime: seconds since the host booted."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from lumenmon.metrics import Metric
from lumenmon.wire import Type
from lumenmon_agentd.collector import Reading

UPTIME = Metric("generic_sys_uptime", Type.INTEGER, "time since the host booted")
METRICS = (UPTIME,)


def parse(text: str) -> int:
    """Read /proc/uptime."""
    return int(float(text.split()[0]))


def collect(root: Path) -> Iterator[Reading]:
    """Yield the uptime."""
    yield UPTIME, parse((root / "proc/uptime").read_text())
