from __future__ import annotations

import socket
from pathlib import Path
from typing import Any

import pytest
from tui_desk import NOW, make

from lumenmon import live
from lumenmond.tui import feed as feeds
from lumenmond.tui.feed import Feed
from lumenmond.tui.model import Model


class FakeLoop:
    """urwid's loop, turned by hand."""

    def __init__(self) -> None:
        self.watched: dict[int, Any] = {}
        self.alarms: dict[int, tuple[float, Any]] = {}
        self._count = 0

    def watch_file(self, fd: int, callback: Any) -> int:
        self.watched[fd] = callback
        return fd

    def remove_watch_file(self, handle: int) -> bool:
        return self.watched.pop(handle, None) is not None

    def set_alarm_in(self, sec: float, callback: Any) -> int:
        self._count += 1
        self.alarms[self._count] = (sec, callback)
        return self._count

    def remove_alarm(self, handle: int) -> bool:
        return self.alarms.pop(handle, None) is not None

    def read(self) -> None:
        for callback in list(self.watched.values()):
            callback()

    def ring(self) -> float:
        ((handle, (sec, callback)),) = self.alarms.items()
        del self.alarms[handle]
        callback(self, None)
        return sec


class Served:
    """A feed, and the socket that it connects to."""

    def __init__(self, path: Path) -> None:
        self.path, self.changes = path, 0
        self.loop, self.model = FakeLoop(), Model(clock=lambda: NOW)
        self.feed = Feed(self.loop, self.model, live.Want(), self.changed, path)

    def changed(self) -> None:
        self.changes += 1

    def listen(self) -> socket.socket:
        self.path.unlink(missing_ok=True)
        server = socket.socket(socket.AF_UNIX)
        server.bind(str(self.path))
        server.listen()
        return server


@pytest.fixture
def served(tmp_path: Path) -> Served:
    return Served(tmp_path / "live.sock")


def lines(*messages: live.Message) -> bytes:
    return b"".join(live.encode(message) for message in messages)


def test_a_snapshot_comes_in_pieces_and_changes_follow(served: Served) -> None:
    with served.listen() as server:
        served.feed.open()
        connection, _ = server.accept()
        with connection:
            assert live.decode(connection.recv(1000)) == live.Want()
            data = lines(make("one", digit="1"), live.Ready(2, NOW))
            connection.sendall(data[:50])
            served.loop.read()
            assert not served.model.ready
            connection.sendall(data[50:])
            served.loop.read()
            assert served.model.ready
            assert served.feed.trouble is None
            assert served.loop.alarms == {}
            connection.sendall(lines(live.Gone(3, "id_" + "1" * 16)))
            served.loop.read()
            assert served.model.agents == {}
    served.feed.close()
    assert served.loop.watched == {}


def test_what_is_lost_is_tried_again_ever_more_slowly(served: Served) -> None:
    served.feed.open()
    assert "not running" in served.feed.trouble.message
    waits = [served.loop.ring() for _ in range(6)]
    assert waits == [0.5, 1, 2, 4, 5, 5]
    with served.listen() as server:
        served.loop.ring()
        connection, _ = server.accept()
        with connection:
            connection.recv(1000)
            connection.sendall(lines(make("one", digit="1"), live.Ready(2, NOW)))
            served.loop.read()
            assert served.feed.trouble is None
        served.loop.read()
    assert "hung up" in served.feed.trouble.message
    assert len(served.model.agents) == 1
    assert served.loop.ring() == feeds.FIRST_WAIT
    served.feed.close()
    assert served.loop.alarms == {}


@pytest.mark.parametrize(
    "said", [b"nonsense\n", b"x" * (live.MAX_LINE + 2), b'{"t":"samples","seq":1}\n']
)
def test_what_is_no_message_ends_the_connection(served: Served, said: bytes) -> None:
    with served.listen() as server:
        served.feed.open()
        connection, _ = server.accept()
        with connection:
            connection.sendall(said)
            served.loop.read()
            assert served.feed.trouble is not None
            assert served.loop.watched == {}
    served.feed.close()


def test_a_sample_of_another_shape_ends_it_too(served: Served) -> None:
    with served.listen() as server:
        served.feed.open()
        connection, _ = server.accept()
        with connection:
            agent = make("one", digit="1")
            connection.sendall(lines(agent, live.Samples(2, agent.id, [["m", 1]])))
            served.loop.read()
            assert served.feed.trouble is not None


def test_no_answer_is_no_answer(served: Served) -> None:
    with served.listen():
        served.feed.open()
        assert served.loop.ring() == feeds.PATIENCE
        assert "does not answer" in served.feed.trouble.message


def test_no_right_says_what_to_do(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    served.feed.open()
    assert "no right to read" in served.feed.trouble.message
    assert "usermod" in served.feed.trouble.hint
