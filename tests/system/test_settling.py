"""Over a restart of lumenmond no dead host turns green, and none is offline that comes back."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest
from conftest import show_journals
from helpers import wait_for_rows
from lab import RELEASES, Host, Network
from lab.fleet import enrol

if TYPE_CHECKING:
    from conftest import ImageOf

OVERDUE = 17
"""Seconds after which a value that comes each second is overdue."""
LATE = OVERDUE + 8
"""The same, with the time until it is noticed."""
SEEN = "/root/states"
_WATCH = f"""
import json, socket, sys, time

def snapshot():
    with socket.socket(socket.AF_UNIX) as connection:
        connection.connect("/run/lumenmond/live.sock")
        connection.sendall(b'{{"want":"fleet"}}\\n')
        for line in connection.makefile("rb"):
            message = json.loads(line)
            if message["t"] == "agent":
                cpu = message["latest"].get("generic_cpu", {{"timestamp": 0}})
                yield message["id"], message["state"], time.time() - cpu["timestamp"]
            if message["t"] == "ready":
                return

with open("{SEEN}", "w", buffering=1) as file:
    while True:
        try:
            print(json.dumps(list(snapshot())), file=file)
        except OSError:
            pass
        time.sleep(0.2)
"""


@dataclass(frozen=True)
class Fleet:
    """A console, an agent that runs, and one whose host is powered off."""

    console: Host
    alive: str
    dead: str

    def states(self, id: str) -> list[tuple[str, float]]:
        """Every state of an agent that was seen, with the age of its newest sample."""
        lines = self.console.read(SEEN).splitlines()
        return [
            (state, age) for line in lines for found, state, age in json.loads(line) if found == id
        ]

    def watch(self) -> None:
        """Begin to look at the live state five times a second."""
        self.console.run(f"systemctl stop watch.service; rm -f {SEEN}", check=False)
        self.console.write("/root/watch.py", _WATCH)
        self.console.run(
            "systemd-run --unit=watch --collect --quiet /usr/bin/python3 /root/watch.py"
        )
        self.console.wait(f"test -e {SEEN}")

    def assert_no_wrong_state(self) -> None:
        """See that the dead host was offline all the time, and no other ever falsely online."""
        assert {state for state, _ in self.states(self.dead)} == {"offline"}
        found = self.states(self.alive)
        assert {state for state, _ in found} <= {"online", "stale"}
        assert [age for state, age in found if state == "online" and age > LATE] == []


@pytest.fixture(scope="module")
def fleet(image_console: ImageOf, image_agent: ImageOf) -> Iterator[Fleet]:
    """One agent of each release; that of the older one is powered off."""
    with Network("settling") as network:
        console = Host.boot(image_console(RELEASES[-1]), "console", network)
        hosts = [Host.boot(image_agent(release), release, network) for release in RELEASES]
        dead, alive = (enrol(console, host) for host in hosts)
        for identity in (dead, alive):
            wait_for_rows(console, identity)
        hosts[0].poweroff()
        found = Fleet(console, alive, dead)
        found.watch()
        # Until its last arrival is old too: one that just went offline is awaited after a restart.
        console.wait(
            lambda: any(state == "offline" and age > LATE for state, age in found.states(dead)),
            timeout=120,
        )
        yield found
        show_journals(network)


def test_a_restart_flips_no_state(fleet: Fleet) -> None:
    fleet.watch()
    fleet.console.run("systemctl restart lumenmond")
    before = len(fleet.states(fleet.alive))
    fleet.console.wait(lambda: len(fleet.states(fleet.alive)) > before + 5 * OVERDUE, timeout=120)
    fleet.assert_no_wrong_state()


def test_after_an_outage_the_state_is_that_of_the_samples(fleet: Fleet) -> None:
    fleet.console.run("systemctl stop lumenmond")
    time.sleep(LATE + 5)  # the outage itself: all that is known is overdue after it
    fleet.watch()
    fleet.console.run("systemctl start lumenmond")
    fleet.console.wait(
        lambda: "online" in [state for state, _ in fleet.states(fleet.alive)], timeout=120
    )
    fleet.assert_no_wrong_state()
