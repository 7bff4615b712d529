"""Every event that the code logs has an entry in the journal's message catalog, and no other."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from lumenmon.journal import message_id

TOP = Path(__file__).parents[2]
PACKAGES = (TOP / "lumenmon", TOP / "lumenmond", TOP / "lumenmon-agentd" / "lumenmon_agentd")
CATALOG = TOP / "packaging" / "lumenmon.catalog"
MANUALS = TOP / "packaging" / "man"
ENTRY = re.compile(
    r"^# (?P<word>[a-z-]+)\n-- (?P<id>[0-9a-f]{32})\n"
    r"(?P<head>(?:\S+: .*\n)+)\n(?P<text>(?:(?!^# ).*\n)+)",
    re.MULTILINE,
)
ENTRIES = {found["word"]: found for found in ENTRY.finditer(CATALOG.read_text() + "\n")}


def calls(tree: ast.AST) -> Iterator[tuple[str, ast.Call]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            yield ast.unparse(node.func), node


def events() -> set[str]:
    """Return the words of all calls of journal.event, and of the functions that pass one on."""
    found = set()
    for path in (path for package in PACKAGES for path in package.rglob("*.py")):
        for name, call in calls(ast.parse(path.read_text())):
            place = {"journal.event": 1, "_note": 0, "_trouble": 0}.get(name)
            if place is not None and isinstance(call.args[place], ast.Constant):
                found.add(str(call.args[place].value))  # type: ignore[attr-defined]
    return found


def test_events_and_entries_are_the_same() -> None:
    assert set(ENTRIES) == events()
    assert len(ENTRIES) == CATALOG.read_text().count("\n-- ")


@pytest.mark.parametrize("word", sorted(ENTRIES))
def test_an_entry_is_whole(word: str) -> None:
    entry = ENTRIES[word]
    assert entry["id"] == message_id(word)
    head = dict(line.split(": ", 1) for line in entry["head"].splitlines())
    assert head.keys() == {"Subject", "Defined-By", "Documentation"}
    page, section = re.fullmatch(r"man:([\w-]+)\((\d)\)", head["Documentation"]).groups()
    assert (MANUALS / f"{page}.{section}").is_file()
    assert entry["text"].strip()
    assert max(map(len, entry[0].splitlines())) <= 100
