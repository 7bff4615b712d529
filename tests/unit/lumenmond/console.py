"""A console in this process, and gateways that hand connections over to it."""

from __future__ import annotations

import io
import os
import socket
import time
from pathlib import Path

from lumenmond.config import Config
from lumenmond.daemon import Daemon, Paths

AGENT = "id_0123456789abcdef"
TABLE = f"{AGENT}_generic_cpu"


PATIENCE = 60.0
"""Seconds for what takes none, on a machine that has other things to do."""


class Console:
    def __init__(self, folder: Path, **settings: int) -> None:
        self.folder = folder
        self.paths = Paths(
            folder / "metrics.db", folder / "ingest", folder / "live", folder / "control"
        )
        self.settings = Config(**{"ballast": 0, **settings})
        self.start()

    def start(self) -> None:
        self.daemon = Daemon(self.settings, self.paths, lambda _: AGENT, lambda _: 66000)

    def kill(self) -> None:
        """End as a kill -9 does: nothing is committed, every descriptor is closed."""
        for connection in list(self.daemon.receiver._connections):
            self.daemon.receiver._drop(connection)
        self.daemon.store.db.close()

    def turn(self, until, seconds: float = PATIENCE) -> None:
        end = time.monotonic() + seconds
        while not until():
            assert time.monotonic() < end, "it did not happen"
            self.daemon.loop.turn(0.05)

    def received(self, timestamp: int, metric: str = "generic_cpu", id: str = AGENT) -> None:
        """Wait until a sample has arrived, whether it is committed or not."""

        def arrived() -> bool:
            watch = self.daemon.fleet.agents.get(id)
            return bool(watch and (v := watch.latest.get(metric)) and v.timestamp == timestamp)

        self.turn(arrived)

    def rows(self, table: str = TABLE) -> list[tuple]:
        return self.daemon.store.db.execute(f'SELECT * FROM "{table}" ORDER BY 1').fetchall()


class Client:
    """What sshd and the gateway are to lumenmond."""

    def __init__(self, console: Console, payload: str = "192.0.2.7 5 192.0.2.1 2345\n") -> None:
        self.console = console
        self.gateway = socket.socket(socket.AF_UNIX)
        self.gateway.connect(str(console.paths.ingest))
        pipes = [os.pipe() for _ in range(3)]
        theirs = [pipes[0][0], pipes[1][1], pipes[2][1]]
        self.wire = io.FileIO(pipes[0][1], "wb")
        self.reads, self.errors = (io.FileIO(pipes[n][0], "rb") for n in (1, 2))
        socket.send_fds(self.gateway, [payload.encode()], theirs)
        for end in theirs:
            os.close(end)
        for kept in (self.wire, self.reads, self.errors):
            os.set_blocking(kept.fileno(), False)
        self.gateway.setblocking(False)
        self.answers = self.greeting = b""
        self.status = b""

    def send(self, text: str) -> None:
        data = text.encode()
        while data := data[self.wire.write(data) or 0 :]:
            self.console.daemon.loop.turn(0.05)

    def end(self) -> None:
        self.wire.close()

    def look(self) -> bytes:
        self.answers += self.reads.read(65536) or b""
        if self.answers.startswith(b"@console ") and b"\n" in self.answers:
            self.greeting, _, self.answers = self.answers.partition(b"\n")
        return self.answers

    def _ended(self) -> bool:
        self.look()
        try:
            self.status += self.gateway.recv(16)
        except BlockingIOError:
            return False
        return True

    def wait_status(self) -> str:
        self.console.turn(self._ended)
        self.look()
        return self.status.decode()

    def wait_for(self, text: str) -> None:
        self.console.turn(lambda: text.encode() in self.look())

    def said(self) -> str:
        return (self.errors.read(65536) or b"").decode()


def descriptors() -> int:
    return len(os.listdir("/proc/self/fd"))
