"""The version that comes after this tree's: the same tree, a higher number, a changelog entry."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

from lab.fleet import BUILD_TIMEOUT, REPOSITORY
from lab.paths import locked
from lab.process import execute

VERSION = "1.99.0"
NEWS = "Knows more than its predecessor."
ENTRY = """\
lumenmon ({version}) unstable; urgency=medium

  * {news}

 -- lumenmon maintainers <lumenmon@users.noreply.github.com>  Tue, 01 Dec 2026 12:00:00 +0000

"""
LAST = ')\n"""Append-only: entry n brings'
MIGRATION = '    "CREATE TABLE later (a INTEGER) STRICT",\n'
REMARK = "\n# A remark that the predecessor's example did not have.\n"
NUMBERED = ("lumenmon/__init__.py", "pyproject.toml")


def build_successor(*, migration: bool = False) -> Path:
    """Build the successor's packages; with `migration` it brings the database to a new version."""
    place = REPOSITORY / ".cache" / ("successor-schema" if migration else "successor")
    with locked(place / "lock"):
        _build(place / "tree", place / "dist", migration=migration)
    return place / "dist"


def _build(tree: Path, dist: Path, *, migration: bool) -> None:
    git = ["git", "-c", f"safe.directory={REPOSITORY}", "-C", str(REPOSITORY)]
    listed = execute([*git, "ls-files", "-z", "--cached", "--others", "--exclude-standard"])
    shutil.rmtree(tree, ignore_errors=True)
    for name in filter(None, listed.stdout.split("\0")):
        if (REPOSITORY / name).is_file() and not name.startswith(("tests/", "docs/")):
            (tree / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(REPOSITORY / name, tree / name)
    for name in NUMBERED:
        text, changed = re.subn(
            r'^((?:__)?version(?:__)? = )"[^"]*"$', rf'\1"{VERSION}"',
            (tree / name).read_text(), count=1, flags=re.MULTILINE,
        )  # fmt: skip
        assert changed == 1, name
        (tree / name).write_text(text)
    changelog = tree / "debian" / "changelog"
    changelog.write_text(ENTRY.format(version=VERSION, news=NEWS) + changelog.read_text())
    with (tree / "packaging" / "etc" / "lumenmon-agentd.toml").open("a") as example:
        example.write(REMARK)
    if migration:
        schema = tree / "lumenmond" / "store" / "schema.py"
        text = schema.read_text()
        assert text.count(LAST) == 1
        schema.write_text(text.replace(LAST, MIGRATION + LAST))
    execute(["git", "init", "-q", str(tree)])
    build = [str(tree / "dev" / "build"), "--output", str(dist)]
    execute(build, timeout=BUILD_TIMEOUT)
