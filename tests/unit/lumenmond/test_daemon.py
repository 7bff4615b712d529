from __future__ import annotations

import os
import signal
import socket
import sqlite3
import time
from pathlib import Path

import pytest
from console import AGENT, PATIENCE, Client, Console

from lumenmon import config, paths, single, startup
from lumenmon.errors import ConfigError
from lumenmon.keys import PublicKey
from lumenmond import daemon
from lumenmond.config import Config
from lumenmond.staleness import judge
from lumenmond.store.reader import Reader


def test_a_bad_configuration_is_named(tmp_path: Path, capfd) -> None:
    file = tmp_path / "lumenmond.toml"
    file.write_text('commit_interval = "5s"\nretention_row = "7d"\n')
    assert daemon.main(["--config", str(file)]) == 2
    error = capfd.readouterr().err
    assert "line 2: unknown key: retention_row" in error
    assert "Traceback" not in error


def test_a_start_in_vain_does_not_fill_the_journal(tmp_path: Path, monkeypatch) -> None:
    file = tmp_path / "lumenmond.toml"
    file.write_text("nonsense = 1\n")
    slept: list[float] = []
    monkeypatch.setattr(startup.failed, "__defaults__", (slept.append,))
    daemon.main(["--config", str(file)])
    assert slept == []
    monkeypatch.setenv("NOTIFY_SOCKET", str(tmp_path / "notify"))
    assert daemon.main(["--config", str(file)]) == 2
    assert slept == [startup.PAUSE]


def test_where_the_lock_is_deleted_the_socket_keeps_a_second_from_the_database(
    tmp_path: Path, monkeypatch, capfd
) -> None:
    state, run = tmp_path / "state", tmp_path / "run"
    state.mkdir()
    where = daemon.Paths(state / "metrics.db", run / "ingest", run / "live", run / "control")
    where.ingest.mkdir(parents=True)  # cannot be replaced, as what systemd made for the first
    monkeypatch.setattr(daemon, "Paths", lambda: where)
    monkeypatch.setattr(daemon, "Store", lambda *_: pytest.fail("the database was opened"))
    arguments = ["--config", str(tmp_path / "none.toml")]
    lock = single.hold(state, "lumenmond")
    assert daemon.main(arguments) == 1
    assert "lumenmond runs already" in capfd.readouterr().err
    (state / "lock").unlink()
    assert daemon.main(arguments) == 1
    error = capfd.readouterr().err
    assert str(where.ingest) in error
    assert "sudo systemctl start lumenmond" in error
    assert [path.name for path in state.iterdir()] == ["lock"]
    os.close(lock)


def test_retentions_have_an_order() -> None:
    settings = config.parse('retention_raw = "91d"', Config, "x")
    with pytest.raises(ConfigError, match="rising order"):
        settings.check()


def test_sigterm_commits_and_answers_and_readers_go_on(tmp_path: Path) -> None:
    where = daemon.Paths(ingest=tmp_path / "ingest", live=tmp_path / "live")
    pid = os.fork()
    if pid == 0:
        try:
            Console(tmp_path, commit_interval=3600).daemon.run()
        finally:
            os._exit(0)
    end = time.monotonic() + PATIENCE
    while not (tmp_path / "control").exists():  # the last of its sockets
        assert time.monotonic() < end
        time.sleep(0.01)
    with socket.socket(socket.AF_UNIX) as live:
        live.settimeout(PATIENCE)
        live.connect(str(where.live))
        live.sendall(b'{"want":"fleet"}\n')
        client = Client(type("Ours", (), {"paths": where}))
        client.send("generic_cpu.tsv REAL\n1729123456 1 1\n1729123457 1 2\n@sync z\n")
        seen = b""
        while b"1729123457" not in seen:
            seen += live.recv(65536)
    os.kill(pid, signal.SIGTERM)
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0
    assert client.look() == b"@ok z\n"
    assert (tmp_path / "metrics.db-wal").exists()
    assert Reader(tmp_path / "metrics.db").latest(AGENT)["generic_cpu"] == (1729123457, 1, 2.0)


BLOB = b"\0\0\0\x0bssh-ed25519\0\0\0\x20" + bytes(32)


def test_who_enrolled_while_it_was_down_has_a_name_and_a_key(tmp_path: Path, monkeypatch) -> None:
    key = PublicKey(BLOB, "root@web-1")
    file = tmp_path / "keys" / AGENT / "authorized_keys"
    monkeypatch.setattr(paths, "KEYS", tmp_path / "keys")
    monkeypatch.setattr(daemon.accounts, "all_agents", lambda: {AGENT: 66000})

    def known(console: Console) -> tuple[str, str]:
        row = console.daemon.store.agents[AGENT]
        return row.name, row.fingerprint

    console = Console(tmp_path)
    assert known(console) == (AGENT, ""), "there is no key to read"
    console.kill()
    file.parent.mkdir(parents=True)
    file.write_text(f'restrict,command="x" {key.line} {key.label}\n')
    console.start()
    assert known(console) == ("web-1", key.fingerprint)
    console.daemon.store.rename(console.daemon.store.agents[AGENT], "mine")
    console.kill()
    console.start()
    assert known(console) == ("mine", key.fingerprint)


def test_an_agent_that_nobody_told_of_has_a_name_once_it_connects(
    tmp_path: Path, monkeypatch
) -> None:
    console = Console(tmp_path)
    monkeypatch.setattr(paths, "KEYS", tmp_path / "keys")
    file = tmp_path / "keys" / AGENT / "authorized_keys"
    file.parent.mkdir(parents=True)
    file.write_text(f"restrict {PublicKey(BLOB).line} root@web-2\n")
    client = Client(console)
    client.send("@sync a\n")
    client.wait_for("@ok a\n")
    row = console.daemon.store.agents[AGENT]
    assert (row.name, row.fingerprint) == ("web-2", PublicKey(BLOB).fingerprint)


def test_starts_on_a_full_disk_that_a_new_agent_does_not_fit(tmp_path: Path, monkeypatch) -> None:
    def full(*_: object) -> None:
        raise sqlite3.OperationalError("database or disk is full")

    monkeypatch.setattr(daemon.accounts, "all_agents", lambda: {AGENT: 66000})
    with monkeypatch.context() as patch:
        patch.setattr(daemon.Store, "enrol", full)
        console = Console(tmp_path)
    client = Client(console)
    client.send("@sync a\n")
    client.wait_for("@ok a\n")


@pytest.mark.parametrize(
    ("beats", "connected", "seen", "state", "why"),
    [
        ({}, False, None, "never", "not seen yet"),
        ({}, True, None, "never", "connected, nothing received yet"),
        ({}, True, 984, "online", ""),
        ({}, False, 984, "offline", "not connected"),
        ({"m": (1, 984)}, True, 984, "online", ""),
        ({"m": (1, 984)}, False, 984, "online", ""),
        ({"m": (1, 982)}, True, 982, "stale", "connected, m is overdue"),
        ({"m": (1, 982)}, False, 982, "offline", "not connected"),
        ({"m": (1, 100), "n": (60, 990)}, True, 990, "online", ""),
    ],
)
def test_staleness(beats, connected, seen, state, why) -> None:
    assert judge(beats, connected, seen, 1000) == (state, why)
