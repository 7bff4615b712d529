"""What a process that was killed has left, and who tidies it up."""

from __future__ import annotations

import os
import pwd
from pathlib import Path

import pytest

from lumenmon import paths
from lumenmond.host import accounts, archive, passwd, recover

AGENT, INVITE, GONE = "id_" + "1" * 16, "reg_0000000000001", "id_" + "2" * 16


def test_what_a_killed_process_left_is_told_from_what_is_in_use(tmp_path: Path) -> None:
    ours, others = tmp_path / f".backup-{os.getpid()}.db", tmp_path / "metrics.db"
    left = [tmp_path / ".backup-4000000.db", tmp_path / ".backup-4000000.db.part"]
    for file in (ours, others, *left):
        file.touch()
    assert sorted(archive.abandoned(tmp_path, ".backup-")) == left


def test_a_log_that_a_killed_restore_left_is_not_replayed(tmp_path: Path) -> None:
    target, new = tmp_path / "metrics.db", tmp_path / "new"
    new.write_text("restored")
    Path(f"{target}{recover.BEFORE}").write_text("before")
    Path(f"{target}-wal").write_text("the log of what was before")
    descriptor = os.open(new, os.O_RDONLY)
    recover._take_place(descriptor, target, 0o640)
    os.close(descriptor)
    assert target.read_text() == "restored"
    assert not Path(f"{target}-wal").exists()
    assert Path(f"{target}{recover.BEFORE}-wal").read_text() == "the log of what was before"
    assert Path(f"{target}{recover.BEFORE}").read_text() == "before"


def test_half_accounts_are_completed_by_the_next_change(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An agent and an invite without a line in shadow, and a line there without a user."""
    for name in ("HOST_STATE", "KEYS", "INVITES"):
        monkeypatch.setattr(paths, name, tmp_path / name.lower())
    monkeypatch.setattr(paths, "UIDS", tmp_path / "uids")
    (tmp_path / "keys" / AGENT).mkdir(parents=True)
    shadow = tmp_path / "shadow"
    shadow.write_text(f"root:*:::::::\n{GONE}:*:::::::\n")
    monkeypatch.setattr(passwd, "SHADOW", shadow)
    monkeypatch.setattr(accounts, "listed", lambda: {AGENT: 66000, INVITE: 66001})
    monkeypatch.setattr(accounts.uids, "take", lambda name: 66002)
    done: list[tuple[str, str]] = []
    monkeypatch.setattr(passwd, "add", lambda name, *_: done.append(("add", name)))
    monkeypatch.setattr(passwd, "delete", lambda name: done.append(("delete", name)))
    assert GONE not in {each.pw_name for each in pwd.getpwall()}
    with accounts.lock():
        pass
    assert done == [
        ("delete", AGENT),
        ("add", AGENT),
        ("add", GONE),
        ("delete", GONE),
        ("delete", INVITE),
    ]
