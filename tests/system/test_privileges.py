"""What the console's processes may do to their own host, and who may stand in for them."""

from __future__ import annotations

import json
import re
import subprocess
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

PROGRAM = "/usr/lib/lumenmon/host"
HELPERS = (
    "lumenmond-host@", "lumenmond-enroll@", "lumenmond-accounts@", "lumenmond-sweep",
    "lumenmond-setup",
)  # fmt: skip
KEPT = {
    "lumenmond-host@": {"/etc/lumenmon/lumenmon-test"},
    "lumenmond-setup": {"/etc/lumenmon/lumenmon-test", "/etc/ssh/lumenmon-test"},
}
"""Where a helper keeps the rules of both ports, and makes host keys."""
OBEYED = (
    "/etc/bash.bashrc",
    "/etc/cron.d/lumenmon-test",
    "/etc/crontab",
    "/etc/environment",
    "/etc/fstab",
    "/etc/gai.conf",
    "/etc/hosts",
    "/etc/hosts.allow",
    "/etc/ld.so.conf",
    "/etc/ld.so.conf.d/lumenmon-test.conf",
    "/etc/ld.so.preload",
    "/etc/login.defs",
    "/etc/nsswitch.conf",
    "/etc/pam.conf",
    "/etc/pam.d/sshd",
    "/etc/profile",
    "/etc/profile.d/lumenmon-test.sh",
    "/etc/rc.local",
    "/etc/resolv.conf",
    "/etc/security/pam_env.conf",
    "/etc/shells",
    "/etc/ssh/sshd_config",
    "/etc/sudoers",
    "/etc/sudoers.d/lumenmon-test",
    "/etc/systemd/system/lumenmon-test.service",
    "/root/.ssh/authorized_keys",
    "/run/lumenmon-test",
    "/run/lumenmon/lumenmon-test",
    "/run/systemd/system/lumenmon-test.service",
    "/usr/local/bin/lumenmon-test",
    "/var/lib/dpkg/lumenmon-test",
    "/var/spool/cron/crontabs/root",
)
"""What root or a login obeys, whether or not a host has it."""
DATABASE = {
    f"/etc/{name}{kept}"
    for name in ("group", "gshadow", "passwd", "shadow", "subgid", "subuid")
    for kept in ("", "-")
}
REACHED = (r"/run/lumenmon(d|-web)?/.*", r"/run/systemd/journal/.*", r"/run/systemd/notify")
_PROBE = """
import json, os, socket, sys
written, reached, seen = [], [], []
for pid in filter(str.isdigit, os.listdir("/proc")):
    try:
        if int(pid) != os.getpid():
            os.listdir(f"/proc/{{pid}}/root")
            with open(f"/proc/{{pid}}/cmdline") as file:
                seen.append(file.read())
    except OSError:
        pass
paths = {paths!r}
for entry in os.scandir("/etc"):
    if not entry.is_symlink():
        paths += (entry.path + "/lumenmon-test" if entry.is_dir() else entry.path,)
for path in paths:
    there = os.path.lexists(path)
    try:
        os.close(os.open(path, os.O_WRONLY | os.O_CREAT, 0o600))
    except OSError:
        continue
    written.append(path)
    if not there:
        os.unlink(path)
for top, _, names in os.walk("/run"):
    for path in [os.path.join(top, name) for name in names]:
        for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM, socket.SOCK_SEQPACKET):
            with socket.socket(socket.AF_UNIX, kind) as connection:
                if connection.connect_ex(path) == 0:
                    reached.append(path)
print("<4>" + json.dumps([written, reached, seen]), flush=True)
"""
_ASK = """
import socket, sys
with socket.socket(socket.AF_UNIX) as connection:
    connection.settimeout(30)
    connection.connect(sys.argv[1])
    print(b"".join(iter(lambda: connection.recv(65536), b"")).decode())
"""
_SILENT = """
import select, socket
held = select.poll()
callers = {}
def call():
    caller = socket.socket(socket.AF_UNIX)
    caller.connect("/run/lumenmon/host.sock")
    callers[caller.fileno()] = caller
    held.register(caller, select.POLLIN)
for _ in range(64):
    call()
print("held", flush=True)
held.register(0, select.POLLIN)
while True:
    for number, _ in held.poll():
        if number == 0:
            raise SystemExit
        held.unregister(number)
        callers.pop(number).close()
        call()
"""
_INVITE = """
import sys
sys.path.insert(0, sys.argv[1])
from lumenmon import paths, request
print(request.call(paths.HOST_SOCKET, sys.argv[2], 60.0, **eval(sys.argv[3])))
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
    assert len(answers) == 8
    assert all(owner == user for owner, user in answers.values()), answers
    # The dashboard sees other users than root as nobody, and has found the daemon all the same.
    assert "lumenmond is down" not in console.run(["lumenmonctl", "status"], check=False).stdout


def test_an_upgrade_takes_the_directory_from_the_daemon(console: Host, identity: str) -> None:
    """As version 1.0.0 left it: the daemon's, with its sockets, and what an intruder put there."""
    names = console.run("ls /run/lumenmon").stdout
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
    assert console.run("ls /run/lumenmon").stdout == names
    taken = "cd /run/lumenmon && rm -f host.sock; ln -s /etc/shadow /run/lumenmon/x"
    assert not console.run(taken, user="lumenmon", check=False).ok
    assert console.run(["lumenmonctl", "invite", "list"]).ok
    wait_for_growth(console, f"{identity}_generic_cpu")


