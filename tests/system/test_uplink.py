"""Whatever fails between an agent and its console, every sample arrives exactly once."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest
from helpers import (
    LONG,
    fill,
    on_a_small_disk,
    query,
    spooled,
    timestamps,
    wait_for_growth,
    wait_for_rows,
)
from lab import RELEASES, Host, Network
from lab.fleet import enrol

if TYPE_CHECKING:
    from conftest import ImageOf

OUTAGE = 120.0 if LONG else 20.0
SPOOL = "/var/lib/lumenmon-agentd/spool"
CATCH_UP = 150.0
"""Seconds for the agent to come back: the longest pause between two attempts, and some."""


@dataclass(frozen=True)
class Fleet:
    """A console and its agent, sending."""

    console: Host
    agent: Host
    identity: str

    @property
    def table(self) -> str:
        """The table of the metric that has a sample every second."""
        return f"{self.identity}_generic_cpu"

    def kept(self) -> dict[int, float]:
        """The spool's own count: each of the metric's samples that it holds, by its second."""
        return spooled(self.agent.run(f"cat {SPOOL}/*.wire").stdout)

    def stored(self) -> dict[int, float]:
        """What the console has."""
        rows = query(self.console, f'SELECT timestamp, value FROM "{self.table}"')
        return {int(str(second)): float(str(value)) for second, value in rows}

    def assert_whole(self, begin: int, end: int) -> None:
        """Every second of that time is stored, once, as soon as it had the time to arrive."""
        self.console.wait(lambda: max(self.stored()) > end, timeout=CATCH_UP, interval=1)
        found = timestamps(self.console, self.table)
        assert len(found) == len(set(found))
        assert sorted(set(range(begin, end + 1)) - set(found)) == []


@pytest.fixture(scope="module", params=RELEASES)
def fleet(
    request: pytest.FixtureRequest, image_console: ImageOf, image_agent: ImageOf
) -> Iterator[Fleet]:
    """A console and an agent of the other release, on disks that survive a pulled plug."""
    release = str(request.param)
    other = RELEASES[1 - RELEASES.index(release)]
    with Network("uplink") as network:
        console = Host.boot(image_console(release), "console", network, persistent=True)
        agent = Host.boot(image_agent(other), "agent", network, persistent=True)
        identity = enrol(console, agent)
        wait_for_rows(console, identity)
        yield Fleet(console, agent, identity)


def lumenmond_is_killed(fleet: Fleet) -> None:
    for _ in range(3):
        fleet.console.run("systemctl kill --signal=KILL lumenmond.service")
        time.sleep(2)


def lumenmond_is_restarted(fleet: Fleet) -> None:
    fleet.console.run("systemctl restart lumenmond.service")


def lumenmond_is_down(fleet: Fleet) -> None:
    fleet.console.run("systemctl stop lumenmond.service")
    time.sleep(5)
    fleet.console.run("systemctl start lumenmond.service")


def sshd_is_restarted(fleet: Fleet) -> None:
    fleet.console.run(
        "systemctl kill lumenmon-ssh.service; systemctl restart ssh.service lumenmon-ssh.socket"
    )


def the_console_reboots(fleet: Fleet) -> None:
    fleet.console.reboot()


def the_console_loses_power(fleet: Fleet) -> None:
    fleet.console.kill()
    time.sleep(2)
    fleet.console.start()


def the_network_is_cut(fleet: Fleet) -> None:
    fleet.console.network.cut(fleet.console)
    time.sleep(OUTAGE)
    fleet.console.network.restore(fleet.console)


def the_agent_is_killed(fleet: Fleet) -> None:
    fleet.agent.run("systemctl kill --signal=KILL lumenmon-agentd.service")


FAULTS = (
    lumenmond_is_killed,
    lumenmond_is_restarted,
    lumenmond_is_down,
    sshd_is_restarted,
    the_console_reboots,
    the_console_loses_power,
    the_network_is_cut,
    the_agent_is_killed,
)


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.__name__)
def test_every_sample_arrives_exactly_once(fleet: Fleet, fault: Callable[[Fleet], None]) -> None:
    begin = int(time.time())
    kept = fleet.kept()
    fault(fleet)
    kept |= fleet.kept()
    wait_for_growth(fleet.console, fleet.table, by=5, timeout=CATCH_UP)
    end = int(time.time())
    kept |= fleet.kept()
    last = max(kept)
    fleet.console.wait(lambda: last in fleet.stored(), timeout=CATCH_UP, interval=1)

    stored = fleet.stored()
    assert {second: stored.get(second) for second in kept} == kept
    seconds = [second for second in timestamps(fleet.console, fleet.table) if second >= begin]
    assert len(seconds) == len(set(seconds))
    if fault is not the_agent_is_killed:
        missing = sorted(set(range(seconds[0], min(end, last) + 1)) - set(seconds))
        assert missing == []


def test_a_full_disk_on_the_agent_costs_no_sample(fleet: Fleet) -> None:
    on_a_small_disk(fleet.agent, "lumenmon-agentd.service", SPOOL, 2)
    fill(fleet.agent, SPOOL)
    wait_for_growth(fleet.console, fleet.table, timeout=CATCH_UP)
    begin = int(time.time())
    the_network_is_cut(fleet)
    fill(fleet.agent, SPOOL)
    wait_for_growth(fleet.console, fleet.table, by=5, timeout=CATCH_UP)
    fleet.agent.run(f"rm {SPOOL}/filler")
    fleet.assert_whole(begin, int(time.time()) - 2)


def test_a_full_disk_on_the_console_costs_no_sample(fleet: Fleet) -> None:
    directory = "/var/lib/lumenmon"
    on_a_small_disk(fleet.console, "lumenmond.service", directory, 96)
    wait_for_growth(fleet.console, fleet.table, timeout=CATCH_UP)
    begin = int(time.time())
    for _ in range(3):  # the ballast gives way first
        fill(fleet.console, directory)
        time.sleep(6)
    assert "full" in fleet.console.run("lumenmonctl status", check=False).stdout
    fleet.console.run(f"rm {directory}/filler")
    wait_for_growth(fleet.console, fleet.table, by=5, timeout=CATCH_UP)
    fleet.assert_whole(begin, int(time.time()) - 10)


def test_no_agent_table_is_short_of_a_sample(fleet: Fleet) -> None:
    """After all that, nothing was counted as dropped."""
    rows = query(
        fleet.console, f'SELECT max(value) FROM "{fleet.identity}_lumenmon_dropped_samples"'
    )
    assert rows == [[0]]
