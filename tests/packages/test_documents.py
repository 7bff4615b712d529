"""Configuration files, man pages and completion say what the code does."""

from __future__ import annotations

import dataclasses
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest

import lumenmon_agentd.config
import lumenmon_agentd.ctl
import lumenmond.config
import lumenmond.ctl
from lumenmon import __version__, config, paths
from lumenmon.ctl import Command
from lumenmon.ctl.main import COMMANDS, parser

TOP = Path(__file__).parents[2]
PACKAGING = TOP / "packaging"
PATHS = tuple(value for value in vars(paths).values() if isinstance(value, Path))
KINDS: dict[str, Any] = {
    "lumenmond": lumenmond.config.Config,
    "lumenmon-agentd": lumenmon_agentd.config.Config,
}
ALL: tuple[Command, ...] = (
    *COMMANDS, *lumenmond.ctl.SIDE.commands, *lumenmon_agentd.ctl.SIDE.commands,
)  # fmt: skip
LINE = re.compile(r"^#(\w+ = .*)$", re.MULTILINE)


def example(name: str) -> str:
    return (PACKAGING / "etc" / f"{name}.toml").read_text()


def manual(page: str) -> str:
    """Return a man page as plain words."""
    text = (PACKAGING / "man" / page).read_text()
    text = re.sub(r"\\f[BIR]", "", text).replace("\\-", "-").replace("\\(dq", '"')
    return " ".join(text.split())


@pytest.mark.parametrize("name", KINDS)
def test_shipped_file_is_all_defaults(name: str) -> None:
    assert config.parse(example(name), KINDS[name], name) == KINDS[name]()


@pytest.mark.parametrize("name", KINDS)
def test_commented_values_are_the_defaults(name: str) -> None:
    lines = [line for line in LINE.findall(example(name)) if not line.startswith("intervals")]
    assert config.parse("\n".join(lines), KINDS[name], name) == KINDS[name]()


@pytest.mark.parametrize("name", KINDS)
def test_every_key_is_in_file_and_manual(name: str) -> None:
    file = " ".join(re.sub(r"^# ?", "", example(name), flags=re.MULTILINE).split())
    page = manual(f"{name}.toml.5")
    fields = dataclasses.fields(KINDS[name])
    assert {line.split()[0] for line in LINE.findall(example(name))} == {f.name for f in fields}
    for field in fields:
        text = " ".join(field.metadata["text"].split())
        assert f"{text} {field.name} =" in file
        assert re.search(rf"\b{field.name} = .*?{re.escape(text)}", page), field.name


@pytest.mark.parametrize("command", ALL, ids=lambda command: command.name)
def test_every_command_is_documented(command: Command) -> None:
    page = manual("lumenmonctl.1")
    assert re.search(rf"\.TP (\w+, )*{command.name}\b", page)
    completion = (PACKAGING / "completion" / "lumenmonctl").read_text()
    assert re.search(rf'(common|console|agent)=".*\b{command.name}\b', completion)


@pytest.mark.parametrize("command", ALL, ids=lambda command: command.name)
def test_every_option_is_documented(command: Command) -> None:
    page = (PACKAGING / "man" / "lumenmonctl.1").read_text().replace("\\-", "-")
    completion = (PACKAGING / "completion" / "lumenmonctl").read_text()
    entries = re.findall(
        rf"\.TP\n(?:\\fB\w+\\fR, )*\\fB{command.name}\b.*?(?=\.TP\n|\.SH )", page, re.DOTALL
    )
    for action in parser(command)._actions:
        for option in action.option_strings:
            if option not in ("-h", "--help"):
                lists = option == "--json" and command.name in ("token", "invite")
                assert lists or any(option in entry for entry in entries), option
                assert option in completion or len(option) == 2, option


@pytest.mark.parametrize("unit", sorted(path.name for path in (PACKAGING / "systemd").iterdir()))
def test_every_unit_is_documented(unit: str) -> None:
    assert unit in manual("lumenmond.8") + manual("lumenmon-agentd.8")


