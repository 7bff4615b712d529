"""The terminal dashboard, driven in tmux on a booted console with live agents."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from helpers import wait_for_rows
from lab import RELEASES, Host, Image, Network
from lab.fleet import CONSOLE, bare_image, enrol, installed_image

TMUX = ["tmux", "-u", "-L", "test", "-f", "/dev/null"]
UTF8 = {"LC_ALL": "C.UTF-8"}
BRAILLE = re.compile("[\u2801-\u28ff]")
SIZES = [(80, 24), (120, 40), (200, 60)]
COLOURS = {
    "true": ({"TERM": "xterm-256color", "COLORTERM": "truecolor"}, r"\x1b\[[0-9;]*38;2;"),
    "256": ({"TERM": "xterm-256color"}, r"\x1b\[[0-9;]*38;5;"),
    "8": ({"TERM": "xterm"}, r"\x1b\[[0-9;]*3[1-7]m"),
    "console": ({"TERM": "linux"}, r"\x1b\[[0-9;]*3[1-7]m"),
}
EVIL = "evil\x1b[31m\u202egnp.exe"


@dataclass(frozen=True)
class Terminal:
    """A tmux session on a host."""

    host: Host

    def tmux(self, *words: str, check: bool = True) -> str:
        """Run a command of tmux."""
        return self.host.run([*TMUX, *words], env=UTF8, check=check).stdout

    def open(self, command: str, columns: int = 80, rows: int = 24, **env: str) -> None:
        """Start a command in a terminal of that size."""
        self.tmux("kill-server", check=False)
        settings = " ".join(f"{name}={value}" for name, value in {**UTF8, **env}.items())
        self.tmux("new-session", "-d", "-x", str(columns), "-y", str(rows),
                  f"env {settings} {command}; echo ended $?; exec sleep 600",
                  ";", "set", "status", "off", ";", "set", "-s", "escape-time", "10",
                  ";", "set", "-sa", "terminal-features", "*:RGB")  # fmt: skip
        self.tmux("resize-window", "-x", str(columns), "-y", str(rows))

    def keys(self, *keys: str) -> None:
        """Press keys, as tmux names them."""
        for key in keys:
            self.tmux("send-keys", key)

    def click(self, column: int, row: int) -> None:
        """Click as a terminal reports it: the button, and the place counted from 1."""
        place = chr(32 + column) + chr(32 + row)
        self.tmux("send-keys", "-l", f"\x1b[M {place}\x1b[M#{place}")

    def screen(self, *options: str) -> str:
        """What is on the screen."""
        return self.tmux("capture-pane", "-p", *options)

    def see(self, pattern: str, timeout: float = 20) -> str:
        """Wait until the screen has something on it, and return the screen."""
        return self.until(lambda shown: bool(re.search(pattern, shown)), pattern, timeout)

    def until(self, holds: Callable[[str], bool], what: str, timeout: float = 20) -> str:
        """Wait until something holds for the screen, and return the screen."""
        end = time.monotonic() + timeout
        while not holds(shown := self.screen()):
            assert time.monotonic() < end, f"never seen: {what}\n{shown}"
            time.sleep(0.2)
        return shown


@dataclass(frozen=True)
class Stage:
    """A console with tmux, and two agents of it."""

    console: Host
    agents: dict[str, Host]
    ids: dict[str, str]


@pytest.fixture(scope="module", params=RELEASES)
def stage(
    request: pytest.FixtureRequest, debs: list[Path], image_agent: Callable[[str], Image]
) -> Iterator[Stage]:
    """Boot them."""
    bare = bare_image(request.param, debs, ["tmux"])
    with Network("dashboard") as network:
        console = Host.boot(installed_image(bare, CONSOLE), "console", network)
        agents, ids = {}, {}
        for name in ("web1", "db1"):
            agents[name] = Host.boot(image_agent(request.param), name, network)
            ids[name] = enrol(console, agents[name])
            wait_for_rows(console, ids[name])
        yield Stage(console, agents, ids)


@pytest.fixture
def terminal(stage: Stage) -> Iterator[Terminal]:
    """A terminal on the console."""
    terminal = Terminal(stage.console)
    yield terminal
    terminal.tmux("kill-server", check=False)


@pytest.mark.parametrize(("columns", "rows"), SIZES)
def test_table_and_host_at_each_size(terminal: Terminal, columns: int, rows: int) -> None:
    terminal.open("lumenmonctl", columns, rows, TERM="xterm-256color")
    shown = terminal.see(r"● online!? +web1.*%.*now")
    lines = shown.splitlines()
    assert len(lines) == rows
    assert re.match(r" lumenmon console  ● 2 online", lines[0])
    assert re.match(r" STATE↑ +NAME +CPU", lines[1])
    assert all(BRAILLE.search(line) for line in lines[2:4])
    assert lines[-1].startswith(" Enter open")
    assert ("NOTE" in lines[1]) == (columns > 100)

    terminal.keys("Enter")
    shown = terminal.until(
        lambda text: "heard of" in text and len(BRAILLE.findall(text)) > 20, "a chart"
    )
    assert re.search(r"^CPU .*%", shown, re.MULTILINE)
    if columns < 118:
        terminal.keys("Tab")
        terminal.see(r"cpu_user_percent +\d")
        terminal.keys("Tab")
    terminal.see(r"address +10\.")
    terminal.see(r"id +id_[0-9a-f]{16}")
    terminal.keys("3")
    terminal.see(r"\d\d:\d\d +\d\d:\d\d +\d\d:\d\d|tags|address")
    terminal.keys("Escape")
    terminal.see("STATE")
    terminal.keys("q")
    terminal.see("ended 0")


@pytest.mark.parametrize("depth", COLOURS)
def test_colours_of_each_depth(terminal: Terminal, depth: str) -> None:
    env, pattern = COLOURS[depth]
    terminal.open("lumenmonctl", 80, 24, **env)
    terminal.see("web1")
    assert re.search(pattern, terminal.screen("-e"))


def test_without_colour(terminal: Terminal) -> None:
    terminal.open("lumenmonctl", TERM="xterm-256color", COLORTERM="truecolor", NO_COLOR="1")
    terminal.see("web1")
    shown = terminal.screen("-e")
    assert not re.search(r"\x1b\[[0-9;]*[34][0-8][;m]", shown)
    assert "online" in shown


def test_filter_sort_and_help(terminal: Terminal) -> None:
    terminal.open("lumenmonctl dashboard", TERM="xterm-256color")
    terminal.see("web1")
    terminal.keys("/", "w", "e", "b")
    terminal.until(lambda text: "db1" not in text and "1 of 2" in text, "one agent")
    terminal.keys("Escape")
    terminal.see("db1")
    terminal.keys("s")
    terminal.see("NAME↑")
    terminal.keys("S")
    shown = terminal.see("NAME↓")
    assert shown.index("web1") < shown.index("db1")
    terminal.keys("?")
    terminal.see("draw everything anew")
    terminal.keys("Escape")
    terminal.until(lambda text: "draw everything" not in text, "no help")


def test_the_mouse_opens_a_host_and_sorts(terminal: Terminal) -> None:
    terminal.open("lumenmonctl", TERM="xterm-256color")
    terminal.see("web1")
    terminal.click(14, 2)  # NAME, in the head
    shown = terminal.see("NAME↑")
    row = next(i for i, line in enumerate(shown.splitlines(), 1) if "web1" in line)
    terminal.click(14, row)
    terminal.click(14, row)
    terminal.see(r"web1 +● online.*heard of")


def test_rename_tag_and_remove(stage: Stage, terminal: Terminal) -> None:
    terminal.open("lumenmonctl", 120, 30, TERM="xterm-256color")
    terminal.see("web1")
    terminal.keys("/", "d", "b", "Enter", "r", "C-u", "n", "e", "w", "Enter")
    terminal.see("db1 is now new")
    terminal.keys("Escape", "/", "n", "e", "w", "Enter")
    terminal.see(r"online!? +new ")
    terminal.keys("t", "p", "r", "o", "d", "Enter")
    terminal.see(r"online!? +new .*#prod")
    terminal.keys("d")
    terminal.see("Remove new")
    terminal.keys("n")
    terminal.until(lambda text: "Remove new" not in text, "no question")
    assert stage.ids["db1"] in stage.console.run(["lumenmonctl", "agents", "--json"]).stdout
    terminal.keys("r", "C-u", "d", "b", "1", "Enter")
    terminal.see("new is now db1")


def test_an_invite_lets_a_host_in_and_remove_takes_it_away(
    stage: Stage, terminal: Terminal, image_agent: Callable[[str], Image]
) -> None:
    terminal.open("lumenmonctl", 200, 40, TERM="xterm-256color")
    terminal.see("web1")
    terminal.keys("i")
    shown = terminal.see("ssh://reg_")
    assert re.search(r"good once, for [45]:\d\d", shown)
    link = re.search(r"register '(ssh://reg_[^\s']+)'", shown)
    assert link
    third = Host.boot(image_agent(stage.console.release), "third", stage.console.network)
    third.run(["lumenmonctl", "register"], input=f"{link[1]}\n")
    terminal.see(r"✓ third has come in: ● online", 30)
    terminal.keys("Escape", "/", "t", "h", "i", "r", "d", "Enter", "d")
    terminal.see("Remove third")
    terminal.keys("y")
    terminal.see("removed third", 30)
    terminal.see("0 of 2")


def test_a_lost_daemon_is_shown_and_comes_back(stage: Stage, terminal: Terminal) -> None:
    terminal.open("lumenmonctl", TERM="xterm-256color")
    terminal.see("● 2 online")
    stage.console.run("systemctl stop lumenmond.socket lumenmond.service")
    terminal.see("✗ lumenmond is not running → sudo lumenmonctl start")
    stage.console.run("systemctl start lumenmond.socket lumenmond.service")
    terminal.see("● 2 online", 30)


def test_any_size_and_back(terminal: Terminal) -> None:
    terminal.open("lumenmonctl", TERM="xterm-256color")
    terminal.see("web1")
    terminal.keys("Enter")
    for columns, rows in ((20, 5), (1, 1), (300, 90), (30, 8), (119, 7), (80, 24)):
        terminal.tmux("resize-window", "-x", str(columns), "-y", str(rows))
        time.sleep(0.6)
        assert "Traceback" not in terminal.screen()
    terminal.see("heard of")
    terminal.keys("Escape", "q")
    terminal.see("ended 0")


def test_a_strangers_name_does_no_harm(stage: Stage, terminal: Terminal) -> None:
    stage.agents["web1"].run(
        ["lumenmonctl", "submit", "evil_text", "TEXT", EVIL.replace("\x1b", "\u009b")]
    )
    terminal.open("lumenmonctl", 120, 60, TERM="xterm-256color")
    terminal.see("web1")
    terminal.keys("/", "w", "e", "b", "1", "Enter", "Enter", "Tab")
    shown = terminal.see("evil_text")
    assert "\u202e" not in shown
    assert "�" in shown


def test_piped_it_is_status_and_others_are_told(stage: Stage, terminal: Terminal) -> None:
    assert "lumenmon console" in stage.console.run("lumenmonctl | cat", check=False).stdout
    refused = stage.console.run(["lumenmonctl", "dashboard"], check=False)
    assert refused.returncode == 1
    assert "wants a terminal" in refused.stderr
    terminal.open("setpriv --reuid=65534 --regid=65534 --clear-groups lumenmonctl",
                  TERM="xterm-256color")  # fmt: skip
    terminal.see(r"(?s)no right to read.*ended 1")


def test_a_member_of_the_group_looks_but_changes_nothing(stage: Stage, terminal: Terminal) -> None:
    group = stage.console.run(["getent", "group", "lumenmon"]).stdout.split(":")[2]
    terminal.open(f"setpriv --reuid=65534 --regid={group} --clear-groups lumenmonctl",
                  TERM="xterm-256color")  # fmt: skip
    terminal.see("web1")
    terminal.keys("i")
    terminal.see("sudo lumenmonctl dashboard")
    terminal.keys("Escape", "Enter")
    terminal.until(lambda text: len(BRAILLE.findall(text)) > 20, "a chart")
