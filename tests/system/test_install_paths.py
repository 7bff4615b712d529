"""Every way to install, from a bare Debian and unattended; and what must not get in, does not."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from helpers import expire, fresh_link, unswept, users, wait_for_rows
from lab import RELEASES, Host, Network, Result
from lab.fleet import AGENT, CONSOLE, INSTALL_TIMEOUT, REPOSITORY, install
from lab.process import execute
from snapshots import snapshot

from lumenmon.invite import Link, parse_link

if TYPE_CHECKING:
    from conftest import ImageOf

PARTIAL = "/var/cache/apt/archives/partial"
HANDED_OUT = "/usr/share/lumenmon/agent"
SOURCE = "/etc/apt/sources.list.d/lumenmon.sources"
TLS = "/etc/lumenmon/tls"
PRESEED = "lumenmon-agentd lumenmon-agentd/invite password {}\n"
WATCH = "while sleep 0.03; do cat /proc/[0-9]*/cmdline 2>/dev/null | tr '\\0' ' ' >>/run/seen; done"

NewHost = Callable[["ImageOf"], Host]


@pytest.fixture(scope="module")
def dist(debs: list[Path], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What dev/build makes, as a host sees it at /srv/dist: packages, sums and install.sh."""
    place = tmp_path_factory.mktemp("install") / "dist"
    place.mkdir()
    for file in (*debs, debs[0].with_name("SHA256SUMS"), debs[0].with_name("install.sh")):
        shutil.copy(file, place)
    return place


