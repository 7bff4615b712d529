from __future__ import annotations

import json
import socket
import sqlite3
import time

import pytest
from console import AGENT, PATIENCE, Client, Console

from lumenmond import batch, receiver

HEAD = "generic_cpu.tsv REAL\n"


def test_a_plain_client_is_stored_at_its_end(console: Console) -> None:
    client = Client(console)
    client.send(HEAD + "1729123456 1 23.4\n")
    client.end()
    assert client.wait_status() == "0\n"
    assert console.rows() == [(1729123456, 1, 23.4)]


def test_the_journal_tells_of_connections_that_last(
    console: Console, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    caplog.set_level("INFO")
    push = Client(console)
    push.send(HEAD + "1729123456 1 23.4\n")
    push.end()
    assert push.wait_status() == "0\n"
    assert "connected" not in caplog.text
    agent = Client(console)
    agent.send(HEAD + "1729123457 1 23.4\n@sync a\n")
    agent.wait_for("@ok a")
    assert caplog.text.count("connected from 192.0.2.7") == 1
    agent.end()
    assert agent.wait_status() == "0\n"
    assert "disconnected" in caplog.text
    monkeypatch.setattr(receiver, "LASTING", 0.1)
    caplog.clear()
    slow = Client(console)
    console.turn(lambda: "connected from" in caplog.text)
    slow.end()
    assert slow.wait_status() == "0\n"


def test_a_bad_line_costs_only_itself(console: Console) -> None:
    client = Client(console)
    client.send(HEAD + "1729123456 1 23.4\n1729123457 1 nan\n1729123458 1 5\n")
    client.end()
    assert client.wait_status() == "1\n"
    assert "@reject 3 value is not a finite REAL" in client.answers.decode()
    assert "line 3: value is not a finite REAL" in client.said()
    assert [row[0] for row in console.rows()] == [1729123456, 1729123458]
    assert console.daemon.store.agents[AGENT].rejected == 1


def test_a_line_without_its_end_is_not_stored(console: Console) -> None:
    client = Client(console)
    client.send(HEAD + "1729123456 1 2\n1729123457 1 2")
    client.end()
    assert client.wait_status() == "1\n"
    assert len(console.rows()) == 1


def test_ok_comes_after_the_commit(console: Console, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(batch, "FIRST", 3600)  # the commit is made here alone
    client = Client(console)
    client.send(HEAD + "1729123456 1 1.5\n@sync a1\n")
    console.received(1729123456)
    assert client.look() == b""
    console.daemon.receiver.batch.commit()
    client.wait_for("@ok a1\n")
    assert console.rows() == [(1729123456, 1, 1.5)]


def test_a_new_metric_does_not_wait_for_the_interval(tmp_path) -> None:
    console = Console(tmp_path, commit_interval=3600)
    client = Client(console)
    client.send(HEAD + "1729123456 1 1\n@sync a\n")
    client.wait_for("@ok a\n")
    client.send("generic_mem.tsv REAL\n1729123456 1 1\n@sync b\n")
    client.wait_for("@ok b\n")
    client.send("1729123457 1 1\n@sync c\n")
    console.received(1729123457, "generic_mem")
    assert console.daemon.receiver.batch._due > time.monotonic() + 1800


def test_many_new_agents_are_stored_a_part_at_a_time(
    tmp_path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(batch, "MAX_NEW", 3)
    monkeypatch.setattr(batch, "FIRST", 3600)  # commits are made here alone
    console = Console(tmp_path, commit_interval=3600)
    receiver = console.daemon.receiver
    ids = [f"id_{number:016x}" for number in range(5)]
    clients = []
    for id in ids:
        receiver.gate.identify = lambda _, id=id: id
        clients.append(Client(console))
        clients[-1].send("a.tsv REAL\n1729123456 1 1\nb.tsv REAL\n1729123456 1 1\n@sync x\n")
        console.turn(lambda: receiver.batch.rows == 2 * len(clients))
    assert receiver.batch.commit()
    answers = [client.look() for client in clients]
    assert answers == [b"@ok x\n"] * 2 + [b""] * 3
    assert receiver.batch.commit()
    assert not receiver.batch.commit()
    assert [client.look() for client in clients] == [b"@ok x\n"] * 5
    assert [len(console.rows(f"{id}_b")) for id in ids] == [1] * 5
    assert receiver.batch._touched == set()


def test_long_texts_are_committed_before_they_fill_the_memory(
    tmp_path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(batch, "MAX_PENDING", 100)
    console = Console(tmp_path, commit_interval=3600)
    client = Client(console)
    client.send("note.tsv TEXT\n1729123456 0 x\n@sync a\n")
    client.wait_for("@ok a\n")
    text = "x" * 4000
    client.send("".join(f"{n} 0 {text}\n" for n in range(1729123457, 1729123467)) + "@sync b\n")
    client.wait_for("@ok b\n")


def test_a_fleet_that_catches_up_is_read_no_faster_than_stored(
    tmp_path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(batch, "MAX_PENDING", 1000)
    console = Console(tmp_path, commit_interval=3600)
    receiver = console.daemon.receiver
    clients = []
    for number in range(8):
        receiver.gate.identify = lambda _, number=number: f"id_{number:016x}"
        clients.append(Client(console))
        console.turn(lambda: len(receiver._connections) == len(clients))
    held: list[int] = []
    commit = receiver.batch.commit
    monkeypatch.setattr(
        receiver.batch, "commit", lambda: held.append(receiver.batch.rows) or commit()
    )
    for client in clients:
        rows = "".join(f"{n} 1 1\n" for n in range(1729123456, 1729124356))
        client.send(HEAD + rows + "@sync a\n")
    console.turn(lambda: all(b"@ok a" in client.look() for client in clients))
    assert max(held) < 1000 + 900
    for number in range(8):
        assert len(console.rows(f"id_{number:016x}_generic_cpu")) == 900


def test_an_agent_that_was_removed_while_it_connected_is_refused(console: Console) -> None:
    client = Client(console)
    receiver = console.daemon.receiver
    receiver.gate.listener._accept(0)
    receiver.gate.identify = lambda _: None  # its account is gone
    assert client.wait_status() == "1\n"
    assert AGENT not in console.daemon.store.agents


def test_a_console_that_booted_with_a_clock_behind_rejects_nothing(
    console: Console, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = console.daemon.store
    store.now, store.clock.uptime = (lambda: 1729123456.0), (lambda: 5.0)
    store.clock.proven, store.clock.released = 1729123456.0, 0.0
    client = Client(console)
    client.send(HEAD + "1729123456 1 1\n@sync a\n1729400000 1 2\n@sync b\n1729123457 1 3\n")
    client.wait_for("@ok a\n")
    monkeypatch.setattr(receiver, "PATIENCE", 0.0)
    console.daemon.receiver._tick()
    assert client.wait_status() == "75\n"
    assert client.answers == b"@ok a\n"
    assert [row[0] for row in console.rows()] == [1729123456]

    store.now, store.clock.uptime = (lambda: 1729400010.0), (lambda: 1000.0)
    store.clock.sure()
    store.clock.uptime = lambda: 2000.0
    store.now = lambda: 1729401010.0
    again = Client(console)
    again.send(HEAD + "1729400000 1 2\n1729123457 1 3\n1729999999 1 4\n")
    again.end()
    assert again.wait_status() == "1\n"
    assert [row[0] for row in console.rows()] == [1729123456, 1729123457, 1729400000]


def test_sync_with_nothing_before_it_is_answered_at_once(console: Console) -> None:
    client = Client(console)
    client.send("@sync a\n")
    client.wait_for("@ok a\n")


def test_the_type_of_a_metric_holds(console: Console) -> None:
    client = Client(console)
    client.send(HEAD + "1729123456 1 1\ngeneric_cpu.tsv INTEGER\n1729123457 1 1\n"
                "Generic_CPU.tsv REAL\n1729123457 1 1\n")  # fmt: skip
    client.end()
    assert client.wait_status() == "1\n"
    said = client.said()
    assert "line 4: metric generic_cpu is stored as REAL, not INTEGER" in said
    assert "line 6: metric Generic_CPU differs only in case" in said


def test_too_many_metrics(tmp_path) -> None:
    console = Console(tmp_path, max_metrics=2)
    client = Client(console)
    client.send("".join(f"m{n}.tsv REAL\n1729123456 1 1\n" for n in range(3)))
    client.end()
    assert client.wait_status() == "1\n"
    assert "line 6: metric m2 is one more than the 2 allowed" in client.said()


def test_many_rejects_are_counted(console: Console) -> None:
    client = Client(console)
    client.send("x\n" * 150 + "@sync s\n")
    client.wait_for("@ok s\n")
    lines = client.answers.decode().splitlines()
    assert len(lines) == 103, "100, how many more, the greeting and the @ok"
    assert [lines[-3], lines[-1]] == ["@reject 150 and 50 more", "@ok s"]


def test_repetition_changes_nothing_and_the_newest_arrival_wins(console: Console) -> None:
    for value in ("1", "1", "7.5"):
        client = Client(console)
        client.send(HEAD + f"1729123456 1 {value}\n")
        client.end()
        assert client.wait_status() == "0\n"
    assert console.rows() == [(1729123456, 1, 7.5)]


def test_a_crash_loses_nothing_that_was_acknowledged(tmp_path) -> None:
    console = Console(tmp_path, commit_interval=3600)
    client = Client(console)
    client.send(HEAD + "1729123456 1 1\n@sync a\n")
    client.wait_for("@ok a\n")
    client.send("1729123457 1 2\n@sync b\n")
    console.received(1729123457)
    console.kill()
    assert b"@ok b" not in client.look()

    console.start()
    again = Client(console, "resume 192.0.2.7 5 192.0.2.1 2345\n")
    again.wait_for("@resume ")
    nonce = again.answers.decode().split()[1]
    again.send(f"57 1 2\nstray\n@resume {nonce}\n{HEAD}1729123457 1 2\n@sync c\n")
    again.wait_for("@ok c\n")
    assert "@reject" not in again.answers.decode()
    assert console.rows() == [(1729123456, 1, 1.0), (1729123457, 1, 2.0)]


def test_a_client_that_does_not_resume_is_told_to_send_again(console: Console) -> None:
    client = Client(console, "resume 192.0.2.7 5 192.0.2.1 2345\n")
    client.send("1729123457 1 2\n")
    client.end()
    assert client.wait_status() == "75\n"


def test_an_agent_that_does_not_read_is_cut(console: Console, monkeypatch) -> None:
    monkeypatch.setattr(receiver, "PATIENCE", 0.0)
    client = Client(console)
    bad = ("x\n" * 101 + "@sync s\n").encode() * 50
    sent = True
    end = time.monotonic() + PATIENCE
    while console.daemon.receiver._connections or sent is True:
        assert time.monotonic() < end
        try:
            sent = client.wire.write(bad) is not None
        except OSError:
            break
        if not sent:
            console.daemon.receiver._tick()
        console.daemon.loop.turn(0.01)
    console.daemon.receiver._tick()
    assert not console.daemon.receiver._connections


def test_control_and_live(console: Console) -> None:
    client = Client(console)
    now = int(time.time())
    client.send(HEAD + f"{now} 1 50\n")
    console.received(now)

    live = socket.socket(socket.AF_UNIX)
    live.connect(str(console.paths.live))
    live.sendall(b'{"want":"fleet"}\n')
    live.setblocking(False)
    seen = b""

    def got(word: bytes) -> bool:
        nonlocal seen
        try:
            seen += live.recv(65536)
        except BlockingIOError:
            pass
        return word in seen

    console.turn(lambda: got(b'"t":"ready"'))
    assert json.loads(seen.splitlines()[0])["trouble"] == ""
    first = json.loads(seen.splitlines()[1])
    assert first["id"] == AGENT
    assert first["state"] == "online"
    assert first["address"] == "192.0.2.7"
    assert first["latest"]["generic_cpu"]["value"] == 50.0
    client.send(f"{now + 1} 1 51\n")
    console.turn(lambda: got(b'"t":"samples"'))
    sequence = [json.loads(line)["seq"] for line in seen.splitlines()]
    assert sequence == sorted(set(sequence))

    control = socket.socket(socket.AF_UNIX)
    control.connect(str(console.paths.control))
    args = {"agent": AGENT, "name": "web-1"}
    control.sendall(json.dumps({"v": 1, "verb": "rename", "args": args}).encode() + b"\n")
    control.setblocking(False)
    reply = b""

    def replied() -> bool:
        nonlocal reply
        try:
            reply += control.recv(65536)
        except BlockingIOError:
            pass
        return reply.endswith(b"\n")

    console.turn(replied)
    assert json.loads(reply) == {"ok": True, "result": {"id": AGENT, "name": "web-1"}}
    console.turn(lambda: got(b"web-1"))


def test_long_texts_of_control_characters_do_not_end_the_daemon(console: Console) -> None:
    live = socket.socket(socket.AF_UNIX)
    live.connect(str(console.paths.live))
    live.sendall(json.dumps({"want": "agent", "id": AGENT}).encode() + b"\n")
    console.turn(lambda: console.daemon.store.agents != {} or not live.setblocking(False))
    client = Client(console)
    text = "\x01" * 4000
    client.send("".join(f"t{n}.tsv TEXT\n1729123456 0 {text}\n" for n in range(40)))
    client.end()
    assert client.wait_status() == "0\n"
    seen = b""

    def got() -> bool:
        nonlocal seen
        try:
            seen += live.recv(1 << 20)
        except BlockingIOError:
            pass
        return seen.count(b"1729123456") >= 40

    console.turn(got)


def test_a_new_agent_on_a_full_disk_is_told_to_come_again(console: Console, monkeypatch) -> None:
    def full(*_: object) -> None:
        raise sqlite3.OperationalError("database or disk is full")

    with monkeypatch.context() as patch:
        patch.setattr(console.daemon.store, "enrol", full)
        assert Client(console).wait_status() == "75\n"
    client = Client(console)
    client.send("@sync a\n")
    client.wait_for("@ok a\n")


def test_samples_that_cannot_be_stored_cost_their_own_agent(
    tmp_path, monkeypatch: pytest.MonkeyPatch, caplog
) -> None:
    monkeypatch.setattr(batch, "FIRST", 3600)  # commits are made here alone
    console = Console(tmp_path, commit_interval=3600)
    receiver, clients = console.daemon.receiver, []
    ids = [f"id_{number:016x}" for number in range(3)]
    for id in ids:
        receiver.gate.identify = lambda _, id=id: id
        clients.append(Client(console))
        clients[-1].send(HEAD + "1729123456 1 1\n@sync x\n")
        console.received(1729123456, id=id)
    rows = receiver.batch._pending[ids[1]]["generic_cpu"]
    rows[2**70] = (1, 1.0)  # by a fault of the decoder
    assert receiver.batch.commit()
    assert clients[1].wait_status() == "75\n"
    assert "OverflowError" in caplog.text
    assert not receiver.batch.commit()
    for client in (clients[0], clients[2]):
        client.wait_for("@ok x\n")
    assert [len(console.rows(f"{id}_generic_cpu")) for id in (ids[0], ids[2])] == [1, 1]
    rows = {"generic_cpu": {1729123456: (1, float("nan"))}}
    receiver.batch._pending[ids[0]] = rows
    assert receiver.batch.commit()
    assert clients[0].wait_status() == "75\n"
    clients[2].send("1729123457 1 1\n@sync y\n")
    console.received(1729123457, id=ids[2])
    assert not receiver.batch.commit()
    clients[2].wait_for("@ok y\n")


def test_a_fault_of_the_database_still_ends_the_daemon(console: Console, monkeypatch) -> None:
    def broken(*_: object) -> None:
        raise sqlite3.DatabaseError("database disk image is malformed")

    monkeypatch.setattr(console.daemon.store, "commit", broken)
    client = Client(console)
    client.send(HEAD + "1729123456 1 1\n")
    with pytest.raises(sqlite3.DatabaseError):
        console.turn(lambda: False)
