"""Disk throughput: bytes per second between the host and its disks."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from pathlib import Path

from lumenmon.metrics import Metric
from lumenmon.wire import Type
from lumenmon_agentd.collector import Reading
from lumenmon_agentd.collectors.counters import Clock, Counters

READ = Metric(
    "generic_disk_read_bytes_per_second", Type.REAL,
    "read from all disks; volumes that lie on other disks are not counted again",
)  # fmt: skip
WRITE = Metric("generic_disk_write_bytes_per_second", Type.REAL, "written to the same disks")
METRICS = (READ, WRITE)

_SECTOR = 512  # always, whatever the disk's own sectors are (kernel: Documentation/block/stat)
# Memory and files posing as disks, volumes of ZFS and DRBD (which name no slaves), optical drives,
# and the single paths of a multipath NVMe
_NOT_DISKS = re.compile(r"(loop|ram|zram|zd|drbd|sr|fd|nbd)[0-9]+|nvme[0-9]+c[0-9]+n[0-9]+")


def parse(text: str) -> dict[str, tuple[int, int]]:
    """Read /proc/diskstats: bytes read and written of each device."""
    found = {}
    for line in text.splitlines():
        fields = line.split()
        if len(fields) >= 10:
            found[fields[2]] = int(fields[5]) * _SECTOR, int(fields[9]) * _SECTOR
    return found


def disks(root: Path) -> list[str]:
    """Return the whole disks: no partitions, nothing that lies on other disks (md, LVM)."""
    return [
        disk.name.replace("!", "/")
        for disk in sorted((root / "sys/block").glob("*"))
        if not _NOT_DISKS.fullmatch(disk.name) and not any((disk / "slaves").glob("*"))
    ]


class DiskIo:
    """Collects disk rates between two calls."""

    def __init__(self, clock: Clock = time.monotonic) -> None:
        self._counters = Counters(clock)

    def __call__(self, root: Path) -> Iterator[Reading]:
        """Yield the rates since the last call; the first call only remembers."""
        found = parse((root / "proc/diskstats").read_text())
        mine = [name for name in disks(root) if name in found]
        rates = self._counters.rates(
            {f"{way} {n}": found[n][i] for n in mine for i, way in enumerate(("read", "write"))}
        )
        for metric, way in ((READ, "read"), (WRITE, "write")):
            if known := [rate for name, rate in rates.items() if name.startswith(f"{way} ")]:
                yield metric, sum(known)
