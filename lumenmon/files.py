"""Reading a small file whose directory belongs to somebody else."""

from __future__ import annotations

import os
import shlex
import stat
from pathlib import Path

from lumenmon.errors import LumenmonError

_FLAGS = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC


class FileError(LumenmonError):
    """Something that is no file of the expected kind."""


def removal(path: Path | str) -> str:
    """Return what to do about something that is no file and stands where one belongs."""
    name = shlex.quote(str(path))
    return f"what it is: sudo ls -ld {name}; where you did not make it: sudo rm -r {name}"


def open_regular(path: Path) -> int:
    """Open a file for reading and return its descriptor, without waiting for anybody.

    Raises FileError for a link, a FIFO, a device or a socket, and OSError otherwise.
    """
    if path.is_symlink():
        raise FileError(f"{path} is a link, not a file", removal(path))
    descriptor = os.open(path, _FLAGS)
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise FileError(f"{path} is not a regular file", removal(path))
    return descriptor


def read_small(path: Path, most: int) -> str:
    """Return the text of a file of at most ``most`` bytes, its directory's owner's or root's.

    Raises FileError for anything else, and OSError when it cannot be read.
    """
    with os.fdopen(open_regular(path), "rb") as file:
        if os.fstat(file.fileno()).st_uid not in (0, path.parent.stat().st_uid):
            raise FileError(f"{path} does not belong to the owner of its directory")
        data = file.read(most + 1)
    if len(data) > most:
        raise FileError(f"{path} is longer than {most} bytes")
    try:
        return data.decode()
    except UnicodeDecodeError:
        raise FileError(f"{path} is no text in UTF-8") from None
