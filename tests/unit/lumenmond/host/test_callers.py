"""One user's requests leave room for the others'."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from lumenmon import paths
from lumenmon.errors import LumenmonError
from lumenmond.host.callers import MAX_AT_ONCE, take_turn


def served(uid: int, go: int) -> bool:
    """Take a turn in a process of its own that ends when ``go`` does; return whether it got one."""
    ready, told = os.pipe()
    if os.fork() == 0:
        try:
            take_turn(uid)
            os.write(told, b"+")
        except LumenmonError:
            os.write(told, b"-")
        os.read(go, 1)
        os._exit(0)
    os.close(told)
    answer = os.read(ready, 1)
    os.close(ready)
    return answer == b"+"


def test_a_user_has_so_many_places(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(paths, "HOST_STATE", tmp_path)
    go, end = os.pipe()
    os.set_inheritable(end, False)
    answers = [served(70000, go) for _ in range(MAX_AT_ONCE + 2)]
    assert answers == [True] * MAX_AT_ONCE + [False] * 2
    assert served(70001, go)
    assert served(0, go)
    os.write(end, b"x" * 20)
    for _ in range(MAX_AT_ONCE + 4):
        os.wait()
    assert served(70000, go)
    os.wait()
    os.close(go)
    os.close(end)
