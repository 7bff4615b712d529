"""Pressure stall information (PSI): how much of the time something had to wait."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

from lumenmon.metrics import Metric
from lumenmon.wire import Type
from lumenmon_agentd.collector import Reading
from lumenmon_agentd.collectors.counters import Clock, Counters

_WAITS = {"cpu": "a CPU", "memory": "memory", "io": "a disk"}
METRICS = tuple(
    Metric(
        f"generic_psi_{name}_percent", Type.REAL,
        f"time in which at least one task waited for {what} (PSI); absent where the kernel "
        "does not measure it",
    )
    for name, what in _WAITS.items()
)  # fmt: skip


def parse(text: str) -> tuple[float, int]:
    """Read the ``some`` line of a /proc/pressure file: percent over 60 s, total microseconds."""
    for line in text.splitlines():
        kind, *pairs = line.split()
        if kind == "some":
            fields = dict(pair.split("=", 1) for pair in pairs)
            return float(fields["avg60"]), int(fields["total"])
    raise ValueError("no line 'some'")


class Pressure:
    """Collects the share of waiting time between two calls."""

    def __init__(self, clock: Clock = time.monotonic) -> None:
        self._counters = Counters(clock)

    def __call__(self, root: Path) -> Iterator[Reading]:
        """Yield the shares since the last call; the first time the kernel's average of 60 s."""
        found = {}
        for metric, name in zip(METRICS, _WAITS, strict=True):
            try:
                found[metric] = parse((root / "proc/pressure" / name).read_text())
            except OSError:
                continue  # not in this kernel, or switched off (psi=0)
        rates = self._counters.rates({m.name: total for m, (_, total) in found.items()})
        for metric, (average, _) in found.items():
            share = rates[metric.name] / 1e4 if metric.name in rates else average
            yield metric, min(share, 100.0)
