import errno
import json
import os
import socket
import threading
from base64 import b64encode
from dataclasses import asdict
from pathlib import Path

import pytest

from lumenmon import paths
from lumenmon.errors import LumenmonError
from lumenmon.request import Refused, Reply, Request
from lumenmond.host import accounts, invites, main, verbs
from lumenmond.host.verbs import Answer, Verb

NOBODY = 65534
TABLE = {
    "root-only": Verb(lambda caller: Answer(caller), frozenset({verbs.ROOT}), {}),
    "text": Verb(lambda _caller, word: Answer(word), frozenset({verbs.ROOT}), {"word": str}),
}


def test_a_verb_is_for_its_callers_alone() -> None:
    assert verbs.dispatch(TABLE, Request("root-only"), 0).result == "root"
    with pytest.raises(LumenmonError, match="may not ask"):
        verbs.dispatch(TABLE, Request("root-only"), NOBODY)
    with pytest.raises(LumenmonError, match="cannot be asked"):
        verbs.dispatch(TABLE, Request("enroll"), 0)


def test_arguments_are_checked() -> None:
    assert verbs.dispatch(TABLE, Request("text", {"word": "x"}), 0).result == "x"
    for args in ({}, {"word": 1}, {"word": "x", "more": 1}):
        with pytest.raises(LumenmonError):
            verbs.dispatch(TABLE, Request("text", args), 0)


@pytest.mark.parametrize("verb", ["invite-pubkey", "expire", "apply-sshd"])
def test_the_dashboard_gets_only_what_it_needs(verb: str) -> None:
    assert verbs.HOST_VERBS[verb].callers == {verbs.ROOT}
    assert set(verbs.ENROLL_VERBS) == {"enroll"}
    assert verbs.ENROLL_VERBS["enroll"].callers == {verbs.INVITED}


def test_the_dashboard_makes_invites_for_our_own_port_alone() -> None:
    with pytest.raises(LumenmonError, match="another port than 2345") as caught:
        verbs.HOST_VERBS["invite"].run(verbs.WEB, "console", 22)
    assert caught.value.hint == "sudo lumenmonctl invite --port 22"


@pytest.mark.parametrize(
    "id", ["root", "id_", "id_0123456789abcdeF", "id_0123456789abcdef\n", "../"]
)
def test_only_agents_can_be_removed(id: str) -> None:
    with pytest.raises(LumenmonError, match="not the id"):
        verbs.dispatch(verbs.HOST_VERBS, Request("remove", {"id": id}), 0)


@pytest.mark.parametrize(
    ("account", "data", "error"),
    [
        (True, {"known": True}, ""),
        (True, {"known": False}, ""),
        (False, {"known": True}, ""),
        (False, {"known": False}, "no agent"),
        (True, Refused("it failed: database or disk is full"), "data may still be there"),
        (False, Refused("it failed: database or disk is full"), "data may still be there"),
    ],
)
def test_a_removal_that_left_the_data_behind_says_so(
    account: bool, data: dict[str, bool] | Refused, error: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def call(*_: object, **__: object) -> dict[str, bool]:
        if isinstance(data, Refused):
            raise data
        return data

    monkeypatch.setattr(verbs.accounts, "remove_agent", lambda _: account)
    monkeypatch.setattr(verbs.request, "call", call)
    asked = Request("remove", {"id": "id_0123456789abcdef"})
    if error:
        with pytest.raises(LumenmonError, match=error):
            verbs.dispatch(verbs.HOST_VERBS, asked, 0)
    else:
        verbs.dispatch(verbs.HOST_VERBS, asked, 0)


def test_an_enrolment_that_fails_does_not_use_the_invite_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("HOST_STATE", "KEYS", "INVITES"):
        monkeypatch.setattr(paths, name, tmp_path / name)
    user = "reg_0000000000001"
    accounts.prepare()
    (paths.INVITES / user).write_text(json.dumps(asdict(invites.Moment.now())))

    def full(*_: object) -> None:
        assert not (paths.INVITES / user).exists(), "claimed while it is used"
        raise OSError(errno.ENOSPC, "No space left on device", "/etc/passwd")

    monkeypatch.setattr(accounts, "find", lambda _: None)
    monkeypatch.setattr(accounts, "create", full)
    blob = b"\0\0\0\x0bssh-ed25519\0\0\0\x20" + bytes(32)
    with pytest.raises(OSError, match="No space"):
        verbs._enroll(user, f"ssh-ed25519 {b64encode(blob).decode()} x")
    assert os.listdir(paths.INVITES) == [user]
    assert os.listdir(paths.KEYS) == []


def ask(line: bytes, table: dict[str, Verb]) -> Reply:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        thread = threading.Thread(target=main.answer, args=(theirs, table))
        thread.start()
        ours.sendall(line)
        ours.shutdown(socket.SHUT_WR)
        reply = Reply.decode(ours.recv(65536))
        thread.join()
    return reply


def test_one_line_is_answered_with_one_line() -> None:
    everyone = {"who": Verb(lambda _c: Answer("you"), frozenset({verbs._name(os.getuid())}), {})}
    assert ask(Request("who").encode(), everyone) == Reply(True, "you")
    assert not ask(b"{}\n", everyone).ok
    assert not ask(b'{"v":1', everyone).ok
    assert "longer" in ask(b"x" * 9000 + b"\n", everyone).error


def test_a_full_disk_is_named_and_not_an_internal_error() -> None:
    def full(_caller: str) -> Answer:
        raise OSError(errno.ENOSPC, "No space left on device", "/var/lib/lumenmon-host/uids")

    table = {"who": Verb(full, frozenset({verbs._name(os.getuid())}), {})}
    reply = ask(Request("who").encode(), table)
    assert reply.error == "/var/lib/lumenmon-host/uids: No space left on device"


def test_what_comes_after_comes_even_when_the_caller_is_gone() -> None:
    done = threading.Event()
    table = {
        "x": Verb(lambda _c: Answer(1, done.set), frozenset({verbs._name(os.getuid())}), {}),
    }
    ours, theirs = socket.socketpair()
    ours.sendall(json.dumps({"v": 1, "verb": "x", "args": {}}).encode() + b"\n")
    ours.close()
    with theirs:
        main.answer(theirs, table)
    assert done.is_set()
