"""Every command of lumenmonctl on one console and one agent: it works, it says what is wrong with
its arguments, and it refuses who has no right."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from helpers import wait_for_rows
from lab import RELEASES, Host, Network, Result
from lab.fleet import INSTALL_TIMEOUT, REPOSITORY, enrol, invite
from lab.process import execute

import lumenmon_agentd.ctl
import lumenmond.ctl
from lumenmon.ctl import main

if TYPE_CHECKING:
    from conftest import ImageOf

BOTH, CONSOLE, AGENT = ("console", "agent"), ("console",), ("agent",)
SIDES = (lumenmond.ctl.SIDE, lumenmon_agentd.ctl.SIDE)
NAMES = sorted(command.name for command in main.commands(SIDES))
CTL = "lumenmonctl"
PAST = "printf 'word.tsv TEXT\\n1729123456 0 hello\\n' |"
TERMINAL = "TERM=xterm LC_ALL=C.UTF-8"


@dataclass(frozen=True)
class Works:
    """Lines that work, and what each has to print, on the hosts where they are."""

    where: tuple[str, ...]
    lines: tuple[tuple[str, str], ...]


def works(where: tuple[str, ...], *lines: tuple[str, str]) -> Works:
    return Works(where, lines)


WORK = {
    "version": works(BOTH, (f"{CTL} version", r"lumenmon \d"), (f"{CTL} --version", r"\d")),
    "help": works(BOTH, (f"{CTL} help", "status"), (f"{CTL} h logs", "--agent")),
    "status": works(
        BOTH, (f"{CTL} status", "all is well|has a warning"), (f"{CTL} s --json", '"ok": true'),
        (CTL, "● "),
    ),
    "doctor": works(BOTH, (f"{CTL} doctor", "checks"), (f"{CTL} doctor --json", '"checks"')),
    "logs": works(
        BOTH, (f"{CTL} logs --no-follow -n 5", "lumenmon|sshd"),
        (f"{CTL} l --no-follow --since '1 hour ago'", "lumenmon"),
    ),
    "agents": works(CONSOLE, (f"{CTL} agents", "VERSION"), (f"{CTL} a --json", "id_")),
    "show": works(
        CONSOLE, (f"{CTL} show agent", "generic_cpu"), (f"{CTL} show agent --json", "latest")
    ),
    "query": works(
        CONSOLE, (f"{CTL} query agent", "generic_mem"),
        (f"{CTL} q agent generic_cpu --from 5m --step 10s --csv", ","),
        (f"{CTL} query agent generic_cpu --json", r"\["),
        (f"{TERMINAL} script -qc '{CTL} query agent generic_cpu' /dev/null", "[⠁-⣿]"),
    ),
    "watch": works(
        CONSOLE, (f"{CTL} watch -n 1 agent generic_cpu", r"\d"),
        (f"{CTL} w -n 1 --json agent cpu", '"'),
    ),
    "dashboard": works(
        CONSOLE,
        # Its keys come from a pipe that is held open until it has shown what is there.
        (f"cd $(mktemp -d); mkfifo keys; {TERMINAL} script -qfc '{CTL} dashboard' shown <keys >out"
         " & exec 3>keys; until grep -q agent shown; do sleep 0.2; done; printf q >&3;"
         " wait; cat out", "agent"),
    ),
    "tag": works(CONSOLE, (f"{CTL} tag agent a b", "a, b"), (f"{CTL} tag agent", "none")),
    "rename": works(
        CONSOLE, (f"{CTL} rename agent other", "other"), (f"{CTL} rename other agent", "agent")
    ),
    "invite": works(
        CONSOLE, (f"{CTL} invite", "ssh://reg_"), (f"{CTL} i --host c.example --json", "c.example"),
        (f"{CTL} invite list", "reg_"),
        (f"{CTL} invite list --json | grep -o 'reg_[0-9]*' | xargs -n1 {CTL} invite revoke",
         "revoked"),
        (f"ssh-keygen -qt ed25519 -N '' -f /root/k && {CTL} invite --pubkey /root/k.pub", "id_"),
    ),
    "remove": works(
        CONSOLE,
        (f"{CTL} agents --json | grep -oE '\"id_[0-9a-f]+' | tr -d '\"' | while read id; do"
         f" {CTL} show $id | grep -q never && {CTL} remove --yes $id; done; true", "removed"),
    ),
    "login": works(
        CONSOLE, (f"{CTL} login", r"http://\S+/login\?token="), (f"{CTL} login --viewer --json",
                                                                '"viewer"'),
    ),
    "passwd": works(
        CONSOLE, (f"echo 'correct horse battery' | {CTL} passwd", "is set"),
        (f"{CTL} passwd --remove", "is gone"),
    ),
    "token": works(
        CONSOLE, (f"{CTL} token create graphs", r"\S{20}"), (f"{CTL} token list", "graphs"),
        (f"{CTL} token revoke graphs", "revoked"),
    ),
    "logout": works(CONSOLE, (f"{CTL} logout --all", "ended")),
    "backup": works(CONSOLE, (f"{CTL} backup --force /root/b", "1 agent")),
    "restore": works(CONSOLE, (f"{CTL} restore --yes /root/b", "restored")),
    "submit": works(
        AGENT, (f"{CTL} submit word TEXT hello --interval 60", "^$"),
        (f"{PAST} {CTL} submit -", "1 sample taken"),
    ),
    "unregister": works(AGENT, (f"{CTL} unregister", "no longer registered")),
    "register": works(AGENT, (f"{CTL} register '@LINK@'", "its samples are stored")),
    "stop": works(BOTH, (f"{CTL} stop", "stopped")),
    "start": works(BOTH, (f"{CTL} start", "started")),
    "restart": works(BOTH, (f"{CTL} restart", "restarted")),
    "update": works(
        BOTH,
        ("rm -f /etc/apt/sources.list /etc/apt/sources.list.d/*;"
         f" cp /repo/lumenmon.sources /etc/apt/sources.list.d; {CTL} update", "nothing newer"),
    ),
    "uninstall": works(AGENT, (f"{CTL} uninstall --yes", "data and configuration are kept")),
}  # fmt: skip
"""In the order in which they are tried."""

WRONG = {
    "agents": ["extra"], "backup": ["", "a b"], "dashboard": ["extra"], "doctor": ["extra"],
    "help": ["nonsense", "a b"],
    "invite": ["nonsense", "revoke", "revoke root", "--port 0", "list --pubkey k",
               "list reg_1234567890123", "--host 'a b'"],
    "login": ["extra", "--host a/b"], "logout": [""], "logs": ["-n -1", "extra", "--since soon"],
    "passwd": ["extra"],
    "query": ["", "agent cpu --from nonsense", "agent cpu --csv --json",
              "agent cpu --from 1h --to 2h"],
    "register": ["a b"], "remove": [""], "rename": ["", "agent"], "restart": ["extra"],
    "restore": [""], "show": [""], "start": ["extra"], "status": ["extra"], "stop": ["extra"],
    "submit": ["", "word", "word TEXT", "word WORD x", "word REAL x", "a.b REAL 1"], "tag": [""],
    "token": ["", "create", "list extra", "nonsense"], "uninstall": ["extra"],
    "unregister": ["extra"], "update": ["extra"], "version": ["extra"],
    "watch": ["", "agent", "agent cpu -n 0"],
}  # fmt: skip
"""What each command cannot be called with, beside an option that does not exist."""

ANYBODY = ("doctor", "help", "logs", "status", "version")
READERS = {
    "agents": "", "show": "agent", "query": "agent generic_cpu", "watch": "agent generic_cpu",
    "dashboard": "",
}  # fmt: skip
"""What members of the group may, and nobody else but root."""
ROOT = {
    "backup": "/tmp/b", "restore": "/tmp/b", "invite": "", "login": "", "logout": "--all",
    "passwd": "", "remove": "--yes agent", "rename": "agent x", "tag": "agent x",
    "token": "list", "start": "", "stop": "", "restart": "", "update": "--yes",
    "uninstall": "--yes", "register": "@LINK@", "unregister": "", "submit": "word TEXT x",
}  # fmt: skip


@pytest.fixture(scope="module")
def repository(debs: list[Path], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A signed repository with this tree's version; hosts see it at /repo."""
    place = tmp_path_factory.mktemp("apt") / "repo"
    for above in place.parents[:3]:
        above.chmod(0o755)  # apt reads as a user of its own
    script = str(REPOSITORY / "dev" / "repo")
    execute([script, "--output", str(place), "--url", "file:/repo"], timeout=120)
    return place


