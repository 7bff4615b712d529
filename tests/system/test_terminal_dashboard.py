"""The terminal dashboard, driven in tmux on a booted console with live agents."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

import pytest
from helpers import wait_for_rows
from lab import RELEASES, Host, Network
from lab.fleet import enrol
from terminal import SETTINGS, Terminal

if TYPE_CHECKING:
    from conftest import ImageOf

BRAILLE = re.compile("[\u2801-\u28ff]")
SIZES = [(40, 15), (80, 24), (120, 40), (200, 60)]
COLOURS = {
    "true": ({"TERM": "xterm-256color", "COLORTERM": "truecolor"}, r"\x1b\[[0-9;]*38;2;"),
    "256": ({"TERM": "xterm-256color"}, r"\x1b\[[0-9;]*38;5;"),
    "8": ({"TERM": "xterm"}, r"\x1b\[[0-9;]*3[1-7]m"),
    "console": ({"TERM": "linux"}, r"\x1b\[[0-9;]*3[1-7]m"),
}
EVIL = "evil\x1b[31m\u202egnp.exe"
NUMBERS = itertools.count()


@dataclass(frozen=True)
class Stage:
    """A console with tmux, and two agents of it."""

    console: Host
    agents: dict[str, Host]
    ids: dict[str, str]


@pytest.fixture(scope="module", params=RELEASES)
def stage(
    request: pytest.FixtureRequest, image_console: ImageOf, image_agent: ImageOf
) -> Iterator[Stage]:
    """Boot them."""
    image = image_console(request.param).derive("tmux", packages=["tmux"])
    with Network("dashboard") as network:
        console = Host.boot(image, "console", network)
        console.write("/root/tmux.conf", SETTINGS)
        agents, ids = {}, {}
        for name in ("web1", "mail"):  # neither can begin an id
            agents[name] = Host.boot(image_agent(request.param), name, network)
            ids[name] = enrol(console, agents[name])
        for id in ids.values():
            wait_for_rows(console, id)
        yield Stage(console, agents, ids)


@pytest.fixture
def terminal(stage: Stage) -> Iterator[Terminal]:
    """A terminal on the console."""
    terminal = Terminal(stage.console, f"test{next(NUMBERS)}")
    yield terminal
    terminal.tmux("kill-server", check=False)


def is_fleet(shown: str, columns: int, rows: int) -> bool:
    """Whether a screen shows the table of both agents, all of it and live."""
    lines = shown.splitlines()
    return bool(
        len(lines) == rows
        and re.match(r" lumenmon console  ● 2 online", lines[0])
        and re.match(r" STATE↑ +NAME +CPU", lines[1])
        and ("NOTE" in lines[1]) == (columns > 100)
        and (columns < 60 or all(BRAILLE.search(line) for line in lines[2:4]))
        and re.search(r"● online!? +web1.*%.*now", shown)
        and lines[-1].startswith(" Enter open")
    )


def is_chart(shown: str) -> bool:
    """Whether a screen shows an agent's page with a chart that has something in it."""
    return "heard of" in shown and len(BRAILLE.findall(shown)) > 20


def is_page(shown: str, rows: int) -> bool:
    """Whether a screen shows an agent's page from its first to its last line."""
    lines = shown.splitlines()
    return (
        len(lines) == rows
        and lines[0].startswith(" lumenmon")
        and lines[1].startswith(" web1  ● ")
        and lines[-1].startswith(" Esc back")
    )


@pytest.mark.parametrize(("columns", "rows"), SIZES)
def test_table_and_host_at_each_size(terminal: Terminal, columns: int, rows: int) -> None:
    terminal.open("lumenmonctl", columns, rows, TERM="xterm-256color")
    terminal.until(lambda shown: is_fleet(shown, columns, rows), "the table of both agents")
    terminal.keys("Enter")
    terminal.until(
        lambda shown: is_chart(shown) and bool(re.search(r"(?m)^CPU .*%", shown)), "a chart"
    )
    if columns < 118:
        terminal.keys("Tab")
        terminal.see(r"cpu_user_percent +\d")
        terminal.keys("Tab")
    terminal.see(r"(?s)id +id_[0-9a-f]{16}.*address +10\.")
    if columns < 118:
        terminal.keys("Tab")
    terminal.keys("3")
    terminal.see(r"(?<![\d:])\d\d:\d\d +\d\d:\d\d +\d\d:\d\d(?![\d:])")
    terminal.keys("Escape")
    terminal.see("STATE")
    terminal.keys("q")
    terminal.see("ended 0")


@pytest.mark.parametrize("depth", COLOURS)
def test_colours_of_each_depth(terminal: Terminal, depth: str) -> None:
    env, pattern = COLOURS[depth]
    terminal.open("lumenmonctl", 80, 24, **env)
    terminal.until(lambda shown: "web1" in shown and bool(re.search(pattern, shown)), pattern, "-e")


def test_without_colour(terminal: Terminal) -> None:
    terminal.open("lumenmonctl", TERM="xterm-256color", COLORTERM="truecolor", NO_COLOR="1")
    terminal.until(lambda shown: is_fleet(shown, 80, 24), "the table of both agents")
    assert not re.search(r"\x1b\[[0-9;]*[34][0-8][;m]", terminal.screen("-e"))


