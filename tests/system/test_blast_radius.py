"""What each part can and cannot do once it is somebody else's: lines of the table in HACKING.md.

What other modules hold is named there; here are those that need a whole console with an agent.
"""

from __future__ import annotations

import json
import shlex
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest
from helpers import DATABASE, LONG, wait_for_rows
from lab import RELEASES, Host, Network
from lab.fleet import enrol
from named import Faults, wait_named, wait_until

if TYPE_CHECKING:
    from conftest import ImageOf

ASK = """
import sys
from pathlib import Path
from lumenmon import request
from lumenmon.errors import LumenmonError
import json
try:
    request.call(Path(sys.argv[1]), sys.argv[2], **json.loads(sys.argv[3]))
    print("done")
except LumenmonError as error:
    print("refused:", error.message)
"""
NOTHING = {"id": "id_" + "0" * 16}
ROOT_ALONE = {
    "invite-pubkey": {"key": "ssh-ed25519 x"},
    "expire": {},
    "apply-sshd": {},
}
"""Verbs of the root helper that not even the dashboard may ask for."""
SECRETS = (
    "/etc/shadow", "/etc/ssh/ssh_host_ed25519_key", "/var/lib/lumenmon-host/uids",
    "/root/.bashrc", "/proc/1/environ", "/etc/lumenmon/tls/key.pem",
)  # fmt: skip
PLACES = (
    "/etc", "/usr/lib", "/root", "/run/lumenmon", "/var/lib/lumenmon-host",
    "/etc/ssh/sshd_config.d", "/var/spool/cron", "/boot",
)  # fmt: skip
REACH = """
import socket, sys
for kind, address in ((socket.AF_INET, ("127.0.0.1", 22)), (socket.AF_INET, (sys.argv[1], 22))):
    try:
        socket.create_connection(address, 2)
        print("reached", address)
    except OSError:
        pass
print("<4>tried", flush=True)
"""

TURNED = """
import ctypes, os, socket, sys
from lumenmond.web import serve

def turn(web):
    client = socket.socket(fileno=os.dup(3))
    assert ctypes.CDLL(None).connect(client.fileno(), bytes(28), 28) == 0
    client.settimeout(2)
    for address in ("::ffff:127.0.0.1", sys.argv.pop()):
        try:
            client.connect((address, 22))
            print("<4>reached", address, flush=True)
        except OSError as error:
            print("<4>kept from", address, repr(error), flush=True)

serve.Web.run = turn
serve.main([])
"""
"""The dashboard, until it would serve: then its listening socket is turned round (connect(2))."""
LOCK = """
import fcntl, os, struct, time
shared = os.open("/var/lib/lumenmon/metrics.db-shm", os.O_RDONLY)
fcntl.fcntl(shared, fcntl.F_SETLKW, struct.pack("hhqqi4x", fcntl.F_RDLCK, 0, 120, 8, 0))
print("locked", flush=True)
time.sleep(1000)
"""
"""What whoever may read the database can do to it: all of its locks, shared."""


@pytest.fixture(scope="module", params=RELEASES if LONG else RELEASES[:1])
def host(request: pytest.FixtureRequest, image_both: ImageOf) -> Iterator[Host]:
    """A console that monitors itself, with a member of its group."""
    with Network("radius") as network:
        host = Host.boot(image_both(str(request.param)), "console", network)
        wait_for_rows(host, enrol(host, host))
        host.run("useradd -G lumenmon member && mkdir -p /etc/lumenmon/tls")
        host.run("install -m 600 /dev/null /etc/lumenmon/tls/key.pem; touch /root/.bashrc")
        yield host


def ask(host: Host, user: str, socket: str, verb: str, args: object) -> str:
    """What a user hears who asks for a verb."""
    program = ["/usr/bin/python3", "-c", ASK, socket, verb, json.dumps(args)]
    return host.run(program, user=user).stdout


