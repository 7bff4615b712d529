"""Pipes to a child process that are read without waiting."""

from __future__ import annotations

import os
from typing import IO


def fd(pipe: IO[bytes] | None) -> int:
    """Return the descriptor of a pipe that was asked for."""
    assert pipe is not None
    return pipe.fileno()


def read(fd: int) -> bytes | None:
    """Read what is there: None when there is nothing yet, empty at the end."""
    try:
        return os.read(fd, 65536)
    except BlockingIOError:
        return None
    except OSError:
        return b""
