"""A console and its agent, connected, for tests that break something of either."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from conftest import show_journals
from helpers import wait_for_rows
from lab import Host, Image, Network
from lab.fleet import enrol

CATCH_UP = 150.0
"""Seconds for the agent to come back: the longest pause between two attempts, and some."""


@dataclass(frozen=True)
class Pair:
    """Both, and the agent's id."""

    console: Host
    agent: Host
    identity: str

    @property
    def table(self) -> str:
        """The table of the metric that has a sample every second."""
        return f"{self.identity}_generic_cpu"

    def status(self) -> str:
        """What ``status`` of the console prints."""
        return self.console.run("lumenmonctl status", check=False).stdout

    def events(self, word: str, since: str = "@0") -> list[str]:
        """The messages of an event in the console's journal of this boot, the oldest first."""
        journal = ["journalctl", "--quiet", "--boot", "--output=cat", f"--since={since}"]
        return self.console.run([*journal, f"LUMENMON_EVENT={word}"]).stdout.splitlines()


@contextmanager
def connected(
    name: str,
    console: Image,
    agent: Image,
    prepare: Callable[[Host], None] = lambda console: None,
    *,
    persistent: bool = False,
) -> Iterator[Pair]:
    """Boot both on a network of this name, prepare the console, and wait for the first samples.

    What is ``persistent`` survives a pulled plug.
    """
    with Network(name) as network:
        pair = (
            Host.boot(console, "console", network, persistent=persistent),
            Host.boot(agent, "agent", network, persistent=persistent),
        )
        prepare(pair[0])
        identity = enrol(*pair)
        wait_for_rows(pair[0], identity)
        yield Pair(*pair, identity)
        show_journals(network)