@pytest.mark.parametrize("path", [*PATHS], ids=str)
def test_every_path_is_documented(path: Path) -> None:
    pages = " ".join(manual(page.name) for page in (PACKAGING / "man").iterdir())
    assert path.name in pages
    assert str(path) in pages or str(path.parent) in pages


def test_metrics_and_events_are_documented() -> None:
    script = TOP / "dev" / "lib" / "pages.py"
    done = subprocess.run(
        [sys.executable, script, "--check"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("page", sorted(path.name for path in (PACKAGING / "man").iterdir()))
def test_every_page_is_shipped_and_of_this_version(page: str) -> None:
    shipped = "".join(path.read_text() for path in (TOP / "debian").glob("*.manpages"))
    assert f"packaging/man/{page}\n" in shipped
    assert f'"lumenmon {__version__}"' in (PACKAGING / "man" / page).read_text().partition("\n")[0]


def test_the_version_is_the_same_everywhere() -> None:
    project = tomllib.loads((TOP / "pyproject.toml").read_text())["project"]
    changelog = (TOP / "debian" / "changelog").read_text()
    newest = re.match(r"lumenmon \((.*?)\)", changelog)
    assert project["version"] == __version__
    assert newest is not None
    assert newest[1] == __version__


@pytest.mark.parametrize("script", sorted(p.name for p in (TOP / "dev").iterdir() if p.is_file()))
def test_every_script_of_dev_is_explained(script: str) -> None:
    text = (TOP / "README.md").read_text() + (TOP / "HACKING.md").read_text()
    assert f"dev/{script}" in text
    if not script.endswith(".txt"):
        head = (TOP / "dev" / script).read_text().splitlines()[:3]
        assert head[0].startswith("#!")
        assert head[1].startswith("# ")


@pytest.mark.parametrize("document", ["README.md", "HACKING.md"])
def test_links_lead_somewhere(document: str) -> None:
    text = (TOP / document).read_text()
    for target in re.findall(r"\]\((?!https?:|#)([^)\s]+)\)", text):
        assert (TOP / target.partition("#")[0]).exists(), target
    for name in re.findall(r"`((?:tests|dev|packaging|lumenmon|lumenmond)/[\w./-]+)`", text):
        assert (TOP / name).exists(), name


@pytest.mark.skipif(shutil.which("man") is None, reason="man is not installed")
@pytest.mark.parametrize("page", sorted(path.name for path in (PACKAGING / "man").iterdir()))
def test_pages_are_well_formed(page: str) -> None:
    done = subprocess.run(
        ["man", "--warnings", "-E", "UTF-8", "-l", "-Tutf8", "-Z", str(PACKAGING / "man" / page)],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.stderr == ""


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("sta", ["status", "start"]), ("show w", ["web1"]), ("query web1 gen", ["generic_cpu"]),
        ("rename web1 gen", []), ("logs --agent w", ["web1"]), ("token r", ["revoke"]),
    ],
)  # fmt: skip
def test_completion_completes(line: str, found: list[str]) -> None:
    script = f"""
        _init_completion() {{ words=(lumenmonctl {line}); cword=$((${{#words[@]}} - 1))
            cur=${{words[cword]}}; prev=${{words[cword - 1]}}; }}
        lumenmonctl() {{ case $1 in agents) echo '"id": "id_1", "name": "web1"' ;;
            query) echo '{{"metric": "generic_cpu"}}' ;; esac; }}
        . {PACKAGING}/completion/lumenmonctl
        _lumenmonctl; printf '%s\\n' "${{COMPREPLY[@]}}"
    """
    done = subprocess.run(["bash", "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.split() == found


def test_completion_is_bash() -> None:
    subprocess.run(["bash", "-n", str(PACKAGING / "completion" / "lumenmonctl")], check=True)
