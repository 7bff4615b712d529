"""What a process forbids itself for ever: landlock(7).

A helper closes the way around its own mounts. /proc/PID/root shows root the files of any process
that has no right which root itself lacks here, and of any in a user namespace that root made
(PrivateUsers= of any unit): with systemd's sockets and a /run that can be written. The kernel
forbids that to a process that landlock(7) restricts, whatever it restricts, and to the programs
that it starts.
"""

from __future__ import annotations

import ctypes
import os
import struct

CREATE_RULESET, RESTRICT_SELF = 444, 446
"""The system calls' numbers, the same on every architecture of Debian that has them."""
GIVE_VERSION = 1
"""A flag of the first: return which version of Landlock there is, and restrict nothing."""
MAKE_CHAR, MAKE_BLOCK = 1 << 6, 1 << 11
"""Making devices, which no helper does."""
CONNECT_TCP = 1 << 1


def is_there() -> bool:
    """Return whether the kernel can do it: built with it, and not switched off at boot."""
    none, version = ctypes.c_void_p(None), ctypes.c_uint32(GIVE_VERSION)
    return _call(CREATE_RULESET, none, ctypes.c_size_t(0), version) > 0


def restrict() -> bool:
    """Restrict this process and its children for ever; false where the kernel cannot do it.

    Needs NoNewPrivileges= or CAP_SYS_ADMIN. The mounts of the unit hold with and without it.
    """
    return _restrict(struct.pack("=Q", MAKE_CHAR | MAKE_BLOCK))


def forbid_connections() -> bool:
    """Keep this thread, and those that it starts, from connecting by TCP for ever.

    Returns false where the kernel cannot do it: before Linux 6.7.
    """
    return _restrict(struct.pack("=QQ", 0, CONNECT_TCP))


def _restrict(rules: bytes) -> bool:
    descriptor = _call(CREATE_RULESET, rules, ctypes.c_long(len(rules)), ctypes.c_long(0))
    if descriptor < 0:
        return False
    try:
        return _call(RESTRICT_SELF, ctypes.c_long(descriptor), ctypes.c_long(0)) == 0
    finally:
        os.close(descriptor)


def _call(number: int, *arguments: object) -> int:
    return int(ctypes.CDLL(None).syscall(ctypes.c_long(number), *arguments))
