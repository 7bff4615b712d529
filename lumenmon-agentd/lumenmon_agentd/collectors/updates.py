"""Pending updates and reboots; asks ``apt-get``, one of the two programs that collectors start.

Nothing is fetched or locked: what the host's own ``apt-get update`` saw last is looked at.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from lumenmon.metrics import Metric
from lumenmon.run import run
from lumenmon.wire import Type
from lumenmon_agentd.collector import Reading

ALL = Metric("generic_sys_updates", Type.INTEGER, "packages that apt would upgrade or add now")
SECURITY = Metric(
    "generic_sys_security_updates", Type.INTEGER, "those of them that are security updates"
)
REBOOT = Metric(
    "generic_sys_reboot_required", Type.INTEGER,
    "1 when a package asked for a reboot or a newer kernel waits for one",
)  # fmt: skip
METRICS = (ALL, SECURITY, REBOOT)

TIMEOUT = 120.0
"""Seconds for apt to think; a small host with many packages takes a few."""
TMPDIR = "/dev/shm"  # noqa: S108 (apt makes its files there with mkstemp)
"""Where apt may part signed lists from their signature: /tmp is read-only in the sandbox."""
_INST = re.compile(r"Inst (\S+) (?:\[[^\]]*\] )?\((.*)\)")
_SECURITY = re.compile(r"Debian-Security:|-security\b", re.IGNORECASE)
# 6.1.0-18-amd64, 6.12.41+deb13-cloud-amd64: the version, then the flavour
_KERNEL = re.compile(r"([0-9][0-9.]*(?:[+~][A-Za-z0-9.+~]+)?(?:-[0-9]+)?)-(.+)")


def parse(text: str) -> tuple[int, int]:
    """Read a simulated upgrade: all packages that it would install, and the security updates."""
    found = [match for line in text.splitlines() if (match := _INST.match(line))]
    return len(found), sum(1 for match in found if _SECURITY.search(match[2]))


def kernel_waits(running: str, installed: list[str]) -> bool:
    """Tell whether a newer kernel of the running one's flavour is installed.

    A kernel that is not installed here is somebody else's (a container's host): nothing waits.
    """
    now = _KERNEL.fullmatch(running)
    if not now or running not in installed:
        return False
    others = [found for name in installed if (found := _KERNEL.fullmatch(name))]
    return any(o[2] == now[2] and _version(o[1]) > _version(now[1]) for o in others)


def _version(text: str) -> tuple[int, ...]:
    return tuple(map(int, re.findall(r"[0-9]+", text)))


def reboot_required(root: Path) -> bool:
    """Tell whether the host wants a reboot."""
    if any((root / place).exists() for place in ("run/reboot-required", "var/run/reboot-required")):
        return True
    try:
        running = (root / "proc/sys/kernel/osrelease").read_text().strip()
    except OSError:
        return False
    installed = [path.name.removeprefix("vmlinuz-") for path in (root / "boot").glob("vmlinuz-*")]
    return kernel_waits(running, installed)


def collect(root: Path) -> Iterator[Reading]:
    """Yield pending updates where the host has apt, and whether a reboot is due."""
    yield REBOOT, int(reboot_required(root))
    if (root / "usr/bin/apt-get").exists():
        # fmt: off
        answer = run([
            "apt-get", "--simulate", "-q", "-o", "Debug::NoLocking=true",
            "-o", "APT::Get::Show-User-Simulation-Note=false", "dist-upgrade",
        ], timeout=TIMEOUT, env={"TMPDIR": TMPDIR})
        # fmt: on
        count, security = parse(answer.stdout)
        yield ALL, count
        yield SECURITY, security
