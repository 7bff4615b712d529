"""A console whose clock is wrong deletes nothing for it, tells it, and goes on once it is right."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest
import steppable
from conftest import show_journals
from helpers import LONG, query, timestamps, wait_for_growth, wait_for_rows
from lab import RELEASES, Host, Network
from lab.fleet import enrol

if TYPE_CHECKING:
    from conftest import ImageOf

YEAR = 365 * 86400
PRUNING = 12
"""Samples, one a second, within which retention looks for what is old."""


@dataclass(frozen=True)
class Fleet:
    """A console whose clock can be set, and its agent, whose clock is right."""

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

    def event(self, word: str) -> str:
        """The newest message of an event in this boot, empty when there is none."""
        return self.console.run(
            f"journalctl --boot --output=cat --lines=1 LUMENMON_EVENT={word}", check=False
        ).stdout


@pytest.fixture(scope="module", params=RELEASES if LONG else RELEASES[:1])
def fleet(
    request: pytest.FixtureRequest, image_console: ImageOf, image_agent: ImageOf
) -> Iterator[Fleet]:
    """A console with an hour of retention."""
    release = str(request.param)
    with Network("clock") as network:
        console = Host.boot(image_console(release), "console", network)
        agent = Host.boot(image_agent(RELEASES[-1]), "agent", network)
        steppable.install(console)
        console.run("echo 'retention_raw = \"1h\"' >>/etc/lumenmon/lumenmond.toml")
        console.run("systemctl restart lumenmond")
        identity = enrol(console, agent)
        wait_for_rows(console, identity)
        yield Fleet(console, agent, identity)
        show_journals(network)


def assert_nothing_is_deleted(fleet: Fleet, before: list[int]) -> None:
    """Let retention look, and see that all samples of ``before`` are still there."""
    wait_for_growth(fleet.console, fleet.table, by=PRUNING)
    assert set(before) <= set(timestamps(fleet.console, fleet.table))


def test_years_ahead_over_a_restart_delete_nothing(fleet: Fleet) -> None:
    before = timestamps(fleet.console, fleet.table)
    fleet.console.run("systemctl stop lumenmond")
    steppable.set_clock(fleet.console, 10 * YEAR)
    fleet.console.run("systemctl start lumenmond")
    fleet.console.wait(lambda: "was set 10 y ahead" in fleet.event("clock-stepped"))
    fleet.console.wait(lambda: "most agents' clocks differ from it" in fleet.status())
    assert "timedatectl set-ntp true" in fleet.status()
    doctor = fleet.console.run("lumenmonctl doctor", check=False).stdout
    assert "not trusted: it is 10 y" in doctor
    assert_nothing_is_deleted(fleet, before)


def test_years_ahead_over_a_reboot_delete_nothing(fleet: Fleet) -> None:
    before = timestamps(fleet.console, fleet.table)
    fleet.console.reboot()
    fleet.console.wait(lambda: "most agents' clocks differ from it" in fleet.status(), timeout=120)
    assert_nothing_is_deleted(fleet, before)


def test_once_the_clock_is_right_all_is_well(fleet: Fleet) -> None:
    before = timestamps(fleet.console, fleet.table)
    steppable.set_clock(fleet.console, 0)
    fleet.console.wait(lambda: "was set 10 y behind" in fleet.event("clock-stepped"))
    fleet.console.wait(lambda: "not trusted" not in fleet.status())
    assert set(before) <= set(timestamps(fleet.console, fleet.table))


@pytest.mark.skipif(not LONG, reason="takes a minute; LUMENMON_LONG=1 runs it")
def test_what_seems_to_lie_ahead_of_a_clock_set_back_waits(fleet: Fleet) -> None:
    before = timestamps(fleet.console, fleet.table)
    steppable.set_clock(fleet.console, -YEAR)
    fleet.console.wait(lambda: fleet.event("clock-unsure"))
    fleet.console.wait(lambda: "behind, and most agents' clocks differ from it" in fleet.status())
    steppable.set_clock(fleet.console, 0)
    wait_for_growth(fleet.console, fleet.table, by=5, timeout=150)
    found = timestamps(fleet.console, fleet.table)
    assert set(range(before[0], found[-1] + 1)) == set(found)
    assert query(fleet.console, "SELECT rejected FROM agents") == [[0]]
