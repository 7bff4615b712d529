"""Install, upgrade, remove, purge and install again: ids stay, and purge leaves nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

import exposure
from helpers import (
    DATABASE,
    PORT,
    count,
    enrol_plain,
    make_key,
    our_units,
    query,
    ssh,
    users,
    wait_for_growth,
    wait_for_rows,
)
from lab import Host, Image, Network
from lab.fleet import AGENT, CONSOLE, INSTALL_TIMEOUT, enrol, install
from snapshots import ours, snapshot

if TYPE_CHECKING:
    from conftest import ImageOf

ALL = ("lumenmon-common", "lumenmond", "lumenmon-agentd")

FORGET = f"""
import sqlite3
database = sqlite3.connect("{DATABASE}", isolation_level=None)
database.execute("UPDATE agents SET fingerprint = ''")
"""
"""As when lumenmond was away while the agents enrolled."""

APT = "DEBIAN_FRONTEND=noninteractive apt-get -qy"
UPGRADED = r"""
set -e
rm -rf /root/new && mkdir /root/new
version=$(dpkg-deb -f /debs/lumenmon-common_*.deb Version)
for deb in /debs/lumenmon*.deb; do
    rm -rf /root/tree
    dpkg-deb -R "$deb" /root/tree
    sed -i "s/$version/$version+upgrade1/g" /root/tree/DEBIAN/control
    dpkg-deb --root-owner-group -b /root/tree "/root/new/${deb##*/}" >/dev/null
done
"""


def test_purge_leaves_nothing(network: Network, image_supplied: ImageOf, release: str) -> None:
    host = Host.boot(image_supplied(release), "host", network)
    before = snapshot(host)

    install(host, ALL)
    identity = enrol(host, host)
    wait_for_rows(host, identity)
    host.run(["lumenmonctl", "invite"])
    assert users(host, "id_") == [identity]
    assert users(host, "reg_")
    host.run(f"{APT} purge {' '.join(ALL)}", timeout=INSTALL_TIMEOUT)

    after = snapshot(host)
    assert sorted(line for line in after - before if not ours(line)) == []
    assert sorted(before - after) == []
    assert users(host, "id_") + users(host, "reg_") == []
    assert our_units(host) == {}
    assert host.run("ps -eo args= | grep '[l]umenmon'", check=False).stdout == ""
    assert host.units_failed() == []


def test_upgrade_keeps_everything(
    network: Network, image_console: ImageOf, image_agent: ImageOf, release: str
) -> None:
    console = Host.boot(image_console(release), "console", network)
    agent = Host.boot(image_agent(release), "agent", network)
    identity = enrol(console, agent)
    wait_for_rows(console, identity)
    console.run("echo '# mine' >>/etc/lumenmon/lumenmond.toml")
    key = "SELECT fingerprint FROM agents"
    fingerprint = query(console, key)
    assert str(fingerprint[0][0]).startswith("SHA256:")
    console.run("systemctl stop lumenmond.service lumenmond.socket")
    console.run(["/usr/bin/python3", "-"], input=FORGET)
    console.run(f"chown lumenmon: {DATABASE}*; systemctl start lumenmond.socket lumenmond.service")
    assert query(console, key) == fingerprint, "not read from the key that the helper keeps"
    table = f"{identity}_generic_cpu"
    before = count(console, table)
    for host, names in ((console, CONSOLE), (agent, AGENT)):
        host.run(UPGRADED, timeout=120)
        files = " ".join(f"/root/new/{name}_*.deb" for name in names)
        host.run(f"{APT} install {files}", timeout=INSTALL_TIMEOUT)
        assert "+upgrade1" in host.run(["dpkg", "-s", names[-1]]).stdout
        assert host.units_failed() == []
    assert "# mine" in console.read("/etc/lumenmon/lumenmond.toml")
    wait_for_growth(console, table, by=3)
    assert count(console, table) > before
    seconds = query(console, f'SELECT count(*), count(DISTINCT timestamp) FROM "{table}"')[0]
    assert seconds[0] == seconds[1]


def test_remove_and_install_again(network: Network, image_console: ImageOf, release: str) -> None:
    console = Host.boot(image_console(release), "console", network)
    client = Host.boot(Image.get(release), "client", network)
    key = make_key(client)
    identity = enrol_plain(console, client, key)
    entry = console.run(["getent", "passwd", identity]).stdout
    one = ssh(client, f"{identity}@console", key=key.path, input="a.tsv\n1729123456 0 b\n")
    assert one.returncode == 0

    console.run(f"{APT} remove lumenmond", timeout=INSTALL_TIMEOUT)
    assert users(console, "id_") == []
    assert f":{PORT} " not in console.run("ss -Hltn").stdout
    assert not console.run("test -e /etc/ssh/sshd_config.d/00-lumenmon.conf", check=False).ok

    install(console, CONSOLE)
    assert console.run(["getent", "passwd", identity]).stdout == entry
    two = ssh(client, f"{identity}@console", key=key.path, input="a.tsv\n1729123457 0 c\n")
    assert two.returncode == 0, two
    assert query(console, f'SELECT value FROM "{identity}_a" ORDER BY timestamp') == [["b"], ["c"]]
    install(console, CONSOLE)  # once more changes nothing
    assert console.run(["getent", "passwd", identity]).stdout == entry


def test_a_console_monitors_itself(network: Network, image_both: ImageOf, release: str) -> None:
    host = Host.boot(image_both(release), "console", network)
    identity = enrol(host, host)
    wait_for_rows(host, identity)
    assert host.units_failed() == []
    status = host.run(["lumenmonctl", "status"], check=False)
    assert status.returncode == 0, status.stdout
    for unit in exposure.WORST:
        host.run(exposure.command(unit))
    host.reboot()
    wait_for_growth(host, f"{identity}_generic_cpu", by=3)
