from __future__ import annotations

import json
import sqlite3
from pathlib import Path

from console import AGENT, Client, Console

from lumenmon.request import Peer, Reply
from lumenmond import control


def ask(console: Console, verb: str, uid: int = 0, **args: object) -> Reply:
    daemon = console.daemon
    what = control.Console(daemon.store, daemon.fleet, daemon.receiver, lambda _: 66000, 0.0)
    line = json.dumps({"v": 1, "verb": verb, "args": args}).encode()
    return control.answer(what, Peer(1, uid, uid), line)


def test_an_enrolled_agent_is_named_after_its_host(console: Console) -> None:
    console.daemon.store.enrol(AGENT, 66000)
    told = {"comment": "root@web-1", "fingerprint": "SHA256:x"}
    assert ask(console, "enrolled", id=AGENT, **told).result["name"] == "web-1"
    assert console.daemon.store.agents[AGENT].fingerprint == "SHA256:x"
    other = "id_" + "f" * 16
    assert ask(console, "enrolled", id=other, **told).result["name"] == "web-1-2"
    assert ask(console, "tag", agent="web-1", tags=["b", "a"]).result["tags"] == ["a", "b"]
    assert "taken" in ask(console, "rename", agent=other, name="WEB-1").error


def test_only_some_may(console: Console) -> None:
    for verb, args in (
        ("enrolled", {"id": AGENT, "comment": "", "fingerprint": ""}), ("forget", {"id": AGENT}),
        ("backup", {"path": "/x"}), ("rename", {"agent": AGENT, "name": "x"}), ("status", {}),
    ):  # fmt: skip
        assert ask(console, verb, 66000, **args).error == f"no right to {verb}"
    assert ask(console, "nonsense").error == "unknown verb: nonsense"
    assert ask(console, "status", extra=1).error == "unknown argument: extra"
    assert ask(console, "status").result["agents"] == 0


def test_forget_ends_connections_and_deletes_everything(tmp_path: Path) -> None:
    console = Console(tmp_path, commit_interval=3600)
    client = Client(console)
    client.send("m.tsv REAL\n1729123456 1 1\n@sync a\n")
    client.wait_for("@ok a")
    client.send("1729123457 1 1\n")
    console.received(1729123457, "m")
    assert ask(console, "forget", id=AGENT).ok
    assert client.wait_status() == "75\n"
    console.daemon.receiver.batch.commit()
    assert console.daemon.store.agents == {}
    assert ask(console, "forget", id=AGENT).result == {"id": AGENT, "known": False}


def test_a_backup_is_a_whole_database(console: Console, tmp_path: Path) -> None:
    client = Client(console)
    client.send("m.tsv REAL\n1729123456 1 1\n")
    client.end()
    assert client.wait_status() == "0\n"
    assert ask(console, "backup", path=str(tmp_path / "copy.db")).ok
    copy = sqlite3.connect(tmp_path / "copy.db")
    assert copy.execute(f'SELECT value FROM "{AGENT}_m"').fetchall() == [(1.0,)]
    for name in ("metrics.db", "metrics.db-wal", "metrics.db-shm"):
        refused = ask(console, "backup", path=str(tmp_path / "no" / ".." / name))
        assert refused.error.endswith("is the database itself"), name
    assert ask(console, "backup", path="copy.db").error == "the path of a backup starts with /"
    assert ask(console, "backup", path=str(tmp_path / "no" / "copy.db")).error.startswith("it fail")
