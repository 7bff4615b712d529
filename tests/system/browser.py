"""A browser of the system tests: curl with a jar of cookies, logged into a booted console."""

from __future__ import annotations

import contextlib
import json
import statistics
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from helpers import wait_for_rows
from lab import Host, Network
from lab.fleet import enrol


class Browser:
    """curl with a jar of cookies, in the network of the hosts."""

    def __init__(self, network: Network, console: Host, jar: Path) -> None:
        self.network, self.console, self.jar = network, console, jar
        self.base = f"http://{console.address}:8080"
        self.resolve = "console.invalid:1:127.0.0.1"

    def curl(self, path: str, *options: str) -> tuple[int, str]:
        """A request's status and body."""
        jar = ["-b", str(self.jar), "-c", str(self.jar)]
        done = self.network.run(
            ["curl", "-sSk", "-m", "60", "--resolve", self.resolve, "-w", "\n%{http_code}",
             *jar, *options, self.base + path],
        )  # fmt: skip
        body, _, status = done.stdout.rpartition("\n")
        return int(status), body

    def get(self, path: str) -> Any:
        """The JSON at a path."""
        status, body = self.curl(path)
        assert status == 200, body
        return json.loads(body)

    def login(self, *options: str) -> None:
        """Log in by a fresh link."""
        printed = self.console.run(["lumenmonctl", "login", "--json", *options]).stdout
        link = json.loads(printed)["link"]
        self.base, _, token = link.partition("/login?token=")
        status, _ = self.curl("/login", "-d", f"token={token}")
        assert status == 303

    def change(self, method: str, path: str, body: object = None) -> tuple[int, str]:
        """A request that changes something."""
        options = ["-X", method, "-H", f"X-CSRF-Token: {self.get('/api/v1/session')['csrf']}"]
        return self.curl(path, *options, *([] if body is None else ["-d", json.dumps(body)]))

    def answered(self) -> float:
        """How long a question takes on this machine just now: what to measure others by."""
        took = []
        for _ in range(5):
            begin = time.monotonic()
            self.curl("/healthz")
            took.append(time.monotonic() - begin)
        return statistics.median(took)

    @contextlib.contextmanager
    def events(self, seconds: float = 300) -> Iterator[Iterator[tuple[float, str, Any]]]:
        """The live events: when each came, its kind, its data."""
        command = ["curl", "-sSkN", "-m", str(seconds), "--resolve", self.resolve]
        command += ["-b", str(self.jar)]
        process = subprocess.Popen(
            [*self.network.inside(), *command, self.base + "/api/v1/events"],
            stdout=subprocess.PIPE, text=True,
        )  # fmt: skip
        try:
            assert process.stdout is not None
            yield _parsed(process.stdout)
        finally:
            process.terminate()
            process.wait()


def _parsed(lines: Iterator[str]) -> Iterator[tuple[float, str, Any]]:
    kind = ""
    for line in lines:
        word, _, rest = line.rstrip("\n").partition(": ")
        if word == "event":
            kind = rest
        elif word == "data":
            yield time.time(), kind, json.loads(rest)


class Scene:
    """A console with an agent, of one release, and a browser that logged in."""

    def __init__(self, network: Network, console: Host, agent: Host, jar: Path) -> None:
        self.network, self.console, self.agent = network, console, agent
        self.id = enrol(console, agent)
        wait_for_rows(console, self.id)
        self.browser = Browser(network, console, jar)
        self.browser.login()