@pytest.fixture(scope="module", params=RELEASES)
def hosts(
    request: pytest.FixtureRequest, image_console: ImageOf, image_agent: ImageOf, repository: Path
) -> Iterator[dict[str, Host]]:
    """A console with an agent of the same release."""
    release, binds = str(request.param), {repository: "/repo"}
    with Network("commands") as network:
        console = Host.boot(image_console(release), "console", network, binds=binds)
        agent = Host.boot(image_agent(release), "agent", network, binds=binds)
        wait_for_rows(console, enrol(console, agent))
        yield {"console": console, "agent": agent}


def place(name: str) -> tuple[str, ...]:
    """The hosts that have a command."""
    if name in {command.name for command in main.COMMANDS}:
        return BOTH
    return CONSOLE if name in {each.name for each in lumenmond.ctl.SIDE.commands} else AGENT


def clean(result: Result) -> Result:
    """Every failure says in words what is wrong."""
    assert "Traceback" not in result.stdout + result.stderr, result
    return result


def test_the_tables_know_every_command() -> None:
    assert sorted(WORK) == NAMES
    assert sorted(WRONG) == NAMES
    assert sorted([*ANYBODY, *READERS, *ROOT]) == NAMES


@pytest.mark.parametrize("name", NAMES)
def test_wrong_use(hosts: dict[str, Host], name: str) -> None:
    host = hosts[place(name)[0]]
    for words in ("--nonsense", *WRONG[name]):
        tried = clean(host.run(f"{CTL} {name} {words}", check=False, input=""))
        assert tried.returncode == 2, (words, tried)
        assert re.search(r"usage: |lumenmonctl: .*\n  → ", tried.stderr), (words, tried)
        assert tried.stdout == ""


