"""HACKING.md: each line of the table of what a taken-over part can do names tests that exist."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

TOP = Path(__file__).parents[2]
SECTION = "## What a taken-over part can do"
PARTS = (
    "agent's key", "invite", "agent's host", "console", "lumenmond", "lumenmond-web", "viewer",
    "member",
)  # fmt: skip
NAMED = re.compile(r"`((?:unit|system)/[a-z_/]+\.py)(?:::(\w+))?`")


def rows() -> list[str]:
    section = (TOP / "HACKING.md").read_text().partition(SECTION)[2].partition("\n## ")[0]
    return [line for line in section.splitlines() if line.startswith("| ")][1:]


def test_every_part_has_its_line() -> None:
    assert len(rows()) == len(PARTS)
    for part, row in zip(PARTS, rows(), strict=True):
        assert part in row.split("|")[1]


@pytest.mark.parametrize("row", rows(), ids=lambda row: row.split("|")[1].strip())
def test_its_tests_exist(row: str) -> None:
    found = NAMED.findall(row.split("|")[4])
    assert found
    for file, function in found:
        text = (TOP / "tests" / file).read_text()
        assert not function or f"def {function}(" in text, (file, function)
