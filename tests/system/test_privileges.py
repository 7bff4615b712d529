"""What the console's processes may do to their own host, and who may stand in for them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest
from helpers import wait_for_growth, wait_for_rows
from lab import RELEASES, Host, Network
from lab.fleet import INSTALL_TIMEOUT, enrol, install

if TYPE_CHECKING:
    from conftest import ImageOf

LIBRARY = "/usr/lib/python3/dist-packages"
DAEMONS = ("lumenmond", "lumenmond-web", "lumenmon-agentd")
STATES = {
    "lumenmond": ("lumenmon", "/var/lib/lumenmon"),
    "lumenmond-web": ("lumenmon-web", "/var/lib/lumenmon-web"),
    "lumenmon-agentd": ("lumenmon-agentd", "/var/lib/lumenmon-agentd"),
}
_PEERS = """
import json, pwd, socket, sys
sys.path.insert(0, sys.argv[1])
from lumenmon import paths, request
answers = {}
for path, owner in paths.SERVERS.items():
    with socket.socket(socket.AF_UNIX) as connection:
        request.connect(connection, path)
        answers[str(path)] = [owner, pwd.getpwuid(request.peer(connection).uid).pw_name]
print(json.dumps(answers))
"""


@pytest.fixture(scope="module", params=RELEASES)
def console(request: pytest.FixtureRequest, image_console: ImageOf) -> Iterator[Host]:
    """A console of each release that watches itself, for all tests of this module."""
    with Network("privileges") as network:
        host = Host.boot(image_console(str(request.param)), "console", network)
        install(host, ["lumenmon-agentd"])
        yield host


@pytest.fixture(scope="module")
def identity(console: Host) -> str:
    """The id of the console's own agent."""
    identity = enrol(console, console)
    wait_for_rows(console, identity)
    return identity


@pytest.mark.usefixtures("identity")
def test_each_socket_is_answered_by_its_user(console: Host) -> None:
    printed = console.run(["/usr/bin/python3", "-Ic", _PEERS, LIBRARY]).stdout
    answers = json.loads(printed)
    assert len(answers) == 7
    assert all(owner == user for owner, user in answers.values()), answers
    # The dashboard sees other users than root as nobody, and has found the daemon all the same.
    assert "lumenmond is down" not in console.run(["lumenmonctl", "status"], check=False).stdout


def test_an_upgrade_takes_the_directory_from_the_daemon(console: Host, identity: str) -> None:
    """As version 1.0.0 left it: the daemon's, with its sockets, and what an intruder put there."""
    console.run(
        "chown lumenmon:lumenmon /run/lumenmon; runuser -u lumenmon -- sh -c '"
        "cd /run/lumenmon; ln -s /etc/shadow live.sock; ln -s /etc control.sock; "
        "rm -f host.sock; ln -s /etc/shadow host.sock; mkdir -p enroll.sock.d/x'"
    )
    shadow = console.run("stat -c '%U %G %a' /etc/shadow").stdout
    console.run("apt-get -qy install --reinstall /debs/lumenmond_*.deb", timeout=INSTALL_TIMEOUT)
    console.run("systemctl restart lumenmond-host.socket")
    assert console.run("stat -c '%U %G %a' /run/lumenmon /etc/shadow").stdout == (
        f"root root 755\n{shadow}"
    )
    assert console.run("ls /run/lumenmon").stdout.split() == [
        "enroll.sock", "host.sock", "ingest.sock",
    ]  # fmt: skip
    taken = "cd /run/lumenmon && rm -f host.sock; ln -s /etc/shadow /run/lumenmon/x"
    assert not console.run(taken, user="lumenmon", check=False).ok
    assert console.run(["lumenmonctl", "invite", "list"]).ok
    wait_for_growth(console, f"{identity}_generic_cpu")


@pytest.mark.parametrize("daemon", DAEMONS)
def test_a_second_daemon_changes_nothing(console: Host, identity: str, daemon: str) -> None:
    user, state = STATES[daemon]
    look = f"find {state} /run/lumenmon* -path '*/spool/*' -prune -o -printf '%p %U %i\\n' | sort"
    before = console.run(look).stdout
    options = "" if daemon == "lumenmon-agentd" else "--config /nonexistent"
    again = console.run(f"{daemon} {options}", user=user, check=False)
    assert again.returncode == 1, again
    assert f"{daemon} runs already" in again.stderr
    assert f"sudo systemctl stop {daemon}" in again.stderr
    as_root = console.run(f"{daemon} {options}", check=False)
    assert as_root.returncode == 1, as_root
    assert f"cannot run as root: {state} belongs to {user}" in as_root.stderr
    assert console.run(look).stdout == before
    wait_for_growth(console, f"{identity}_generic_cpu")
