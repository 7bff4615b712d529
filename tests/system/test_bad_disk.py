"""A console on a full, a read-only or a damaged disk starts, tells it, and recovers by itself."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest
from helpers import DATABASE, LONG, fill, on_a_small_disk, timestamps, wait_for_growth
from lab import RELEASES, Host
from named import wait_named, wait_well
from pair import CATCH_UP, Pair, connected

if TYPE_CHECKING:
    from conftest import ImageOf

STATE = "/var/lib/lumenmon"
GET = 'import urllib.request; urllib.request.urlopen("http://127.0.0.1:8080/login")'
WEB_STATE = "/var/lib/lumenmon-web"


@pytest.fixture(scope="module", params=RELEASES if LONG else RELEASES[:1])
def pair(
    request: pytest.FixtureRequest, image_console: ImageOf, image_agent: ImageOf
) -> Iterator[Pair]:
    """A console whose database has a small disk, and its agent."""
    images = image_console(str(request.param)), image_agent(RELEASES[-1])
    with connected("disk", *images, small_disk) as pair:
        yield pair


def small_disk(console: Host) -> None:
    """Move the database onto a disk of its own."""
    on_a_small_disk(console, "lumenmond.service", STATE, 160)


def is_live(pair: Pair) -> bool:
    """Whether the daemon shows the agent online, with a value of the last seconds."""
    listed = pair.console.run("lumenmonctl agents --json", check=False)
    agents = json.loads(listed.stdout) if listed.ok else []
    return [agent["state"] for agent in agents] == ["online"]


def restarts(pair: Pair) -> int:
    """How often systemd has started lumenmond again since it was started by hand."""
    return int(pair.console.run("systemctl show -P NRestarts lumenmond").stdout)


def since_start(pair: Pair) -> str:
    """When the last start of lumenmond began: what it meets there it tells before it is up."""
    return pair.console.run("systemctl show -P InactiveExitTimestamp lumenmond").stdout.strip()


def assert_whole(pair: Pair, before: list[int]) -> None:
    """New samples are stored again, and none is missing since ``before``."""
    wait_for_growth(pair.console, pair.table, by=5, timeout=CATCH_UP)
    stored = timestamps(pair.console, pair.table)
    assert sorted(set(range(before[0], stored[-1] + 1)) - set(stored)) == []
    text = "systemctl show -P StatusText lumenmond"
    pair.console.wait(lambda: "samples wait" not in pair.console.run(text).stdout)


def test_a_start_on_a_full_disk(pair: Pair) -> None:
    before = timestamps(pair.console, pair.table)
    pair.console.run("systemctl kill --signal=KILL lumenmond; systemctl stop lumenmond")
    pair.console.run(f"rm -f {STATE}/ballast; truncate -s 32768 {DATABASE}-shm")
    fill(pair.console, STATE)
    pair.console.run("systemctl start lumenmond")
    pair.console.wait(lambda: is_live(pair), timeout=CATCH_UP)
    full = f"the disk of {STATE} is full; samples wait with their agents"
    wait_named(pair.console, full, "make room: sudo du -xh")
    assert restarts(pair) == 0
    assert len(pair.events("database-full", since_start(pair))) == 1
    pair.console.run(f"rm {STATE}/filler")
    assert_whole(pair, before)
    assert restarts(pair) <= 1
    wait_well(pair.console, full)


def test_a_start_on_a_full_disk_uses_the_reserve(pair: Pair) -> None:
    before = timestamps(pair.console, pair.table)
    pair.console.wait(f"test -e {STATE}/ballast", timeout=60)
    pair.console.run("systemctl stop lumenmond")
    fill(pair.console, STATE)
    pair.console.run("systemctl start lumenmond")
    wait_for_growth(pair.console, pair.table, by=5, timeout=CATCH_UP)
    assert not pair.console.run(f"test -e {STATE}/ballast", check=False).ok
    full = f"the disk of {STATE} is full; samples are still stored"
    wait_named(pair.console, full, "make room: sudo du -xh")
    pair.console.run(f"rm {STATE}/filler")
    assert_whole(pair, before)


def test_a_start_on_a_read_only_disk(pair: Pair) -> None:
    before = timestamps(pair.console, pair.table)
    pair.console.run("systemctl stop lumenmond")
    pair.console.run(f"mount -o remount,ro {STATE}")
    pair.console.run("systemctl start lumenmond")
    pair.console.wait(lambda: is_live(pair), timeout=CATCH_UP)
    wait_named(pair.console, f"the disk of {STATE} is read-only", "sudo mount -o remount,rw")
    assert restarts(pair) == 0
    assert len(pair.events("database-read-only", since_start(pair))) == 1
    pair.console.run(f"mount -o remount,rw {STATE}")
    assert_whole(pair, before)
    assert restarts(pair) == 1


@pytest.mark.parametrize("place", ["the head", "the schema"])
def test_a_start_with_a_damaged_database(pair: Pair, place: str) -> None:
    before = timestamps(pair.console, pair.table)
    pair.console.run("systemctl stop lumenmond")
    pair.console.run(f"mkdir -p /root/whole; cp -a {DATABASE}* /root/whole/")
    offset = 0 if place == "the head" else 100
    pair.console.run(
        f"rm -f {DATABASE}-wal;"
        f" dd if=/dev/urandom of={DATABASE} bs=1 count=900 seek={offset} conv=notrunc"
    )
    pair.console.run("systemctl start lumenmond")
    pair.console.wait(lambda: is_live(pair), timeout=CATCH_UP)
    wait_named(pair.console, f"{DATABASE} is damaged", "sudo lumenmonctl restore BACKUP")
    assert restarts(pair) == 0
    assert len(pair.events("database-damaged", since_start(pair))) == 1
    pair.console.run("systemctl stop lumenmond; cp -a /root/whole/* /var/lib/lumenmon/")
    pair.console.run("systemctl start lumenmond")
    assert_whole(pair, before)
    wait_well(pair.console, "damaged")


def test_the_dashboard_on_a_read_only_disk(pair: Pair) -> None:
    on_a_small_disk(pair.console, "lumenmond-web.service", WEB_STATE, 4)
    pair.console.run("systemctl stop lumenmond-web")
    pair.console.run(f"mount -o remount,ro {WEB_STATE}; systemctl start lumenmond-web")
    pair.console.wait(f"/usr/bin/python3 -I -c '{GET}'")
    refused = pair.console.run("lumenmonctl login", check=False)
    assert "read-only" in refused.stderr + refused.stdout
    pair.console.run(f"mount -o remount,rw {WEB_STATE}")
    pair.console.wait("lumenmonctl login")
