"""Ends everything that runs for an account, before the account is deleted."""

from __future__ import annotations

import os
import re
import signal
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from lumenmon.errors import LumenmonError

TIMEOUT = 5.0
"""Seconds within which killed processes have to be gone."""
POLITE = 1.0
"""Seconds that processes have to end by themselves when asked."""
_UIDS = re.compile(r"^Uid:\s+(\d+)\s+(\d+)\s+(\d+)\s+(\d+)$", re.MULTILINE)
_STATE = re.compile(r"^State:\s+Z", re.MULTILINE)


def belongs(status: str, title: str, name: str, uid: int) -> bool:
    """Tell whether a process is of the account, or is root's sshd that serves it.

    ``status`` is /proc/PID/status, ``title`` its command line. sshd's monitor runs as root and
    has the user's name in its title, from before the login on.
    """
    found = _UIDS.search(status)
    if not found or _STATE.search(status):
        return False
    uids = {int(each) for each in found.groups()}
    if uid in uids:
        return True
    monitor = re.fullmatch(rf"sshd(-session|-auth)?: {re.escape(name)}( \[[a-z]+\]|@.*)?", title)
    return uids == {0} and monitor is not None


def find(name: str, uid: int, proc: Path = Path("/proc")) -> Iterator[int]:
    """Yield the processes of an account."""
    for each in proc.iterdir():
        if not each.name.isdigit():
            continue
        with suppress(OSError):
            status = (each / "status").read_text(errors="replace")
            title = (each / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
            if belongs(status, title.strip(), name, uid):
                yield int(each.name)


def wait(name: str, uid: int, timeout: float) -> None:
    """Give the processes of an account time to end by themselves."""
    deadline = time.monotonic() + timeout
    while time.monotonic() < deadline and any(find(name, uid)):
        time.sleep(0.05)


def end(name: str, uid: int) -> None:
    """End all processes of an account; raises LumenmonError when one does not go.

    They are asked first: a user manager that is killed outright counts as a failed unit.
    """
    started = time.monotonic()
    number = signal.SIGTERM
    while running := list(find(name, uid)):
        if time.monotonic() > started + TIMEOUT:
            raise LumenmonError(f"process {running[0]} of {name} cannot be ended", "try again")
        for pid in running:
            with suppress(ProcessLookupError):
                os.kill(pid, number)
        wait(name, uid, POLITE if number is signal.SIGTERM else 0.02)
        number = signal.SIGKILL
