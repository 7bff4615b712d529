"""Configuration files, man pages and completion say what the code does."""

from __future__ import annotations

import dataclasses
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

import lumenmon_agentd.config
import lumenmon_agentd.ctl
import lumenmond.config
import lumenmond.ctl
from lumenmon import config
from lumenmon.ctl import Command
from lumenmon.ctl.main import COMMANDS

PACKAGING = Path(__file__).parents[2] / "packaging"
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


@pytest.mark.skipif(shutil.which("man") is None, reason="man is not installed")
@pytest.mark.parametrize("page", sorted(path.name for path in (PACKAGING / "man").iterdir()))
def test_pages_are_well_formed(page: str) -> None:
    done = subprocess.run(
        ["man", "--warnings", "-E", "UTF-8", "-l", "-Tutf8", "-Z", str(PACKAGING / "man" / page)],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.stderr == ""


def test_completion_is_bash() -> None:
    subprocess.run(["bash", "-n", str(PACKAGING / "completion" / "lumenmonctl")], check=True)
