"""The daemon's start, where it fails or has nothing to do."""

import os
from pathlib import Path

import pytest

from lumenmon import startup
from lumenmon.errors import LumenmonError
from lumenmon_agentd import daemon
from lumenmon_agentd.identity import Files


def test_a_start_in_vain_does_not_fill_the_journal(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def load() -> None:
        raise LumenmonError("line 1: unknown key: nonsense")

    waits: list[float] = []
    monkeypatch.setattr(daemon.config, "load", load)
    monkeypatch.setattr(daemon.journal, "setup", lambda _name: None)
    monkeypatch.setattr(daemon, "Files", lambda: Files(tmp_path, tmp_path))
    monkeypatch.setattr(daemon.signal, "set_wakeup_fd", lambda _fd: None)
    monkeypatch.setattr(daemon.signal, "signal", lambda *_: None)
    monkeypatch.setattr(daemon.select, "select", lambda *args: waits.append(args[3]))
    monkeypatch.delenv("NOTIFY_SOCKET", raising=False)
    assert daemon.main() == 1
    assert waits == []
    monkeypatch.setenv("NOTIFY_SOCKET", str(tmp_path / "notify"))
    assert daemon.main() == 1
    assert waits == [startup.PAUSE]


def test_an_agent_that_is_not_registered_leaves_no_socket_that_looks_like_its(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("NOTIFY_SOCKET", raising=False)
    files = Files(tmp_path / "state", tmp_path)
    files.submit.touch()
    stop, wake = os.pipe()
    os.write(wake, b".")
    daemon._idle(files, stop)
    os.close(stop)
    os.close(wake)
    assert not files.submit.exists()
