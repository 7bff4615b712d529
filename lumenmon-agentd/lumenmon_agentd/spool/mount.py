"""Whether a directory is read-only for the host, or for this process alone.

A service that starts while its file system is read-only gets a mount of its own that stays so when
the file system is writable again (seen with systemd 252 and 257): only a new start sees the change.
"""

from __future__ import annotations

import os
from enum import Enum
from pathlib import Path

_PROC = Path("/proc/self")


class Access(Enum):
    """Who may write: everybody whom the modes allow, nobody, or only others than this process."""

    WRITABLE = "writable"
    READ_ONLY = "read-only"
    READ_ONLY_HERE = "read-only here"


def access(directory: Path) -> Access:
    """Return who may write below ``directory``, or could make it.

    Raises OSError when that cannot be told.
    """
    if not directory.exists():
        return access(directory.parent)
    fd = os.open(directory, os.O_PATH | os.O_CLOEXEC)
    try:
        known = (_PROC / "fdinfo" / str(fd)).read_text().split()
        return parse((_PROC / "mountinfo").read_text(), known[known.index("mnt_id:") + 1])
    finally:
        os.close(fd)


def parse(mountinfo: str, mount: str) -> Access:
    """Read proc_pid_mountinfo(5): the options of a mount, and of the file system it shows."""
    for line in mountinfo.splitlines():
        fields = line.split()
        if fields[0] == mount:
            if "ro" in fields[-1].split(","):
                return Access.READ_ONLY
            return Access.READ_ONLY_HERE if "ro" in fields[5].split(",") else Access.WRITABLE
    return Access.WRITABLE
