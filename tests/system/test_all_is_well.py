"""status and doctor: each broken state is named with its remedy, and called well once mended."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from broken import AGENT_STATES, CONSOLE, EXPIRED, Broken
from helpers import LONG, wait_for_rows
from lab import RELEASES, Host, Network
from lab.fleet import enrol
from named import WELL, faults, wait_until, wait_well

if TYPE_CHECKING:
    from conftest import ImageOf

FIXTURES = Path(__file__).parents[1] / "fixtures"


@dataclass(frozen=True)
class Scene:
    """A console and its agent."""

    console: Host
    agent: Host


@pytest.fixture(scope="module", params=RELEASES)
def scene(
    request: pytest.FixtureRequest,
    module_network: Network,
    image_console: ImageOf,
    image_agent: ImageOf,
) -> Iterator[Scene]:
    """A console and an agent of one release, all well."""
    release = request.param
    console = Host.boot(image_console(release), f"console-{release}", module_network)
    agent = Host.boot(image_agent(release), f"agent-{release}", module_network)
    console.write(EXPIRED, (FIXTURES / "expired.pem").read_text(), mode=0o600)
    wait_for_rows(console, enrol(console, agent))
    yield Scene(console, agent)
    for host in (console, agent):
        host.remove()


def turn(host: Host, *states: Broken) -> None:
    """Break one state or several, see each named, mend them, and see that all is well again."""
    what = ", ".join(state.name for state in states)
    for state in states:
        host.run(state.breaks, timeout=120)
    wait_until(
        host, lambda found: all(found.names(state.text, state.remedy) for state in states), what
    )
    for state in reversed(states):
        host.run(state.mends, timeout=120)
    wait_well(host, what)


def turn_each(host: Host, states: tuple[Broken, ...]) -> None:
    """Turn what can be broken together at once, then every second one of the others.

    In the long run each state has a turn of its own on each release.
    """
    together = [] if LONG else [state for state in states if state.together]
    if together:
        turn(host, *together)
    for number, state in enumerate(state for state in states if state not in together):
        if LONG or number % len(RELEASES) == RELEASES.index(host.release):
            turn(host, state)


def test_of_a_healthy_fleet_all_is_well(scene: Scene) -> None:
    for host, side in ((scene.console, "console"), (scene.agent, "agent")):
        wait_well(host, "nothing")
        shown = host.run(["lumenmonctl", "status"]).stdout
        assert f"lumenmon {side}" in shown.splitlines()[0]
        assert shown.splitlines()[0].endswith(": all is well"), shown


def test_each_broken_state_of_the_console_is_named(scene: Scene) -> None:
    turn_each(scene.console, CONSOLE)


def test_each_broken_state_of_the_agent_is_named(scene: Scene) -> None:
    turn_each(scene.agent, AGENT_STATES)


def test_a_dashboard_that_is_switched_off_is_no_fault(scene: Scene) -> None:
    console, units = scene.console, "lumenmond-web.socket lumenmond-web.service"
    console.run(f"systemctl disable --now {units}")
    console.run(["lumenmonctl", "restart"])
    assert faults(console) == WELL
    shown = console.run(["lumenmonctl", "status"]).stdout
    assert re.search(r"○ dashboard +switched off", shown)
    assert f"sudo systemctl enable --now {units}" in shown
    console.run(f"systemctl enable --now {units}")


def test_without_root_it_says_what_it_could_not_see(scene: Scene) -> None:
    for host in (scene.console, scene.agent):
        shown = host.run(["lumenmonctl", "status"], user="nobody").stdout
        assert re.search(r"\? not looked at +.*files", shown)
        assert "all is well" not in shown
        assert "sudo lumenmonctl status" in shown


def test_an_address_is_found_without_ipv4_and_without_a_default_route(scene: Scene) -> None:
    console = scene.console
    steps = (
        ("ip route del default", console.address, "there is no default route"),
        ("ip -4 address flush dev host0", console.address6, "there is no default route"),
        ("ip -6 route add default dev host0", console.address6, "where the default route leads"),
    )
    before = console.run("ip -4 -o address show dev host0 | awk '{print $4}'").stdout.strip()
    for line, host, why in steps:
        console.run(f"{line} || true")
        for command in ("invite", "login"):
            shown = console.run(["lumenmonctl", command]).stdout
            assert host in shown
            assert why in shown
    console.run("ip -6 route del default; ip -6 address flush dev host0 scope global")
    for command in ("invite", "login"):
        refused = console.run(["lumenmonctl", command], check=False)
        assert refused.returncode == 1
        assert f"sudo lumenmonctl {command} --host NAME" in refused.stderr
    console.run(
        f"ip address add {before} dev host0; ip address add {console.address6}/64 dev host0"
    )
