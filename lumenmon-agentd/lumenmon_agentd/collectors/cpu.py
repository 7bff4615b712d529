"""CPU: where its time went since the last call, over all cores."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from lumenmon.metrics import Metric
from lumenmon.wire import Type
from lumenmon_agentd.collector import Reading

BUSY = Metric(
    "generic_cpu", Type.REAL,
    "CPU time spent working, over all cores; waiting for disks and time that the hypervisor "
    "gave to others (steal) are not part of it",
)  # fmt: skip
USER = Metric("generic_cpu_user_percent", Type.REAL, "CPU time in programs, nice ones included")
SYSTEM = Metric("generic_cpu_system_percent", Type.REAL, "CPU time in the kernel and interrupts")
IOWAIT = Metric("generic_cpu_iowait_percent", Type.REAL, "idle CPU time with a disk being awaited")
STEAL = Metric(
    "generic_cpu_steal_percent", Type.REAL, "CPU time that the hypervisor gave to other guests"
)
METRICS = (BUSY, USER, SYSTEM, IOWAIT, STEAL)


class Times(NamedTuple):
    """Clock ticks since boot by mode, as in proc_stat(5).

    ``guest`` and ``guest_nice`` are left out: the kernel counts them in ``user`` and ``nice``.
    """

    user: int
    nice: int
    system: int
    idle: int
    iowait: int
    irq: int
    softirq: int
    steal: int


def parse(text: str) -> Times:
    """Read the first line of /proc/stat."""
    fields = text.partition("\n")[0].split()
    if not fields or fields[0] != "cpu":
        raise ValueError("/proc/stat does not begin with a line 'cpu'")
    return Times(*map(int, fields[1:9]))


class Cpu:
    """Collects the shares of CPU time between two calls."""

    def __init__(self) -> None:
        self._before: Times | None = None

    def __call__(self, root: Path) -> Iterator[Reading]:
        """Yield the shares since the last call; the first call only remembers."""
        now = parse((root / "proc/stat").read_text())
        before, self._before = self._before, now
        if before is None:
            return
        # idle and iowait may step back a little (proc_stat(5)): that is no time at all
        spent = Times(*(max(b - a, 0) for a, b in zip(before, now, strict=True)))
        total = sum(spent)
        if total == 0:
            return
        scale = 100 / total
        user, system = spent.user + spent.nice, spent.system + spent.irq + spent.softirq
        yield BUSY, (user + system) * scale
        yield USER, user * scale
        yield SYSTEM, system * scale
        yield IOWAIT, spent.iowait * scale
        yield STEAL, spent.steal * scale