@pytest.fixture(scope="module")
def repository(debs: list[Path], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A signed apt repository of this tree's packages."""
    place = tmp_path_factory.mktemp("apt") / "repo"
    for above in place.parents[:3]:
        above.chmod(0o755)  # apt reads as a user of its own
    execute([str(REPOSITORY / "dev" / "repo"), "--output", str(place)], timeout=120)
    return place


@pytest.fixture(scope="module", params=RELEASES)
def ground(
    request: pytest.FixtureRequest, image_bare: ImageOf, dist: Path, repository: Path
) -> Iterator[tuple[Host, NewHost]]:
    """A console, installed by install.sh through a pipe; and new hosts of the other release."""
    release = str(request.param)
    other = RELEASES[1 - RELEASES.index(release)]
    binds = {dist: "/srv/dist", repository: "/srv/repo"}
    with Network("paths") as network:
        console = Host.boot(image_bare(release), "console", network, binds=binds)
        done = console.run(
            "cd /srv/dist && cat install.sh | sh", check=False, timeout=INSTALL_TIMEOUT
        )
        assert done.returncode == 0, done
        assert "Checking the packages" in done.stderr
        assert "download-file $u/install.sh" in done.stdout
        number = 0

        def new(image_of: ImageOf) -> Host:
            nonlocal number
            number += 1
            return Host.boot(image_of(other), f"new{number}", network, binds=binds)

        yield console, new


@pytest.fixture
def console(ground: tuple[Host, NewHost]) -> Host:
    """The console."""
    return ground[0]


@pytest.fixture
def bare(ground: tuple[Host, NewHost], image_bare: ImageOf) -> Iterator[Host]:
    """A bare host, gone after the test."""
    host = ground[1](image_bare)
    yield host
    host.kill()


@pytest.fixture
def new(ground: tuple[Host, NewHost], image_supplied: ImageOf) -> Iterator[Host]:
    """A host that lacks nothing but our packages, gone after the test."""
    host = ground[1](image_supplied)
    yield host
    host.kill()


def invite_line(console: Host, *words: str) -> str:
    """The line for a bare host, as a person copies it out of what invite prints."""
    printed = console.run(["lumenmonctl", "invite", *words]).stdout
    line = re.search(r"^ +(echo 'ssh://.*)$", printed, re.MULTILINE)
    assert line is not None, printed
    return line[1]


def paste(host: Host, line: str) -> Result:
    """Type a line into a root shell without a terminal."""
    return host.run(["sh"], input=f"{line}\n", check=False, timeout=INSTALL_TIMEOUT)


def script(host: Host, link: Link | str | None = None, **env: str) -> Result:
    """Run install.sh of the directory, with an invite's link on its standard input if given."""
    if link is not None:
        env["LUMENMON_INVITE"] = "-"
    return host.run(
        ["/srv/dist/install.sh"], input=f"{link}\n", env=env, check=False, timeout=INSTALL_TIMEOUT
    )


def link_in(line: str) -> Link:
    """The link in an invite's line."""
    return parse_link(line.split("'")[1])


def installed(host: Host) -> list[str]:
    """Which packages of ours there are, in whatever state."""
    return host.run("dpkg-query -f '${Package}\n' -W 'lumenmon*' 2>/dev/null || :").stdout.split()


def assert_nothing_changed(host: Host) -> None:
    """Nothing is installed, no user made, no file fetched and left."""
    assert installed(host) == []
    assert users(host, "lumenmon") == []
    left = host.run(["ls", "-A", PARTIAL, "/tmp"]).stdout
    # What apt's helper refused it leaves beside, by this name and for apt-get clean.
    assert "lumenmon" not in left.replace("lumenmon.sh.FAILED", ""), left
    assert "no" in host.run(f"test -e {SOURCE} || echo no").stdout


def assert_streams(console: Host, host: Host) -> str:
    """The host is registered and its samples arrive; returns its id."""
    known = host.read("/var/lib/lumenmon-agentd/console.json")
    found = re.search(r"id_[0-9a-f]{16}", known)
    assert found is not None, known
    wait_for_rows(console, found.group())
    assert host.units_failed() == []
    return found.group()


def test_the_line_of_the_invite(console: Host, bare: Host) -> None:
    for each in (console, bare):
        each.run(["systemd-run", "-q", "--unit=watch", "sh", "-c", WATCH])
    line = invite_line(console)
    done = paste(bare, line)
    assert done.returncode == 0, done
    identity = assert_streams(console, bare)
    # Nobody who looked at the processes, the journal or the files saw the password.
    secret = link_in(line).password
    assert "apt-helper" in bare.read("/run/seen")
    assert "sshd" in console.read("/run/seen")
    for each in (console, bare):
        each.run("systemctl stop watch")
        assert secret not in each.read("/run/seen")
        assert secret not in each.run("journalctl --no-pager").stdout
        assert each.run(f"grep -rlF -- '{secret}' /etc /var /tmp /run", check=False).stdout == ""
    assert bare.run(["ls", "-A", PARTIAL]).stdout == ""

    # Again, and by the console's other names: only the address changes, no invite is used up.
    for host in ("console", console.address6):
        line = invite_line(console, "--host", host)
        again = paste(bare, line)
        assert again.returncode == 0, again
        assert re.search(rf"the console is at \[?{re.escape(host)}\]?:2345 now", again.stdout)
        assert link_in(line).user in users(console, "reg_")
    assert assert_streams(console, bare) == identity


def test_a_directory_of_packages_and_off_again(console: Host, bare: Host) -> None:
    before = snapshot(bare)
    done = script(bare, fresh_link(console))
    assert done.returncode == 0, done
    identity = assert_streams(console, bare)
    again = script(bare, fresh_link(console), LUMENMON_FROM="/srv/dist")
    assert again.returncode == 0, again
    assert assert_streams(console, bare) == identity
    bare.run(["lumenmonctl", "uninstall", "--purge", "--yes"], timeout=INSTALL_TIMEOUT)
    assert snapshot(bare) == before


def test_both_sides_on_one_host_and_again(console: Host) -> None:
    done = script(console)
    assert done.returncode == 0, done
    assert "ssh://reg_" in done.stdout
    done = script(console, fresh_link(console))
    assert done.returncode == 0, done
    assert_streams(console, console)
    assert {*CONSOLE, *AGENT} == set(installed(console))


def test_an_apt_repository(console: Host, new: Host) -> None:
    console.run("systemd-run -q --unit=repo python3 -m http.server 8000 -d /srv/repo")
    console.wait("ss -Hltn sport = 8000 | grep -q .")
    address = "http://console:8000"
    key = console.run(["sha256sum", "/srv/repo/lumenmon.asc"]).stdout.split()[0]

    unknown = script(new, fresh_link(console), LUMENMON_REPO=address)
    assert (unknown.returncode, "LUMENMON_KEY" in unknown.stderr) == (2, True), unknown
    other = script(new, fresh_link(console), LUMENMON_REPO=address, LUMENMON_KEY="0" * 64)
    assert other.returncode == 1, other
    assert_nothing_changed(new)

    done = script(new, fresh_link(console), LUMENMON_REPO=address, LUMENMON_KEY=key)
    assert done.returncode == 0, done
    assert_streams(console, new)
    assert address in new.run("apt-cache policy lumenmon-agentd").stdout
    assert "BEGIN PGP PUBLIC KEY BLOCK" in new.read(SOURCE)
    again = script(
        new, fresh_link(console), LUMENMON_REPO=address, LUMENMON_KEY="/srv/repo/lumenmon.asc"
    )
    assert again.returncode == 0, again
    new.run(["lumenmonctl", "uninstall", "--purge", "--yes"], timeout=INSTALL_TIMEOUT)
    assert_nothing_changed(new)
    console.run("systemctl stop repo")


def test_a_repository_of_another_key(console: Host, new: Host) -> None:
    new.run("cp -a /srv/repo /root/repo && rm /root/repo/InRelease /root/repo/Release.gpg")
    new.run("cp /root/repo/Release /root/repo/InRelease && chmod 755 /root")
    done = script(
        new, fresh_link(console), LUMENMON_REPO="file:/root/repo",
        LUMENMON_KEY="/srv/repo/lumenmon.asc",
    )  # fmt: skip
    assert done.returncode == 1, done
    assert "no repository that this key signed" in done.stderr
    assert_nothing_changed(new)


def test_a_preseeded_invite(console: Host, new: Host) -> None:
    link = fresh_link(console)
    new.run(["debconf-set-selections"], input=PRESEED.format(link))
    assert link.password in new.read("/var/cache/debconf/passwords.dat")
    install(new, AGENT)
    assert_streams(console, new)
    assert_forgotten(new, link)


def test_a_preseeded_invite_that_expired(console: Host, new: Host) -> None:
    env = {"DEBIAN_FRONTEND": "noninteractive"}
    debs = " ".join(f"/debs/{name}_*.deb" for name in AGENT)
    with unswept(console):
        link = fresh_link(console)
        expire(console, link.user)
        new.run(["debconf-set-selections"], input=PRESEED.format(link))
        done = new.run(f"apt-get -qy install {debs} 2>&1", timeout=INSTALL_TIMEOUT, env=env)
    assert "sudo lumenmonctl invite" in done.stdout
    assert "the invite has expired" in done.stdout, done.stdout
    assert link.password not in done.stdout
    assert new.run("dpkg --audit").stdout == ""
    assert_forgotten(new, link)
    # The host is not spoilt: the next invite registers it.
    new.run(["lumenmonctl", "register"], input=f"{fresh_link(console)}\n")
    assert_streams(console, new)


def assert_forgotten(host: Host, link: Link) -> None:
    """Nothing on the host keeps an invite's password, debconf's database least of all."""
    where = "/var/cache/debconf /var/lib/dpkg /var/log /etc /var/lib/lumenmon-agentd /tmp /run"
    found = host.run(f"grep -rlF -- '{link.password}' {where}", check=False)
    assert (found.returncode, found.stdout) == (1, ""), found
    assert "invite" not in host.read("/var/cache/debconf/passwords.dat")


TAMPERED = {
    "a package": "printf x >>$(echo lumenmon-agentd_*)",
    "the installer": "sed -i 's/^PINNED=.*/PINNED=/' install.sh",
    "the sums": "sed -i 's/^./0/' SHA256SUMS",
    "package and sums": "printf x >>$(echo lumenmon-agentd_*) && sha256sum *.deb >SHA256SUMS",
}


def test_what_was_changed_on_the_way_is_not_installed(console: Host, new: Host) -> None:
    console.run(f"cp -a {HANDED_OUT} /root/handed-out")
    line = invite_line(console)
    for what, change in TAMPERED.items():
        console.run(f"cd {HANDED_OUT} && {change}")
        done = paste(new, line)
        console.run(f"cp -a /root/handed-out/. {HANDED_OUT}")
        assert done.returncode != 0, (what, done)
        assert "Hash Sum mismatch" in done.stderr, (what, done)
        assert_nothing_changed(new)
    assert link_in(line).user in users(console, "reg_")  # nor was the link used
    assert paste(new, line).returncode == 0
    assert_streams(console, new)


def test_a_directory_with_a_changed_package(console: Host, new: Host) -> None:
    new.run("cp -r /srv/dist /root/dist && printf x >>$(echo /root/dist/lumenmon-agentd_*.deb)")
    done = script(new, fresh_link(console), LUMENMON_FROM="/root/dist")
    assert done.returncode == 1, done
    assert "is not what SHA256SUMS says" in done.stderr
    new.run("cd /root/dist && cp lumenmond_*.deb $(echo lumenmon-agentd_*.deb)")
    new.run("cd /root/dist && sha256sum *.deb >SHA256SUMS")
    done = script(new, fresh_link(console), LUMENMON_FROM="/root/dist")
    assert (done.returncode, "is not the package" in done.stderr) == (1, True), done
    new.run("rm /root/dist/SHA256SUMS")
    done = script(new, fresh_link(console), LUMENMON_FROM="/root/dist")
    assert (done.returncode, "no SHA256SUMS" in done.stderr) == (1, True), done
    assert_nothing_changed(new)


def test_an_expired_link_and_another_host_key(console: Host, new: Host) -> None:
    line = invite_line(console)
    link = link_in(line)
    key = link.host_key.base64
    other = f"{key[:-2]}{'A' if key[-2] != 'A' else 'B'}{key[-1]}"
    done = paste(new, line.replace(key, other))
    assert done.returncode == 1, done
    assert "host key" in done.stderr
    assert "nothing was sent" in done.stderr
    assert link.user in users(console, "reg_")

    expire(console, link.user)
    done = paste(new, line)
    assert done.returncode == 1, done
    assert "→" in done.stderr
    assert link.password not in done.stdout + done.stderr
    assert (
        users(console, "id_") == []
        or "console.json" not in new.run("ls /var/lib/lumenmon-agentd").stdout
    )
    assert "no" in new.run("test -e /var/lib/lumenmon-agentd/console.json || echo no").stdout
    # The package is there and idles; the next line needs only to register.
    assert paste(new, invite_line(console)).returncode == 0
    assert_streams(console, new)


@pytest.fixture
def https(console: Host) -> Iterator[None]:
    """The console's dashboard with a certificate that nobody vouches for, and of another name."""
    made = execute(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj",
         "/CN=another.example", "-keyout", "-", "-out", "-"],
    ).stdout  # fmt: skip
    key, _, certificate = made.partition("-----BEGIN CERTIFICATE-----")
    console.write(f"{TLS}/key.pem", key, mode=0o600)
    console.write(f"{TLS}/certificate.pem", f"-----BEGIN CERTIFICATE-----{certificate}")
    console.run("systemctl restart lumenmond-web")
    yield
    console.run(f"rm {TLS}/*.pem && systemctl restart lumenmond-web")


