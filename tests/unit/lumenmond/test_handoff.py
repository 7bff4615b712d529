"""What a gateway may hand over: three pipes, and nothing else for more than its own connection."""

from __future__ import annotations

import ctypes
import fcntl
import gc
import os
import select
import signal
import socket
import tempfile
import threading
from collections.abc import Iterator
from contextlib import ExitStack, suppress

import pytest
from console import Client, Console, descriptors

from lumenmond import gate, handoff

HEAD = "generic_cpu.tsv REAL\n"
PAYLOAD = b"192.0.2.7 5 192.0.2.1 2345\n"


@pytest.fixture
def console(tmp_path) -> Console:
    """Return a console that has opened all that it opens for a first agent."""
    gc.collect()  # closes what earlier tests left to it
    console = Console(tmp_path, commit_interval=1)
    client = Client(console)
    client.send(HEAD + "1729123400 1 1\n")
    client.end()
    assert client.wait_status() == "0\n"
    for end in (client.reads, client.errors, client.gateway):
        end.close()
    return console


class Gateway:
    """A hostile one."""

    def __init__(self, console: Console) -> None:
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.connect(str(console.paths.ingest))
        self.socket.setblocking(False)
        self.status = b""

    def hand(self, *fds: int) -> None:
        socket.send_fds(self.socket, [PAYLOAD], fds)

    def dismissed(self) -> bool:
        try:
            data = self.socket.recv(8)
        except BlockingIOError:
            return False
        except ConnectionResetError:
            return True
        self.status += data
        return not data


def epolls() -> int:
    """Return an epoll of an epoll of an epoll."""
    inner = of_libc("epoll_create1", 0)
    for _ in range(3):
        outer = of_libc("epoll_create1", 0)
        select.epoll.fromfd(os.dup(outer)).register(inner, select.EPOLLIN)
        inner = outer
    return inner


def of_libc(name: str, *args: int) -> int:
    return int(getattr(ctypes.CDLL(None), name)(*args))


def carrier() -> int:
    """Return a socket in which descriptors wait."""
    one, other = socket.socketpair()
    socket.send_fds(other, [b"x.tsv REAL\n1729123456 1 1\n"], [0, 1, one.fileno()])
    return one.detach()


def pipe_by_path() -> int:
    return os.open(f"/proc/self/fd/{os.pipe()[0]}", os.O_PATH)


def fifo(folder: str) -> int:
    os.mkfifo(f"{folder}/fifo")
    return os.open(f"{folder}/fifo", os.O_RDWR | os.O_NONBLOCK)


KINDS = {
    "path": lambda folder: os.open(folder, os.O_PATH),
    "pipe by path": lambda folder: pipe_by_path(),
    "directory": lambda folder: os.open(folder, os.O_RDONLY),
    "file": lambda folder: os.open(f"{folder}/file", os.O_RDWR | os.O_CREAT),
    "zero": lambda folder: os.open("/dev/zero", os.O_RDWR),
    "null": lambda folder: os.open("/dev/null", os.O_RDWR),
    "memfd": lambda folder: os.memfd_create("pipe:[1]"),
    "epolls": lambda folder: epolls(),
    "eventfd": lambda folder: os.eventfd(1),
    "timerfd": lambda folder: of_libc("timerfd_create", 1, 0),
    "inotify": lambda folder: of_libc("inotify_init1", 0),
    "pidfd": lambda folder: os.pidfd_open(os.getpid()),
    "pty": lambda folder: os.openpty()[1],
    "fifo": fifo,
    "stream": lambda folder: socket.socketpair()[0].detach(),
    "carrier": lambda folder: carrier(),
    "datagram": lambda folder: socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM).detach(),
    "packets": lambda folder: socket.socketpair(type=socket.SOCK_SEQPACKET)[0].detach(),
    "tcp": lambda folder: socket.create_server(("127.0.0.1", 0)).detach(),
}


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_no_pipe_is_refused(console: Console, kind: str, caplog) -> None:
    good = Client(console)
    console.turn(lambda: len(console.daemon.receiver._connections) == 1)
    reading, writing = os.pipe()
    with tempfile.TemporaryDirectory() as folder:
        hostile = KINDS[kind](folder)
        before = descriptors()
        for fds in (
            [hostile, writing, writing], [reading, hostile, writing], [reading, writing, hostile]
        ):  # fmt: skip
            caplog.clear()
            gateway = Gateway(console)
            gateway.hand(*fds)
            console.turn(gateway.dismissed)
            assert gateway.status == b"75\n"
            assert "no pipe of sshd" in caplog.text
            gateway.socket.close()
            console.turn(lambda: descriptors() <= before)
        for fd in (hostile, reading, writing):
            os.close(fd)
    good.send(HEAD + "1729123456 1 1\n@sync a\n")
    good.wait_for("@ok a\n")


def test_the_gateways_own_socket_as_all_three_leaks_nothing(console: Console) -> None:
    before = descriptors()
    gateway = Gateway(console)
    gateway.hand(*[gateway.socket.fileno()] * 3)
    gateway.socket.close()
    console.turn(lambda: descriptors() <= before)


@pytest.mark.parametrize("fds", [0, 1, 2, 4, 8, 9, 200])
def test_another_number_of_descriptors_is_closed(console: Console, fds: int) -> None:
    reading, writing = os.pipe()
    before = descriptors()
    gateway = Gateway(console)
    gateway.hand(*[reading] * fds)
    console.turn(gateway.dismissed)
    assert gateway.status == b"75\n"
    gateway.socket.close()
    console.turn(lambda: descriptors() <= before)
    os.close(reading)
    os.close(writing)


