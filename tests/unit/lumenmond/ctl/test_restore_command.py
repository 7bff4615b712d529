"""``restore`` and ``backup``: what a hangup or a lost terminal may not leave behind, and hints."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from lumenmon.ctl import common, main
from lumenmon.errors import LumenmonError
from lumenmond.ctl import backup
from lumenmond.host import archive, recover

ENDS = (signal.SIGHUP, signal.SIGINT, signal.SIGTERM)


@pytest.fixture
def ran(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Leave restore only its order of doing things; returns what it ran."""
    ran: list[str] = []
    place = tmp_path / "staging"

    @contextmanager
    def staging() -> Iterator[Path]:
        place.mkdir()
        try:
            yield place
        finally:
            place.rmdir()

    manifest = archive.Manifest(1, "1", "old", 0, {})
    monkeypatch.setattr("os.geteuid", lambda: 0)
    monkeypatch.setattr(archive, "staging", staging)
    monkeypatch.setattr(archive, "unpack", lambda *_: manifest)
    monkeypatch.setattr(backup, "examine", lambda _: SimpleNamespace(metrics=1, bytes=1))
    for name in ("check_uids", "keys", "check_host_key", "check_config"):
        monkeypatch.setattr(recover, name, lambda *_: {})
    monkeypatch.setattr(common, "change", lambda argv: ran.append(argv[1]))
    monkeypatch.setattr("lumenmon.ctl.units.instances", lambda _: [])
    monkeypatch.setattr("lumenmon.ctl.units.lasting", lambda _: ["lumenmon-ssh.service"])
    monkeypatch.setattr(backup, "_put", lambda *_: ran.append("put") or ([], []))
    return ran


@pytest.mark.parametrize("end", ENDS)
def test_what_was_stopped_is_started_whatever_ends_the_terminal(
    end: signal.Signals, ran: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def change(argv: list[str]) -> None:
        ran.append(argv[1])
        os.kill(os.getpid(), end)

    monkeypatch.setattr(common, "change", change)
    before = [signal.getsignal(each) for each in ENDS]
    assert main.main(["restore", "--yes", "file"]) == 0
    assert ran == ["stop", "kill", "put", "start"]
    assert [signal.getsignal(each) for each in ENDS] == before


def test_what_fails_is_followed_by_the_start(
    ran: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: Any) -> None:
        raise LumenmonError("no room")

    monkeypatch.setattr(backup, "_put", fail)
    assert main.main(["restore", "--yes", "file"]) == 1
    assert ran == ["stop", "kill", "start"]


@pytest.mark.parametrize("end", ENDS)
def test_before_anything_is_stopped_it_cleans_up_and_ends(
    end: signal.Signals, ran: list[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(archive, "unpack", lambda *_: os.kill(os.getpid(), end))
    before = signal.signal(end, signal.SIG_DFL)  # under nohup one of them is ignored
    try:
        assert main.main(["restore", "--yes", "file"]) == 130
    finally:
        signal.signal(end, before)
    assert ran == []
    assert not (tmp_path / "staging").exists()


def test_a_change_is_made_also_when_nobody_reads_it(monkeypatch: pytest.MonkeyPatch) -> None:
    def gone(*_: Any, **__: Any) -> None:
        raise OSError(5, "Input/output error")

    done: list[list[str]] = []
    monkeypatch.setattr("builtins.print", gone)
    monkeypatch.setattr(
        "lumenmon.run.run", lambda argv, **_: done.append(argv) or SimpleNamespace(status=0)
    )
    common.change(["systemctl", "start", "lumenmond.service"])
    assert done == [["systemctl", "start", "lumenmond.service"]]


def test_a_backup_that_finds_no_place_names_the_whole_command(tmp_path, monkeypatch):
    monkeypatch.setattr("os.geteuid", lambda: 0)
    there, gone = tmp_path / "a file", tmp_path / "none" / "a"
    there.write_text("mine")
    for target, hint in (
        (there, f"replace it: sudo lumenmonctl backup '{there}' --force"),
        (tmp_path, f"name a file in it: sudo lumenmonctl backup {tmp_path}/lumenmon.tar.gz"),
        (gone, f"make it: sudo mkdir -p {gone.parent}"),
    ):
        monkeypatch.setattr("sys.argv", ["lumenmonctl", "backup", str(target)])
        with pytest.raises(LumenmonError) as caught:
            backup.backup(SimpleNamespace(file=target, force=False, host_key=False))
        assert caught.value.hint == hint
    assert there.read_text() == "mine"
