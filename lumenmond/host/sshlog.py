"""What sshd said of connections that it refused or cut, on port 2345: how many, and whose.

A stranger's name never gets through: an address is matched character by character.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from lumenmon import run
from lumenmon.keys import AGENT_ID

UNIT = "lumenmon-ssh-log.service"
SPAN = "-1h"
"""How far back is looked, as journalctl has it."""
SHOW = f"sudo journalctl -u {UNIT} --since={SPAN}"
_ADDRESS = r"([0-9A-Fa-f:.]{2,45}(?:%\w{1,15})?)"
_REFUSED = re.compile(rf"drop connection #\d+ from \[{_ADDRESS}\]:\d+ .*")
_UNUSED = re.compile(
    rf"terminating inactive connection from user ({AGENT_ID.pattern}) {_ADDRESS} port \d+"
)
_ACCEPTED = re.compile(rf"Accepted publickey for ({AGENT_ID.pattern}) from {_ADDRESS} port .*")


@dataclass(frozen=True)
class Summary:
    """Counts by source address; ``unused`` and ``accepted`` by agent and source.

    sshd logs the first of many refusals, and a few more: the numbers are a least.
    """

    refused: Counter[str] = field(default_factory=Counter)
    unused: Counter[tuple[str, str]] = field(default_factory=Counter)
    accepted: Counter[tuple[str, str]] = field(default_factory=Counter)


def summarize(lines: Iterable[str]) -> Summary:
    """Count what sshd's lines tell."""
    found = Summary()
    for line in lines:
        if match := _REFUSED.fullmatch(line):
            found.refused[match[1]] += 1
        elif match := _UNUSED.fullmatch(line):
            found.unused[match[1], match[2]] += 1
        elif match := _ACCEPTED.fullmatch(line):
            found.accepted[match[1], match[2]] += 1
    return found


def lately() -> Summary:
    """Return what happened in the last hour; nothing where the caller may not read the journal."""
    done = run.run(
        ["journalctl", "--quiet", "--output=cat", f"--unit={UNIT}", f"--since={SPAN}"], check=False
    )
    return summarize(done.stdout.splitlines())


def named(sources: Counter[str], most: int = 3) -> str:
    """Return the addresses with the largest counts, in words."""
    words = [f"{address} ({count})" for address, count in sources.most_common(most)]
    left = len(sources) - len(words)
    return ", ".join(words) + (f" and {left} more" if left > 0 else "")
