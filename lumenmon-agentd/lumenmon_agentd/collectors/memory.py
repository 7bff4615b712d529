"""Memory and swap."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from lumenmon.metrics import Metric
from lumenmon.wire import Type
from lumenmon_agentd.collector import Reading

PERCENT = Metric(
    "generic_mem", Type.REAL,
    "memory that programs and the kernel hold; what the kernel can give back at once (caches) "
    "counts as free",
)  # fmt: skip
USED = Metric("generic_mem_used_bytes", Type.INTEGER, "the same in bytes: total less available")
TOTAL = Metric("generic_mem_total_bytes", Type.INTEGER, "memory that the kernel manages")
SWAP = Metric("generic_swap_percent", Type.REAL, "swap in use; absent where the host has no swap")
METRICS = (PERCENT, USED, TOTAL, SWAP)


def parse(text: str) -> dict[str, int]:
    """Read /proc/meminfo: bytes by name."""
    found = {}
    for line in text.splitlines():
        name, _, rest = line.partition(":")
        fields = rest.split()
        if fields[1:] == ["kB"]:
            found[name] = int(fields[0]) * 1024
    return found


def collect(root: Path) -> Iterator[Reading]:
    """Yield memory and swap as they are now."""
    memory = parse((root / "proc/meminfo").read_text())
    total = memory["MemTotal"]
    used = max(total - memory["MemAvailable"], 0)
    yield PERCENT, used / total * 100
    yield USED, used
    yield TOTAL, total
    if swap := memory.get("SwapTotal", 0):
        yield SWAP, (swap - memory["SwapFree"]) / swap * 100
