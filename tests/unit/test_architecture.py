"""The layout's rules: who may import whom, and who may touch the host."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

TOP = Path(__file__).parents[2]
PACKAGES = {
    "lumenmon": TOP / "lumenmon",
    "lumenmond": TOP / "lumenmond",
    "lumenmon_agentd": TOP / "lumenmon-agentd" / "lumenmon_agentd",
}
FILES = sorted(path for top in PACKAGES.values() for path in top.rglob("*.py"))
MAX_LINES = 300
ACCOUNT_PROGRAMS = re.compile(
    r"\b(user(add|del|mod)|group(add|del|mod)|chpasswd|gpasswd|usermod|chage)\b"
)


def name(path: Path) -> str:
    return str(path.relative_to(TOP).as_posix()).removeprefix("lumenmon-agentd/")


def imports(path: Path) -> Iterator[str]:
    """Yield each imported module's full name, also of imports inside functions."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{name(path)}: a relative import"
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def importing(*modules: str) -> set[str]:
    """Return the files that import one of ``modules`` or something in them."""
    return {
        name(path) for path in FILES for found in imports(path)
        if any(found == module or found.startswith(module + ".") for module in modules)
    }  # fmt: skip


def words(path: Path) -> Iterator[str]:
    """Yield the text of each string that is code: no docstrings, no comments."""
    tree = ast.parse(path.read_text())
    documents = {
        id(node.value) for node in ast.walk(tree)
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
    }  # fmt: skip
    for node in ast.walk(tree):
        if (
            isinstance(node, ast.Constant)
            and isinstance(node.value, str)
            and id(node) not in documents
        ):
            yield node.value


def test_one_door_to_other_programs() -> None:
    assert importing("subprocess") == {"lumenmon/run.py"}
    assert importing("os.system", "os.popen", "os.posix_spawn", "pty", "multiprocessing") == set()


def test_sql_is_spoken_in_the_store_alone() -> None:
    found = {path for path in importing("sqlite3") if not path.startswith("lumenmond/web/")}
    assert {path for path in found if not path.startswith("lumenmond/store/")} == set()


def test_imports_point_one_way() -> None:
    for path in FILES:
        side = name(path).split("/", 1)[0]
        for module in imports(path):
            package = module.split(".", 1)[0]
            if package not in PACKAGES or package == side or package == "lumenmon":
                continue
            # the frame of lumenmonctl brings in whichever sides are installed
            assert name(path).startswith("lumenmon/ctl/"), f"{name(path)} imports {module}"


def test_the_agents_daemon_stays_small() -> None:
    assert importing("asyncio") == set()
    assert importing("paramiko") <= {"lumenmon_agentd/register.py"}


@pytest.mark.parametrize("path", FILES, ids=name)
def test_accounts_are_touched_by_the_root_helper_alone(path: Path) -> None:
    # uninstall deletes the packages' own system users once the root helper is gone
    if not name(path).startswith(("lumenmond/host/", "lumenmon/ctl/uninstall.py")):
        # sentences may name a program; a program's own word is an argument
        called = [w for w in words(path) if ACCOUNT_PROGRAMS.fullmatch(Path(w).name)]
        assert called == []


@pytest.mark.parametrize("path", FILES, ids=name)
def test_files_stay_short(path: Path) -> None:
    assert len(path.read_text().splitlines()) <= MAX_LINES


@pytest.mark.parametrize("path", FILES, ids=name)
def test_nothing_is_left_to_do(path: Path) -> None:
    assert not re.search(r"\b(TODO|FIXME|XXX|HACK)\b", path.read_text())


NEEDS_ROOT = (
    "start|stop|restart|doctor|logs|update|uninstall|invite|rename|tag|remove|backup|restore|login"
    "|passwd|token|logout|register|unregister"
)
"""Commands that work for root alone, or show more to it."""


@pytest.mark.parametrize("path", FILES, ids=name)
def test_a_hint_is_a_whole_command(path: Path) -> None:
    """What follows a colon is typed as it stands."""
    for word in words(path):
        assert not re.search(rf": lumenmonctl ({NEEDS_ROOT})\b(?! --help)", word), word
        assert not re.search(r"\badd --[a-z]|\bwith sudo$", word), (
            f"{word}: common.typed has it all"
        )


@pytest.mark.parametrize("path", FILES, ids=name)
def test_plurals_are_made_in_one_place(path: Path) -> None:
    pattern = r"""(?<!http)\{['"]s['"] (if|\*) |else ['"]s['"]\}"""
    assert not re.search(pattern, path.read_text()), "term.counted does it"
