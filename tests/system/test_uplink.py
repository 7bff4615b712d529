"""Whatever fails between an agent and its console, every sample arrives exactly once."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
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
)
from lab import RELEASES
from pair import CATCH_UP, Pair, connected

if TYPE_CHECKING:
    from conftest import ImageOf

OUTAGE = 120.0 if LONG else 20.0
SPOOL = "/var/lib/lumenmon-agentd/spool"


@pytest.fixture(scope="module", params=RELEASES)
def pair(
    request: pytest.FixtureRequest, image_console: ImageOf, image_agent: ImageOf
) -> Iterator[Pair]:
    """A console and an agent of the other release, on disks that survive a pulled plug."""
    release = str(request.param)
    other = RELEASES[1 - RELEASES.index(release)]
    images = image_console(release), image_agent(other)
    with connected("uplink", *images, persistent=True) as pair:
        yield pair


def in_spool(pair: Pair) -> dict[int, float]:
    """The spool's own count: each of the metric's samples that it holds, by its second."""
    return spooled(pair.agent.run(f"cat {SPOOL}/*.wire").stdout)


def on_console(pair: Pair) -> dict[int, float]:
    """What the console has."""
    rows = query(pair.console, f'SELECT timestamp, value FROM "{pair.table}"')
    return {int(str(second)): float(str(value)) for second, value in rows}


def assert_whole(pair: Pair, begin: int, end: int) -> None:
    """Every second of that time is stored, once, as soon as it had the time to arrive."""
    pair.console.wait(lambda: max(on_console(pair)) > end, timeout=CATCH_UP, interval=1)
    found = timestamps(pair.console, pair.table)
    assert len(found) == len(set(found))
    assert sorted(set(range(begin, end + 1)) - set(found)) == []


def lumenmond_is_killed(pair: Pair) -> None:
    for _ in range(3):
        pair.console.run("systemctl kill --signal=KILL lumenmond.service")
        time.sleep(2)


def lumenmond_is_restarted(pair: Pair) -> None:
    pair.console.run("systemctl restart lumenmond.service")


def lumenmond_is_down(pair: Pair) -> None:
    pair.console.run("systemctl stop lumenmond.service")
    time.sleep(5)
    pair.console.run("systemctl start lumenmond.service")


def sshd_is_restarted(pair: Pair) -> None:
    pair.console.run(
        "systemctl kill lumenmon-ssh.service; systemctl restart ssh.service lumenmon-ssh.socket"
    )


def the_console_reboots(pair: Pair) -> None:
    pair.console.reboot()


def the_console_loses_power(pair: Pair) -> None:
    pair.console.kill()
    time.sleep(2)
    pair.console.start()


def the_network_is_cut(pair: Pair) -> None:
    pair.console.network.cut(pair.console)
    time.sleep(OUTAGE)
    pair.console.network.restore(pair.console)


def the_agent_is_killed(pair: Pair) -> None:
    pair.agent.run("systemctl kill --signal=KILL lumenmon-agentd.service")


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
def test_every_sample_arrives_exactly_once(pair: Pair, fault: Callable[[Pair], None]) -> None:
    begin = int(time.time())
    kept = in_spool(pair)
    fault(pair)
    kept |= in_spool(pair)
    wait_for_growth(pair.console, pair.table, by=5, timeout=CATCH_UP)
    end = int(time.time())
    kept |= in_spool(pair)
    last = max(kept)
    pair.console.wait(lambda: last in on_console(pair), timeout=CATCH_UP, interval=1)

    stored = on_console(pair)
    assert {second: stored.get(second) for second in kept} == kept
    seconds = [second for second in timestamps(pair.console, pair.table) if second >= begin]
    assert len(seconds) == len(set(seconds))
    if fault is not the_agent_is_killed:
        missing = sorted(set(range(seconds[0], min(end, last) + 1)) - set(seconds))
        assert missing == []


def test_a_full_disk_on_the_agent_costs_no_sample(pair: Pair) -> None:
    on_a_small_disk(pair.agent, "lumenmon-agentd.service", SPOOL, 2)
    fill(pair.agent, SPOOL)
    wait_for_growth(pair.console, pair.table, timeout=CATCH_UP)
    begin = int(time.time())
    the_network_is_cut(pair)
    fill(pair.agent, SPOOL)
    wait_for_growth(pair.console, pair.table, by=5, timeout=CATCH_UP)
    pair.agent.run(f"rm {SPOOL}/filler")
    assert_whole(pair, begin, int(time.time()) - 2)


def test_a_full_disk_on_the_console_costs_no_sample(pair: Pair) -> None:
    directory = "/var/lib/lumenmon"
    on_a_small_disk(pair.console, "lumenmond.service", directory, 96)
    wait_for_growth(pair.console, pair.table, timeout=CATCH_UP)
    begin = int(time.time())
    for _ in range(3):  # the ballast gives way first
        fill(pair.console, directory)
        time.sleep(6)
    assert "full" in pair.console.run("lumenmonctl status", check=False).stdout
    pair.console.run(f"rm {directory}/filler")
    wait_for_growth(pair.console, pair.table, by=5, timeout=CATCH_UP)
    assert_whole(pair, begin, int(time.time()) - 10)


def test_no_agent_table_is_short_of_a_sample(pair: Pair) -> None:
    """After all that, nothing was counted as dropped."""
    rows = query(pair.console, f'SELECT max(value) FROM "{pair.identity}_lumenmon_dropped_samples"')
    assert rows == [[0]]
