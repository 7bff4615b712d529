"""A daemon whose database does not store: live, honest, and whole again afterwards."""

from __future__ import annotations

import json
import socket
import sqlite3

import pytest
from console import AGENT, Client, Console

from lumenmond import batch
from lumenmond.store import samples

HEAD = "generic_cpu.tsv REAL\n"


def broken(*_: object) -> None:
    error = sqlite3.OperationalError("disk I/O error")
    error.sqlite_errorcode = sqlite3.SQLITE_IOERR_FSYNC
    raise error


def test_what_is_shown_and_not_stored_is_sent_again(
    tmp_path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(batch, "MAX_PENDING", 100)
    monkeypatch.setattr(batch, "RETRY", 0.01)
    console = Console(tmp_path)
    client = Client(console)
    with monkeypatch.context() as patch:
        patch.setattr(samples, "write", broken)
        first = 1729123456
        for part in range(5):  # far more than may wait: all of it is seen
            begin = first + part * 90
            rows = "".join(f"{begin + n} 1 {n}\n" for n in range(90))
            client.send(HEAD + rows + f"@sync {part}\n")
            console.received(begin + 89)
        assert AGENT in console.daemon.receiver.batch.dropped
        assert client.look() == b""
    # What was dropped is never acknowledged: the connection ends, and the agent sends all again.
    assert client.wait_status() == "75\n"
    assert b"@ok" not in client.answers
    again = Client(console)
    again.send(HEAD + "".join(f"{first + n} 1 1\n" for n in range(450)))
    again.end()
    assert again.wait_status() == "0\n"
    assert len(console.rows()) == 450
    assert console.daemon.receiver.batch.dropped == set()


def test_a_damaged_database_is_shown_as_such_and_left_as_it_is(tmp_path) -> None:
    path = tmp_path / "metrics.db"
    path.write_bytes(b"no database " * 1000)
    console = Console(tmp_path)
    console.daemon._beat()
    reader = socket.socket(socket.AF_UNIX)
    reader.connect(str(console.paths.live))
    reader.sendall(b'{"want":"fleet"}\n')
    reader.setblocking(False)
    seen = b""

    def got() -> bool:
        nonlocal seen
        try:
            seen += reader.recv(65536)
        except BlockingIOError:
            return False
        return b'"t":"ready"' in seen

    console.turn(got)
    first = json.loads(seen.splitlines()[0])
    assert first["t"] == "console"
    assert first["trouble"].startswith(f"{path} is damaged: ")
    client = Client(console)
    client.send(HEAD + "1729123456 1 50\n@sync a\n")
    console.received(1729123456)
    assert not console.daemon.receiver.batch.commit()
    assert client.look() == b""
    console.daemon._try_again()
    assert not console.daemon.loop.stopped
    assert path.read_bytes() == b"no database " * 1000
    path.unlink()
    console.daemon._try_again()
    assert console.daemon.loop.stopped
