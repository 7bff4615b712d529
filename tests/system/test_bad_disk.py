"""A console on a full, a read-only or a damaged disk starts, tells it, and recovers by itself."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest
from conftest import show_journals
from helpers import (
    DATABASE,
    LONG,
    fill,
    on_a_small_disk,
    timestamps,
    wait_for_growth,
    wait_for_rows,
)
from lab import RELEASES, Host, Network
from lab.fleet import enrol
from named import wait_named, wait_well

if TYPE_CHECKING:
    from conftest import ImageOf

STATE = "/var/lib/lumenmon"
GET = 'import urllib.request; urllib.request.urlopen("http://127.0.0.1:8080/login")'
WEB_STATE = "/var/lib/lumenmon-web"
CATCH_UP = 150.0
"""Seconds for the agent to come back: the longest pause between two attempts, and some."""


@dataclass(frozen=True)
class Fleet:
    """A console on a small disk, and its agent."""

    console: Host
    agent: Host
    identity: str

    @property
    def table(self) -> str:
        """The table of the metric that has a sample every second."""
        return f"{self.identity}_generic_cpu"

    def status(self) -> str:
        """What ``status`` prints."""
        return self.console.run("lumenmonctl status", check=False).stdout

    def restarts(self) -> int:
        """How often systemd has started lumenmond again since it was started by hand."""
        shown = self.console.run("systemctl show -P NRestarts lumenmond").stdout
        return int(shown)

    def is_live(self) -> bool:
        """Whether the daemon shows the agent online, with a value of the last seconds."""
        listed = self.console.run("lumenmonctl agents --json", check=False)
        agents = json.loads(listed.stdout) if listed.ok else []
        return [agent["state"] for agent in agents] == ["online"]

    def events(self, word: str) -> int:
        """How many events of this name the journal has since the daemon was started by hand."""
        since = self.console.run("systemctl show -P ActiveEnterTimestamp lumenmond").stdout.strip()
        journal = ["journalctl", "--quiet", "--output=cat", f"--since={since}"]
        return len(self.console.run([*journal, f"LUMENMON_EVENT={word}"]).stdout.splitlines())

    def assert_whole(self, before: list[int]) -> None:
        """New samples are stored again, and none is missing since ``before``."""
        wait_for_growth(self.console, self.table, by=5, timeout=CATCH_UP)
        found = timestamps(self.console, self.table)
        assert sorted(set(range(before[0], found[-1] + 1)) - set(found)) == []
        self.console.wait(lambda: "samples wait" not in self.console.run(
            "systemctl show -P StatusText lumenmond").stdout)  # fmt: skip


@pytest.fixture(scope="module", params=RELEASES if LONG else RELEASES[:1])
def fleet(
    request: pytest.FixtureRequest, image_console: ImageOf, image_agent: ImageOf
) -> Iterator[Fleet]:
    """Both, connected."""
    release = str(request.param)
    with Network("disk") as network:
        console = Host.boot(image_console(release), "console", network)
        agent = Host.boot(image_agent(RELEASES[-1]), "agent", network)
        on_a_small_disk(console, "lumenmond.service", STATE, 160)
        identity = enrol(console, agent)
        wait_for_rows(console, identity)
        yield Fleet(console, agent, identity)
        show_journals(network)


def test_a_start_on_a_full_disk(fleet: Fleet) -> None:
    before = timestamps(fleet.console, fleet.table)
    fleet.console.run("systemctl kill --signal=KILL lumenmond; systemctl stop lumenmond")
    fleet.console.run(f"rm -f {STATE}/ballast; truncate -s 32768 {DATABASE}-shm")
    fill(fleet.console, STATE)
    fleet.console.run("systemctl start lumenmond")
    fleet.console.wait(fleet.is_live, timeout=CATCH_UP)
    full = f"the disk of {STATE} is full; samples wait with their agents"
    wait_named(fleet.console, full, "make room: sudo du -xh")
    assert fleet.restarts() == 0
    assert fleet.events("database-full") == 1
    fleet.console.run(f"rm {STATE}/filler")
    fleet.assert_whole(before)
    assert fleet.restarts() <= 1
    wait_well(fleet.console, full)


def test_a_start_on_a_full_disk_uses_the_reserve(fleet: Fleet) -> None:
    before = timestamps(fleet.console, fleet.table)
    fleet.console.wait(f"test -e {STATE}/ballast", timeout=60)
    fleet.console.run("systemctl stop lumenmond")
    fill(fleet.console, STATE)
    fleet.console.run("systemctl start lumenmond")
    wait_for_growth(fleet.console, fleet.table, by=5, timeout=CATCH_UP)
    assert not fleet.console.run(f"test -e {STATE}/ballast", check=False).ok
    full = f"the disk of {STATE} is full; samples are still stored"
    wait_named(fleet.console, full, "make room: sudo du -xh")
    fleet.console.run(f"rm {STATE}/filler")
    fleet.assert_whole(before)


def test_a_start_on_a_read_only_disk(fleet: Fleet) -> None:
    before = timestamps(fleet.console, fleet.table)
    fleet.console.run("systemctl stop lumenmond")
    fleet.console.run(f"mount -o remount,ro {STATE}")
    fleet.console.run("systemctl start lumenmond")
    fleet.console.wait(fleet.is_live, timeout=CATCH_UP)
    wait_named(fleet.console, f"the disk of {STATE} is read-only", "sudo mount -o remount,rw")
    assert fleet.restarts() == 0
    assert fleet.events("database-read-only") == 1
    fleet.console.run(f"mount -o remount,rw {STATE}")
    fleet.assert_whole(before)
    assert fleet.restarts() == 1


@pytest.mark.parametrize("place", ["the head", "the schema"])
def test_a_start_with_a_damaged_database(fleet: Fleet, place: str) -> None:
    before = timestamps(fleet.console, fleet.table)
    fleet.console.run("systemctl stop lumenmond")
    fleet.console.run(f"mkdir -p /root/whole; cp -a {DATABASE}* /root/whole/")
    offset = 0 if place == "the head" else 100
    fleet.console.run(
        f"rm -f {DATABASE}-wal;"
        f" dd if=/dev/urandom of={DATABASE} bs=1 count=900 seek={offset} conv=notrunc"
    )
    fleet.console.run("systemctl start lumenmond")
    fleet.console.wait(fleet.is_live, timeout=CATCH_UP)
    wait_named(fleet.console, f"{DATABASE} is damaged", "sudo lumenmonctl restore BACKUP")
    assert fleet.restarts() == 0
    assert fleet.events("database-damaged") == 1
    fleet.console.run("systemctl stop lumenmond; cp -a /root/whole/* /var/lib/lumenmon/")
    fleet.console.run("systemctl start lumenmond")
    fleet.assert_whole(before)
    wait_well(fleet.console, "damaged")


def test_the_dashboard_on_a_read_only_disk(fleet: Fleet) -> None:
    on_a_small_disk(fleet.console, "lumenmond-web.service", WEB_STATE, 4)
    fleet.console.run("systemctl stop lumenmond-web")
    fleet.console.run(f"mount -o remount,ro {WEB_STATE}; systemctl start lumenmond-web")
    fleet.console.wait(f"/usr/bin/python3 -I -c '{GET}'")
    refused = fleet.console.run("lumenmonctl login", check=False)
    assert "read-only" in refused.stderr + refused.stdout
    fleet.console.run(f"mount -o remount,rw {WEB_STATE}")
    fleet.console.wait("lumenmonctl login")
