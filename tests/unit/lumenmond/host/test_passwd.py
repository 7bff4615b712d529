"""Changes of the account database: whose names they take, and who makes them."""

from __future__ import annotations

import pwd
from pathlib import Path
from typing import Any

import pytest

from lumenmon import paths
from lumenmon.errors import LumenmonError
from lumenmond.host import passwd, verbs
from lumenmond.host.verbs import ACCOUNT_VERBS, HOST_VERBS, check_caller

INVITE, AGENT = "reg_0000000000001", "id_0123456789abcdef"


@pytest.fixture
def ran(monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """The programs that were run."""
    programs: list[list[str]] = []
    monkeypatch.setattr(passwd.run, "run", lambda argv, **_: programs.append(argv))
    monkeypatch.setattr(passwd, "_check_account", lambda _: None)
    return programs


@pytest.mark.parametrize(
    ("change", "args"),
    [
        ("add", ("root", passwd.AGENTS, 66000)),
        ("add", ("--root", passwd.AGENTS, 66000)),
        ("add", (AGENT, "sudo", 66000)),
        ("add", (AGENT, passwd.AGENTS, 0)),
        ("password", ("root", "x" * 32)),
        ("password", (AGENT, "x" * 32)),
        ("password", (INVITE, "x" * 32 + "\nroot:y")),
        ("void", ("root",)),
        ("delete", ("root",)),
        ("delete", (INVITE + "\n",)),
    ],
)
def test_only_agents_and_invites_are_changed(
    ran: list[list[str]], change: str, args: tuple[Any, ...]
) -> None:
    with pytest.raises(LumenmonError, match="not "):
        passwd.CHANGES[change](*args)
    assert ran == []


def test_an_account_of_another_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    root = pwd.getpwuid(0)
    monkeypatch.setattr(passwd.pwd, "getpwnam", lambda _: root)
    with pytest.raises(LumenmonError, match="is not lumenmon's"):
        passwd.CHANGES["delete"](AGENT)


def test_it_is_done_here_only_where_etc_may_be_written(
    ran: list[list[str]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[object] = []
    monkeypatch.setattr(passwd.request, "call", lambda *args, **named: asked.append((args, named)))
    monkeypatch.setattr(passwd, "ETC", tmp_path)
    passwd.add(AGENT, passwd.AGENTS, 66000)
    assert ran[0][0] == "useradd"
    assert asked == []
    monkeypatch.setattr(passwd, "ETC", tmp_path / "none")
    passwd.delete(AGENT)
    assert asked == [((paths.ACCOUNTS_SOCKET, "delete", passwd.TIMEOUT), {"name": AGENT})]
    assert len(ran) == 1


def test_root_alone_asks_for_them() -> None:
    for table in (ACCOUNT_VERBS, HOST_VERBS):
        check_caller(table, 0)
    with pytest.raises(LumenmonError, match="may not ask here"):
        check_caller(ACCOUNT_VERBS, 1)
    assert all(verb.callers == {verbs.ROOT} for verb in ACCOUNT_VERBS.values())
    assert set(ACCOUNT_VERBS) == set(passwd.CHANGES)
