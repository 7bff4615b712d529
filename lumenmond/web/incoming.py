"""Keeps the dashboard's sockets from connecting anywhere, whoever runs in its process.

The unit allows no new socket of a network, but the listening one that systemd passes is the host's:
connect(2) with AF_UNSPEC ends its listening, and then it connects to whatever the host reaches.
Landlock forbids that from Linux 6.7 on. On an older one, a filter on the socket drops what such a
connection waits for, a segment with SYN and ACK. It is locked, for ever and for everybody, and each
accepted connection inherits both.
"""

from __future__ import annotations

import array
import logging
import socket
import struct
from collections.abc import Iterable

from lumenmon import journal
from lumenmond import landlock

ATTACH_FILTER, LOCK_FILTER = 26, 44
"""Options of socket(7) for which Python has no names, the same on every architecture of Debian."""
FLAGS, SYN_ACK = 13, 0x12
"""Where a TCP header has its flags (RFC 9293), and the two that are meant."""
PROGRAM = b"".join(
    struct.pack("=HBBI", *instruction)
    for instruction in (
        (0x30, 0, 0, FLAGS),  # load the byte at FLAGS
        (0x54, 0, 0, SYN_ACK),  # and
        (0x15, 0, 1, SYN_ACK),  # both?
        (0x06, 0, 0, 0),  # drop the segment
        (0x06, 0, 0, 0xFFFFFFFF),  # take all of it
    )
)
"""For the kernel's classic BPF machine, which runs it on what arrives for the socket."""
LENGTH = len(PROGRAM) // 8


def only(listeners: Iterable[socket.socket]) -> None:
    """Have this process, its listening TCP sockets and what they accept never connect.

    To be called before threads are started; a kernel that has neither way is told of.
    """
    filtered = [_filter(each) for each in listeners]
    if not landlock.forbid_connections() and not all(filtered):
        journal.event(
            logging.WARNING, "web-may-connect",
            "this kernel cannot keep the dashboard from connecting to other hosts",
        )  # fmt: skip


def _filter(listener: socket.socket) -> bool:
    """Return whether it has the filter; it has when an earlier process locked it there."""
    memory = array.array("B", PROGRAM)
    program = struct.pack("@HP", LENGTH, memory.buffer_info()[0])
    try:
        listener.setsockopt(socket.SOL_SOCKET, ATTACH_FILTER, program)
        listener.setsockopt(socket.SOL_SOCKET, LOCK_FILTER, 1)
    except OSError:
        return bool(listener.getsockopt(socket.SOL_SOCKET, LOCK_FILTER))
    return True
