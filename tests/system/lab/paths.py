"""Where the lab keeps things, and its locks."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

RUN = Path("/run/lumenmon-lab")
"""One directory per network while it is up; gone after a reboot of this machine."""

DISKS = Path("/var/lib/lumenmon-lab")
"""The disks of persistent hosts."""

IMAGES = Path("/var/cache/lumenmon-lab")
"""Images: expensive to make, safe to delete while no host runs."""


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Hold `path`'s lock against every other process and thread."""
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def write_atomically(path: Path, text: str) -> None:
    """Replace a file in one step."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    temporary.write_text(text)
    temporary.replace(path)
