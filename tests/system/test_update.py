"""From one version to the next while agents stream, through apt; and never back to an older one."""

from __future__ import annotations

import itertools
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from helpers import count, query, timestamps, wait_for_growth, wait_for_rows
from lab import Host, Network, Result
from lab.fleet import AGENT, CONSOLE, INSTALL_TIMEOUT, REPOSITORY, enrol, install, installed_image
from lab.process import execute
from successor import NEWS, REMARK, VERSION, build_successor

if TYPE_CHECKING:
    from conftest import ImageOf

DATABASE = "/var/lib/lumenmon/metrics.db"
SOURCES = "/etc/apt/sources.list.d"
RESTART = 16
"""Seconds that an agent may not measure while its own package is exchanged; 2 if it is idle."""


@pytest.fixture(scope="module")
def repository(debs: list[Path], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A signed repository with this tree's version and its successor; hosts see it at /repo."""
    place = tmp_path_factory.mktemp("apt") / "repo"
    for above in place.parents[:3]:
        above.chmod(0o755)  # apt reads as a user of its own
    successor = build_successor()
    execute(
        [str(REPOSITORY / "dev" / "repo"), "--output", str(place), "--url", "file:/repo",
         str(successor)], timeout=120,
    )  # fmt: skip
    return place


def update(host: Host, *words: str) -> Result:
    return host.run(
        ["lumenmonctl", "update", *words], check=False, timeout=INSTALL_TIMEOUT, input=""
    )


def version(host: Host, package: str) -> str:
    return host.run(["dpkg-query", "-W", "-f=${Version}", package]).stdout


def test_update_while_an_agent_streams(
    network: Network, image_console: ImageOf, image_agent: ImageOf, release: str, repository: Path
) -> None:
    binds = {repository: "/repo"}
    console = Host.boot(image_console(release), "console", network, binds=binds)
    agent = Host.boot(image_agent(release), "agent", network, binds=binds)
    for host in (console, agent):  # the lab's hosts reach no mirror
        host.run(f"rm -f /etc/apt/sources.list {SOURCES}/*")
    identity = enrol(console, agent)
    wait_for_rows(console, identity)
    table = f"{identity}_generic_cpu"
    nowhere = update(console, "--yes")
    assert nowhere.returncode == 1, nowhere
    assert "no source of apt" in nowhere.stderr

    for host in (console, agent):
        host.run(f"cp /repo/lumenmon.sources {SOURCES}/")
    host.run("echo '# mine' >>/etc/lumenmon/lumenmon-agentd.toml")
    asked = update(console)
    assert asked.returncode == 1, asked
    assert NEWS in asked.stdout
    assert "--yes" in asked.stderr
    declined = console.run(
        "(sleep 8; echo n; sleep 2) | script -qec 'lumenmonctl update' /dev/null",
        check=False, timeout=120,
    )  # fmt: skip
    assert "Update? [y/N]" in declined.stdout
    assert (declined.returncode, "nothing was changed" in declined.stdout) == (1, True), declined
    assert version(console, "lumenmond") != VERSION
    before = version(agent, "lumenmon-agentd")

    done = update(console, "--yes")
    assert done.returncode == 0, done
    assert version(console, "lumenmond") == version(console, "lumenmon-common") == VERSION
    wait_for_growth(console, table, by=5)
    seconds = timestamps(console, table)
    assert seconds == list(range(seconds[0], seconds[-1] + 1)), "a second is missing"
    listed = console.run(["lumenmonctl", "agents"]).stdout
    assert before in listed
    assert f"another version than this console ({VERSION})" in listed

    done = update(agent, "--yes")
    assert done.returncode == 0, done
    mine = agent.read("/etc/lumenmon/lumenmon-agentd.toml")
    assert ("# mine" in mine, REMARK in mine) == (True, False)
    assert REMARK in agent.read("/usr/share/lumenmon/lumenmon-agentd.toml")
    assert agent.run("ls /etc/lumenmon").stdout.split() == ["collectors.d", "lumenmon-agentd.toml"]
    wait_for_growth(console, table, by=5)
    seconds = timestamps(console, table)
    gaps = [b - a for a, b in itertools.pairwise(seconds)]
    assert max(gaps) <= RESTART, gaps
    [[newest]] = query(
        console, f'SELECT value FROM "{identity}_lumenmon_agent_version" ORDER BY 1 DESC LIMIT 1'
    )
    assert newest == VERSION
    assert "another version" not in console.run(["lumenmonctl", "agents"]).stdout
    for host in (console, agent):
        again = update(host)
        assert (again.returncode, "nothing newer" in again.stdout) == (0, True)
        assert host.units_failed() == []


OLD = "0.9"
CONFIG = "/etc/lumenmon/lumenmon-agentd.toml"
PREDECESSOR = f"""
set -e
dpkg-deb -R /debs/lumenmon-agentd_*.deb /tmp/old
dpkg-deb -R /debs/lumenmon-common_*.deb /tmp/common
sed -i 's/^Version: .*/Version: {OLD}/; s/(= [0-9.]*)/(= {OLD})/' /tmp/*/DEBIAN/control
mkdir -p /tmp/old/etc/lumenmon
echo '# a default of old' >/tmp/old{CONFIG}
echo {CONFIG} >/tmp/old/DEBIAN/conffiles
dpkg-deb -b /tmp/common /tmp/common_old.deb
dpkg-deb -b /tmp/old /tmp/agentd_old.deb
DEBIAN_FRONTEND=noninteractive apt-get -qy install /tmp/common_old.deb /tmp/agentd_old.deb
"""
"""A package like 1.0.0's, whose configuration file was dpkg's to ask about."""


def test_an_edited_file_of_an_older_package_stays(
    network: Network, image_supplied: ImageOf
) -> None:
    host = Host.boot(image_supplied("bookworm"), "host", network)
    host.run(PREDECESSOR, timeout=INSTALL_TIMEOUT)
    assert host.read(CONFIG) == "# a default of old\n"
    host.run(f"echo 'pulse = 2' >>{CONFIG}")
    install(host, AGENT)  # as unattended-upgrades does: nobody is there to answer
    assert host.read(CONFIG) == "# a default of old\npulse = 2\n"
    assert host.run("ls /etc/lumenmon").stdout.split() == ["collectors.d", "lumenmon-agentd.toml"]
    host.run("DEBIAN_FRONTEND=noninteractive apt-get -qy purge lumenmon-agentd lumenmon-common")
    assert not host.run("test -e /etc/lumenmon", check=False).ok


def test_a_newer_database_is_not_downgraded(
    network: Network, image_bare: ImageOf, image_agent: ImageOf, release: str
) -> None:
    newer = build_successor(migration=True)
    image = installed_image(image_bare(release), CONSOLE)
    console = Host.boot(image, "console", network, binds={newer: "/newer"})
    agent = Host.boot(image_agent(release), "agent", network)
    identity = enrol(console, agent)
    wait_for_rows(console, identity)
    apt = "DEBIAN_FRONTEND=noninteractive apt-get -qy --allow-downgrades install"
    console.run(f"{apt} /newer/lumenmon-common_*.deb /newer/lumenmond_*.deb", timeout=120)
    wait_for_growth(console, f"{identity}_generic_cpu")
    rows = count(console, f"{identity}_generic_cpu")

    names = " ".join(f"/debs/{name}_*.deb" for name in CONSOLE)
    refused = console.run(f"{apt} {names}", check=False, timeout=120)
    assert refused.returncode != 0
    said = refused.stdout + refused.stderr
    assert "lumenmon is not downgraded" in said
    assert DATABASE in said
    for name in CONSOLE:
        assert version(console, name) == VERSION
    console.run("apt-get -qy install --fix-broken")
    assert console.run("dpkg --audit").stdout == ""
    wait_for_growth(console, f"{identity}_generic_cpu")
    assert console.units_failed() == []

    console.run("DEBIAN_FRONTEND=noninteractive apt-get -qy remove lumenmond", timeout=120)
    refused = console.run(f"{apt} {names}", check=False, timeout=120)
    assert "lumenmon is not downgraded" in refused.stdout + refused.stderr
    console.run(f"{apt} /newer/lumenmon-common_*.deb /newer/lumenmond_*.deb", timeout=120)
    wait_for_growth(console, f"{identity}_generic_cpu")
    assert count(console, f"{identity}_generic_cpu") > rows
