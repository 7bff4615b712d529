"""Failed systemd units; asks ``systemctl``, one of the two programs that collectors start."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from lumenmon.metrics import Metric
from lumenmon.run import run
from lumenmon.wire import Type
from lumenmon_agentd.collector import Reading

COUNT = Metric("generic_sys_failed_units", Type.INTEGER, "systemd units that have failed")
NAMES = Metric("generic_sys_failed_unit_names", Type.TEXT, "their names; empty when there are none")
METRICS = (COUNT, NAMES)

MAX_TEXT = 1000
"""Characters of names; the count is always whole."""


def parse(text: str) -> list[str]:
    """Read what ``systemctl list-units --failed --plain --no-legend`` prints."""
    return [line.split()[0] for line in text.splitlines() if line.strip()]


def readings(failed: list[str]) -> Iterator[Reading]:
    """Yield the count and the names, cut at a whole name where they are too many."""
    names = ", ".join(failed)
    if len(names) > MAX_TEXT:
        names = names[:MAX_TEXT].rpartition(", ")[0] + ", …"
    yield COUNT, len(failed)
    yield NAMES, names


def collect(root: Path) -> Iterator[Reading]:
    """Yield the failed units; nothing on a host that systemd did not boot."""
    if (root / "run/systemd/system").is_dir():
        answer = run(["systemctl", "list-units", "--failed", "--plain", "--no-legend", "--full"])
        yield from readings(parse(answer.stdout))
