"""Who the host is: its name, system, kernel, and this agent's version."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from pathlib import Path

from lumenmon import __version__
from lumenmon.metrics import Metric
from lumenmon.wire import Type
from lumenmon_agentd.collector import Reading

HOSTNAME = Metric("generic_hostname", Type.TEXT, "the host's name")
OS = Metric("generic_sys_os", Type.TEXT, "the operating system as it calls itself")
KERNEL = Metric("generic_sys_kernel", Type.TEXT, "the release of the running kernel")
VERSION = Metric("lumenmon_agent_version", Type.TEXT, "the version of lumenmon-agentd")
METRICS = (HOSTNAME, OS, KERNEL, VERSION)


def parse(text: str) -> dict[str, str]:
    """Read os-release(5): assignments with a shell's quotes."""
    found = {}
    for line in text.splitlines():
        name, equals, value = line.strip().partition("=")
        if equals and not name.startswith("#"):
            try:
                found[name] = "".join(shlex.split(value))
            except ValueError:
                found[name] = value  # unbalanced quotes: as it stands
    return found


def collect(root: Path) -> Iterator[Reading]:
    """Yield the host's identity."""
    kernel = root / "proc/sys/kernel"
    yield HOSTNAME, (kernel / "hostname").read_text().strip()
    yield OS, _os(root)
    yield KERNEL, (kernel / "osrelease").read_text().strip()
    yield VERSION, __version__


def _os(root: Path) -> str:
    for place in ("etc/os-release", "usr/lib/os-release"):
        try:
            found = parse((root / place).read_text(errors="replace"))
        except OSError:
            continue
        return " ".join((found.get("PRETTY_NAME") or found.get("NAME", "Linux")).split())
    return "Linux"