def inside(host: Host, unit: str, command: str) -> str:
    """What a command prints that has all that a service has: its namespaces, user and rights."""
    pid = host.run(["systemctl", "show", "-P", "MainPID", unit]).stdout.strip()
    user = host.run(["systemctl", "show", "-P", "User", unit]).stdout.strip()
    groups = "--init-groups" if user == "lumenmon-web" else "--clear-groups"
    enter = f"nsenter -t {pid} -m -n -i -u --"
    become = f"setpriv --reuid {user} --regid {user} {groups} --no-new-privs --bounding-set=-all"
    line = f"{enter} {become} --inh-caps=-all sh -c {shlex.quote(command)}"
    return host.run(line, check=False).stdout


@pytest.mark.parametrize("unit", ["lumenmond", "lumenmond-web", "lumenmon-agentd"])
def test_a_service_reads_and_writes_no_more_than_its_own(host: Host, unit: str) -> None:
    for path in SECRETS:
        assert inside(host, unit, f"cat {path}") == "", path
    for place in PLACES:
        inside(host, unit, f"touch {place}/lumenmon-was-here")
        assert not host.run(f"test -e {place}/lumenmon-was-here", check=False).ok, place
    others = {
        "lumenmond": ["/var/lib/lumenmon-web/auth.db", "/var/lib/lumenmon-agentd/id_ed25519"],
        "lumenmond-web": ["/var/lib/lumenmon-agentd/id_ed25519"],
        "lumenmon-agentd": ["/var/lib/lumenmon-web/auth.db", DATABASE],
    }
    for path in others[unit]:
        assert inside(host, unit, f"cat {path} | head -c 1") == "", path


@pytest.mark.parametrize("unit", ["lumenmond", "lumenmond-web"])
def test_the_console_s_daemons_have_no_network(host: Host, unit: str) -> None:
    """Asked in the unit: nspawn keeps Debian 13 from PrivateNetwork=, and the filter holds too."""
    host.write("/opt/reach.py", REACH)
    program = f"/usr/bin/python3 -I /opt/reach.py {host.address}"
    assert "reached" in host.run(program).stdout
    drop_in = f"/run/systemd/system/{unit}.service.d"
    host.write(f"{drop_in}/reach.conf", f"[Service]\nExecStartPre={program}\n")
    try:
        host.run(f"systemctl daemon-reload; systemctl restart {unit}")
        host.wait(lambda: "tried" in host.journal(f"{unit}.service"))
        said = host.journal(f"{unit}.service")
    finally:
        host.run(f"rm -r {drop_in}; systemctl daemon-reload; systemctl restart {unit}")
    assert "reached" not in said


def test_the_dashboard_s_own_socket_leads_nowhere(host: Host) -> None:
    """It is the host's, and with no filter and no Landlock it reaches all that the host does."""
    host.write("/opt/turned.py", TURNED)
    drop_in = "/run/systemd/system/lumenmond-web.service.d"
    program = f"/usr/bin/python3 /opt/turned.py ::ffff:{host.address}"
    lines = ["[Service]", "Type=simple", "Restart=no", "ExecStart=", f"ExecStart={program}", ""]
    host.write(f"{drop_in}/turned.conf", "\n".join(lines))
    host.run("systemctl daemon-reload; systemctl restart lumenmond-web")
    host.wait(lambda: host.journal("lumenmond-web.service").count("kept from") == 2)
    host.run(f"rm -r {drop_in}; systemctl daemon-reload; systemctl restart lumenmond-web || true")
    said = host.journal("lumenmond-web.service")
    assert "reached" not in said
    assert "cannot keep" not in said
    host.run("systemctl restart lumenmond-web.socket lumenmond-web.service; lumenmonctl login")


def test_lumenmond_asks_the_root_helper_for_nothing(host: Host) -> None:
    asked = {**ROOT_ALONE, "remove": NOTHING, "invites": {}, "invite": {"host": "c", "port": 1}}
    for verb, args in asked.items():
        said = ask(host, "lumenmon", "/run/lumenmon/host.sock", verb, args)
        assert said.startswith("refused: no right to use"), said


