"""The restriction that the helper's program puts on itself; in a child, since it is for ever."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from lumenmond.host import landlock

REPOSITORY = Path(landlock.__file__).parents[2]
_PROGRAM = """
import os
import pytest

from lumenmond.host import landlock
held = landlock.restrict()
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
