"""Registering against a paramiko server that answers as the console's gateway does."""

import os
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import paramiko
import pytest

from lumenmon.errors import LumenmonError
from lumenmon.invite import Link
from lumenmon.keys import PublicKey, parse_public_key
from lumenmon_agentd import register, registration
from lumenmon_agentd.identity import Console, Files
from lumenmon_agentd.register import RegisterError
from lumenmon_agentd.status import Status

KEY = PublicKey(b"\0\0\0\x0bssh-ed25519\0\0\0\x20" + bytes(range(32)), "host")
OLD = "reg_1700000000000"


class Gateway(paramiko.ServerInterface):
    """Takes one password and answers one line."""

    def __init__(self, answer: Callable[[str], str]) -> None:
        self.answer = answer
        self.passwords: list[str] = []
        self.lines: list[str] = []

    def get_allowed_auths(self, username: str) -> str:
        return "password"

    def check_auth_password(self, username: str, password: str) -> int:
        self.passwords.append(password)
        return paramiko.AUTH_SUCCESSFUL if password == "right" else paramiko.AUTH_FAILED

    def check_channel_request(self, kind: str, chanid: int) -> int:
        return paramiko.OPEN_SUCCEEDED

    def check_channel_shell_request(self, channel: paramiko.Channel) -> bool:
        threading.Thread(target=self.serve, args=(channel,), daemon=True).start()
        return True

    def serve(self, channel: paramiko.Channel) -> None:
        line = channel.makefile("r").readline().strip()
        self.lines.append(line)
        with suppress(OSError, EOFError):  # a client that has seen enough goes
            channel.sendall((self.answer(line) + "\n").encode())
            channel.close()


class Server:
    """The gateway behind a port of this machine."""

    def __init__(self, host_key: paramiko.PKey) -> None:
        self.gateway = Gateway(lambda line: "ok " + parse_public_key(line).agent_id)
        self.host_key = host_key
        self.blob = host_key.asbytes()
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self.run, daemon=True).start()

    def run(self) -> None:
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            transport = paramiko.Transport(connection)
            transport.add_server_key(self.host_key)
            try:
                transport.start_server(server=self.gateway)
            except (paramiko.SSHException, EOFError):
                continue

    def link(self, password: str = "right", blob: bytes = b"", user: str = "") -> Link:
        user = user or f"reg_{int(time.time() * 1000)}"
        return Link(user, password, "127.0.0.1", self.port, PublicKey(blob or self.blob))


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    from lumenmon import run

    path = tmp_path / "host_key"
    run.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(path)])
    made = Server(paramiko.Ed25519Key(filename=str(path)))
    yield made
    made.listener.close()


def test_enrols_with_one_line(server: Server) -> None:
    said: list[str] = []
    assert register.enrol(server.link(), KEY, said.append) == KEY.agent_id
    assert server.gateway.lines == [f"{KEY.line} host"]
    assert "host key" in said[0]


@pytest.mark.parametrize(
    "motd",
    ["\r\nWelcome!\r\n", "ok then\nerror-free\n" * 999, "ok id_0\n"],
    ids=["short", "long", "similar"],
)
def test_a_message_of_the_day_may_come_before_the_answer(server: Server, motd: str) -> None:
    server.gateway.answer = lambda line: f"{motd}ok {parse_public_key(line).agent_id}"
    assert register.enrol(server.link(), KEY, str) == KEY.agent_id


def test_sends_no_password_to_another_host_key(server: Server) -> None:
    other = server.blob[:-1] + bytes([server.blob[-1] ^ 1])
    with pytest.raises(RegisterError, match="host key is not the one in the link"):
        register.enrol(server.link(blob=other), KEY, str)
    assert server.gateway.passwords == []


def test_an_old_link_is_named_as_such(server: Server) -> None:
    with pytest.raises(RegisterError, match="refuses the invite") as caught:
        register.enrol(server.link("wrong", user=OLD), KEY, str)
    assert "was good for 5 min" in caught.value.hint
    with pytest.raises(RegisterError) as caught:
        register.enrol(server.link("wrong"), KEY, str)
    assert "good once" in caught.value.hint


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        ("error the key is damaged\x1b[31m", "the console says: the key is damaged�"),
        ("", "lets the invite in, but gives no answer"),
        ("ok id_0", "but answers something else: ok id_0"),
        ("ok id_0123456789abcdef", "took another key"),
    ],
)
def test_any_other_answer_is_an_error(server: Server, answer: str, message: str) -> None:
    server.gateway.answer = lambda _line: answer
    with pytest.raises(RegisterError) as caught:
        register.enrol(server.link(), KEY, str)
    assert message in caught.value.message
    assert caught.value.hint


def test_names_a_console_that_is_not_there(server: Server) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        server.port = other.getsockname()[1]
    with pytest.raises(RegisterError, match=r"127\.0\.0\.1 port"):
        register.enrol(server.link(), KEY, str)


