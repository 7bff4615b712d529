"""What lies in a daemon's directory that is not its own, and what mends it."""

from __future__ import annotations

import os
import pwd
from pathlib import Path

import pytest

from lumenmon.ctl import Mark
from lumenmon.ctl.checks import owned

ME = pwd.getpwuid(os.geteuid()).pw_name


def test_files_and_directories_of_its_own_are_well(tmp_path: Path) -> None:
    (tmp_path / "file").touch(0o600)
    (tmp_path / "spool").mkdir(0o700)
    assert [check.mark for check in owned(tmp_path, ME)] == [Mark.GOOD]


@pytest.mark.parametrize("name", ["lock", "a b;reboot"])
def test_a_link_is_to_be_removed_since_no_mode_mends_it(tmp_path: Path, name: str) -> None:
    (tmp_path / name).symlink_to("/etc/shadow")
    (check,) = owned(tmp_path, ME)
    assert check.mark is Mark.BAD
    quoted = f"{tmp_path}/lock" if name == "lock" else f"'{tmp_path}/{name}'"
    assert check.remedy.endswith(f"sudo rm -r {quoted}")


def test_what_others_may_change_is_named_beside_a_fifo(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "console.json")
    (tmp_path / "key").touch()
    (tmp_path / "key").chmod(0o666)
    strange, open_to_all = owned(tmp_path, ME)
    assert "console.json: neither a file nor a directory" in strange.text
    assert "key" in open_to_all.text
    assert "chmod -R go-w" in open_to_all.remedy
