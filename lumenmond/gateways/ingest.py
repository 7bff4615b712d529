"""What sshd runs for an agent: hands the session's stdin, stdout and stderr to lumenmond.

lumenmond learns who it is from the kernel. What stays is a shell that waits for the exit
status; when lumenmond restarts, it starts this program again, to hand the session over anew.
"""

import array
import errno
import os
import resource
import socket
import sys
import time

PROGRAM = "/usr/lib/lumenmon/ingest"
SOCKET = "/run/lumenmon/ingest.sock"
MAX_ADDRESS = 256
"""Bytes of SSH_CONNECTION that are passed on."""
TEMPORARY = 75
"""Exit status for "not stored, send again" (EX_TEMPFAIL)."""
RESUME_DELAY = 0.3
"""Seconds before a session is handed over anew, so that a failing daemon is not hammered."""
AS_CALLED: tuple[list[str], ...] = ([], ["resume"], ["-c", PROGRAM])
"""Arguments from the shell below, and from sshd: it is the login shell too."""
MAX_PROCESSES = 64
"""Processes that an agent may have here: sshd's for each connection, and one for each session."""
ROOT = 0
_STATUS = 3
WAIT = f'read -r status <&{_STATUS} || exec "$0" resume {_STATUS}<&-; exit "$status"'


def main() -> int:
    """Hand the session over and become the shell that waits."""
    if os.environ.get("SSH_ORIGINAL_COMMAND") or sys.argv[1:] not in AS_CALLED:
        print("lumenmon: agents cannot run commands here, only send metrics", file=sys.stderr)
        return 1
    if _crowded():
        print("lumenmon: this agent has too many connections open at once", file=sys.stderr)
        return TEMPORARY
    resume = sys.argv[1:] == ["resume"]
    if resume:
        time.sleep(RESUME_DELAY)
    connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        connection.connect(SOCKET)
        _check_peer(connection)
        connection.sendmsg([_greeting(resume=resume)], [_descriptors()])
    except OSError as error:
        print(f"lumenmon: lumenmond cannot be reached: {error.strerror}", file=sys.stderr)
        return TEMPORARY
    return _wait(connection.fileno())


def _crowded() -> bool:
    """Return whether this user has all the processes it may have; the kernel counts them.

    lumenmond bounds the sessions that it has; this bounds those that wait for it too.
    """
    resource.setrlimit(resource.RLIMIT_NPROC, (MAX_PROCESSES, MAX_PROCESSES))
    try:
        child = os.fork()
    except BlockingIOError:
        return True
    if child == 0:
        os._exit(0)
    os.waitpid(child, 0)
    return False


def _wait(connection: int) -> int:
    os.dup2(connection, _STATUS)
    os.set_inheritable(_STATUS, True)
    os.execv("/bin/sh", [PROGRAM, "-c", WAIT, PROGRAM])


def _check_peer(connection: socket.socket) -> None:
    """Raise PermissionError unless root listens, as systemd does for lumenmond: see unix(7)."""
    credentials = connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, 12)
    if int.from_bytes(credentials[4:8], sys.byteorder) != ROOT:
        raise PermissionError(errno.EACCES, "the socket is not systemd's")


def _greeting(*, resume: bool) -> bytes:
    address = os.environb.get(b"SSH_CONNECTION", b"")[:MAX_ADDRESS].replace(b"\n", b" ")
    return (b"resume " if resume else b"") + address + b"\n"


def _descriptors() -> tuple[int, int, bytes]:
    return socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", [0, 1, 2]).tobytes()