def test_a_pipe_the_wrong_way_round_is_refused(console: Console) -> None:
    reading, writing = os.pipe()
    for fds in (
        [writing, writing, writing],
        [reading, reading, writing],
        [reading, writing, reading],
    ):
        gateway = Gateway(console)
        gateway.hand(*fds)
        console.turn(gateway.dismissed)
        assert gateway.status == b"75\n"
    os.close(reading)
    os.close(writing)


@pytest.fixture
def timer() -> Iterator[None]:
    """End a call that waits, whatever it waits for."""

    def waited(*_: object) -> None:
        raise TimeoutError("it waits")

    signal.signal(signal.SIGALRM, waited)
    signal.alarm(60)
    yield
    signal.alarm(0)
    signal.signal(signal.SIGALRM, signal.SIG_DFL)


def test_no_read_and_no_write_waits_whatever_the_flags(console: Console, timer: None) -> None:
    connections = console.daemon.receiver._connections
    client = Client(console)
    console.turn(lambda: len(connections) == 1)
    [connection] = connections
    for fd in (connection.input, connection.output, connection.errors):
        fcntl.fcntl(fd, fcntl.F_SETFL, 0)  # by whoever else has the pipe open
    console.daemon.receiver._read(connection)  # as after another has read what was there
    out = os.dup(connection.output)
    os.set_blocking(out, False)
    with suppress(BlockingIOError):
        while True:
            os.write(out, bytes(4096))
    fcntl.fcntl(out, fcntl.F_SETFL, 0)
    client.send(HEAD + "1729123456 1 1\n@sync a\n")
    console.turn(lambda: bool(connection.out))
    assert not connection.flush()
    other = Client(console)
    other.send(HEAD + "1729123457 1 1\n@sync b\n")
    other.wait_for("@ok b\n")
    client.wait_for("@ok a\n")
    os.close(out)


def test_the_same_pipe_as_input_and_output_ends_with_its_gateway(console: Console) -> None:
    before = descriptors()
    reading, writing = os.pipe()
    gateway = Gateway(console)
    gateway.hand(reading, writing, writing)
    os.write(writing, b"nonsense\n@sync a\n")
    console.turn(lambda: any(agent.rejected for agent in console.daemon.store.agents.values()))
    for _ in range(300):
        console.daemon.loop.turn(0)
    for fd in (reading, writing):
        os.close(fd)
    other = Client(console)
    other.send("@sync a\n")
    other.wait_for("@ok a\n")
    gateway.socket.close()
    for end in (other.wire, other.reads, other.errors, other.gateway):
        end.close()
    console.turn(lambda: descriptors() <= before)


def test_packets_cost_their_own_connection_and_reach_no_other(console: Console) -> None:
    client = Client(console)
    console.turn(lambda: len(console.daemon.receiver._connections) == 1)
    reading, writing = os.pipe2(os.O_DIRECT)
    answers, out = os.pipe()
    gateway = Gateway(console)
    gateway.hand(reading, out, out)
    os.write(writing, b"one.tsv REAL\n")
    os.write(writing, b"1729123456 1 1\n")
    console.turn(gateway.dismissed)
    assert gateway.status == b"75\n"
    client.send(HEAD + "1729123456 1 1\n@sync a\n")
    client.wait_for("@ok a\n")
    assert client.answers == b"@ok a\n"
    for fd in (reading, writing, answers, out):
        os.close(fd)


def test_what_cannot_be_closed_costs_one_thread(
    console: Console, monkeypatch: pytest.MonkeyPatch, caplog
) -> None:
    free = threading.Event()
    closed = threading.Event()
    close = handoff._close

    def stuck(fds) -> None:  # a file of a file system whose server does not answer
        free.wait(60)
        close(fds)
        closed.set()

    monkeypatch.setattr(handoff, "_close", stuck)
    with ExitStack() as stack:
        file = stack.enter_context(tempfile.TemporaryFile())
        for _ in range(5):
            gateway = Gateway(console)
            gateway.hand(*[file.fileno()] * 3)
            console.turn(gateway.dismissed)
        assert "handed over before is still being closed" in caplog.text
        assert len(console.daemon.receiver.gate.handoffs._closing) == 1
    free.set()
    assert closed.wait(60)
    threads = console.daemon.receiver.gate.handoffs._closing.values()
    console.turn(lambda: not any(thread.is_alive() for thread in threads))
    client = Client(console)
    client.send("@sync a\n")
    client.wait_for("@ok a\n")


def test_gateways_that_say_nothing_keep_nobody_out(
    console: Console, monkeypatch: pytest.MonkeyPatch, caplog
) -> None:
    monkeypatch.setattr("lumenmond.listener.peer", lambda c: next(uids))
    people = [type("Peer", (), {"uid": uid})() for uid in [66000] * 40 + [66001]]
    uids = iter(people)
    silent = [Gateway(console) for _ in range(40)]
    console.turn(lambda: sum(gateway.dismissed() for gateway in silent) >= 24)
    assert len(console.daemon.receiver.gate.listener._unsettled) == gate.MAX_CONNECTIONS
    assert caplog.text.count("too many gateways") == 20
    assert "more of this minute are only counted" in caplog.text
    client = Client(console)
    client.send("@sync a\n")
    client.wait_for("@ok a\n")
    console.daemon.receiver.gate.listener._patience = 0
    console.daemon.receiver.gate.listener.tick()
    assert not console.daemon.receiver.gate.listener._unsettled
    console.turn(lambda: all(gateway.dismissed() for gateway in silent))
