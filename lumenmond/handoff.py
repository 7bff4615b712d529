"""The ingest socket's one message: a gateway hands its own descriptors over.

Only what sshd gives to a command is taken: three anonymous pipes, each open in its direction. A
file of a file system that its user serves (fuse(4)) may let whoever touches it wait for ever, even
whoever closes it; so the kind is decided without asking the file, and what is not taken is closed
by a thread.
"""

from __future__ import annotations

import array
import fcntl
import os
import re
import socket
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from lumenmon.errors import LumenmonError

MAX_PAYLOAD = 256 + len("resume ") + 1
_DESCRIPTORS = 3
_ROOM = 8
"""Descriptors that we can take, more than allowed, so that too many are seen and closed."""
_PIPE = re.compile(r"pipe:\[[0-9]+\]")


class HandoffError(LumenmonError):
    """A gateway that did not hand over what it should."""


@dataclass(frozen=True)
class Handoff:
    """Where the agent comes from, its descriptors, and whether we had this connection before."""

    address: str
    fds: tuple[int, int, int]
    resume: bool


class Handoffs:
    """Receives the messages of gateways."""

    def __init__(self) -> None:
        self._closing: dict[int, threading.Thread] = {}

    def take(self, gateway: socket.socket, uid: int) -> Handoff:
        """Receive a gateway's message; raises HandoffError, with every descriptor closed.

        ``uid`` is the user at the other end. While descriptors of that user are still being
        closed, the kernel is left to drop what it hands over.
        """
        self._closing = {user: each for user, each in self._closing.items() if each.is_alive()}
        if uid in self._closing:
            raise HandoffError("what the gateway's user handed over before is still being closed")
        payload, fds, whole = _receive(gateway)
        try:
            if not whole or len(fds) != _DESCRIPTORS:
                raise HandoffError("the gateway did not hand over three descriptors")
            if not payload.endswith(b"\n") or len(payload) > MAX_PAYLOAD:
                raise HandoffError("the gateway's message is not one line")
            for fd, mode in zip(fds, (os.O_RDONLY, os.O_WRONLY, os.O_WRONLY), strict=True):
                if not is_pipe(fd, mode):
                    raise HandoffError("the gateway handed over what is no pipe of sshd")
        except HandoffError:
            self._discard(uid, fds)
            raise
        text = payload.decode(errors="replace").strip()
        resume = text == "resume" or text.startswith("resume ")
        address = text.removeprefix("resume").split()[:1] if resume else text.split()[:1]
        shown = address[0][:64] if address and address[0].isprintable() else ""
        return Handoff(shown, (fds[0], fds[1], fds[2]), resume)

    def _discard(self, uid: int, fds: Sequence[int]) -> None:
        closing = threading.Thread(target=_close, args=(fds,), daemon=True)
        try:
            closing.start()
        except RuntimeError:  # no thread to be had: they stay open rather than stop the daemon
            return
        self._closing[uid] = closing


def is_pipe(fd: int, mode: int) -> bool:
    """Return whether ``fd`` is an anonymous pipe, open in this mode and not by its path alone."""
    try:
        flags = fcntl.fcntl(fd, fcntl.F_GETFL)
        name = str(Path(f"/proc/self/fd/{fd}").readlink())
    except OSError:
        return False
    return not flags & os.O_PATH and flags & os.O_ACCMODE == mode and bool(_PIPE.fullmatch(name))


def _receive(gateway: socket.socket) -> tuple[bytes, Sequence[int], bool]:
    size = array.array("i").itemsize
    payload, ancillary, flags, _ = gateway.recvmsg(
        MAX_PAYLOAD + 1, socket.CMSG_SPACE(_ROOM * size), socket.MSG_CMSG_CLOEXEC
    )
    fds = array.array("i")
    for level, kind, data in ancillary:
        if level == socket.SOL_SOCKET and kind == socket.SCM_RIGHTS:
            fds.frombytes(data[: len(data) - len(data) % size])
    return payload, fds, not flags & socket.MSG_CTRUNC


def _close(fds: Sequence[int]) -> None:
    for fd in fds:
        try:
            os.close(fd)
        except OSError:  # what a file's own server answers
            continue
