"""The restriction that the helper's program puts on itself; in a child, since it is for ever."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from lumenmon.ctl import Mark
from lumenmond import landlock
from lumenmond.ctl import kernel

REPOSITORY = Path(landlock.__file__).parents[1]
_PROGRAM = """
import os
from lumenmond import landlock
is_there = landlock.is_there()
held = landlock.restrict()
assert is_there or not held
try:
    os.mknod("device", 0o020600, os.makedev(1, 3))
    print(held, "made")
except PermissionError:
    print(held, "refused")
"""


def test_what_is_restricted_or_said_not_to_be(tmp_path: Path) -> None:
    environment = os.environ | {"PYTHONPATH": str(REPOSITORY)}
    done = subprocess.run(
        [sys.executable, "-c", _PROGRAM],
        cwd=tmp_path, env=environment, capture_output=True, text=True, check=True,
    )  # fmt: skip
    # Without rights, neither can be done.
    assert done.stdout in ("True refused\n", "False made\n", "False refused\n"), done


def test_a_kernel_without_it_is_no_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(landlock, "_call", lambda *arguments: -1)
    assert not landlock.restrict()
    assert not landlock.is_there()


def test_doctor_notes_a_kernel_without_it_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(landlock, "_call", lambda *arguments: 3)
    assert [check.mark for check in kernel.checks()] == [Mark.GOOD]
    monkeypatch.setattr(landlock, "_call", lambda *arguments: -1)
    (check,) = kernel.checks()
    assert check.mark is Mark.WARN  # its mounts hold, so nothing is broken
    assert "its mounts hold" in check.text
    assert "cat /proc/cmdline" in check.remedy
