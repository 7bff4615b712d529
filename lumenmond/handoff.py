"""The ingest socket's one message: a gateway hands its own descriptors over."""

from __future__ import annotations

import array
import os
import socket
from dataclasses import dataclass

from lumenmon.errors import LumenmonError

MAX_PAYLOAD = 256 + len("resume ") + 1
_DESCRIPTORS = 3
_ROOM = 8
"""Descriptors that we can take, more than allowed, so that too many are seen and closed."""


class HandoffError(LumenmonError):
    """A gateway that did not hand over what it should."""


@dataclass(frozen=True)
class Handoff:
    """Where the agent comes from, its descriptors, and whether we had this connection before."""

    address: str
    fds: tuple[int, int, int]
    resume: bool


def take(gateway: socket.socket) -> Handoff:
    """Receive a gateway's message; raises HandoffError, with every descriptor closed."""
    size = array.array("i").itemsize
    payload, ancillary, flags, _ = gateway.recvmsg(
        MAX_PAYLOAD + 1, socket.CMSG_SPACE(_ROOM * size), socket.MSG_CMSG_CLOEXEC
    )
    fds = array.array("i")
    for level, kind, data in ancillary:
        if level == socket.SOL_SOCKET and kind == socket.SCM_RIGHTS:
            fds.frombytes(data[: len(data) - len(data) % size])
    try:
        if flags & socket.MSG_CTRUNC or len(fds) != _DESCRIPTORS:
            raise HandoffError("the gateway did not hand over three descriptors")
        if not payload.endswith(b"\n") or len(payload) > MAX_PAYLOAD:
            raise HandoffError("the gateway's message is not one line")
    except HandoffError:
        for fd in fds:
            os.close(fd)
        raise
    text = payload.decode(errors="replace").strip()
    resume = text == "resume" or text.startswith("resume ")
    address = text.removeprefix("resume").split()[:1] if resume else text.split()[:1]
    shown = address[0][:64] if address and address[0].isprintable() else ""
    return Handoff(shown, (fds[0], fds[1], fds[2]), resume)
