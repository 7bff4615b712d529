"""Ends everything that runs for some accounts, before the accounts are deleted."""

from __future__ import annotations

import os
import re
import signal
import time
from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from contextlib import suppress
from pathlib import Path

from lumenmon.errors import LumenmonError

TIMEOUT = 5.0
"""Seconds within which killed processes have to be gone."""
POLITE = 1.0
"""Seconds that processes have to end by themselves when asked."""
_UIDS = re.compile(r"^Uid:\s+(\d+)\s+(\d+)\s+(\d+)\s+(\d+)$", re.MULTILINE)
_STATE = re.compile(r"^State:\s+Z", re.MULTILINE)
_MONITOR = re.compile(r"sshd(?:-session|-auth)?: (\w+)(?: \[[a-z]+\]|@.*)?")

Accounts = Mapping[str, int]
"""The uid of each account by its name."""


def belongs(status: str, title: str, names: Collection[str], uids: Collection[int]) -> bool:
    """Tell whether a process is of one of the accounts, or is root's sshd that serves one.

    ``status`` is /proc/PID/status, ``title`` its command line. sshd's monitor runs as root and
    has the user's name in its title, from before the login on.
    """
    found = _UIDS.search(status)
    if not found or _STATE.search(status):
        return False
    own = {int(each) for each in found.groups()}
    if not own.isdisjoint(uids):
        return True
    monitor = _MONITOR.fullmatch(title) if own == {0} else None
    return monitor is not None and monitor[1] in names


def find(accounts: Accounts, proc: Path = Path("/proc")) -> Iterator[int]:
    """Yield the processes of these accounts, in one look at all processes of the host."""
    names, uids = frozenset(accounts), frozenset(accounts.values())
    for each in proc.iterdir():
        if not each.name.isdigit():
            continue
        with suppress(OSError):
            status = (each / "status").read_text(errors="replace")
            title = (each / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
            if belongs(status, title.strip(), names, uids):
                yield int(each.name)


def connections(uids: Collection[int], proc: Path = Path("/proc")) -> Counter[int]:
    """Return how many SSH connections each user has: one process of sshd's runs as the user."""
    found: Counter[int] = Counter()
    for each in proc.iterdir():
        if not each.name.isdigit():
            continue
        with suppress(OSError):
            status = (each / "status").read_text(errors="replace")
            owner = _UIDS.search(status)
            if owner and int(owner[1]) in uids and status.startswith("Name:\tsshd"):
                found[int(owner[1])] += 1
    return found


def wait(accounts: Accounts, timeout: float) -> None:
    """Give the processes of these accounts time to end by themselves."""
    deadline = time.monotonic() + timeout
    while time.monotonic() < deadline and any(find(accounts)):
        time.sleep(0.05)


def end(accounts: Accounts, timeout: float = TIMEOUT) -> None:
    """End all processes of these accounts; raises LumenmonError when one does not go.

    They are asked first: a user manager that is killed outright counts as a failed unit.
    """
    started = time.monotonic()
    number = signal.SIGTERM
    while running := list(find(accounts)):
        if time.monotonic() > started + timeout:
            raise LumenmonError(f"process {running[0]} cannot be ended", "try again")
        for pid in running:
            with suppress(ProcessLookupError):
                os.kill(pid, number)
        wait(accounts, POLITE if number is signal.SIGTERM else 0.02)
        number = signal.SIGKILL
