"""A new user's path: from a bare Debian console to the first live value of a second host.

    python3 tests/bench/bench_first_value.py [CONSOLE-RELEASE HOST-RELEASE]

Boots two bare hosts and types what the README says: install.sh on the console, and the line that
it prints on the other host. apt has everything in its cache, as from a mirror next door. Tells
the seconds of each part, and which of them are apt's with Debian's own packages. Ends with status
1 when it took more than two commands, 60 s, or 3 s of ours.
"""

from __future__ import annotations

import re
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "system"))

from lab import Host, Network
from lab.fleet import INSTALL_TIMEOUT, bare_image, build_debs

TOTAL = 60.0
OURS = 3.0
COMMANDS = 2
SHIM = """\
#!/bin/sh
date +%s.%N >>/run/apt-times
/usr/bin/apt-get "$@"
status=$?
date +%s.%N >>/run/apt-times
exit $status
"""
VALUE = r"^(?!NAME)\S+ +online .* [0-9.]+ %"


@dataclass
class Part:
    """A part of the way: what it was, its seconds, and those that apt took of it."""

    text: str
    seconds: float
    apt: float = 0.0


def timed(text: str, work: Callable[[], str], host: Host | None = None) -> tuple[Part, str]:
    """Do a part of the way and look how long apt took of it."""
    begin = time.monotonic()
    said = work()
    part = Part(text, time.monotonic() - begin)
    if host is not None:
        stamps = [float(line) for line in host.read("/run/apt-times").split()]
        part.apt = sum(b - a for a, b in zip(stamps[::2], stamps[1::2], strict=True))
    return part, said


def type_in(host: Host, line: str) -> str:
    """Type a line into a root shell."""
    return host.run(["sh"], input=f"{line}\n", timeout=INSTALL_TIMEOUT).stdout


def screen(console: Host) -> str:
    """Look at the fleet until a value of the new host is there."""
    end = time.monotonic() + 60
    while time.monotonic() < end:
        shown = console.run(["lumenmonctl", "agents"], check=False).stdout
        if re.search(VALUE, shown, re.MULTILINE):
            return shown
    raise SystemExit("no value came")


def own_packages(release: str, debs: list[Path], network: Network, packages: str) -> float:
    """How long apt and dpkg take with our packages alone, what they depend on being there."""
    host = Host.boot(bare_image(release, debs), f"ours-{packages}", network)
    names = " ".join(f"/srv/{name}" for name in ("lumenmon-common", packages))
    host.run("mkdir -p /srv; for d in /debs/*.deb; do n=${d##*/}; cp $d /srv/${n%%_*}.deb; done")
    host.run(
        "for d in /srv/*.deb; do dpkg-deb -f $d Depends; done | tr ',' '\\n' | grep -v lumenmon"
        " | grep . | paste -sd, >/srv/depends; apt-get -qy satisfy \"$(cat /srv/depends)\"",
        timeout=INSTALL_TIMEOUT, env={"DEBIAN_FRONTEND": "noninteractive"},
    )  # fmt: skip
    begin = time.monotonic()
    host.run(
        f"apt-get -qy install {' '.join(f'{name}.deb' for name in names.split())}",
        timeout=INSTALL_TIMEOUT, env={"DEBIAN_FRONTEND": "noninteractive"},
    )  # fmt: skip
    return time.monotonic() - begin


def main() -> int:
    """Walk the way once and print it."""
    releases = sys.argv[1:3] or ["bookworm", "trixie"]
    debs = build_debs()
    with tempfile.TemporaryDirectory() as place, Network("first") as network:
        dist = Path(place)
        dist.chmod(0o755)
        for file in (*debs, debs[0].with_name("SHA256SUMS"), debs[0].with_name("install.sh")):
            (dist / file.name).write_bytes(file.read_bytes())
        (dist / "install.sh").chmod(0o755)
        hosts = [
            Host.boot(bare_image(release, debs), name, network, binds={dist: "/srv/lumenmon"})
            for release, name in zip(releases, ("console", "second"), strict=True)
        ]
        for host in hosts:
            host.write("/usr/local/sbin/apt-get", SHIM, mode=0o755)
        console, second = hosts
        commands = ["/srv/lumenmon/install.sh"]
        install, said = timed(commands[0], lambda: type_in(console, commands[0]), console)
        found = re.search(r"^ +(echo 'ssh://.*)$", said, re.MULTILINE)
        if found is None:
            raise SystemExit(f"no line to paste:\n{said}")
        commands.append(found[1])
        join, _ = timed("the line that it printed", lambda: type_in(second, commands[1]), second)
        shown, table = timed("the first value on the screen", lambda: screen(console))
        parts = [install, join, shown]
        print(f"{releases[0]} console, {releases[1]} host, {len(commands)} commands\n")
        print(f"{'':34}{'seconds':>9}{'apt':>9}{'ours':>9}")
        for part in parts:
            ours = part.seconds - part.apt
            print(f"{part.text:34}{part.seconds:9.1f}{part.apt:9.1f}{ours:9.1f}")
        total = sum(part.seconds for part in parts)
        ours = sum(part.seconds - part.apt for part in parts)
        print(f"{'all':34}{total:9.1f}{total - ours:9.1f}{ours:9.1f}\n")
        for release, package in zip(releases, ("lumenmond", "lumenmon-agentd"), strict=True):
            alone = own_packages(release, debs, network, package)
            print(f"of apt's, with {package} alone: {alone:.1f} s")
        print(f"\n{table}")
    return int(len(commands) > COMMANDS or total > TOTAL or ours > OURS)


if __name__ == "__main__":
    raise SystemExit(main())