def test_pins_the_host_key_by_port() -> None:
    link = Link(OLD, "x", "fd00::1", 2345, KEY)
    assert register.known_hosts(link) == f"[fd00::1]:2345 {KEY.line}\n"
    assert register.known_hosts(Link(OLD, "x", "c", 22, KEY)) == f"c {KEY.line}\n"


def test_refuses_to_replace_a_console_unasked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(registration, "USER", "root")
    files = Files(tmp_path, tmp_path)
    files.console.write_text(Console("c", 2345, KEY.agent_id).encode())
    with pytest.raises(LumenmonError, match="already registered with c:2345") as caught:
        register.register(Link(OLD, "x", "c", 2345, KEY), files, str)
    assert "--force" in caught.value.hint


def test_knows_the_console_it_is_registered_with_by_its_host_key(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(registration, "USER", "root")
    files, link = Files(tmp_path, tmp_path), Link(OLD, "x", "c", 2345, KEY)
    assert registration.console_of(link, files) is None
    files.known_hosts.write_text(register.known_hosts(link))
    assert registration.console_of(link, files) is None
    console = Console("c", 2345, KEY.agent_id)
    files.console.write_text(console.encode())
    assert registration.console_of(link, files) == console
    other = PublicKey(KEY.blob[:-1] + b"x")
    assert registration.console_of(Link(OLD, "x", "c", 2345, other), files) is None


def test_keeping_takes_the_address_of_the_link(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(registration, "USER", "root")
    monkeypatch.setattr(register.os, "geteuid", lambda: 0)
    monkeypatch.setattr(registration.asuser, "call", lambda _user, work: work())
    monkeypatch.setattr(register, "booted", lambda: False)
    files, link = Files(tmp_path, tmp_path), Link(OLD, "x", "c", 2345, KEY)
    console = Console("c", 2345, KEY.agent_id)
    registration.pin(files, console, register.known_hosts(link))
    said: list[str] = []
    assert register.keep(console, link, files, said.append) == console
    assert "already" in said[0]
    moved = register.keep(console, Link(OLD, "x", "192.0.2.9", 2345, KEY), files, said.append)
    assert moved == files.load_console() == Console("192.0.2.9", 2345, KEY.agent_id)
    assert said[1] == "the console is at 192.0.2.9:2345 now, it was at c:2345"
    assert files.read_known_hosts().startswith("[192.0.2.9]:2345 ssh-ed25519 ")


def test_an_older_acknowledgement_confirms_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(register, "STORED_TIMEOUT", 0.3)
    files, now = Files(tmp_path, tmp_path), time.time()
    Status("c:2345", KEY.agent_id, None, now - 5, error="refused").write(files.status)
    assert register.wait_stored(files, now, lambda _: None).error == "refused"
    later = Status("c:2345", KEY.agent_id, now, now + 1)
    found = register.wait_stored(files, now, lambda _: later.write(files.status))
    assert found.last_ack == now + 1


@pytest.mark.parametrize("text", ["{", '{"host": "c", "port": null, "user": "x"}'])
def test_a_damaged_console_is_replaced_as_the_hint_says(
    text: str, tmp_path: Path, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(registration, "USER", "root")
    monkeypatch.setattr(register.os, "geteuid", lambda: 0)
    monkeypatch.setattr(register, "booted", lambda: False)
    files = Files(tmp_path / "state", tmp_path)
    files.state.mkdir()
    files.key.touch()
    files.public_key.write_text(f"{KEY.line}\n")
    files.console.write_text(text)
    with pytest.raises(LumenmonError, match="is damaged") as caught:
        register.register(server.link(), files, str)
    assert "--force" in caught.value.hint
    console = register.register(server.link(), files, str, force=True)
    assert files.load_console() == console


def test_keeps_the_key_there_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(registration, "USER", "root")
    files = Files(tmp_path / "state", tmp_path)
    first = registration.make_key(files)
    files.public_key.unlink()
    assert registration.make_key(files).blob == first.blob
    assert os.stat(files.key).st_mode & 0o077 == 0


def test_a_key_that_is_enrolled_already_needs_no_password(
    tmp_path: Path, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(registration, "USER", "root")
    monkeypatch.setattr(register.os, "geteuid", lambda: 0)
    monkeypatch.setattr(register, "booted", lambda: False)
    files = Files(tmp_path / "state", tmp_path)
    key = register.own_key(files)
    assert register.own_key(files).blob == key.blob
    with pytest.raises(RegisterError, match="of another key") as caught:
        register.register(Link(KEY.agent_id, "", "c", 2345, KEY), files, str)
    assert "register --key" in caught.value.hint
    console = register.register(Link(key.agent_id, "", "c", 2345, KEY), files, str)
    assert console == Console("c", 2345, key.agent_id)
    assert files.load_console() == console
    assert server.gateway.passwords == []
