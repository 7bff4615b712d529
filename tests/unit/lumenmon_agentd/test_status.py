"""status.json: what the agent writes is read back, and nothing else is."""

from __future__ import annotations

import json
import os
from dataclasses import asdict, replace
from pathlib import Path

import pytest

from lumenmon_agentd.status import MAX_BYTES, MAX_TEXT, Status, StatusError

GOOD = Status(
    "[fd00::1]:2345",
    "id_0123456789abcdef",
    1.5,
    1700000000,
    3,
    error="lost",
    kind="Refused",
    unanswered_since=5.5,
    dropped_at=6,
)


@pytest.mark.parametrize("status", [Status(), GOOD])
def test_what_is_written_is_read(status: Status, tmp_path: Path) -> None:
    status.write(tmp_path / "status.json")
    assert Status.read(tmp_path / "status.json") == status


def test_a_long_error_is_cut_when_it_is_written(tmp_path: Path) -> None:
    path = tmp_path / "status.json"
    replace(GOOD, error="\U0001f427" * 9999).write(path)
    status = Status.read(path)
    assert status
    assert len(status.error) == MAX_TEXT


def test_one_that_never_ran_has_none(tmp_path: Path) -> None:
    assert Status.read(tmp_path / "status.json") is None


@pytest.mark.parametrize(
    "text",
    [
        "", "{", "[]", "1", '{"more": 1}', "[" * 5000,
        *(json.dumps({**asdict(GOOD), name: value}) for name, value in (
            ("console", 5), ("console", "c"), ("console", "c:99999"), ("console", "c; reboot:22"),
            ("console", "[fe80::1%;reboot]:22"), ("user", "root"), ("user", None),
            ("connected_since", "now"), ("connected_since", float("nan")), ("last_ack", 1e300),
            ("last_ack", -1), ("last_ack", True), ("last_ack", 10**400), ("waiting_bytes", 1.5),
            ("waiting_bytes", 2**63), ("rejected", True), ("dropped", None), ("error", ["x"]),
            ("kind", "x" * 2001),
        )),
    ],
)  # fmt: skip
def test_what_the_agent_does_not_write_is_named(text: str, tmp_path: Path) -> None:
    path = tmp_path / "status.json"
    path.write_text(text)
    with pytest.raises(StatusError, match="is damaged") as caught:
        Status.read(path)
    assert caught.value.hint == "sudo systemctl restart lumenmon-agentd"


def test_no_control_character_of_it_is_shown(tmp_path: Path) -> None:
    path = tmp_path / "status.json"
    replace(GOOD, error="a\x1b[2Jb\u202ec", troubles="a\nb\x1b").write(path)
    status = Status.read(path)
    assert status
    assert (status.error, status.troubles) == ("a�[2Jb�c", "a\nb�")


def test_nothing_else_in_its_place_is_waited_for(tmp_path: Path) -> None:
    path = tmp_path / "status.json"
    os.mkfifo(path)
    with pytest.raises(StatusError, match="not a regular file"):
        Status.read(path)
    path.unlink()
    path.symlink_to("/dev/zero")
    with pytest.raises(StatusError, match="is a link"):
        Status.read(path)
    path.unlink()
    with path.open("wb") as file:
        file.truncate(2**40)
    with pytest.raises(StatusError, match=f"longer than {MAX_BYTES}"):
        Status.read(path)
