"""How many requests of one user are served side by side, so that none keeps the others out.

systemd counts connections by uid from 256 on; this does it for all. The lock of a byte in an empty
file is gone with its process, and leaves nothing to tidy up.
"""

from __future__ import annotations

import fcntl
import os

from lumenmon import paths
from lumenmon.errors import LumenmonError

MAX_AT_ONCE = 8
"""Requests of one user, root's aside, that are served at a time."""


def take_turn(uid: int) -> None:
    """Take one of the user's places until this process ends.

    Raises LumenmonError when none is free.
    """
    if uid == 0:
        return
    path = paths.HOST_STATE / "callers"
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    for place in range(MAX_AT_ONCE):
        try:
            fcntl.lockf(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB, 1, uid * MAX_AT_ONCE + place)
        except OSError:
            continue
        return
    os.close(descriptor)
    raise LumenmonError(f"{MAX_AT_ONCE} requests of uid {uid} are being served", "try again")
