"""What one agent can do to a console: it costs that agent, and nobody else.

A second client is a second key of the same host; both reach the console on its own address.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from helpers import Key, enrol_plain, make_key, ssh
from lab import RELEASES, Host, Network

if TYPE_CHECKING:
    from conftest import ImageOf

SAMPLE = "generic_cpu.tsv REAL\n1729123456 1 23.4\n"
HOSTILE = Path(__file__).parent / "hostile_gateway.py"


class Client:
    """A key with which the console's own host sends samples."""

    def __init__(self, console: Host, name: str) -> None:
        self.console = console
        self.key: Key = make_key(console, f"/root/{name}")
        self.id = enrol_plain(console, console, self.key)

    def send(self, text: str) -> tuple[int, str]:
        """Send wire lines; return the exit status and what was said."""
        sent = ssh(self.console, f"{self.id}@console", key=self.key.path, input=text)
        return sent.returncode, sent.stderr


@pytest.fixture(scope="module", params=RELEASES)
def console(request: pytest.FixtureRequest, image_console: ImageOf) -> Iterator[Host]:
    """A console of each release, for all tests of this module."""
    with Network("flood") as network:
        yield Host.boot(image_console(str(request.param)), "console", network)


@pytest.fixture(scope="module")
def hostile(console: Host) -> Client:
    """The agent that does what it should not."""
    return Client(console, "hostile")


@pytest.fixture(scope="module")
def good(console: Host) -> Client:
    """An agent that is to notice nothing of it."""
    return Client(console, "good")


def descriptors(console: Host) -> int:
    """How many files lumenmond has open."""
    [daemon] = console.pids("lumenmond.service")
    return len(console.run(["ls", f"/proc/{daemon}/fd"]).stdout.split())


def test_whatever_is_handed_over_costs_only_its_own_connection(
    console: Host, hostile: Client, good: Client
) -> None:
    assert hostile.send(SAMPLE) == good.send(SAMPLE) == (0, "")
    daemon, before = console.pids("lumenmond.service"), descriptors(console)
    console.write("/run/hostile.py", HOSTILE.read_text())
    console.run("mkfifo -m 666 /run/hold; install -m 666 /dev/null /run/hostile.out")
    console.run(
        f"runuser -u {hostile.id} -- /usr/bin/python3 -I /run/hostile.py"
        " </run/hold >/run/hostile.out 2>&1 & exec 3>/run/hold; sleep 300 >&3 2>/dev/null &"
        " echo $! >/run/holder"
    )
    console.wait(lambda: "silent" in console.read("/run/hostile.out"), timeout=120)
    said = console.read("/run/hostile.out").splitlines()
    assert [line for line in said if not line.endswith(" 75")][:-1] == []
    assert int(said[-1].split()[1]) > 0  # too many that say nothing are sent away
    assert good.send(SAMPLE) == (0, "")
    console.run("lumenmonctl agents")
    console.run("kill $(cat /run/holder)")
    console.wait(lambda: descriptors(console) <= before, timeout=60)
    assert hostile.send(SAMPLE) == (0, "")
    assert console.pids("lumenmond.service") == daemon
    refusals = console.run(
        "journalctl -q --boot -o cat LUMENMON_EVENT=ingest-refused | wc -l"
    ).stdout
    assert 0 < int(refusals) < 100
