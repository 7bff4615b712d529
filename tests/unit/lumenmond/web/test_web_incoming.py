"""A socket that takes connections and cannot make one, whoever holds it."""

from __future__ import annotations

import ctypes
import socket

import pytest

from lumenmond.web import incoming

UNSPEC = bytes(16)


def connects(taken: socket.socket, target: socket.socket) -> bool:
    """Whether a socket reaches a target once it is made free."""
    libc = ctypes.CDLL(None)
    assert libc.connect(taken.fileno(), UNSPEC, len(UNSPEC)) == 0
    taken.settimeout(1)
    try:
        taken.connect(target.getsockname())
    except TimeoutError:
        return False
    return True


def listener() -> socket.socket:
    return socket.create_server(("127.0.0.1", 0))


def test_the_way_out_is_real() -> None:
    with listener() as taken, listener() as target:
        assert connects(taken, target)


@pytest.mark.parametrize("which", ["the listening one", "an accepted one"])
def test_it_takes_connections_and_makes_none(which: str) -> None:
    with listener() as taken, listener() as target:
        incoming._filter(taken)
        assert incoming._filter(taken)  # as after a restart
        with socket.create_connection(taken.getsockname(), 5) as client:
            accepted, _ = taken.accept()
            with accepted:
                client.sendall(b"ping")
                assert accepted.recv(10) == b"ping"
                accepted.sendall(b"pong")
                assert client.recv(10) == b"pong"
                assert not connects(taken if which == "the listening one" else accepted, target)


def test_nobody_takes_it_off() -> None:
    with listener() as taken:
        incoming._filter(taken)
        for option in (27, incoming.LOCK_FILTER):  # SO_DETACH_FILTER
            with pytest.raises(PermissionError):
                taken.setsockopt(socket.SOL_SOCKET, option, 0)
