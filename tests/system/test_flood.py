"""What one agent can do to a console: it costs that agent, and nobody else.

A second client is a second key of the same host; both reach the console on its own address.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from helpers import PORT, Key, count, enrol_plain, make_key, query, ssh, ssh_options, tables
from lab import RELEASES, Host, Network

if TYPE_CHECKING:
    from conftest import ImageOf

SAMPLE = "generic_cpu.tsv REAL\n1729123456 1 23.4\n"
STATE = "/var/lib/lumenmon"
MEGABYTES = 256
LIMIT = 24 * 2**20
SETTINGS = 'agent_burst = "4M"\nagent_rate = "4M"\nagent_size = "24M"\n'
TEXTS = 14_000
"""Texts of 4,000 bytes that the flood sends: twice what it may fill."""
FLOOD = """
import sys, time
begin = int(time.time()) - 86400
print("flood.tsv TEXT")
for number in range(int(sys.argv[1])):
    print(begin + number, 1, f"{number} " * 100 + "x" * 3400)
"""
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
    assert hostile.send("no sample\n")[0] == 1  # the first event opens the journal's socket
    console.wait("journalctl -q --boot LUMENMON_EVENT=sample-rejected | grep -q .")
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


def test_a_flood_is_slowed_and_nobody_waits_for_it(
    console: Host, hostile: Client, good: Client
) -> None:
    on_a_disk_of(console, MEGABYTES)
    assert hostile.send(SAMPLE) == good.send(SAMPLE) == (0, "")
    console.write("/run/flood.py", FLOOD)
    command = " ".join(
        [
            "ssh",
            *ssh_options(console, key=hostile.key.path)[0],
            f"-p{PORT}",
            f"{hostile.id}@console",
        ]
    )
    console.run(
        f"sh -c 'python3 /run/flood.py {TEXTS} | {command}; echo $? >/run/flood.status'"
        " </dev/null >/dev/null 2>&1 &"
    )
    console.wait(lambda: event(console, "agent-slowed"), timeout=120)
    assert good.send(SAMPLE) == (0, "")
    shown = console.run(["lumenmonctl", "show", hostile.id]).stdout
    assert "sends more than it may and is slowed" in shown
    console.wait(lambda: console.run("cat /run/flood.status", check=False).stdout, timeout=300)
    assert console.read("/run/flood.status") == "0\n"


def test_an_agent_loses_its_own_oldest_before_the_disk_is_full(
    console: Host, hostile: Client, good: Client
) -> None:
    console.wait(lambda: event(console, "agent-at-limit"), timeout=120)
    console.wait(lambda: size(console, hostile.id) <= LIMIT, timeout=120)
    [[oldest, newest]] = query(
        console, f'SELECT min(timestamp), max(timestamp) FROM "{hostile.id}_flood"'
    )
    assert int(str(newest)) - int(str(oldest)) < TEXTS - 1
    assert count(console, f"{good.id}_generic_cpu") == 1
    assert not event(console, "database-full")
    for command in ("status", "doctor"):
        said = console.run(f"lumenmonctl {command}", check=False).stdout
        assert "fills all it may" in said
        assert f"sudo lumenmonctl remove {hostile.id}" in said


def test_a_flooder_is_removed_though_the_disk_is_full(
    console: Host, hostile: Client, good: Client
) -> None:
    console.run(f"dd if=/dev/zero of={STATE}/filler bs=4k oflag=append conv=notrunc", check=False)
    good.send(SAMPLE.replace("generic_cpu", "another"))
    console.run(f"dd if=/dev/zero of={STATE}/filler bs=4k oflag=append conv=notrunc", check=False)
    console.run(["lumenmonctl", "remove", hostile.id, "--yes"])
    console.wait(
        lambda: not [name for name in tables(console) if name.startswith(hostile.id)], timeout=120
    )
    assert hostile.send(SAMPLE)[0] == 255
    console.run(f"rm {STATE}/filler")
    console.wait(lambda: good.send(SAMPLE.replace("1729123456", "1729123457"))[0] == 0, timeout=60)


def on_a_disk_of(console: Host, megabytes: int) -> None:
    """Give lumenmond a small disk, and agents a burst that is soon used up."""
    console.write("/etc/lumenmon/lumenmond.toml", SETTINGS)
    console.run(
        f"systemctl stop lumenmond lumenmond.socket && rm -f {STATE}/ballast &&"
        f" cp -a {STATE} /root/moved &&"
        f" mount -t tmpfs -o size={megabytes}M none {STATE} && cp -a /root/moved/. {STATE} &&"
        f" chown --reference /root/moved {STATE} && chmod --reference /root/moved {STATE} &&"
        " rm -r /root/moved && systemctl start lumenmond.socket lumenmond"
    )


def event(console: Host, word: str) -> str:
    """What the journal has of an event."""
    return console.run(f"journalctl -q --boot -o cat LUMENMON_EVENT={word}").stdout


def size(console: Host, identity: str) -> int:
    """How many bytes an agent fills, as the daemon knows it."""
    shown = json.loads(console.run(["lumenmonctl", "show", identity, "--json"]).stdout)
    return int(shown["size"])
