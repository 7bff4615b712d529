"""Samples of other programs: over the socket, and printed by executables."""

import errno
import selectors
import socket
import threading
import time
from pathlib import Path

import pytest

from lumenmon import wire
from lumenmon.ctl import main
from lumenmon.metrics import Metric
from lumenmon_agentd import ctl, sampling
from lumenmon_agentd.collector import Collector, Reading
from lumenmon_agentd.rhythm import Rhythm
from lumenmon_agentd.submit import MAX_SUBMISSION, Server, SubmitError, submit

GOOD = b"x.tsv REAL\n1700000000 1 2.5\n"


@pytest.mark.parametrize(
    ("line", "status", "said"),
    [
        ("word REAL many", 2, "not a finite REAL"),
        ("a.b REAL 1", 2, "metric name 'a.b'"),
        ("word NUMBER 1", 2, "one of REAL, INTEGER, TEXT"),
        ("word REAL 1 --time -5", 2, "whole number of seconds"),
        ("word REAL 1 --time 5", 1, "lumenmonctl: timestamp 5 is before the year 2000"),
        ("word REAL 1", 0, ""),
    ],
)
def test_one_value_as_a_command(
    line: str, status: int, said: str, monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    def take(_path: Path, text: bytes) -> tuple[int, list[str]]:
        events = list(wire.Decoder(time.time).feed(text))
        bad = [f"{each.line} {each.reason}" for each in events if isinstance(each, wire.Reject)]
        return len(events) - len(bad), bad

    monkeypatch.setattr(ctl, "submit", take)
    assert main.main(["submit", *line.split()]) == status
    assert said in capsys.readouterr().err


def exchange(path: Path, text: bytes) -> tuple[int, list[str], list[wire.Sample]]:
    taken: list[wire.Sample] = []
    selector = selectors.DefaultSelector()
    server = Server(path, selector, taken.extend)
    answer: list[tuple[int, list[str]]] = []
    failure: list[Exception] = []

    def ask() -> None:
        try:
            answer.append(submit(path, text, timeout=60))
        except SubmitError as error:
            failure.append(error)

    client = threading.Thread(target=ask)
    client.start()
    while client.is_alive():
        for key, _ in selector.select(0.05):
            key.data()
    server.close()
    if failure:
        raise failure[0]
    return (*answer[0], taken)


def test_takes_good_lines_and_names_bad_ones(tmp_path: Path) -> None:
    count, rejects, taken = exchange(tmp_path / "s", GOOD + b"1700000000 1 nan\n@sync 1\n1")
    assert (count, [sample.value for sample in taken]) == (1, [2.5])
    assert [reject.split()[0] for reject in rejects] == ["3", "4", "5"]


def test_takes_a_submission_of_the_largest_size_only(tmp_path: Path) -> None:
    line = b"1700000000 1 2.5\n"
    fits = b"x.tsv REAL\n" + line * ((MAX_SUBMISSION - 11) // len(line))
    assert exchange(tmp_path / "s", fits)[0] == fits.count(b"\n") - 1
    try:
        count, rejects, _ = exchange(tmp_path / "s", fits + line)
    except SubmitError:
        return  # cut while it still wrote
    assert count == 0
    assert "more than" in rejects[0]


def test_others_may_not_connect(tmp_path: Path) -> None:
    server = Server(tmp_path / "s", selectors.DefaultSelector(), lambda _samples: None)
    assert (tmp_path / "s").stat().st_mode & 0o777 == 0o660
    assert [path.name for path in tmp_path.iterdir()] == ["s"]
    server.close()


def test_an_agent_that_is_stopped_is_not_waited_for(tmp_path: Path) -> None:
    with pytest.raises(SubmitError, match="does not take samples"):
        submit(tmp_path / "s", GOOD, wait=float("inf"))


def test_a_client_that_says_nothing_is_let_go(tmp_path: Path) -> None:
    selector = selectors.DefaultSelector()
    server = Server(tmp_path / "s", selector, lambda _samples: None)
    with socket.socket(socket.AF_UNIX) as client:
        client.connect(str(tmp_path / "s"))
        for key, _ in selector.select(30):
            key.data()
        server.tick(60.0)
        client.settimeout(30)
        assert client.recv(1) == b""
    server.close()


def test_what_a_restart_cuts_off_is_handed_in_again(tmp_path: Path) -> None:
    path = tmp_path / "s"
    answer: list[tuple[int, list[str]]] = []
    first = Server(path, selectors.DefaultSelector(), lambda _samples: None)
    client = threading.Thread(target=lambda: answer.append(submit(path, GOOD, wait=60)))
    client.start()
    selectors_ready = selectors.DefaultSelector()
    selectors_ready.register(first._listener, selectors.EVENT_READ)
    assert selectors_ready.select(30)
    first._accept()
    first.close()  # with a client that has no answer yet
    assert path.exists(), "it says that there will be another one"
    with pytest.raises(SubmitError, match="does not take samples"):
        submit(path, GOOD, wait=0)
    taken: list[wire.Sample] = []
    selector = selectors.DefaultSelector()
    second = Server(path, selector, taken.extend)
    end = time.monotonic() + 60
    while client.is_alive():
        assert time.monotonic() < end
        for key, _ in selector.select(0.05):
            key.data()
    second.close()
    assert answer == [(1, [])]
    assert [sample.value for sample in taken] == [2.5]


def script(path: Path, text: str, mode: int = 0o755) -> Path:
    path.write_text("#!/bin/sh\n" + text)
    path.chmod(mode)
    return path


def test_runs_what_only_root_may_change(tmp_path: Path) -> None:
    script(tmp_path / "good", "")
    script(tmp_path / "loose", "", 0o777)
    script(tmp_path / "plain", "", 0o644)
    script(tmp_path / ".hidden", "")
    names = [path.name for path in sampling.executables(tmp_path)]
    assert names == (["good"] if tmp_path.stat().st_uid == 0 else [])
    assert list(sampling.executables(tmp_path / "none")) == []


def test_takes_what_an_executable_prints(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    path = script(tmp_path / "x", f"printf '{GOOD.decode()}junk\\n'; echo oh >&2; exit 3\n")
    assert [sample.value for sample in sampling.execute(path)] == [2.5]
    assert "exit status 3: oh" in caplog.text
    assert "line 3" in caplog.text


def test_a_slow_executable_is_ended(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    path = script(tmp_path / "x", "exec sleep 60\n")
    assert sampling.execute(path, timeout=0.2) == []
    assert "took longer" in caplog.text


def test_a_slow_executable_is_ended_with_what_it_started(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path = script(tmp_path / "x", f"sleep 600 & echo $! >{tmp_path}/pid; wait\n")
    for timeout in (1.0, 5.0, 25.0):  # on a busy machine it takes a while to start
        assert sampling.execute(path, timeout=timeout) == []
        if (tmp_path / "pid").exists():
            break
    assert "took longer" in caplog.text
    status = Path("/proc", (tmp_path / "pid").read_text().strip(), "status")
    end = time.monotonic() + 30
    while status.exists() and "\nState:\tZ" not in status.read_text():
        assert time.monotonic() < end
        time.sleep(0.01)


def test_an_executable_that_prints_without_end_is_ended(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    assert sampling.execute(script(tmp_path / "x", "exec yes\n"), timeout=60.0) == []
    assert "printed over" in caplog.text


def test_too_much_is_refused_before_it_is_sent(tmp_path: Path) -> None:
    with pytest.raises(SubmitError, match="more than"):
        submit(tmp_path / "s", b"x" * (MAX_SUBMISSION + 1))


def test_a_failing_collector_keeps_what_it_gave(caplog: pytest.LogCaptureFixture) -> None:
    good = Metric("good", wire.Type.REAL, "")

    def collect(_root: Path):  # type: ignore[no-untyped-def]
        yield good, 1.0
        yield good, float("nan")

    collector = Collector("mine", Rhythm.CYCLE, collect, (good,))
    samples = sampling.read(collector, Path("/"), 1_700_000_000, 300)
    assert [sample.value for sample in samples] == [1.0]
    assert "collector mine" in caplog.text


def test_what_fails_every_second_is_said_once(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    def collect(_root: Path) -> list[Reading]:
        raise ValueError(f"number {len(caplog.records)}")

    failing = Collector("failing", Rhythm.PULSE, collect, ())
    for second in range(10):
        assert sampling.read(failing, tmp_path, 1_700_000_000 + second, 1) == []
    assert [record.getMessage() for record in caplog.records] == [
        "collector failing: ValueError: number 0, ignoring"
    ]


def ask(path: Path, text: bytes) -> socket.socket:
    client = socket.socket(socket.AF_UNIX)
    client.connect(str(path))
    client.sendall(text)
    client.shutdown(socket.SHUT_WR)
    client.settimeout(60)
    return client


def test_a_fault_in_one_submission_ends_that_alone(tmp_path: Path, caplog) -> None:
    taken: list[wire.Sample] = []

    def take(samples: list[wire.Sample]) -> None:
        if samples[0].value == 1:
            raise ValueError("a fault")
        taken.extend(samples)

    selector = selectors.DefaultSelector()
    server = Server(tmp_path / "submit.sock", selector, take)
    texts = [b"x.tsv REAL\n1700000000 1 %d\n" % value for value in (1, 2)]
    bad, good = (ask(tmp_path / "submit.sock", text) for text in texts)
    while not taken or server._clients:
        for key, _ in selector.select(1):
            key.data()
    assert bad.recv(100) == b""
    assert good.recv(100) == b"@ok 1\n"
    assert "a submission failed and is ended: ValueError('a fault')" in caplog.text
    server.close()


def test_without_descriptors_the_server_rests(tmp_path: Path) -> None:
    class Short:
        def __init__(self, real: socket.socket) -> None:
            self.real, self.fileno, self.close = real, real.fileno, real.close

        def accept(self) -> tuple[socket.socket, object]:
            raise OSError(errno.EMFILE, "Too many open files")

    selector = selectors.DefaultSelector()
    server = Server(tmp_path / "submit.sock", selector, lambda _: None)
    server._listener = Short(real := server._listener)  # type: ignore[assignment]
    client = ask(tmp_path / "submit.sock", GOOD)
    server.tick(100.0)
    server._accept()
    assert selector.select(0) == []
    server.tick(100.5)
    assert selector.select(0) == []
    server._listener = real
    server.tick(101.0)
    while not server._clients:
        server._accept()
    while server._clients:
        for key, _ in selector.select(1):
            key.data()
    assert client.recv(100) == b"@ok 1\n"
    server.close()
