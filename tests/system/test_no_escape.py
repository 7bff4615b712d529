"""Nobody gets more out of the console than it means to give: not an agent, not an invite."""

from __future__ import annotations

import json
import re
import subprocess
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest
from helpers import (
    DATABASE,
    PORT,
    can_connect,
    enrol_plain,
    fresh_link,
    make_key,
    query,
    ssh,
    ssh_options,
    users,
)
from lab import RELEASES, Host, Network, Result

from lumenmon import term
from lumenmon.term import printable

if TYPE_CHECKING:
    from conftest import ImageOf

MARK = "/tmp/escaped"
HOSTILE = "=evil\x1b[2J\x1b]0;title\a\x9b31m\u202egnp.exe\u2066\u200b"
"""What moves a terminal: escapes of 7 and 8 bits, another direction, a character unseen."""
COLOURS = re.compile(r"\x1b\[[0-9;]*m")
BANNER = "SSH-2.0-"
SECRETS = (
    DATABASE,
    f"{DATABASE}-wal",
    "/var/lib/lumenmon-host/uids",
    "/var/lib/lumenmon-host/invites",
    "/var/lib/lumenmon-host/keys",
    "/var/lib/lumenmon",
    "/etc/shadow",
)
CLOSED = (
    "/run/lumenmond/live.sock",
    "/run/lumenmond/control.sock",
    "/run/lumenmon/host.sock",
    "/run/lumenmon/accounts.sock",
)
CLOSED_TO_AGENTS = (*CLOSED, "/run/lumenmon/enroll.sock")
CLOSED_TO_INVITES = (*CLOSED, "/run/lumenmon/ingest.sock")

_SOCKS = r"""
import socket, sys
with socket.create_connection(("127.0.0.1", 1080), 5) as connection:
    connection.sendall(b"\5\1\0")
    assert connection.recv(2) == b"\5\0"
    connection.sendall(b"\5\1\0\1\x7f\0\0\1" + (22).to_bytes(2, "big"))
    connection.settimeout(5)
    print(connection.recv(10)[1:2], connection.recv(100))
"""


_NAMED = r"""
import sqlite3, sys
database = sqlite3.connect(sys.argv[1])
with database:
    database.execute("UPDATE agents SET name = ? WHERE id = ?", (sys.argv[3], sys.argv[2]))
"""


@dataclass(frozen=True)
class Intruder:
    """Someone with good credentials for one of the two gateways, on a host of their own."""

    console: Host
    client: Host
    kind: str
    identity: str

    def credentials(self) -> tuple[str, str | None, str | None]:
        """A user, and its key or its password; an invite is a new one each time."""
        if self.kind == "agent":
            return self.identity, "/root/key", None
        link = fresh_link(self.console)
        return link.user, None, link.password

    def ssh(self, *command: str, options: tuple[str, ...] = (), input: str = "") -> Result:
        """Log in with a command or options."""
        user, key, password = self.credentials()
        return ssh(
            self.client,
            f"{user}@console",
            *command,
            key=key,
            password=password,
            options=options,
            input=input,
        )

    def during(self, options: tuple[str, ...], act: Callable[[str], str]) -> str:
        """What `act`, told the user, returns while a session with these options is open."""
        user, key, password = self.credentials()
        common, environment = ssh_options(self.client, key=key, password=password)
        line = ["ssh", *options, *common, "-p", str(PORT), f"{user}@console"]
        with subprocess.Popen(
            self.client.inside(line, env=environment),
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        ) as session:
            try:
                self.console.wait(f"ps -u {user} >/dev/null")
                time.sleep(0.5)
                return act(user)
            finally:
                session.kill()


@pytest.fixture(scope="module", params=RELEASES)
def console(request: pytest.FixtureRequest, image_console: ImageOf) -> Iterator[Host]:
    """A console of each release, for all tests of this module."""
    with Network("escape") as network:
        host = Host.boot(image_console(str(request.param)), "console", network)
        host.write("/.ssh/rc", f"touch {MARK}\n", mode=0o755)
        host.run("chmod 755 /.ssh")
        yield host


@pytest.fixture(scope="module")
def enrolled(console: Host, image_agent: ImageOf) -> tuple[Host, str]:
    """A client host with a plain key, and the id of that key."""
    client = Host.boot(image_agent(console.release), "client", console.network)
    return client, enrol_plain(console, client, make_key(client))