@pytest.mark.parametrize("daemon", DAEMONS)
def test_a_second_daemon_changes_nothing(console: Host, identity: str, daemon: str) -> None:
    user, state = STATES[daemon]
    # What is the daemons' own and not made again and again while they run.
    look = (
        f"find {state} /run/lumenmon* -path '*/spool/*' -prune -o -name 'status.json*' -prune -o "
        "-printf '%p %U %i\\n' | sort"
    )
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


def probe(console: Host, unit: str) -> tuple[set[str], set[str], list[str]]:
    """What a helper can write, the sockets that it reaches, and whose file systems it sees."""
    name = f"{unit}.service"
    helper, main, _ = console.run(["cat", PROGRAM]).stdout.partition("raise SystemExit(main())")
    assert main
    console.write("/opt/probe.py", helper + _PROBE.format(paths=OBEYED))
    console.write(
        f"/run/systemd/system/{name}.d/probe.conf",
        "[Unit]\nConditionPathExists=\nConditionDirectoryNotEmpty=\n"
        "[Service]\nExecStart=\nExecStart=/usr/bin/python3 -I /opt/probe.py\n",
    )
    console.run("systemctl daemon-reload")
    try:
        if unit.endswith("@"):
            path = f"/run/lumenmon/{unit.removeprefix('lumenmond-').removesuffix('@')}.sock"
            printed = console.run(["/usr/bin/python3", "-Ic", _ASK, path]).stdout
        else:
            console.run(f"systemctl start {name}")
            console.wait(f"journalctl -b -o cat -u {name} | grep -q '^\\[\\['")
            printed = console.journal(name)
    finally:
        console.run(f"rm -r /run/systemd/system/{name}.d; systemctl daemon-reload")
    line = next(line for line in printed.splitlines() if line.endswith("]]"))
    written, reached, seen = json.loads(line.removeprefix("<4>"))
    return set(written), set(reached), seen


@pytest.mark.parametrize("unit", HELPERS)
def test_a_helper_writes_nothing_that_root_obeys(console: Host, unit: str) -> None:
    written, reached, seen = probe(console, unit)
    if unit == "lumenmond-accounts@":
        # No mount forbids a name that is not there, in the directory where the shadow tools work.
        there = console.run("ls -d /etc/*").stdout.split()
        written = {path for path in written if path in there or path.count("/") > 2} - DATABASE
    assert written - KEPT.get(unit, set()) == set()
    assert [p for p in reached if not any(re.fullmatch(known, p) for known in REACHED)] == []
    assert seen == [], "through /proc/PID/root, with all that these may write and reach"


@pytest.mark.parametrize("unit", ["lumenmond", "lumenmond-web", "lumenmon-ssh-log"])
def test_a_daemon_reaches_neither_systemd_nor_the_bus(console: Host, unit: str) -> None:
    """Even as root in its place."""
    shown = console.run(f"systemctl show --property=MainPID --value {unit}").stdout.strip()
    enter = ["nsenter", f"--target={shown}", "--mount", "--net"]
    program = _PROBE.format(paths=OBEYED)
    printed = console.run([*enter, "/usr/bin/python3", "-Ic", program]).stdout
    written, reached, _ = json.loads(printed.removeprefix("<4>"))
    assert written == []
    assert [p for p in reached if not any(re.fullmatch(known, p) for known in REACHED)] == []


def test_silent_callers_keep_nobody_out(console: Host) -> None:
    """Who comes again as often as its connection is closed does not, either."""
    line = console.inside(["/usr/bin/python3", "-Ic", _SILENT], user="lumenmon-web")
    pipe = subprocess.PIPE
    with subprocess.Popen(line, stdin=pipe, stdout=pipe, text=True) as silent:
        assert silent.stdin
        assert silent.stdout
        try:
            assert silent.stdout.readline() == "held\n"
            console.wait(lambda: console.run(["lumenmonctl", "invite", "list"], check=False).ok)
        finally:
            silent.stdin.close()


def test_who_may_ask_for_nothing_is_not_waited_for(console: Host) -> None:
    asked = console.run(["/usr/bin/python3", "-Ic", _ASK, "/run/lumenmon/enroll.sock"], check=False)
    assert "root may not ask here" in asked.stdout, asked


def test_the_dashboard_cannot_use_up_the_uids(console: Host) -> None:
    now = int(console.run("date +%s").stdout) * 1000
    names = "".join(f"{99000 + n} reg_{now - n:013d}\n" for n in range(30))
    console.run("cat >>/var/lib/lumenmon-host/uids", input=names)
    ask = ["/usr/bin/python3", "-Ic", _INVITE, LIBRARY, "invite", "dict(host='c', port=2345)"]
    # The places of the callers before are free when their time is over.
    console.wait(
        lambda: (
            "30 were made within an hour"
            in console.run(ask, user="lumenmon-web", check=False).stderr
        )
    )
    assert console.run(["lumenmonctl", "invite"]).ok
