"""A console whose clock is wrong deletes nothing for it, tells it, and goes on once it is right."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest
import steppable
from helpers import LONG, query, timestamps, wait_for_growth
from lab import RELEASES, Host
from pair import Pair, connected

if TYPE_CHECKING:
    from conftest import ImageOf

YEAR = 365 * 86400
PRUNING = 12
"""Samples, one a second, within which retention looks for what is old."""


@pytest.fixture(scope="module", params=RELEASES if LONG else RELEASES[:1])
def pair(
    request: pytest.FixtureRequest, image_console: ImageOf, image_agent: ImageOf
) -> Iterator[Pair]:
    """A console whose clock can be set, and its agent, whose clock is right."""
    images = image_console(str(request.param)), image_agent(RELEASES[-1])
    with connected("clock", *images, settable_clock) as pair:
        yield pair


def settable_clock(console: Host) -> None:
    """Let the clock be set, and keep samples for an hour."""
    steppable.install(console)
    console.run("echo 'retention_raw = \"1h\"' >>/etc/lumenmon/lumenmond.toml")
    console.run("systemctl restart lumenmond")


def is_told(pair: Pair, step: str) -> bool:
    """Whether the newest step of the clock in the journal is this one."""
    return any(step in message for message in pair.events("clock-stepped")[-1:])


def assert_nothing_is_deleted(pair: Pair, before: list[int]) -> None:
    """Let retention look, and see that all samples of ``before`` are still there."""
    wait_for_growth(pair.console, pair.table, by=PRUNING)
    assert set(before) <= set(timestamps(pair.console, pair.table))


def test_years_ahead_over_a_restart_delete_nothing(pair: Pair) -> None:
    before = timestamps(pair.console, pair.table)
    pair.console.run("systemctl stop lumenmond")
    steppable.set_clock(pair.console, 10 * YEAR)
    pair.console.run("systemctl start lumenmond")
    pair.console.wait(lambda: is_told(pair, "was set 10 y ahead"))
    # It takes 20 s to tell an agent of the present from one that sends what had to wait.
    pair.console.wait(lambda: "most agents' clocks differ from it" in pair.status(), timeout=120)
    assert "timedatectl set-ntp true" in pair.status()
    # The time that has come went on a little faster until then.
    doctor = "lumenmonctl doctor | grep -qE 'not trusted: it is (10 y|9 y 364 d) ahead'"
    pair.console.wait(doctor)
    assert_nothing_is_deleted(pair, before)


def test_years_ahead_over_a_reboot_delete_nothing(pair: Pair) -> None:
    before = timestamps(pair.console, pair.table)
    pair.console.reboot()
    pair.console.wait(lambda: "most agents' clocks differ from it" in pair.status(), timeout=120)
    assert_nothing_is_deleted(pair, before)


def test_once_the_clock_is_right_all_is_well(pair: Pair) -> None:
    before = timestamps(pair.console, pair.table)
    steppable.set_clock(pair.console, 0)
    pair.console.wait(lambda: is_told(pair, "was set 10 y behind"))
    pair.console.wait(lambda: "not trusted" not in pair.status())
    assert set(before) <= set(timestamps(pair.console, pair.table))


@pytest.mark.skipif(not LONG, reason="takes a minute; LUMENMON_LONG=1 runs it")
def test_what_seems_to_lie_ahead_of_a_clock_set_back_waits(pair: Pair) -> None:
    before = timestamps(pair.console, pair.table)
    steppable.set_clock(pair.console, -YEAR)
    pair.console.wait(lambda: pair.events("clock-unsure"))
    pair.console.wait(lambda: "behind, and most agents' clocks differ from it" in pair.status())
    steppable.set_clock(pair.console, 0)
    wait_for_growth(pair.console, pair.table, by=5, timeout=150)
    found = timestamps(pair.console, pair.table)
    assert set(range(before[0], found[-1] + 1)) == set(found)
    assert query(pair.console, "SELECT rejected FROM agents") == [[0]]
