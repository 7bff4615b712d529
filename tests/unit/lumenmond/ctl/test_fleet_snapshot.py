"""A snapshot of the fleet from whatever answers at the live socket."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from lumenmon import live
from lumenmon.errors import LumenmonError
from lumenmond.ctl import fleet


def serve(path: Path, talk: Callable[[socket.socket], None]) -> threading.Thread:
    """Answer one client at ``path``."""
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    listener.bind(str(path))
    listener.listen()

    def answer() -> None:
        with listener, listener.accept()[0] as connection:
            connection.recv(live.MAX_LINE)
            talk(connection)

    thread = threading.Thread(target=answer, daemon=True)
    thread.start()
    return thread


def drip(connection: socket.socket) -> None:
    """Send blanks until nobody reads them."""
    try:
        while True:
            connection.sendall(b" ")
            threading.Event().wait(0.01)
    except OSError:
        return


@pytest.mark.parametrize("ask", [fleet.snapshot, fleet.follow])
def test_an_answer_byte_by_byte_is_not_waited_for(
    ask: Callable[..., object], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fleet, "SNAPSHOT", 0.2)
    monkeypatch.setattr("lumenmond.ctl.fleet.live.MAX_LINE", 2**20)
    thread = serve(tmp_path / "live.sock", drip)
    with pytest.raises(LumenmonError, match="no whole answer in time"):
        list(ask(live.Want(), tmp_path / "live.sock"))  # type: ignore[call-overload]
    thread.join()


def test_what_follows_a_snapshot_may_take_its_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fleet, "SNAPSHOT", 0.0)
    more = threading.Event()

    def talk(connection: socket.socket) -> None:
        connection.sendall(live.encode(live.Ready(0, 1.0)))
        more.wait()
        connection.sendall(live.encode(live.Gone(1, "id_0123456789abcdef")))

    thread = serve(tmp_path / "live.sock", talk)
    messages = fleet.follow(live.Want(), tmp_path / "live.sock")
    threading.Timer(0.1, more.set).start()
    assert isinstance(next(messages), live.Gone)
    thread.join()
