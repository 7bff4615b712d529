"""kill -9 in the midst of root's verbs, of a backup and of a restore: nothing stays half done."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from helpers import LONG, enrol_plain, make_key, ssh, users
from lab import RELEASES, Host, Network

if TYPE_CHECKING:
    from conftest import ImageOf

RELEASE = RELEASES[-1]
"""The release of the short run: the shadow tools are nearly the same in both."""
PROGRAM = Path(__file__).with_name("killer.py")
TOOLS = {
    "invite": ["useradd", "chpasswd"],
    "invite-pubkey": ["useradd"],
    "enroll": ["useradd", "userdel"],
    "remove": ["userdel"],
    "revoke": ["chpasswd", "userdel"],
    "expire": ["userdel"],
    "sweep": ["userdel"],
    "apply-sshd": [],
    "restore": [],
    "remove-accounts": ["userdel"],
}
MOMENTS = [str(moment) for moment in range(20, 1500, 60)] if LONG else []
SHORT = {"invite": ["useradd"], "enroll": ["useradd"], "remove": ["userdel"]}
BACKUP = "/root/b.tar.gz"


@pytest.fixture(scope="module", params=RELEASES if LONG else [RELEASE])
def console(request: pytest.FixtureRequest, image_console: ImageOf) -> Iterator[Host]:
    """A console for all tests of this module."""
    with Network("killed") as network:
        host = Host.boot(image_console(str(request.param)), "console", network)
        host.write("/opt/killer.py", PROGRAM.read_text())
        yield host


def takes_agents(console: Host) -> bool:
    """Whether port 2345 lets a new agent in that stores a sample."""
    identity = enrol_plain(console, console, make_key(console))
    sent = ssh(
        console, f"{identity}@console", key="/root/key", input="generic_x REAL 1 1\n@sync a\n"
    )
    return "@ok a" in sent.stdout or sent.returncode in (0, 1)


@pytest.mark.parametrize("verb", TOOLS if LONG else SHORT)
def test_a_helper_that_is_killed(console: Host, verb: str) -> None:
    moments = [*TOOLS[verb] * 5, *MOMENTS] if LONG else SHORT[verb]
    for _ in range(10):  # a request may end before it is killed
        printed = console.run(
            ["/usr/bin/python3", "/opt/killer.py", verb, *moments], timeout=60 + 30 * len(moments)
        )
        results = [json.loads(line) for line in printed.stdout.splitlines()]
        assert len(results) == len(moments)
        assert [result for result in results if result["wrong"]] == []
        if any(result["cut"] for result in results):
            break
    else:
        pytest.fail(f"each {verb} ended before it was killed")
    assert takes_agents(console)


def test_an_account_in_one_of_two_files(console: Host) -> None:
    """As useradd and userdel leave it when they are killed between /etc/passwd and /etc/shadow."""
    identity = enrol_plain(console, console, make_key(console))
    invited = console.run(["lumenmonctl", "invite", "--json"]).stdout
    user = json.loads(invited)["user"]
    gone = "id_" + "0" * 16
    console.run(
        f"sed -i '/^{identity}:/d; /^{user}:/d' /etc/shadow;"
        f"echo '{gone}:*:20000:0:99999:7:::' >>/etc/shadow"
    )
    assert not console.run("pwck -qr", check=False).ok
    console.run(["lumenmonctl", "invite"])
    shadow = console.run("cut -d: -f1 /etc/shadow").stdout.split()
    assert identity in shadow
    assert (gone in shadow, user in shadow, user in users(console, "reg_")) == (False,) * 3
    sent = ssh(console, f"{identity}@console", key="/root/key", input="")
    assert sent.returncode == 0, sent


def test_a_lock_of_a_process_that_is_gone(console: Host) -> None:
    for name in ("passwd", "shadow", "group"):
        console.run(f"printf 4000000 >/etc/{name}.lock")
    console.run(["lumenmonctl", "invite"])
    assert console.run("ls /etc/*.lock", check=False).stdout == ""


@pytest.mark.parametrize("verb", ["backup", "restore"])
def test_a_backup_or_a_restore_that_is_killed(console: Host, verb: str) -> None:
    identity = enrol_plain(console, console, make_key(console))
    console.run(f"rm -f {BACKUP}; lumenmonctl backup {BACKUP}")
    line = f"lumenmonctl {verb} {'--force' if verb == 'backup' else '--yes'} {BACKUP}"
    for moment in (0.2, 0.5, 0.8, 1.1, 1.5, 2, 3) if LONG else (0.5, 1.5):
        console.run(f"timeout --signal=KILL {moment} {line}", check=False, timeout=120)
        console.run(line, timeout=120)
        assert console.run("systemctl is-active lumenmond lumenmond-host.socket").ok
        assert identity in console.run(["lumenmonctl", "agents", "--json"]).stdout
        left = "ls -A /var/lib/lumenmon /var/lib/lumenmon-host /var/lib/lumenmon-web /root"
        assert "backup-" not in console.run(left).stdout
        assert ".restored" not in console.run(left).stdout
    assert takes_agents(console)