@pytest.mark.usefixtures("https")
def test_the_line_over_https_trusts_the_sum_alone(console: Host, bare: Host) -> None:
    line = invite_line(console)
    assert "u=https://" in line
    console.run(f"cp -a {HANDED_OUT} /root/whole && cd {HANDED_OUT} && {TAMPERED['a package']}")
    done = paste(bare, line)
    console.run(f"cp -a /root/whole/. {HANDED_OUT}")
    assert (done.returncode == 0, "Hash Sum mismatch" in done.stderr) == (False, True), done
    assert_nothing_changed(bare)
    assert bare.run("test -e /etc/ssl/certs/ca-certificates.crt", check=False).returncode == 1
    done = paste(bare, line)
    assert done.returncode == 0, done
    assert_streams(console, bare)


def test_no_line_while_the_dashboard_is_off(console: Host) -> None:
    console.run("systemctl stop lumenmond-web.socket lumenmond-web.service")
    try:
        printed = console.run(["lumenmonctl", "invite"]).stdout
    finally:
        console.run("systemctl start lumenmond-web.socket lumenmond-web.service")
    assert "apt-helper" not in printed
    assert "sudo lumenmonctl register 'ssh://" in printed


def test_a_system_without_what_is_needed_is_left_as_it_is(console: Host, new: Host) -> None:
    release = new.read("/etc/os-release")
    for name, number in (("ubuntu", "24.04"), ("debian", "11"), ("raspbian", "12")):
        new.run("cat >/etc/os-release", input=f'ID={name}\nVERSION_ID="{number}"\n')
        done = script(new, fresh_link(console))
        assert done.returncode == 1, done
        assert f"this is {name} {number}" in done.stderr
        assert "LUMENMON_UNTESTED=1" in done.stderr
    new.run("cat >/etc/os-release", input=release)
    hidden = "mount -t tmpfs none /run/systemd && exec /srv/dist/install.sh"
    done = new.run(["unshare", "-m", "sh", "-c", hidden], check=False)
    assert (done.returncode, "systemd" in done.stderr) == (1, True), done
    done = new.run(["/srv/dist/install.sh"], user="nobody", check=False)
    assert (done.returncode, "root" in done.stderr) == (1, True), done
    for program, said, needed in (
        ("systemctl", "systemd 247 (247.3-7)", "systemd 252"),
        ("dpkg-query", "installed 3.9.2-3", "Python 3.11"),
    ):
        new.write(f"/root/old/{program}", f"#!/bin/sh\necho '{said}'\n", mode=0o755)
        done = new.run("PATH=/root/old:$PATH /srv/dist/install.sh", check=False)
        assert (done.returncode, f"needs {needed} or newer" in done.stderr) == (1, True), done
        new.run("rm -r /root/old")
    assert_nothing_changed(new)


