"""What ``status`` and ``doctor`` call broken on a host, and waiting until both name a state."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable
from typing import NamedTuple

from lab import Host

NAMED = 60.0
"""Seconds in which a state has to be named."""
ROOM = 4
"""How much slower than it should a busy machine may be."""
_SEEN = 0.3
_BOTH = "lumenmonctl status --json; echo $? >&2; lumenmonctl doctor --json >/tmp/doctor"


class Faults(NamedTuple):
    """The exit status of ``status``, and the lines that are bad in each of both."""

    status: int
    parts: list[dict[str, str]]
    checks: list[dict[str, str]]

    def names(self, text: str, remedy: str) -> bool:
        """Whether a line of each has ``text``, a pattern, and its remedy, and ``status`` fails."""
        return self.status == 1 and all(
            any(re.search(text, line["text"]) and remedy in line["remedy"] for line in lines)
            for lines in (self.parts, self.checks)
        )


WELL = Faults(0, [], [])


def faults(host: Host) -> Faults:
    """Ask both."""
    done = host.run(_BOTH, check=False)
    status, doctor = json.loads(done.stdout), json.loads(host.read("/tmp/doctor"))
    parts = [part for side in status["sides"].values() for part in side]
    assert "Traceback" not in done.stderr
    return Faults(int(done.stderr.split()[-1]), _bad(parts), _bad(doctor["checks"]))


def wait_named(host: Host, text: str, remedy: str) -> None:
    """Wait until both name a state with its remedy, and ``status`` fails."""
    wait_until(host, lambda found: found.names(text, remedy), text)


def wait_well(host: Host, what: str) -> None:
    """Wait until nothing is called broken."""
    wait_until(host, lambda found: found == WELL, f"mended: {what}")


def wait_until(host: Host, condition: Callable[[Faults], bool], what: str) -> None:
    """Wait until what both call broken is as wanted."""
    end = time.monotonic() + NAMED * ROOM
    while not condition(found := faults(host)):
        assert time.monotonic() < end, (what, found)
        time.sleep(_SEEN)


def _bad(lines: list[dict[str, str]]) -> list[dict[str, str]]:
    return [line for line in lines if line["mark"] == "bad"]
