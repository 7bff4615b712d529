"""What a process with an agent's uid can do to ingest.sock: run on a host, as that user.

Each attack prints a line; at the end all connections are left to the exit of the process.
"""

import contextlib
import ctypes
import os
import select
import socket
import sys

SOCKET = "/run/lumenmon/ingest.sock"
SILENT = 400


def connect() -> socket.socket:
    """Return a connection of a gateway."""
    gateway = socket.socket(socket.AF_UNIX)
    gateway.settimeout(20)
    gateway.connect(SOCKET)
    return gateway


def answer(gateway: socket.socket) -> str:
    """Return what the daemon dismisses a gateway with."""
    try:
        return gateway.recv(8).decode().strip()
    except OSError as error:
        return type(error).__name__


def epolls() -> int:
    """Return an epoll of an epoll of an epoll, which a daemon may wait in for ever."""
    inner, _ = os.pipe()
    for _ in range(4):
        outer = select.epoll()
        outer.register(inner, select.EPOLLIN)
        inner = os.dup(outer.fileno())
    return inner


def kinds() -> dict[str, int]:
    """Return a descriptor of each kind that is no pipe of sshd's."""
    libc = ctypes.CDLL(None)
    reading, _ = os.pipe()
    found = {
        "path": os.open("/", os.O_PATH),
        "pipe by path": os.open(f"/proc/self/fd/{reading}", os.O_PATH),
        "directory": os.open("/", os.O_RDONLY),
        "file": os.open("/etc/passwd", os.O_RDONLY),
        "zero": os.open("/dev/zero", os.O_RDWR),
        "memfd": os.memfd_create("pipe:[1]"),
        "epolls": epolls(),
        "eventfd": os.eventfd(1),
        "timerfd": libc.timerfd_create(1, 0),
        "inotify": libc.inotify_init1(0),
        "pidfd": os.pidfd_open(os.getpid()),
        "pty": os.openpty()[1],
        "stream": socket.socketpair()[0].detach(),
        "datagram": socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM).detach(),
        "packets": socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)[0].detach(),
        "listening": socket.create_server(("127.0.0.1", 0)).detach(),
    }
    with contextlib.suppress(OSError):
        found["fuse"] = os.open("/dev/fuse", os.O_RDWR)
    return {kind: fd for kind, fd in found.items() if fd >= 0}


def main() -> None:
    """Hand over every kind in every place, then pipes whose flags change, then nothing at all."""
    payload = b"192.0.2.7 5 192.0.2.1 2345\n"
    reading, writing = os.pipe()
    for kind, fd in kinds().items():
        for fds in ([fd, writing, writing], [reading, fd, writing], [reading, writing, fd]):
            gateway = connect()
            socket.send_fds(gateway, [payload], fds)
            print(kind, answer(gateway))
    for fds in ([writing, writing, writing], [reading, reading, reading]):
        gateway = connect()
        socket.send_fds(gateway, [payload], fds)
        print("wrong way round", answer(gateway))
    for number in (0, 2, 4, 250):
        gateway = connect()
        socket.send_fds(gateway, [payload], [reading] * number)
        print(number, answer(gateway))
    gateway = connect()
    socket.send_fds(gateway, [payload], [gateway.fileno()] * 3)
    print("itself", answer(gateway))
    kept = []
    for _ in range(4):  # good ones, whose reads and writes would wait
        mine, theirs = os.pipe(), os.pipe()
        gateway = connect()
        socket.send_fds(gateway, [payload], [mine[0], theirs[1], theirs[1]])
        for fd in (*mine, *theirs):
            os.set_blocking(fd, True)
        for _ in range(200):
            os.write(mine[1], b"no sample\n")
            with contextlib.suppress(BlockingIOError):
                os.set_blocking(mine[0], False)
                os.read(mine[0], 100)
            os.set_blocking(mine[0], True)
        kept += [gateway, mine, theirs]
    silent = [connect() for _ in range(SILENT)]
    for gateway in silent:
        gateway.settimeout(0.2)
    print("silent", sum(answer(gateway) == "75" for gateway in silent))
    sys.stdout.flush()
    sys.stdin.read()


if __name__ == "__main__":
    main()
