"""The admin's own SSH survives lumenmon: whatever worked before it came, works while it is there
and after it has gone, under every kind of sshd configuration."""

from __future__ import annotations

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest
from helpers import LONG, enrol_plain, make_key, ssh
from lab import RELEASES, Host, Network
from lab.fleet import CONSOLE, install

if TYPE_CHECKING:
    from conftest import ImageOf

PASSWORD = "correct-horse"
ADMIN_PORTS = (22, 2222)
METHODS = ("key", "password", "root-key")
DROP_INS = "/etc/ssh/sshd_config.d"
INCLUDE = "Include /etc/ssh/sshd_config.d/*.conf"
PRISTINE = "/root/sshd_config.pristine"
RESTART = "mkdir -p /run/sshd; systemctl restart ssh.service"


@dataclass(frozen=True)
class Variant:
    """One way in which an admin has set up sshd."""

    name: str
    script: str
    """Shell lines that make it so."""
    obstacle: str = ""
    """A word of what `doctor` has to say about it."""


def drop_in(name: str, text: str) -> str:
    """Write one of sshd's drop-ins and let sshd see it."""
    return f"printf '%s\\n' '{text}' >{DROP_INS}/{name}.conf; {RESTART}"


def main_file(text: str, without: str = "") -> str:
    """Add to sshd's main file, less the lines that start with `without`, and let sshd see it."""
    strip = f"sed -i '/^{without}/d' /etc/ssh/sshd_config; " if without else ""
    return f"{strip}printf '%s\\n' '{text}' >>/etc/ssh/sshd_config; {RESTART}"


VARIANTS = (
    Variant("as-installed", "true"),
    Variant("port-22", main_file("Port 22")),
    Variant("port-2222", main_file("Port 2222")),
    Variant("listen-address", main_file("ListenAddress 127.0.0.1")),
    Variant("no-password-earlier", drop_in("00-a", "PasswordAuthentication no")),
    Variant("no-password-later", drop_in("99-z", "PasswordAuthentication no")),
    Variant("allow-groups", main_file("AllowGroups admin root"), "AllowGroups keeps agents and"),
    Variant("allow-users", main_file("AllowUsers admin root"), "AllowUsers keeps agents and"),
    Variant("no-pam", main_file("UsePAM no", without="UsePAM"), "UsePAM"),
    Variant("no-include", main_file("", without="Include"), "Include"),
    Variant(
        "include-in-match",
        main_file(f"Match User nobody\n  {INCLUDE}", without="Include"),
        "Include",
    ),
    Variant(
        "force-command",
        drop_in("00-a", "Match all\n  ForceCommand echo forced"),
        "00-a.conf",
    ),
    Variant("ssh-socket", "systemctl disable --now ssh.service; systemctl enable --now ssh.socket"),
    Variant("sshd-disabled", "systemctl disable --now ssh.service"),
    Variant("broken", "echo Nonsense yes >>/etc/ssh/sshd_config", "Nonsense"),
)

PREPARE = f"""
useradd -m -s /bin/bash admin
echo admin:{PASSWORD} | chpasswd
install -d -m 700 -o admin /home/admin/.ssh
install -d -m 700 /root/.ssh
install -m 600 -o admin /root/key.pub /home/admin/.ssh/authorized_keys
install -m 600 /root/key.pub /root/.ssh/authorized_keys
cp -a /etc/ssh/sshd_config {PRISTINE}
"""
RESET = f"""
cp -a {PRISTINE} /etc/ssh/sshd_config
rm -f {DROP_INS}/*.conf
systemctl disable --now ssh.socket ssh.service
systemctl unmask ssh.service ssh.socket
mkdir -p /run/sshd
systemctl enable ssh.service
systemctl start ssh.service
"""
EVERYWHERE = ("as-installed", "ssh-socket", "sshd-disabled", "broken")
"""The variants that each release has a turn of: systemd's units differ. The others alternate."""
TURNS = {
    f"{release}-{variant.name}": (release, variant)
    for turn, release in enumerate(RELEASES)
    for place, variant in enumerate(VARIANTS)
    if LONG or variant.name in EVERYWHERE or place % len(RELEASES) == turn
}
PURGE = "DEBIAN_FRONTEND=noninteractive apt-get -qy purge lumenmond lumenmon-common"


