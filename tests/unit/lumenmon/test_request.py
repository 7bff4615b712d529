"""Requests over our sockets: both ends of one line each, and a stranger at either."""

from __future__ import annotations

import os
import pwd
import select
import socket
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lumenmon import paths
from lumenmon.errors import AccessError, LumenmonError
from lumenmon.request import (
    MAX_REPLY,
    MAX_REQUEST,
    Refused,
    Reply,
    Request,
    RequestError,
    StrangerError,
    call,
    check_args,
    peer,
    read_line,
    read_list,
    read_result,
)

JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3)
    | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=10,
)  # fmt: skip


@given(st.text(max_size=20), st.dictionaries(st.text(max_size=10), JSON, max_size=4))
def test_a_request_arrives_as_it_was(verb: str, args: dict[str, object]) -> None:
    line = Request(verb, args).encode()
    assert line.count(b"\n") == 1
    assert Request.decode(line) == Request(verb, args)


@given(JSON)
def test_a_reply_arrives_as_it_was(result: object) -> None:
    assert Reply.decode(Reply(True, result).encode()) == Reply(True, result)


def test_a_failure_carries_the_message_and_its_hint() -> None:
    reply = Reply.decode(Reply.failure(LumenmonError("no", "do this")).encode())
    assert (reply.ok, reply.error, reply.hint) == (False, "no", "do this")


@pytest.mark.parametrize(
    ("line", "message"),
    [
        (b"", "not JSON"),
        (b"{", "not JSON"),
        (b"[" * 5000, "not JSON"),
        (b"\xff\n", "not JSON"),
        (b'{"v":1,"verb":"x","args":{"a":"\\ud800"}}', "not JSON"),
        (b"[]", "not a JSON object"),
        (b"1", "not a JSON object"),
        (b"{}", "not of version 1"),
        (b'{"v":2,"verb":"x","args":{}}', "not of version 1"),
        (b'{"v":1,"verb":"x","args":{},"more":1}', "not of version 1"),
        (b'{"v":1,"verb":1,"args":{}}', "no verb"),
        (b'{"v":1,"verb":"x","args":[]}', "no arguments"),
        (b" " * (MAX_REQUEST + 1), "longer than"),
    ],
)
def test_a_strangers_request(line: bytes, message: str) -> None:
    with pytest.raises(RequestError, match=message):
        Request.decode(line)


def test_edges_of_length() -> None:
    empty = len(Request("x", {"a": ""}).encode())
    assert len(Request("x", {"a": "y" * (MAX_REQUEST - empty)}).encode()) == MAX_REQUEST
    with pytest.raises(RequestError, match="longer"):
        Request("x", {"a": "y" * (MAX_REQUEST - empty + 1)}).encode()
    with pytest.raises(RequestError, match="longer"):
        Reply(True, "y" * MAX_REPLY).encode()
    with pytest.raises(RequestError, match="not Unicode"):
        Request("x", {"a": "\udcff"}).encode()


def test_arguments_are_the_named_ones() -> None:
    assert check_args({"a": "x", "n": 1}, a=str, n=(int, float)) == {"a": "x", "n": 1}
    for args, message in (
        ({"a": "x", "b": 1}, "unknown argument: b"),
        ({}, "argument is missing: a"),
        ({"a": 1}, "argument a is of the wrong type"),
    ):
        with pytest.raises(RequestError, match=message):
            check_args(args, a=str)


def serve(path: Path, answer: Callable[[socket.socket], None]) -> threading.Thread:
    """Answer one connection at ``path``."""
    listening = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    listening.bind(str(path))
    listening.listen()

    def run() -> None:
        with listening, listening.accept()[0] as connection:
            answer(connection)

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    return thread


def test_a_call(tmp_path: Path) -> None:
    seen: list[object] = []

    def answer(connection: socket.socket) -> None:
        seen.append(Request.decode(read_line(connection, MAX_REQUEST)))
        seen.append(peer(connection))
        connection.sendall(Reply(True, {"id": "id_1"}).encode())

    thread = serve(tmp_path / "s", answer)
    assert call(tmp_path / "s", "rename", agent="a", timeout="not mine") == {"id": "id_1"}
    thread.join(60)
    assert seen[0] == Request("rename", {"agent": "a", "timeout": "not mine"})
    assert (seen[1].pid, seen[1].uid) == (os.getpid(), os.getuid())  # type: ignore[attr-defined]


