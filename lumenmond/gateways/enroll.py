"""What sshd runs for an invite: passes one public-key line on and prints the answer."""

from __future__ import annotations

import os
import select
import sys
import time

from lumenmon import paths, request
from lumenmon.errors import LumenmonError
from lumenmon.keys import MAX_LINE

AS_CALLED: tuple[list[str], ...] = ([], ["-c", "/usr/lib/lumenmon/enroll"])
"""Arguments from sshd: this is the login shell too."""
TIMEOUT = 10.0
"""Seconds within which the line has to arrive."""


def main() -> int:
    """Print ``ok id_…`` and return 0, or ``error <reason>`` and return 1."""
    try:
        if os.environ.get("SSH_ORIGINAL_COMMAND") or sys.argv[1:] not in AS_CALLED:
            raise LumenmonError("an invite cannot run commands here, only send one public key")
        found = request.call(paths.ENROLL_SOCKET, "enroll", key=read_line(0, TIMEOUT))
        answer, status = f"ok {request.read_result(found, id=str)['id']}", 0
    except LumenmonError as error:
        answer, status = f"error {error.message}", 1
        if error.hint:
            answer += f" ({error.hint})"
    try:
        print(answer, flush=True)
    except OSError:
        return 1  # the caller hung up
    return status


def read_line(descriptor: int, timeout: float) -> str:
    """Read one line, without its LF; the end of the stream ends a line too."""
    line = b""
    deadline = time.monotonic() + timeout
    while b"\n" not in line:
        if len(line) > MAX_LINE:
            raise LumenmonError(f"the line is longer than {MAX_LINE} bytes")
        if not select.select([descriptor], [], [], max(0, deadline - time.monotonic()))[0]:
            raise LumenmonError(f"no public key came within {timeout:g} s")
        chunk = os.read(descriptor, MAX_LINE + 1)
        if not chunk:
            break
        line += chunk
    line = line.split(b"\n")[0]
    if len(line) > MAX_LINE:
        raise LumenmonError(f"the line is longer than {MAX_LINE} bytes")
    if not line.strip():
        raise LumenmonError("no public key came", "pipe the one line of id_ed25519.pub in")
    return line.decode(errors="replace").strip()


if __name__ == "__main__":
    sys.exit(main())
