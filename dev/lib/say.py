"""What hosts.py prints: what is being done, and how to look at what is there."""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

from lab import Host, Network

SSH_PORT, WEB_PORT = 2345, 8080
COLOURS = sys.stdout.isatty() and not os.environ.get("NO_COLOR")


def paint(text: str, code: str) -> str:
    """Colour a text where colours are wanted."""
    return f"\x1b[{code}m{text}\x1b[0m" if COLOURS else text


@contextmanager
def step(text: str) -> Iterator[None]:
    """Say what is done, and afterwards how long it took."""
    print(f"{paint('==>', '32')} {paint(text, '1')}", flush=True)
    start = time.monotonic()
    yield
    print(paint(f"    {time.monotonic() - start:.1f} s", "2"), flush=True)


def login_link(console: Host, port: int) -> str:
    """Return the dashboard's address through this machine's port, logged in where it can be."""
    made = console.run(["lumenmonctl", "login", "--host", "127.0.0.1", "--json"], check=False)
    link = json.loads(made.stdout)["link"] if made.ok else f"http://127.0.0.1:{WEB_PORT}/"
    return str(link).replace(f":{WEB_PORT}/", f":{port}/")


def summary(network: Network) -> None:
    """Say what is there and how to look at it."""
    print()
    for host in network.hosts:
        state = paint("up", "32") if host.running else paint("off", "31")
        print(f"  {paint(f'{host.name:10}', '1')} {host.release:9} {host.address:14} {state}")
    local = {found.port: found.local for found in network.forwards}
    rows = [
        ("browser", login_link(network.host("console"), local.get(WEB_PORT, WEB_PORT))),
        ("", "good once, for 5 minutes; another: dev/tui login --host 127.0.0.1"),
        ("terminal", "dev/tui"),
        ("ssh port", f"ssh -p {local.get(SSH_PORT, SSH_PORT)} … 127.0.0.1"),
        ("a shell", "dev/shell console"),
        ("journals", "dev/logs"),
        ("more agents", "dev/register, dev/add10; a fleet with a past: dev/demo"),
        ("the end", "dev/stop (dev/start goes on), dev/reset (nothing stays)"),
    ]
    print()
    for label, text in rows:
        print(f"  {label:12} {paint(text, '36')}")
