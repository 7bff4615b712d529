"""From a bare Debian to the first durable sample: two apt commands and one register."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest
from helpers import FIRST_METRICS, complaints, our_units, query, tables, wait_for_rows
from lab import Host, Network
from lab.fleet import AGENT, CONSOLE, enrol, install

FIRST_SAMPLE = 40.0
"""Seconds after `register` within which the first sample is durable: 3 on an idle machine."""

CONSOLE_UNITS = (
    "lumenmon-ssh.socket",
    "lumenmond.socket",
    "lumenmond.service",
    "lumenmond-host.socket",
    "lumenmond-accounts.socket",
    "lumenmond-enroll.socket",
    "lumenmond-sweep.timer",
)
AGENT_UNITS = (
    "lumenmon-agentd.service",
    "lumenmon-collect@cycle.timer",
    "lumenmon-collect@report.timer",
)

if TYPE_CHECKING:
    from conftest import ImageOf, Mix


def assert_healthy(host: Host, units: tuple[str, ...]) -> None:
    """Every unit runs, is enabled for the next boot, and `systemctl status` says nothing bad."""
    assert host.units_failed() == []
    assert complaints(host) == ""
    states = our_units(host)
    assert {unit: states.get(unit) for unit in units} == dict.fromkeys(units, "active")
    for unit in units:
        status = host.run(["systemctl", "status", "--no-pager", "--lines=0", unit]).stdout
        # The agent's service pulls its timers in.
        assert ("static" if "@" in unit else "enabled;") in status, status
        assert "Active: active (" in status, status
        if unit.endswith("d.service"):
            assert 'Status: "' in status, status
            shown = host.run(["systemctl", "show", "--property=Type,NRestarts", unit]).stdout
            assert shown.split() == ["Type=notify", "NRestarts=0"]


def test_from_a_bare_image_to_the_first_sample(
    network: Network,
    image_bare: ImageOf,
    mix: Mix,
    record_property: pytest.Function,
    capsys: pytest.CaptureFixture[str],
) -> None:
    console = Host.boot(image_bare(mix.console), "console", network)
    agent = Host.boot(image_bare(mix.agent), "agent", network)
    begin = time.monotonic()
    with ThreadPoolExecutor() as pool:
        for done in [pool.submit(install, console, CONSOLE), pool.submit(install, agent, AGENT)]:
            done.result()
    installed = time.monotonic()

    identity = enrol(console, agent)
    registered = time.monotonic()
    wait_for_rows(console, identity)
    durable = time.monotonic()

    with capsys.disabled():
        print(
            f"\n    bare to first durable sample: {durable - begin:.1f} s "
            f"(apt {installed - begin:.1f}, register {registered - installed:.1f}, "
            f"first samples {durable - registered:.1f})"
        )
    assert durable - registered < FIRST_SAMPLE

    strict = tables(console)
    for metric in FIRST_METRICS:
        assert strict[f"{identity}_{metric}"]
        columns = query(console, f"SELECT name, type FROM pragma_table_info('{identity}_{metric}')")
        assert columns == [["timestamp", "INTEGER"], ["interval", "INTEGER"], ["value", "REAL"]]
        [[low, high]] = query(console, f'SELECT min(value), max(value) FROM "{identity}_{metric}"')
        assert 0 <= float(str(low)) <= float(str(high)) <= 100
    console.wait(lambda: f"{identity}_generic_hostname" in tables(console), timeout=60)
    assert query(console, f'SELECT DISTINCT value FROM "{identity}_generic_hostname"') == [
        ["agent"]
    ]

    assert_healthy(console, CONSOLE_UNITS)
    assert_healthy(agent, AGENT_UNITS)
    listed = console.run(["lumenmonctl", "agents"]).stdout
    assert identity in listed or "agent" in listed
    told = console.run(["lumenmonctl", "status"], check=False)
    assert told.returncode == 1, told  # sshd ran before the rules for agents came
    assert "sudo systemctl reload ssh" in told.stdout
    console.run("systemctl reload ssh")
    for host in (console, agent):
        host.wait("lumenmonctl status")


def test_an_agent_that_is_not_registered_says_how(
    network: Network, image_agent: ImageOf, release: str
) -> None:
    agent = Host.boot(image_agent(release), "agent", network)
    assert agent.units_failed() == []
    shown = agent.run("systemctl status --no-pager lumenmon-agentd.service", check=False).stdout
    assert "lumenmonctl register" in shown
