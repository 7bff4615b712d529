"""The loop: a handler that fails ends what it belongs to, never the loop."""

from __future__ import annotations

import errno
import os
import socket
import sqlite3
import time

import pytest

from lumenmond import loop as loops
from lumenmond.listener import Listener
from lumenmond.loop import READ, Loop


def fail(*_: object) -> None:
    raise ValueError("a fault")


def test_a_handler_that_fails_ends_what_it_belongs_to(caplog) -> None:
    loop, ended, served = Loop(), [], []
    pipes = [os.pipe() for _ in range(2)]
    for _, writing in pipes:
        os.write(writing, b"x")
    loop.watch(pipes[0][0], READ, fail, end=lambda: ended.append(True))
    loop.watch(pipes[1][0], READ, lambda _: served.append(True))
    for _ in range(5):
        loop.turn(0)
    assert ended == [True]
    assert len(served) == 5
    assert "a fault" in caplog.text
    assert "Traceback" in caplog.text
    for pair in pipes:
        for fd in pair:
            loop.forget(fd)
            os.close(fd)


def test_even_an_end_that_fails_is_called_once(caplog) -> None:
    loop = Loop()
    reading, writing = os.pipe()
    os.write(writing, b"x")
    loop.watch(reading, READ, fail, end=fail)
    for _ in range(5):
        loop.turn(0)
    assert caplog.text.count("is ended") == 2
    os.close(reading)
    os.close(writing)


def test_without_an_end_it_is_watched_again_after_a_pause(monkeypatch) -> None:
    monkeypatch.setattr(loops, "PAUSE", 0.05)
    loop, calls = Loop(), []
    reading, writing = os.pipe()
    os.write(writing, b"x")

    def handler(_: int) -> None:
        calls.append(time.monotonic())
        fail()

    loop.watch(reading, READ, handler)
    while len(calls) < 3:
        loop.turn(0.01)
    assert calls[2] - calls[0] >= 0.1
    loop.forget(reading)
    os.close(reading)
    os.close(writing)


def test_a_timer_that_fails_comes_again() -> None:
    loop, calls = Loop(), []

    def call() -> None:
        calls.append(True)
        fail()

    loop.every(0.0, call)
    for _ in range(3):
        loop.turn(0)
    assert len(calls) == 3


def test_a_fault_of_the_store_ends_the_loop() -> None:
    def broken() -> None:
        raise sqlite3.OperationalError("disk I/O error")

    loop = Loop(fatal=(sqlite3.Error,))
    loop.after(0, broken)
    with pytest.raises(sqlite3.OperationalError):
        loop.turn(0)


def test_faults_do_not_fill_the_journal(caplog) -> None:
    loop = Loop()
    for _ in range(50):
        loop.guard(fail)
    assert caplog.text.count("is ended") == 10
    assert "more of this minute are only counted" in caplog.text


class _Short:
    """A listening socket of a process that has no descriptor left."""

    def __init__(self) -> None:
        self.real = socket.socket(socket.AF_UNIX)
        self.real.bind(b"\0lumenmon-test-short-%d" % os.getpid())
        self.real.listen()
        self.tries = 0
        self.short = True

    def accept(self):
        self.tries += 1
        if self.short:
            raise OSError(errno.EMFILE, "Too many open files")
        return self.real.accept()

    def setblocking(self, flag: bool) -> None:
        self.real.setblocking(flag)

    def fileno(self) -> int:
        return self.real.fileno()


def test_without_descriptors_the_listener_rests(monkeypatch, caplog) -> None:
    monkeypatch.setattr("lumenmond.listener.PAUSE", 0.05)
    loop, short, accepted = Loop(), _Short(), []
    Listener(loop, short, accepted.append, most=2, patience=60)
    with socket.socket(socket.AF_UNIX) as client:
        client.connect(short.real.getsockname())
        for _ in range(100):
            loop.turn(0)
        assert short.tries < 10
        assert "cannot accept a connection: Too many open files, retrying" in caplog.text
        short.short = False
        while not accepted:
            loop.turn(0.01)
    accepted[0].close()
    short.real.close()
