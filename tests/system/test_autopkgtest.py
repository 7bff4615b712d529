"""What Debian's own autopkgtest says of the packages, and purging one package of the two."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from helpers import our_units, users, wait_for_rows
from lab import Host, Network
from lab.fleet import INSTALL_TIMEOUT, bare_image, enrol
from outlook import ALL_RELEASES, reported

if TYPE_CHECKING:
    from conftest import ImageOf

ROOT = Path(__file__).parents[2]
APT = "DEBIAN_FRONTEND=noninteractive apt-get -qy"
RUNNER_NEEDS = ("apt-utils", "dpkg-dev")
"""What the runner wants on the host that it tests on."""
CAPABILITIES = ("root-on-testbed", "isolation-container")
TIMEOUT = 600


@pytest.mark.parametrize("release", ALL_RELEASES)
def test_autopkgtest(network: Network, debs: list[Path], release: str, tmp_path: Path) -> None:
    """Debian's runner installs the packages on a booted host and runs debian/tests there."""
    key = tmp_path / "key"
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", key], check=True)
    with reported(release):
        host = Host.boot(bare_image(release, debs, RUNNER_NEEDS), "testbed", network)
        host.write("/root/.ssh/authorized_keys", key.with_suffix(".pub").read_text(), mode=0o600)
        options = "-o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null"
        virtual = ["ssh", f"--hostname={host.address}", "--login=root", f"--identity={key}"]
        virtual += [f"--options={options}", *(f"--capability={name}" for name in CAPABILITIES)]
        output = tmp_path / "output"
        command = ["autopkgtest", "--no-built-binaries", f"--output-dir={output}"]
        done = network.run(
            [*command, *map(str, debs), f"{ROOT}{os.sep}", "--", *virtual],
            check=False,
            timeout=TIMEOUT,
        )
        assert done.returncode == 0, done.stderr + done.stdout[-4000:]
        summary = (output / "summary").read_text()
        assert "PASS" in summary, summary


def test_purge_of_the_console_leaves_the_agent(
    network: Network, image_both: ImageOf, release: str
) -> None:
    host = Host.boot(image_both(release), "host", network)
    wait_for_rows(host, enrol(host, host))
    host.run(f"{APT} purge lumenmond", timeout=INSTALL_TIMEOUT)
    assert users(host, "id_") == []
    assert host.run("ls /etc/lumenmon").stdout.split() == ["collectors.d", "lumenmon-agentd.toml"]
    assert not [unit for unit in our_units(host) if unit.startswith(("lumenmond", "lumenmon-ssh"))]
    assert host.run(["systemctl", "is-active", "lumenmon-agentd.service"]).stdout == "active\n"
    assert host.units_failed() == []
    assert not host.run("test -e /run/lumenmon", check=False).ok


def test_purge_of_the_agent_leaves_the_console(
    network: Network, image_both: ImageOf, release: str
) -> None:
    host = Host.boot(image_both(release), "host", network)
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
