"""Whether systemd listens at the console's ports, and which process has one in its place."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from lumenmon import run, term
from lumenmon.ctl import Check, Mark

PORTS = {"lumenmon-ssh.socket": "agents", "lumenmond-web.socket": "the dashboard"}
"""The sockets with a port, and for whom it is."""
_LISTEN = re.compile(r"^Listen=(\S*?:)?([0-9]{1,5}) \(Stream\)$", re.MULTILINE | re.ASCII)
_PROCESS = re.compile(r'\("([^"]{1,64})",pid=([0-9]{1,10}),', re.ASCII)


def checks() -> Iterator[Check]:
    """Look at each port; one whose socket is disabled is left out."""
    for unit, whose in PORTS.items():
        names = ["Listen", "ActiveState", "UnitFileState"]
        argv = ["systemctl", "show", *(f"--property={name}" for name in names), unit]
        shown = run.run(argv).stdout
        # One socket each for IPv4 and IPv6 is one port.
        numbers = list(dict.fromkeys(number for _, number in _LISTEN.findall(shown)))
        if "ActiveState=active" in shown.splitlines():
            yield Check(Mark.GOOD, f"port {' and '.join(numbers)}: systemd listens for {whose}")
        elif "UnitFileState=enabled" in shown.splitlines():
            for number in numbers:
                yield _taken(number, whose)


def _taken(number: str, whose: str) -> Check:
    holders = holding(run.run(["ss", "-Hltnp", f"sport = :{number}"]).stdout)
    if not holders:
        return Check(
            Mark.BAD, f"port {number}: nothing listens for {whose}", "sudo lumenmonctl start"
        )
    name, pid = holders[0]
    text = f"port {number} of {whose} is taken by {term.printable(name)} (process {pid})"
    free = f"see what it is: systemctl status {pid}; end it, then: sudo lumenmonctl start"
    return Check(Mark.BAD, text, free)


def holding(shown: str) -> Sequence[tuple[str, int]]:
    """Return the names and ids of the processes in what ``ss`` shows, systemd left out."""
    found = dict.fromkeys((name, int(pid)) for name, pid in _PROCESS.findall(shown))
    return [holder for holder in found if holder[1] != 1]
