import array
import os
import socket
import sys
from pathlib import Path

import pytest

from lumenmon import paths, run
from lumenmon.errors import LumenmonError
from lumenmond.gateways import enroll, ingest

ROOT = Path(__file__).parents[3]


@pytest.fixture
def pipe() -> tuple[int, int]:
    return os.pipe()


def feed(pipe: tuple[int, int], data: bytes, *, close: bool = True) -> str:
    os.write(pipe[1], data)
    if close:
        os.close(pipe[1])
    return enroll.read_line(pipe[0], 0.05)


@pytest.mark.parametrize("data", [b"ssh-ed25519 A\n", b"ssh-ed25519 A", b" ssh-ed25519 A\r\nmore"])
def test_one_line_is_read(pipe: tuple[int, int], data: bytes) -> None:
    assert feed(pipe, data) == "ssh-ed25519 A"


def test_a_line_of_the_limit_is_read_and_a_longer_one_refused() -> None:
    assert feed(os.pipe(), b"x" * 1024 + b"\n") == "x" * 1024
    with pytest.raises(LumenmonError, match="longer than"):
        feed(os.pipe(), b"x" * 1025 + b"\n")


def test_silence_and_nothing_are_refused() -> None:
    with pytest.raises(LumenmonError, match="no public key came within"):
        feed(os.pipe(), b"ssh-", close=False)
    with pytest.raises(LumenmonError, match="no public key came"):
        feed(os.pipe(), b"\n")


def test_enrol_says_what_is_wrong_in_one_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("SSH_ORIGINAL_COMMAND", "id")
    assert enroll.main() == 1
    out = capsys.readouterr().out
    assert out.startswith("error ")
    assert out.count("\n") == 1


def gateway(tmp_path: Path, **env: str) -> run.Process[bytes]:
    """Start the ingest gateway as sshd would, with the socket and program of a test."""
    program = tmp_path / "ingest"
    program.write_text(
        f"#!{sys.executable}\nimport sys\nsys.path.insert(0, {str(ROOT)!r})\n"
        "from lumenmond.gateways import ingest\n"
        f"ingest.PROGRAM = {str(program)!r}\ningest.SOCKET = {str(tmp_path / 'sock')!r}\n"
        f"ingest.AS_CALLED = ([], ['resume'], ['-c', {str(program)!r}])\n"
        "raise SystemExit(ingest.main())\n"
    )
    program.chmod(0o755)
    return run.spawn(
        [str(program)], stdin=run.PIPE, stdout=run.PIPE, stderr=run.PIPE,
        env={"SSH_CONNECTION": "10.0.0.1 1 10.0.0.2 2345", **env},
    )  # fmt: skip


def take(listener: socket.socket) -> tuple[socket.socket, bytes, list[int]]:
    connection, _ = listener.accept()
    greeting, ancillary, _, _ = connection.recvmsg(512, socket.CMSG_SPACE(12))
    descriptors = array.array("i")
    descriptors.frombytes(ancillary[0][2])
    return connection, greeting, list(descriptors)


@pytest.fixture
def listener(tmp_path: Path) -> socket.socket:
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(str(tmp_path / "sock"))
    listener.listen()
    listener.settimeout(10)
    return listener


@pytest.mark.parametrize("status", [0, 1, 75])
def test_the_session_is_handed_over_and_the_status_comes_back(
    tmp_path: Path, listener: socket.socket, status: int
) -> None:
    process = gateway(tmp_path)
    connection, greeting, (stdin, stdout, stderr) = take(listener)
    assert greeting == b"10.0.0.1 1 10.0.0.2 2345\n"
    assert process.stdin
    assert process.stdout
    process.stdin.write(b"hello\n")
    process.stdin.close()
    assert os.read(stdin, 100) == b"hello\n"
    os.write(stdout, b"@ok 1\n")
    for each in (stdin, stdout, stderr):
        os.close(each)
    connection.sendall(b"%d\n" % status)
    assert process.wait(10) == status
    assert process.stdout.read() == b"@ok 1\n"


def test_a_session_outlives_a_restart(tmp_path: Path, listener: socket.socket) -> None:
    process = gateway(tmp_path)
    connection, _, descriptors = take(listener)
    for each in descriptors:
        os.close(each)
    connection.close()
    connection, greeting, descriptors = take(listener)
    assert greeting == b"resume 10.0.0.1 1 10.0.0.2 2345\n"
    assert len(descriptors) == 3
    connection.sendall(b"0\n")
    assert process.wait(10) == 0


def test_without_a_daemon_it_says_send_again(tmp_path: Path) -> None:
    process = gateway(tmp_path)
    assert process.wait(10) == ingest.TEMPORARY
    assert process.stderr
    assert b"cannot be reached" in process.stderr.read()


def test_a_command_is_refused(tmp_path: Path) -> None:
    process = gateway(tmp_path, SSH_ORIGINAL_COMMAND="id")
    assert process.wait(10) == 1


def test_the_gateway_knows_the_sockets_path() -> None:
    assert str(paths.INGEST_SOCKET) == ingest.SOCKET