def test_what_apt_cannot_do_is_not_begun(console: Host, bare: Host) -> None:
    """A derivative that lacks a dependency is left without a package half-installed."""
    bare.write(
        "/etc/apt/preferences.d/none",
        "Package: python3-paramiko\nPin: version *\nPin-Priority: -1\n",
    )
    try:
        done = script(bare, fresh_link(console))
    finally:
        bare.run("rm /etc/apt/preferences.d/none")
    assert (done.returncode, "python3-paramiko" in done.stderr) == (1, True), done
    assert "nothing was installed" in done.stderr
    assert_nothing_changed(bare)


def test_an_untested_system_is_used_when_told_so(console: Host, new: Host) -> None:
    release = new.read("/etc/os-release")
    new.run("cat >/etc/os-release", input='ID=ubuntu\nVERSION_ID="24.04"\n')
    try:
        done = script(new, fresh_link(console), LUMENMON_UNTESTED="1")
    finally:
        new.run("cat >/etc/os-release", input=release)
    assert done.returncode == 0, done
    assert "untested on ubuntu 24.04" in done.stderr
    assert_streams(console, new)


@pytest.mark.parametrize(
    ("arguments", "env"),
    [
        (["--force"], {}),
        ([], {"LUMENMON_INVITE": ""}),
        ([], {"LUMENMON_INVITE": "ssh://console"}),
        ([], {"LUMENMON_FROM": "/srv/dist", "LUMENMON_REPO": "http://console"}),
        ([], {"LUMENMON_REPO": "console"}),
        ([], {"LUMENMON_REPO": "http://a b"}),
        ([], {"LUMENMON_KEY": "key"}),
        ([], {"LUMENMON_FROM": "http://console:8080/install"}),
    ],
)
def test_wrong_use(console: Host, arguments: list[str], env: dict[str, str]) -> None:
    done = console.run(["/srv/dist/install.sh", *arguments], env=env, input="", check=False)
    assert done.returncode == 2, done
    assert done.stderr.startswith("install.sh: ") or "http" in env.get("LUMENMON_FROM", "")
