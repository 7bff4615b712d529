"""Listening sockets: those that systemd passes (sd_listen_fds(3)) and those we make."""

from __future__ import annotations

import os
import socket
from pathlib import Path

_FIRST = 3


def passed(name: str) -> socket.socket | None:
    """Return the listening socket that systemd passes under ``name``, None when there is none."""
    if os.environ.get("LISTEN_PID") != str(os.getpid()):
        return None
    count = int(os.environ.get("LISTEN_FDS", "0"))
    names = os.environ.get("LISTEN_FDNAMES", "").split(":")
    for number in range(count):
        if count == 1 or (number < len(names) and names[number] == name):
            os.set_inheritable(_FIRST + number, False)
            return socket.socket(fileno=_FIRST + number)
    return None


def passed_all() -> list[socket.socket]:
    """Return every listening socket that systemd passes, for a unit with one kind of them."""
    if os.environ.get("LISTEN_PID") != str(os.getpid()):
        return []
    numbers = range(_FIRST, _FIRST + int(os.environ.get("LISTEN_FDS", "0")))
    for number in numbers:
        os.set_inheritable(number, False)
    return [socket.socket(fileno=number) for number in numbers]


def listen(path: Path, mode: int, backlog: int = 128) -> socket.socket:
    """Make a listening socket at ``path``, in place of one that is left of an earlier run."""
    path.unlink(missing_ok=True)
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    listener.bind(str(path))
    path.chmod(mode)
    listener.listen(backlog)
    return listener