@pytest.fixture(scope="module")
def host(request: pytest.FixtureRequest, image_supplied: ImageOf) -> Iterator[Host]:
    """A host that has what the packages depend on, and nothing of them."""
    with Network("admin") as network:
        host = Host.boot(image_supplied(str(request.param)), "console", network)
        make_key(host)
        host.run(PREPARE)
        yield host


def works(host: Host) -> set[tuple[int, str]]:
    """Every port and method with which the admin, or root, gets in; and what they get."""

    def attempt(way: tuple[int, str]) -> tuple[int, str] | None:
        port, method = way
        user = "root" if method == "root-key" else "admin"
        tried = ssh(
            host,
            f"{user}@127.0.0.1",
            "id -un",
            port=port,
            key=None if method == "password" else "/root/key",
            password=PASSWORD if method == "password" else None,
        )
        return (port, f"{method}: {tried.stdout.strip()}") if tried.ok else None

    listening = host.run("ss -Hltn").stdout
    ports = [port for port in ADMIN_PORTS if f":{port} " in listening]
    with ThreadPoolExecutor(3) as pool:
        found = pool.map(attempt, [(port, method) for port in ports for method in METHODS])
    return {way for way in found if way}


def works_as(before: set[tuple[int, str]], host: Host) -> set[tuple[int, str]]:
    """What works, asked again for a while: sshd makes a source wait that fails too often.

    See PerSourcePenalties in sshd_config(5): the refused attempts of the probe itself count.
    """
    for _ in range(6):
        if (now := works(host)) == before:
            break
        time.sleep(10)
    return now


def settings(host: Host) -> str:
    """What sshd makes of its configuration for root and the admin; or why it doesn't."""
    ask = "sshd -T -C user=$user,host=h,addr=127.0.0.1 2>&1"
    return host.run(f"mkdir -p /run/sshd; for user in root admin; do {ask}; done; true").stdout


def units(host: Host) -> str:
    """How the admin's own units are."""
    return host.run(
        "systemctl is-enabled ssh.service ssh.socket; systemctl is-active ssh.service ssh.socket",
        check=False,
    ).stdout


@pytest.mark.parametrize(
    ("host", "turn"),
    [(release, turn) for turn, (release, _) in TURNS.items()],
    ids=TURNS,
    indirect=["host"],
    scope="module",
)
def test_what_worked_still_works(host: Host, turn: str) -> None:
    _, variant = TURNS[turn]
    host.run(RESET, check=False)
    host.run(variant.script)
    before = works(host), settings(host), units(host)
    if variant.name == "sshd-disabled":
        assert before[0] == set()
    else:
        assert before[0]

    install(host, CONSOLE)
    try:
        assert (works_as(before[0], host), settings(host), units(host)) == before

        host.run(["/usr/lib/lumenmon/host", "apply-sshd"], check=False)
        host.run(["dpkg-reconfigure", "lumenmond"], timeout=120)
        assert (works_as(before[0], host), settings(host), units(host)) == before

        doctor = host.run(["lumenmonctl", "doctor"], check=False).stdout
        if variant.obstacle:
            assert variant.obstacle in doctor, doctor
            assert "→" in doctor, doctor

        # On its own port lumenmon needs nothing of the admin's configuration.
        identity = enrol_plain(host, host, make_key(host, "/root/agent-key"))
        sent = ssh(
            host, f"{identity}@console", key="/root/agent-key", input="a.tsv\n1729123456 0 b\n"
        )
        assert sent.returncode == 0, sent
        for user in ("root", "admin"):
            refused = ssh(host, f"{user}@console", "id", key="/root/key")
            assert refused.returncode == 255, refused

        # What the admin's next reload brings leaves the admin as he was, too.
        if variant.name not in ("broken", "ssh-socket", "sshd-disabled"):
            host.run("systemctl reload ssh.service")
            assert (works_as(before[0], host), settings(host), units(host)) == before
    finally:
        host.run(PURGE, timeout=120)
    assert (works_as(before[0], host), settings(host), units(host)) == before
    assert not host.run(f"test -e {DROP_INS}/00-lumenmon.conf", check=False).ok
    if variant.name not in ("broken", "ssh-socket", "sshd-disabled"):
        host.run("systemctl restart ssh.service")
        assert (works_as(before[0], host), settings(host), units(host)) == before
