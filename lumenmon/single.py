"""One process of a daemon at a time, and as the right user: held before it touches anything.

Two writers are what SQLite's write-ahead log and the agent's spool do not survive.
"""

from __future__ import annotations

import fcntl
import os
import pwd
from pathlib import Path

from lumenmon.errors import LumenmonError

# Without waiting: a FIFO in the place of the file would have no writer, and can be locked as well.
_FLAGS = os.O_RDONLY | os.O_CREAT | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC


class SingleError(LumenmonError):
    """The daemon runs already, or another user tries to run it."""


def hold(state: Path, program: str) -> int:
    """Keep other processes of ``program`` away from ``state`` until this one ends.

    Returns the descriptor that holds the lock. Raises SingleError when another process holds it,
    when the directory belongs to another user, or when it cannot be used.
    """
    start = f"sudo systemctl start {program}"
    try:
        owner = state.stat().st_uid
        if owner != os.geteuid():
            raise SingleError(
                f"cannot run as {_name(os.geteuid())}: {state} belongs to {_name(owner)}", start
            )
        descriptor = _open(state)
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise SingleError(
            f"{program} runs already: another process has locked {state}",
            f"stop that one first: sudo systemctl stop {program}",
        ) from None
    except OSError as error:
        raise SingleError(f"cannot lock {state}: {error.strerror}", start) from error
    return descriptor


def _open(state: Path) -> int:
    """Open the lock file, or the directory itself where the disk takes no new file."""
    try:
        return os.open(state / "lock", _FLAGS, 0o600)
    except OSError:
        return os.open(state, os.O_RDONLY | os.O_DIRECTORY)


def _name(uid: int) -> str:
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return f"uid {uid}"
