"""Clears away what version 1.0.0 left of sessions: a unit for each, and a journal for each user.

Its sshd logged as the user of a session, and so does the one on port 22 still: journald keeps a
file of 8 MB for every user, for ever. The accounts' numbers are never given to others, so nobody
else's line is in there.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from pathlib import Path

from lumenmon import paths, run
from lumenmond.host import uids

JOURNAL = Path("/var/log/journal")
MACHINE = Path("/etc/machine-id")
SYSTEMD = Path("/run/systemd/system")
OLD_UNITS = "lumenmon-ssh@*.service"
TIMEOUT = 60.0
"""Seconds that systemd or journald may take."""
_USERS = re.compile(r"user-(\d+)(?:@[0-9a-f-]+)?\.journal~?")


def clear() -> None:
    """End the sessions of version 1.0.0 and forget what was logged as agents and invites."""
    if SYSTEMD.is_dir():
        # Their agents connect again at once. The unit file is gone, so each would stay as failed.
        for verb in ("stop", "reset-failed"):
            run.run(["systemctl", verb, OLD_UNITS], timeout=TIMEOUT)
    forget_journals()


def forget_journals() -> None:
    """Delete the journals of all numbers that were ever given out.

    journald would make those that it has open again at its next rotation, so it closes all first.
    """
    given = uids.parse(paths.UIDS.read_text()) if paths.UIDS.exists() else {}
    numbers = frozenset(given.values())
    if not any(journals(numbers)):
        return
    run.run(["journalctl", "--relinquish-var"], timeout=TIMEOUT)
    try:
        for file in list(journals(numbers)):
            file.unlink(missing_ok=True)
    finally:
        run.run(["journalctl", "--flush"], timeout=TIMEOUT)


def journals(numbers: Collection[int]) -> Iterator[Path]:
    """Yield the journal files of these users, also those that were rotated.

    Directories beside this machine's are containers' or other hosts', and so are their users.
    """
    for file in (JOURNAL / MACHINE.read_text().strip()).glob("user-*"):
        found = _USERS.fullmatch(file.name)
        if found and int(found[1]) in numbers and not (file.is_dir() and not file.is_symlink()):
            yield file
