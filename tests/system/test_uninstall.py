"""``lumenmonctl uninstall``: the host is as it was, or keeps its data for the next installation."""

from __future__ import annotations

from typing import TYPE_CHECKING

from helpers import count, users, wait_for_growth, wait_for_rows
from lab import Host, Network
from lab.fleet import AGENT, CONSOLE, INSTALL_TIMEOUT, enrol, install
from snapshots import SYSTEM_USERS, snapshot

if TYPE_CHECKING:
    from conftest import ImageOf

ALL = ("lumenmon-common", "lumenmond", "lumenmon-agentd")
OWN_KEY = "cp -a /etc/ssh/ssh_host_ed25519_key /etc/ssh/ssh_host_ed25519_key.pub /etc/lumenmon/"
PACKAGES = "dpkg-query -W -f='${Package} ${db:Status-Status}\\n'"

OUR_JOURNALS = "/var/log/journal/$(cat /etc/machine-id)/user-*"


def test_purge_makes_the_host_what_it_was(
    network: Network, image_bare: ImageOf, release: str
) -> None:
    host = Host.boot(image_bare(release), "host", network)
    before, packages = snapshot(host), host.run(PACKAGES).stdout
    assert "/usr/bin/python3" not in host.run("command -v python3 || true").stdout
    install(host, ALL)
    wait_for_rows(host, enrol(host, host))
    host.run(["lumenmonctl", "invite"])
    host.run(["lumenmonctl", "login"])
    host.run(f"{OWN_KEY}; touch /etc/lumenmon/lumenmond.toml.before-restore")  # as restore does
    logged = "setpriv --reuid $(id -u {}) --clear-groups logger hello; journalctl --sync"
    host.run(logged.format(users(host, "id_")[0]))
    container = f"/var/log/journal/{32 * '0'}"
    host.run(f"mkdir {container}; cp {OUR_JOURNALS} {container}")

    denied = host.run(["lumenmonctl", "uninstall"], user="nobody", check=False)
    assert (denied.returncode, "sudo lumenmonctl uninstall" in denied.stderr) == (1, True)
    asked = host.run(["lumenmonctl", "uninstall", "--purge"], check=False, input="")
    assert asked.returncode == 1
    for part in ("lumenmond", "python3-flask", "1 of agents, 1 of invites", "/var/lib/lumenmon"):
        assert part in asked.stdout, asked
    assert users(host, "id_")

    done = host.run(["lumenmonctl", "uninstall", "--purge", "--yes"], timeout=INSTALL_TIMEOUT)
    assert "nothing of lumenmon is left" in done.stdout
    host.run("journalctl --rotate")
    assert not host.run(f"ls {OUR_JOURNALS}", check=False).ok
    host.run(f"ls {container}/user-*.journal && rm -r {container}")
    after = snapshot(host)
    assert sorted(after - before) == []
    assert sorted(before - after) == []
    assert host.run(PACKAGES).stdout == packages
    assert host.units_failed() == []


def test_without_purge_all_of_it_comes_back(
    network: Network, image_bare: ImageOf, release: str
) -> None:
    host = Host.boot(image_bare(release), "host", network)
    install(host, ALL)
    identity = enrol(host, host)
    wait_for_rows(host, identity)
    host.run("echo '# mine' >>/etc/lumenmon/lumenmond.toml")
    host.run(OWN_KEY)
    rows = count(host, f"{identity}_generic_cpu")
    done = host.run(["lumenmonctl", "uninstall", "--yes"], timeout=INSTALL_TIMEOUT)
    assert "apt-get purge" in done.stdout
    assert users(host, "id_") == []
    assert {*users(host, "lumenmon")} == {*SYSTEM_USERS}
    assert not host.run("command -v lumenmonctl || command -v python3", check=False).ok
    assert host.run("test -s /var/lib/lumenmon/metrics.db", check=False).ok
    # Agents have pinned it: the next installation shows it again.
    assert host.run("test -s /etc/lumenmon/ssh_host_ed25519_key", check=False).ok
    assert ":2345 " not in host.run("ss -Hltn").stdout

    install(host, [*CONSOLE, AGENT[-1]])
    wait_for_growth(host, f"{identity}_generic_cpu")
    assert count(host, f"{identity}_generic_cpu") > rows
    assert "# mine" in host.read("/etc/lumenmon/lumenmond.toml")
