"""The console installed into an image: it holds nothing of one host, and each sets itself up."""

from __future__ import annotations

from typing import TYPE_CHECKING

from helpers import wait_for_rows
from lab import Host, Network
from lab.fleet import enrol

if TYPE_CHECKING:
    from conftest import ImageOf

WRITTEN = "/etc/lumenmon/sshd_config /etc/ssh/sshd_config.d/00-lumenmon.conf"
INSTALL = (
    "apt-get -qy install /debs/lumenmon-common_*.deb /debs/lumenmond_*.deb",
    "! ls /etc/ssh/ssh_host_* /etc/lumenmon/ssh_host_*",
    f"for file in {WRITTEN}; do test ! -e $file; done",
)
"""What the maker of an image does in a chroot, and what must not be there afterwards."""


def test_an_image_is_set_up_by_its_first_boot(
    network: Network, image_supplied: ImageOf, image_agent: ImageOf
) -> None:
    image = image_supplied("bookworm").derive("golden", commands=INSTALL)
    console = Host.boot(image, "console", network)
    agent = Host.boot(image_agent("bookworm"), "agent", network)
    assert console.units_failed() == []
    console.run(f"ls {WRITTEN}")
    wait_for_rows(console, enrol(console, agent))
    doctor = console.run(["lumenmonctl", "doctor"], check=False)
    assert doctor.returncode == 0, doctor.stdout

    before = console.run(f"stat -c '%i %Y' {WRITTEN}").stdout
    console.reboot()
    assert console.run(f"stat -c '%i %Y' {WRITTEN}").stdout == before