def test_filter_sort_and_help(terminal: Terminal) -> None:
    terminal.open("lumenmonctl dashboard", TERM="xterm-256color")
    terminal.see("web1")
    terminal.keys("/", "w", "e", "b")
    terminal.until(lambda shown: "mail" not in shown and "1 of 2" in shown, "one agent")
    terminal.keys("Escape")
    terminal.see("mail")
    terminal.keys("s")
    terminal.see("(?s)NAME↑.*mail.*web1")
    terminal.keys("S")
    terminal.see("(?s)NAME↓.*web1.*mail")
    terminal.keys("?")
    terminal.see("draw everything anew")
    terminal.keys("Escape")
    terminal.until(lambda shown: "draw everything" not in shown, "no help")


def test_the_mouse_opens_a_host_and_sorts(terminal: Terminal) -> None:
    terminal.open("lumenmonctl", TERM="xterm-256color")
    terminal.see("web1")
    terminal.click(14, 2)  # NAME, in the head
    shown = terminal.see("(?s)NAME↑.*mail.*web1")
    row = next(i for i, line in enumerate(shown.splitlines(), 1) if "web1" in line)
    terminal.click(14, row)
    terminal.see("▸● online!? +web1")
    terminal.click(14, row)
    terminal.see(r"web1 +● online.*heard of")


def test_rename_tag_and_remove(stage: Stage, terminal: Terminal) -> None:
    terminal.open("lumenmonctl", 120, 30, TERM="xterm-256color")
    terminal.see("mail")
    terminal.keys("/", "m", "a", "i", "l", "Enter", "r", "C-u", "n", "e", "w", "Enter")
    terminal.see("0 of 2")  # it is called otherwise now
    terminal.keys("Escape", "/", "n", "e", "w", "Enter")
    terminal.see(r"online!? +new ")
    terminal.keys("t", "p", "r", "o", "d", "Enter")
    terminal.see(r"online!? +new .*#prod")
    terminal.keys("d")
    terminal.see("Remove new")
    terminal.keys("n")
    terminal.until(lambda shown: "Remove new" not in shown, "no question")
    assert stage.ids["mail"] in stage.console.run(["lumenmonctl", "agents", "--json"]).stdout
    terminal.keys("r", "C-u", "m", "a", "i", "l", "Enter")
    terminal.see("0 of 2")
    terminal.keys("Escape")
    terminal.see(r"online!? +mail .*#prod")


def test_an_invite_lets_a_host_in_and_remove_takes_it_away(
    stage: Stage, terminal: Terminal, image_agent: ImageOf
) -> None:
    terminal.open("lumenmonctl", 200, 40, TERM="xterm-256color")
    terminal.see("web1")
    terminal.keys("i")
    pattern = r"(?s)good once, for [0-5]:\d\d.*register '(ssh://reg_[^\s']+)'"
    link = re.search(pattern, terminal.see(pattern))
    assert link
    third = Host.boot(image_agent(stage.console.release), "third", stage.console.network)
    third.run(["lumenmonctl", "register"], input=f"{link[1]}\n")
    terminal.see(r"✓ third has come in: ● online")
    terminal.keys("Escape", "/", "t", "h", "i", "r", "d", "Enter", "d")
    terminal.see("Remove third")
    terminal.keys("y")
    terminal.see("0 of 2")
    assert "third" not in stage.console.run(["lumenmonctl", "agents"]).stdout


def test_a_lost_daemon_is_shown_and_comes_back(stage: Stage, terminal: Terminal) -> None:
    terminal.open("lumenmonctl", TERM="xterm-256color")
    terminal.see("● 2 online")
    stage.console.run("systemctl stop lumenmond.socket lumenmond.service")
    terminal.see("✗ lumenmond is not running → sudo lumenmonctl start")
    stage.console.run("systemctl start lumenmond.socket lumenmond.service")
    terminal.until(lambda shown: is_fleet(shown, 80, 24), "the table of both agents")


def test_any_size_and_back(terminal: Terminal) -> None:
    terminal.open("lumenmonctl", TERM="xterm-256color")
    terminal.see("web1")
    terminal.keys("/", "w", "e", "b", "1", "Enter", "Enter")
    terminal.see("heard of")
    terminal.resize(20, 5)
    terminal.see("(?m)^too small$")
    terminal.resize(1, 1)
    terminal.see("(?m)^t$")
    for columns, rows in ((300, 90), (30, 8), (119, 7), (80, 24)):
        terminal.resize(columns, rows)
        terminal.until(partial(is_page, rows=rows), f"a page of {columns} columns, {rows} rows")
    terminal.keys("Escape", "q")
    terminal.see("ended 0")


def test_a_strangers_name_does_no_harm(stage: Stage, terminal: Terminal) -> None:
    stage.agents["web1"].run(
        ["lumenmonctl", "submit", "evil_text", "TEXT", EVIL.replace("\x1b", "\u009b")]
    )
    terminal.open("lumenmonctl", 120, 60, TERM="xterm-256color")
    terminal.see("web1")
    terminal.keys("/", "w", "e", "b", "1", "Enter", "Enter", "Tab")
    assert "\u202e" not in terminal.see("evil_text +evil�.*�")


def test_piped_it_is_status_and_others_are_told(stage: Stage, terminal: Terminal) -> None:
    assert "lumenmon console" in stage.console.run("lumenmonctl | cat", check=False).stdout
    refused = stage.console.run(["lumenmonctl", "dashboard"], check=False)
    assert refused.returncode == 1
    assert "needs a terminal" in refused.stderr
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
    terminal.until(is_chart, "a chart")