@pytest.fixture(params=["agent", "invite"])
def intruder(
    request: pytest.FixtureRequest, console: Host, enrolled: tuple[Host, str]
) -> Iterator[Intruder]:
    """An agent, then an invite; whatever they tried left no mark on the console."""
    client, identity = enrolled
    yield Intruder(console, client, str(request.param), identity)
    assert not console.run(["test", "-e", MARK], check=False).ok


def test_no_shell_and_no_command(intruder: Intruder) -> None:
    for command in (f"touch {MARK}", "id", "/bin/sh", "rsync --server -e.LsfxC . /tmp", "sftp"):
        tried = intruder.ssh(command)
        assert "uid=" not in tried.stdout, tried
    shell = intruder.ssh(input=f"touch {MARK}\nid\n")
    assert shell.returncode != 0
    assert "uid=" not in shell.stdout
    terminal = intruder.ssh(options=("-tt", "-o", "LogLevel=INFO"), input=f"touch {MARK}\n")
    assert "PTY allocation request failed" in terminal.stderr


def test_no_files(intruder: Intruder) -> None:
    user, key, password = intruder.credentials()
    common, environment = ssh_options(intruder.client, key=key, password=password)
    port = ["-P", str(PORT)]
    attempts = (
        ["sftp", *port, *common, f"{user}@console:/etc/passwd", "/root/stolen"],
        ["scp", *port, *common, f"{user}@console:/etc/passwd", "/root/stolen"],
        ["scp", "-O", *port, *common, f"{user}@console:/etc/passwd", "/root/stolen"],
        ["scp", *port, *common, "/etc/hostname", f"{user}@console:{MARK}"],
    )
    for attempt in attempts:
        tried = intruder.client.run(attempt, env=environment, check=False, input="")
        assert tried.returncode != 0, attempt
        assert not intruder.client.run("test -e /root/stolen", check=False).ok


def test_no_forwarding(intruder: Intruder) -> None:
    through = intruder.ssh(options=("-W", "127.0.0.1:22"))
    assert through.returncode != 0
    assert BANNER not in through.stdout

    for remote in ("12345:127.0.0.1:22", "/tmp/lumenmon-escape:127.0.0.1:22"):
        back = intruder.ssh(options=("-R", remote, "-o", "ExitOnForwardFailure=yes"))
        assert back.returncode == 255, back

    client = intruder.client

    def probe(command: str) -> Callable[[str], str]:
        return lambda user: client.run(command, check=False).stdout

    banner = "timeout 5 bash -c 'head -c 50 </dev/tcp/127.0.0.1/1022'"
    assert BANNER not in intruder.during(("-L", "1022:127.0.0.1:22"), probe(banner))
    assert intruder.during(("-L", "1022:/run/lumenmond/live.sock"), probe(banner)) == ""

    def socks(user: str) -> str:
        return client.run(["/usr/bin/python3", "-c", _SOCKS], check=False).stdout

    assert BANNER not in intruder.during(("-D", "1080"), socks)


def test_no_agent_no_display_no_environment(intruder: Intruder) -> None:
    def environment(user: str) -> str:
        found = intruder.console.run(
            f"for pid in $(pgrep -u {user}); do tr '\\0' '\\n' </proc/$pid/environ; done; "
            f"find /tmp -user {user}"
        )
        return found.stdout

    intruder.client.run("pgrep ssh-agent >/dev/null || ssh-agent -a /root/agent.sock", check=False)
    options = ("-A", "-X", "-o", "SetEnv=LC_ALL=lumenmon-escape LD_PRELOAD=/lumenmon-escape")
    seen = intruder.during((*options, "-o", "ForwardAgent=/root/agent.sock"), environment)
    assert "SSH_CONNECTION" in seen, seen
    assert "SSH_AUTH_SOCK" not in seen
    assert "DISPLAY" not in seen
    assert "lumenmon-escape" not in seen
    assert "/tmp" not in seen


def test_the_wrong_kind_of_login(console: Host, enrolled: tuple[Host, str]) -> None:
    client, identity = enrolled
    tried = ssh(client, f"{identity}@console", password="")
    assert "Permission denied" in tried.stderr
    link = fresh_link(console)
    tried = ssh(client, f"{link.user}@console", key="/root/key")
    assert "Permission denied" in tried.stderr
    for user in ("root", "lumenmon", "nobody"):
        assert "Permission denied" in ssh(client, f"{user}@console", key="/root/key").stderr