def test_a_call_that_is_refused(tmp_path: Path) -> None:
    serve(tmp_path / "s", lambda c: c.sendall(Reply(False, error="no", hint="ask").encode()))
    with pytest.raises(Refused, match="no") as caught:
        call(tmp_path / "s", "x")
    assert caught.value.hint == "ask"


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        (lambda c: c.recv(9999) and None, "connection ended"),
        (lambda c: c.recv(9999) and c.sendall(b'{"ok":true'), "connection ended"),
        (lambda c: c.sendall(b"nonsense\n"), "not JSON"),
        (lambda c: c.sendall(b"x" * (MAX_REPLY + 10)), "longer than"),
        (lambda c: c.recv(9999) and c.recv(9999), "no answer"),
    ],
)
def test_a_call_that_fails(
    tmp_path: Path, answer: Callable[[socket.socket], None], message: str
) -> None:
    serve(tmp_path / "s", answer)
    timeout = 0.3 if message == "no answer" else 60.0
    with pytest.raises(RequestError, match=message):
        call(tmp_path / "s", "x", timeout)


def test_a_call_that_nobody_reads_is_made_again(tmp_path: Path) -> None:
    """systemd closes connections for which it has no place, before or after the request came."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as listening:
        listening.bind(str(tmp_path / "s"))
        listening.listen()
        verbs: list[str] = []

        def run() -> None:
            listening.accept()[0].close()
            with listening.accept()[0] as unread:
                select.select([unread], [], [])
            with listening.accept()[0] as connection:
                verbs.append(Request.decode(read_line(connection, MAX_REQUEST)).verb)
                connection.sendall(Reply(True, 1).encode())
            while verbs[-1] != "end":
                with listening.accept()[0] as unread:
                    select.select([unread], [], [])
                    if b"last" in unread.recv(9999, socket.MSG_PEEK):
                        verbs.append("end")

        thread = threading.Thread(target=run, daemon=True)
        thread.start()
        assert call(tmp_path / "s", "invite", 60.0) == 1
        with pytest.raises(RequestError, match="takes no more connections") as caught:
            call(tmp_path / "s", "revoke", 0.3)
        assert "ss -xp" in caught.value.hint
        with pytest.raises(RequestError):
            call(tmp_path / "s", "last", 0.0)
        thread.join(60)
        assert verbs == ["invite", "end"]


def test_a_stranger_who_answers_is_asked_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[bytes] = []
    path = tmp_path / "s"
    other = next(each for each in pwd.getpwall() if each.pw_uid != os.getuid())
    monkeypatch.setitem(paths.SERVERS, path, other.pw_name)
    thread = serve(path, lambda connection: seen.append(connection.recv(100)))
    with pytest.raises(StrangerError, match=f"answers there, not {other.pw_name}") as caught:
        call(path, "invite", host="x")
    thread.join(60)
    assert seen == [b""]
    assert str(path) in caught.value.hint
    monkeypatch.setitem(paths.SERVERS, path, "no-such-user")
    path.unlink()
    serve(path, lambda connection: None)
    with pytest.raises(StrangerError, match="no user no-such-user"):
        call(path, "invite")


def test_a_refusal_carries_no_escapes() -> None:
    refused = Reply.decode(b'{"ok":false,"error":"no\\u001b[2J","hint":7}')
    assert (refused.error, refused.hint) == ("no\ufffd[2J", "7")


def test_a_result_is_read_by_its_types() -> None:
    assert read_result({"a": 1, "b": "x", "c": 2}, a=int, b=str) == {"a": 1, "b": "x"}
    for result in (None, [], {"a": 1}, {"a": "1", "b": "x"}):
        with pytest.raises(RequestError):
            read_result(result, a=int, b=str)
    assert read_list([1]) == [1]
    for result in (None, 1, "ab", {"a": 1}):
        with pytest.raises(RequestError):
            read_list(result)


@pytest.mark.parametrize("number", ["Infinity", "NaN", "-Infinity", "1e400"])
def test_no_number_is_infinite(number: str) -> None:
    with pytest.raises(RequestError, match="not JSON"):
        Reply.decode(f'{{"ok":true,"result":[{{"seen":{number}}}]}}'.encode())


def test_a_call_to_nobody(tmp_path: Path) -> None:
    with pytest.raises(RequestError, match="nothing listens") as caught:
        call(tmp_path / "s", "x")
    assert caught.value.hint


def test_a_call_without_the_right_to(tmp_path: Path) -> None:
    serve(tmp_path / "s", lambda c: None)
    (tmp_path / "s").chmod(0)
    own = os.geteuid()
    if own == 0:
        os.seteuid(65534)  # root may connect to everything
    try:
        with pytest.raises(AccessError, match="no right") as caught:
            call(tmp_path / "s", "x")
    finally:
        os.seteuid(own)
    assert caught.value.hint == ""  # lumenmonctl names the line that was typed


def test_the_timeout_is_for_the_whole_line() -> None:
    ours, theirs = socket.socketpair()
    ended = threading.Event()

    def drip() -> None:
        while not ended.wait(0.05):
            theirs.send(b"x")

    with ours, theirs:
        ours.settimeout(0.2)
        dripping = threading.Thread(target=drip)
        dripping.start()
        with pytest.raises(TimeoutError):
            read_line(ours, 1000)  # which is a RequestError after 1000 bytes
        assert ours.gettimeout() == 0.2
        ended.set()
        dripping.join()
