"""What the system tests share: the packages, images with them, networks, and hosts of both kinds.

def test_something(network, boot_console, boot_agent, mix):
    console, agent = boot_console(mix.console), boot_agent(mix.agent)
    identity = enrol(console, agent)          # from lab.fleet
"""

from __future__ import annotations

import functools
import os
import shutil
import signal
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import parallel
import pytest
from lab import RELEASES, Host, Image, Network
from lab.fleet import AGENT, CONSOLE, bare_image, build_debs, installed_image, supplied_image

JOURNAL_LINES = 60
"""How much of each host's journal a failed test shows."""

ImageOf = Callable[[str], Image]
Boot = Callable[..., Host]

failed = pytest.StashKey[bool]()


class Mix(NamedTuple):
    """Which release runs which side."""

    console: str
    agent: str


MIXES = [Mix(console, agent) for console in RELEASES for agent in RELEASES]


def pytest_configure(config: pytest.Config) -> None:
    """End the run, and with it all hosts, in an orderly way when told to terminate."""

    def stop(number: int, frame: object) -> None:
        pytest.exit(f"ended by signal {number}", 128 + number)

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGHUP, stop)


def pytest_xdist_make_scheduler(config: pytest.Config, log: object) -> parallel.ByRelease:
    """Share the tests out among workers as ``parallel`` has it."""
    config.option.loadscopereorder = False  # by the number of tests, whatever they take
    return parallel.ByRelease(config, log)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Sort the tests, and skip what needs a lab on a machine that can't have one."""
    parallel.sort(items)
    missing = "" if os.geteuid() == 0 else "needs root"
    for program in ("systemd-nspawn", "mmdebstrap", "nft", "ssh-keygen", "ip"):
        if shutil.which(program) is None:
            missing = f"needs {program}"
    here = Path(__file__).parent
    for item in items:
        if missing and here in item.path.parents:
            item.add_marker(pytest.mark.skip(reason=missing))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item,
) -> Iterator[None]:
    """Remember on the test that it failed, for the fixtures' teardown to show why."""
    report = yield
    if report.failed:  # type: ignore[attr-defined]
        item.stash[failed] = True
    return report


@pytest.fixture(params=RELEASES)
def release(request: pytest.FixtureRequest) -> str:
    """Each release in turn."""
    return str(request.param)


@pytest.fixture(params=MIXES, ids=lambda mix: f"{mix.console}-console+{mix.agent}-agent")
def mix(request: pytest.FixtureRequest) -> Mix:
    """Each of the four mixes of console and agent in turn."""
    found: Mix = request.param
    return found


@pytest.fixture
def console_release(mix: Mix) -> str:
    """The console's release in this mix."""
    return mix.console


@pytest.fixture
def agent_release(mix: Mix) -> str:
    """The agent's release in this mix."""
    return mix.agent


@pytest.fixture(scope="session")
def debs() -> list[Path]:
    """The .debs of this tree."""
    return build_debs()


@pytest.fixture(scope="session")
def image_bare(debs: list[Path]) -> ImageOf:
    """From a release to a bare image: our packages in /debs, nothing of ours installed."""
    return functools.cache(lambda release: bare_image(release, debs))


@pytest.fixture(scope="session")
def image_supplied(debs: list[Path]) -> ImageOf:
    """From a release to an image like the bare one that has our packages' dependencies.

    An installation on it is a few seconds of work instead of twenty.
    """
    return functools.cache(lambda release: supplied_image(release, debs))


@pytest.fixture(scope="session")
def image_console(image_bare: ImageOf) -> ImageOf:
    """From a release to an image with the console installed."""
    return functools.cache(lambda release: installed_image(image_bare(release), CONSOLE))


@pytest.fixture(scope="session")
def image_agent(image_bare: ImageOf) -> ImageOf:
    """From a release to an image with the agent installed."""
    return functools.cache(lambda release: installed_image(image_bare(release), AGENT))


@pytest.fixture(scope="session")
def image_both(image_console: ImageOf) -> ImageOf:
    """From a release to an image with the console installed and then the agent."""
    return functools.cache(lambda release: installed_image(image_console(release), AGENT))


@pytest.fixture
def network(request: pytest.FixtureRequest) -> Iterator[Network]:
    """A network of this test's own; the hosts' journals are shown when the test fails."""
    with Network("test") as network:
        yield network
        if request.node.stash.get(failed, False):
            show_journals(network)


@pytest.fixture(scope="module")
def module_network() -> Iterator[Network]:
    """A network that all tests of a module share."""
    with Network("module") as network:
        yield network


@pytest.fixture
def boot_console(network: Network, image_console: ImageOf) -> Boot:
    """Boot a host with the console: boot_console(release, name="console", **boot's)."""

    def boot(release: str, name: str = "console", **options: object) -> Host:
        return Host.boot(image_console(release), name, network, **options)  # type: ignore[arg-type]

    return boot


@pytest.fixture
def boot_agent(network: Network, image_agent: ImageOf) -> Boot:
    """Boot a host with the agent, not registered: boot_agent(release, name="agent", **boot's)."""

    def boot(release: str, name: str = "agent", **options: object) -> Host:
        return Host.boot(image_agent(release), name, network, **options)  # type: ignore[arg-type]

    return boot


def show_journals(network: Network) -> None:
    """Print the end of every running host's journal, for pytest's report of a failure."""
    for host in network.hosts:
        if host.running:
            shown = host.run(f"journalctl --no-pager -n {JOURNAL_LINES}", check=False).stdout
            print(f"--- journal of {host.name} ({host.release})\n{shown}")
