"""One daemon at a time, as its own user."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from lumenmon.single import SingleError, hold


def test_the_second_is_refused_until_the_first_ends(tmp_path: Path) -> None:
    first = hold(tmp_path, "lumenmond")
    with pytest.raises(SingleError, match="lumenmond runs already") as caught:
        hold(tmp_path, "lumenmond")
    assert "sudo systemctl stop lumenmond" in caught.value.hint
    os.close(first)
    os.close(hold(tmp_path, "lumenmond"))
    assert (tmp_path / "lock").stat().st_mode & 0o777 == 0o600


def test_a_disk_that_takes_no_file_is_no_reason_to_run_twice(tmp_path: Path) -> None:
    (tmp_path / "lock").symlink_to("/proc/nothing/lock")
    first = hold(tmp_path, "lumenmond")
    with pytest.raises(SingleError, match="runs already"):
        hold(tmp_path, "lumenmond")
    os.close(first)


def test_a_fifo_in_the_place_of_the_lock_holds_nobody_up(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "lock")
    first = hold(tmp_path, "lumenmond")
    with pytest.raises(SingleError, match="runs already"):
        hold(tmp_path, "lumenmond")
    os.close(first)


def test_nobody_else_runs_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.geteuid", lambda: 4_000_000_000)
    with pytest.raises(SingleError, match="cannot run as uid 4000000000") as caught:
        hold(tmp_path, "lumenmond")
    assert caught.value.hint == "sudo systemctl start lumenmond"
    assert not any(tmp_path.iterdir())


def test_a_directory_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(SingleError, match="cannot lock"):
        hold(tmp_path / "none", "lumenmond")