@pytest.mark.parametrize("name", NAMES)
def test_missing_rights(hosts: dict[str, Host], name: str) -> None:
    host = hosts[place(name)[0]]
    words = {**READERS, **ROOT}.get(name, "")
    if "@LINK@" in words:
        words = words.replace("@LINK@", invite(hosts["console"]))
    if name in ("logs", "doctor", "status"):
        words = {"logs": "--no-follow"}.get(name, "")
    line = f"{CTL} {name} {words}"
    if name == "dashboard":
        line = f"{TERMINAL} script -eqc '{line}' /dev/null"
    tried = clean(host.run(line, check=False, user="nobody", input=""))
    if name == "logs":
        assert tried.returncode == 1, tried
        assert "usermod -aG systemd-journal" in tried.stderr
    if name in ANYBODY:
        assert tried.returncode in ((0,) if name in ("help", "version") else (0, 1)), tried
        return
    assert tried.returncode == 1, tried
    said = tried.stderr + (tried.stdout if name == "dashboard" else "")
    assert "sudo" in said, tried
    if name in READERS:
        assert "usermod -aG lumenmon" in said


@pytest.mark.parametrize(("here", "there"), [("console", "register"), ("agent", "invite")])
def test_the_other_sides_commands_are_named(hosts: dict[str, Host], here: str, there: str) -> None:
    tried = clean(hosts[here].run([CTL, there], check=False, input=""))
    assert tried.returncode == 2
    assert "which is not installed on this host" in tried.stderr


def test_nothing_was_changed_without_the_right(hosts: dict[str, Host]) -> None:
    for host in hosts.values():
        assert host.units_failed() == []
        assert host.run([CTL, "status"], check=False).returncode == 0


def test_the_journal_tells_an_agents_story(hosts: dict[str, Host]) -> None:
    console, agent = hosts["console"], hosts["agent"]
    found = re.search(r"id_[0-9a-f]{16}", console.run([CTL, "agents", "--json"]).stdout)
    assert found is not None
    story = ["journalctl", "--no-pager", "-x", f"LUMENMON_AGENT={found.group()}"]
    told = console.run(story).stdout
    for event, explained in (
        ("enrolled, key", "has a Linux user of its own"),
        (f"user {found.group()}", "lumenmon has added a locked user"),
        ("connected from", f"The agent {found.group()} has opened its connection"),
    ):
        assert event in told
        assert explained in told
    told = agent.run(story).stdout
    assert "connected" in told
    assert "whose host key is the one that was pinned" in told
    events = agent.run(["journalctl", "-o", "cat", "--output-fields=LUMENMON_EVENT", *story[3:]])
    assert "uplink-connected" in events.stdout


@pytest.mark.parametrize("name", WORK)
def test_it_works(hosts: dict[str, Host], name: str) -> None:
    for where in WORK[name].where:
        host = hosts[where]
        for line, said in WORK[name].lines:
            if "@LINK@" in line:
                line = line.replace("@LINK@", invite(hosts["console"]))
            done = clean(host.run(line, check=False, timeout=INSTALL_TIMEOUT, input=""))
            assert done.returncode == 0, (line, done)
            assert re.search(said, done.stdout), (line, done)
    if name == "restart":
        console = hosts["console"]
        console.wait(lambda: "online" in console.run([CTL, "agents"], check=False).stdout)