def test_nothing_from_inside_either(console: Host, enrolled: tuple[Host, str]) -> None:
    _, identity = enrolled
    invited = fresh_link(console).user
    assert invited in users(console, "reg_")
    for user, sockets in ((identity, CLOSED_TO_AGENTS), (invited, CLOSED_TO_INVITES)):
        become = console.run(
            ["su", user, "-c", "id"], user="nobody", check=False, input="\n", timeout=30
        )
        assert become.returncode != 0
        for path in SECRETS:
            opened = console.run(f"cat {path} || ls {path}/", user=user, check=False)
            assert opened.returncode != 0, (user, path)
        assert not console.run(
            f"touch /var/lib/lumenmon-host/keys/{user}", user=user, check=False
        ).ok
        for socket in sockets:
            assert console.run(["test", "-S", socket], check=False).ok, socket
            assert not can_connect(console, user, socket), (user, socket)


def test_the_comment_of_a_key_names_no_other_agent(
    console: Host, enrolled: tuple[Host, str]
) -> None:
    _, victim = enrolled
    comments = (f"x@{victim}", "--purge", "../../etc/passwd", f"x@{victim[:9]}", "x@web;reboot")
    rogues = [_enrol_with(console, comment) for comment in comments]
    plain = _enrol_with(console, "root@web-1")
    named = {str(id): str(name) for id, name in query(console, "SELECT id, name FROM agents")}
    assert [named[rogue] for rogue in rogues] == rogues
    assert named[plain] == "web-1"
    for word in ("web", plain[:8], "--purge", victim.removeprefix("id_")):
        refused = console.run(["lumenmonctl", "remove", "--yes", "--", word], check=False)
        assert "no agent is called" in refused.stderr, refused
    assert plain in console.run(["lumenmonctl", "show", plain[:12]]).stdout
    for name in (victim, "id_abc", "reg_1", "--purge", "a/b", ".."):
        refused = console.run(["lumenmonctl", "rename", "--", plain, name], check=False)
        assert refused.returncode == 1, refused
        assert "a name " in refused.stderr

    # As a console of 1.0.0 had them: the rogue by the victim's id, another by the victim's name.
    console.run("systemctl stop lumenmond.service")
    console.run(["/usr/bin/python3", "-c", _NAMED, DATABASE, rogues[0], victim], user="lumenmon")
    console.run("systemctl start lumenmond.service")
    told = console.run("journalctl --no-pager -u lumenmond LUMENMON_EVENT=agent-name-replaced")
    assert f"agent {rogues[0]} was called {victim}" in told.stdout
    removed = console.run(["lumenmonctl", "remove", "--yes", rogues[0]]).stdout
    assert rogues[0] in removed
    assert victim in users(console, "id_")
    console.run(["lumenmonctl", "remove", "--yes", "web-1"])
    assert plain not in users(console, "id_")


def _enrol_with(console: Host, comment: str) -> str:
    """Enrol a new key with a comment; return the agent's id."""
    line = make_key(console).line.rsplit(" ", 1)[0]
    console.write("/root/rogue.pub", f"{line} {comment}\n")
    return console.run("lumenmonctl invite --pubkey /root/rogue.pub").stdout.split()[1].strip(",")


def test_no_terminal_obeys_what_an_agent_sends(console: Host, enrolled: tuple[Host, str]) -> None:
    client, identity = enrolled
    now = int(time.time())
    lines = f"evil.tsv TEXT\n{now} 0 {HOSTILE}\n{now} {HOSTILE}\nbad{HOSTILE}.tsv TEXT\n"
    ssh(client, f"{identity}@console", key="/root/key", input=lines)
    for words in (
        f"show {identity}",
        f"show {identity} --json",
        f"query {identity} evil",
        f"query {identity} evil --csv",
        f"query {identity} evil --json",
        f"query {identity} '{HOSTILE}'",
        f"show '{HOSTILE}'",
        f"rename {identity} '{HOSTILE}'",
        f"'{HOSTILE}'",
        "agents --json",
        "status",
        "logs --no-follow -n 1000",
    ):
        shown = console.run(["script", "-qec", f"lumenmonctl {words}", "/dev/null"], check=False)
        assert shown.stdout, words
        left = COLOURS.sub("", shown.stdout)
        assert [c for c in left if c not in "\r\n" and printable(c) != c and c != "�"] == [], words
    # A pipe may end at a terminal too: ssh console lumenmonctl ...
    piped = console.run(["lumenmonctl", "query", identity, "evil", "--json"]).stdout
    assert term.guarded(piped) == piped
    assert json.loads(piped)[-1]["value"] == HOSTILE
    table = console.run(["lumenmonctl", "query", identity, "evil", "--csv"]).stdout
    assert table.splitlines()[-1].endswith(f",'{printable(HOSTILE)}")
