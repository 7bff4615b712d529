"""What Debian's autopkgtest runs, as its null runner does, and purging one package of the two."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from helpers import our_units, users, wait_for_rows
from lab import Host, Network
from lab.fleet import AGENT, INSTALL_TIMEOUT, enrol, install

if TYPE_CHECKING:
    from conftest import ImageOf

SCRIPT = Path(__file__).parents[2] / "debian" / "tests" / "enrol"
APT = "DEBIAN_FRONTEND=noninteractive apt-get -qy"


def test_enrol(network: Network, image_console: ImageOf, release: str) -> None:
    host = Host.boot(image_console(release), "host", network)
    install(host, AGENT)
    host.write("/root/enrol", SCRIPT.read_text(), mode=0o755)
    host.run("mkdir /tmp/autopkgtest")
    host.run(["/root/enrol"], timeout=60, env={"AUTOPKGTEST_TMP": "/tmp/autopkgtest"})
    assert host.units_failed() == []


def test_purge_of_the_console_leaves_the_agent(
    network: Network, image_console: ImageOf, release: str
) -> None:
    host = Host.boot(image_console(release), "host", network)
    install(host, AGENT)
    wait_for_rows(host, enrol(host, host))
    host.run(f"{APT} purge lumenmond", timeout=INSTALL_TIMEOUT)
    assert users(host, "id_") == []
    assert host.run("ls /etc/lumenmon").stdout.split() == ["collectors.d", "lumenmon-agentd.toml"]
    assert not [unit for unit in our_units(host) if unit.startswith(("lumenmond", "lumenmon-ssh"))]
    assert host.run(["systemctl", "is-active", "lumenmon-agentd.service"]).stdout == "active\n"
    assert host.units_failed() == []
    assert not host.run("test -e /run/lumenmon", check=False).ok


def test_purge_of_the_agent_leaves_the_console(
    network: Network, image_console: ImageOf, release: str
) -> None:
    host = Host.boot(image_console(release), "host", network)
    install(host, AGENT)
    identity = enrol(host, host)
    wait_for_rows(host, identity)
    host.run(f"{APT} purge lumenmon-agentd", timeout=INSTALL_TIMEOUT)
    assert users(host, "id_") == [identity]
    assert host.run("ls /etc/lumenmon").stdout.split() == [
        "lumenmond.toml", "sshd_config", "tls",
    ]  # fmt: skip
    assert not host.run("test -e /var/lib/lumenmon-agentd", check=False).ok
    host.run(["lumenmonctl", "invite"])
    assert host.units_failed() == []
