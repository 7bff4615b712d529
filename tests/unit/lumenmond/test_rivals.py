"""Two machines with one key: the second is held, and a reboot is none."""

from __future__ import annotations

import pytest
from console import AGENT, Client, Console

from lumenmon import __version__
from lumenmond import rivals
from lumenmond.store import kept

HEAD = "generic_cpu.tsv REAL\n"
FIRST, SECOND = "11111111-aaaa", "22222222-bbbb"


def greeting(boot: str) -> str:
    return f"@sync 0-0\n@agent 1.0.0 {boot}\n{HEAD}"


def machine(console: Console, boot: str, address: str) -> Client:
    client = Client(console, f"{address} 5 192.0.2.1 2345\n")
    client.send(greeting(boot))
    client.wait_for("@ok 0-0\n")
    return client


def original_and_copy(console: Console, monkeypatch: pytest.MonkeyPatch) -> tuple[Client, Client]:
    """Two machines of one key, of which the first sends after the second has come."""
    monkeypatch.setattr(rivals, "_LATER", 0)
    first = machine(console, FIRST, "192.0.2.7")
    copy = machine(console, SECOND, "192.0.2.8")
    first.send("1729123456 1 1\n")
    return first, copy


def test_the_console_greets_before_its_first_ok_and_only_then(console: Console) -> None:
    client = Client(console)
    client.send("@sync a\n")
    client.wait_for("@ok a\n")
    client.send("@sync b\n")
    client.wait_for("@ok b\n")
    assert client.greeting == f"@console {__version__} agent".encode()
    assert client.answers == b"@ok a\n@ok b\n"
    plain = Client(console)
    plain.send(HEAD + "1729123456 1 1\n")
    plain.end()
    assert plain.wait_status() == "0\n"
    assert plain.answers == plain.greeting == b""


def test_an_agents_version_and_boot_are_known(console: Console) -> None:
    machine(console, FIRST, "192.0.2.7")
    watch = console.daemon.fleet.agents[AGENT]
    console.turn(lambda: watch.boot == FIRST)
    assert watch.version == "1.0.0"


@pytest.mark.parametrize("line", ["@agent", "@agent 1.0.0", "@agent 1.0.0 \x1b[2J", "@agent a b c"])
def test_what_is_no_greeting_is_rejected(console: Console, line: str) -> None:
    client = Client(console)
    client.send(f"@sync a\n{line}\n{HEAD}1729123456 1 1\n")
    client.end()
    assert client.wait_status() == "1\n"
    assert b"@reject 2 unknown control line" in client.answers
    assert len(console.rows()) == 1


def test_a_second_greeting_is_rejected(console: Console) -> None:
    client = machine(console, FIRST, "192.0.2.7")
    client.send(f"@agent 1.0.0 {SECOND}\n")
    client.wait_for("@reject 4 unknown control line")


@pytest.mark.parametrize("boot", [SECOND, FIRST])
def test_a_copy_is_held_and_named_until_the_first_is_gone(
    console: Console, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch, boot: str
) -> None:
    monkeypatch.setattr(rivals, "_LATER", 0)
    monkeypatch.setattr(rivals, "RETURN", 0)
    first = machine(console, FIRST, "192.0.2.7")
    first.send("1729123456 1 1\n@sync 1-1\n")
    first.wait_for("@ok 1-1\n")
    copy = machine(console, boot, "192.0.2.8")
    copy.send("1729123456 1 2\n1729123457 1 2\n@sync 1-2\n")
    copy.wait_for("@wait an earlier connection from 192.0.2.7 still stands\n")
    watch = console.daemon.fleet.agents[AGENT]
    assert watch.rivals == "", "it may have been a reboot"
    first.send("1729123458 1 1\n@sync 1-3\n")
    first.wait_for("@ok 1-3\n")
    copy.wait_for("@wait another machine sends as this agent, from 192.0.2.7\n")
    assert watch.rivals == "192.0.2.8"
    assert (watch.boot, watch.row.address) == (FIRST, "192.0.2.7")
    assert "from 192.0.2.7 and from 192.0.2.8" in caplog.text
    assert b"@ok 1-2" not in copy.look()
    assert [row[2] for row in console.rows()] == [1.0, 1.0]
    first.end()
    copy.wait_for("@ok 1-2\n")
    assert watch.rivals == ""
    assert watch.boot == boot
    assert [row[0] for row in console.rows()] == [1729123456, 1729123457, 1729123458]


def test_a_copy_waits_for_the_first_to_come_back(
    console: Console, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, copy = original_and_copy(console, monkeypatch)
    copy.wait_for("@wait another machine sends as this agent, from 192.0.2.7\n")
    first.end()
    watch = console.daemon.fleet.agents[AGENT]
    console.turn(lambda: watch.connections == 1)
    console.daemon.receiver._tick()
    copy.end()
    console.turn(lambda: watch.connections == 0)

    # As after a restart: what is known of copies is read from the database.
    watch.row.copies = []
    kept.load_copies(console.daemon.store.db, [watch.row])
    again = machine(console, SECOND, "192.0.2.8")
    again.send("1729123457 1 2\n@sync 1-2\n")
    again.wait_for("@wait another machine sends as this agent and is waited for\n")
    assert watch.rivals == "192.0.2.8"
    first = machine(console, "33333333-cccc", "192.0.2.7")
    first.send("1729123458 1 1\n@sync 1-3\n")
    first.wait_for("@ok 1-3\n")
    assert [row[2] for row in console.rows()] == [1.0, 1.0]
    first.end()
    console.turn(lambda: watch.connections == 1)
    monkeypatch.setattr(rivals, "RETURN", 0)
    console.daemon.receiver._tick()
    again.wait_for("@ok 1-2\n")
    assert (watch.rivals, watch.row.copies) == ("", [])


def test_a_copy_that_hangs_up_is_forgotten(
    console: Console, monkeypatch: pytest.MonkeyPatch
) -> None:
    _first, copy = original_and_copy(console, monkeypatch)
    watch = console.daemon.fleet.agents[AGENT]
    console.turn(lambda: watch.rivals)
    copy.end()
    console.turn(lambda: not watch.rivals)
    assert watch.connections == 1


def test_a_machine_that_boots_again_goes_on(
    console: Console, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rivals, "SILENT", 0.5)
    machine(console, FIRST, "192.0.2.7")
    again = machine(console, SECOND, "192.0.2.7")
    again.send("1729123456 1 2\n@sync 1-2\n")
    again.wait_for("@ok 1-2\n")
    assert "two machines" not in caplog.text


def test_one_boot_and_plain_clients_may_connect_side_by_side(console: Console) -> None:
    machine(console, FIRST, "192.0.2.7")
    other = machine(console, FIRST, "192.0.2.7")
    other.send("1729123456 1 2\n@sync 1-2\n")
    other.wait_for("@ok 1-2\n")
    plain = Client(console)
    plain.send(HEAD + "1729123457 1 2\n@sync p\n")
    plain.wait_for("@ok p\n")