def test_the_dashboard_invites_and_removes_and_no_more(host: Host) -> None:
    for verb, args in ROOT_ALONE.items():
        said = ask(host, "lumenmon-web", "/run/lumenmon/host.sock", verb, args)
        assert said.startswith("refused: lumenmon-web may not ask"), said
    control = "/run/lumenmond/control.sock"
    for verb, arguments in (
        ("forget", NOTHING),
        ("backup", {"path": "/var/lib/lumenmon/x"}),
        ("enrolled", {**NOTHING, "comment": "", "fingerprint": ""}),
    ):
        assert ask(host, "lumenmon-web", control, verb, arguments).startswith("refused: no right")
    written = f"import sqlite3; sqlite3.connect('{DATABASE}').execute('DELETE FROM agents')"
    program = ["/usr/bin/python3", "-c", written]
    assert "readonly" in host.run(program, user="lumenmon-web", check=False).stderr


def test_a_member_of_the_group_reads_and_changes_nothing(host: Host) -> None:
    assert "console" in host.run(["lumenmonctl", "agents"], user="member").stdout
    identity = json.loads(host.run(["lumenmonctl", "agents", "--json"]).stdout)[0]["id"]
    for words in (
        ["rename", identity, "mine"], ["remove", "--yes", identity], ["invite"], ["login"],
        ["backup", "/tmp/b"], ["token", "create", "x"],
    ):  # fmt: skip
        refused = host.run(["lumenmonctl", *words], user="member", check=False)
        assert refused.returncode == 1, words
        assert "root" in refused.stderr
    for verb, args in {**ROOT_ALONE, "remove": {"id": identity}, "invites": {}}.items():
        said = ask(host, "member", "/run/lumenmon/host.sock", verb, args)
        assert said.startswith("refused: no right to use"), said
    said = ask(
        host, "member", "/run/lumenmond/control.sock", "rename", {"agent": identity, "name": "m"}
    )
    assert said.startswith("refused: no right"), said
    said = ask(host, "member", "/run/lumenmon-web/control.sock", "login-link", {"role": "admin"})
    assert said.startswith("refused: no right"), said
    for path in (*SECRETS, "/var/lib/lumenmon-web/auth.db", "/var/lib/lumenmon-agentd/id_ed25519"):
        assert not host.run(["cat", path], user="member", check=False).ok, path


def is_unlocked(found: Faults) -> bool:
    """Whether nothing is said of a lock any more."""
    return not any("locked" in line["text"] for line in (*found.parts, *found.checks))


def test_a_member_who_locks_the_database_is_named(host: Host) -> None:
    restarts = "systemctl show -P NRestarts lumenmond"
    before = host.run(restarts).stdout
    host.write("/opt/lock.py", LOCK)
    host.run("systemd-run --quiet --unit=lock --uid=member /usr/bin/python3 -I /opt/lock.py")
    wait_named(host, "another process has locked .*; samples wait", "sudo lslocks")
    holder = host.run("systemctl show -P MainPID lock").stdout.strip()
    assert f" {holder} " in host.run("lslocks --notruncate | grep metrics.db").stdout
    host.run("systemctl stop lock")
    wait_until(host, is_unlocked, "the lock is gone")
    assert host.run(restarts).stdout == before


def test_the_agents_account_is_no_way_to_root(host: Host) -> None:
    shown = host.run("systemctl show lumenmon-agentd -P CapabilityBoundingSet -P NoNewPrivileges")
    assert shown.stdout.split() == ["yes"]
    assert host.run("ps -o user= -C ssh").stdout.split() == ["lumenmon-agentd"]
    arguments = host.run("ps -o args= -C ssh").stdout
    for forwarding in (" -R", " -L", " -D", " -A", " -X", " -w"):
        assert forwarding not in arguments
    for way in ("sudo -n true", "su -c true root </dev/null", "systemctl restart ssh </dev/null"):
        assert not host.run(way, user="lumenmon-agentd", check=False).ok, way
