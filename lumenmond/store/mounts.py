"""The file system under a directory, beside what this process may do with it.

A service sees the mounts as they were when it started: a disk that was read-only then stays so for
it, also when it was made writable since.
"""

from __future__ import annotations

import os
from pathlib import Path


def is_read_only(directory: Path, mounts: str | None = None) -> bool | None:
    """Return whether the file system itself is read-only, None when that cannot be told.

    ``mounts`` is the text of a mountinfo file, see proc_pid_mountinfo(5).
    """
    try:
        device = directory.stat().st_dev
        text = Path("/proc/self/mountinfo").read_text() if mounts is None else mounts
    except OSError:
        return None
    number = f"{os.major(device)}:{os.minor(device)}"
    for line in reversed(text.splitlines()):
        mount, _, system = line.partition(" - ")
        if mount.split()[2:3] == [number]:
            return "ro" in system.split()[-1].split(",")
    return None
