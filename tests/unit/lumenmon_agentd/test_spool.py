"""The spool: nothing that was appended is lost or given twice, whatever happens between."""

import os
import shutil
import tempfile
from pathlib import Path

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from lumenmon import wire
from lumenmon_agentd.spool import Position, Spool, SpoolError, queue

START = 1_700_000_000


def sample(number: int, metric: str = "m", text: str = "") -> wire.Sample:
    if text:
        return wire.Sample(metric, wire.Type.TEXT, START + number, 1, text)
    return wire.Sample(metric, wire.Type.INTEGER, START + number, 1, number)


def drain(spool: Spool) -> tuple[list[wire.Sample], Position]:
    """All samples from the acknowledged position on, as a console would read them."""
    position = spool.acked
    text = spool.header_at(position)
    while True:
        data, position = spool.read(position)
        if not data:
            break
        text += data
    events = list(wire.Decoder(lambda: START + 10**6).feed(text))
    assert all(isinstance(event, wire.Sample) for event in events), events
    return events, position  # type: ignore[return-value]


class Machine(RuleBasedStateMachine):
    """A spool with a reader that acknowledges at any line, and a process that dies at any time."""

    def __init__(self) -> None:
        super().__init__()
        self.directory = Path(tempfile.mkdtemp())
        self.spool = Spool(self.directory, segment_bytes=120)
        self.expected: list[wire.Sample] = []
        self.count = 0

    def teardown(self) -> None:
        shutil.rmtree(self.directory)

    @rule(sizes=st.lists(st.sampled_from(["a", "b", "C-_1"]), min_size=1, max_size=6))
    def append(self, sizes: list[str]) -> None:
        batch = []
        for metric in sizes:
            self.count += 1
            text = f"tab.tsv {self.count}" if metric == "b" else ""
            batch.append(sample(self.count, metric, text))
        self.spool.append(batch)
        self.expected += batch

    @rule(share=st.floats(0, 1))
    def acknowledge(self, share: float) -> None:
        data, end = self.spool.read(self.spool.acked)
        if not data:
            return
        cut = data[: int(len(data) * share)].rfind(b"\n") + 1
        self.spool.ack(Position(end.segment, end.offset - len(data) + cut))
        taken = sum(line[:1].isdigit() for line in data[:cut].split(b"\n"))
        self.expected = self.expected[taken:]

    @rule(torn=st.sampled_from([b"", b"1", b"m.ts", b"1700000000 1 2", b"\0\0\0"]))
    def crash(self, torn: bytes) -> None:
        if segments := sorted(self.directory.glob("*.wire")):
            with segments[-1].open("ab") as file:
                file.write(torn)
        self.spool = Spool(self.directory, segment_bytes=120)

    @rule()
    def old_acknowledgement(self) -> None:
        self.spool.ack(Position(0, 0))
        self.spool.ack(Position(10**6, 5))

    @invariant()
    def holds_all_once(self) -> None:
        events, end = drain(self.spool)
        assert events == self.expected
        assert bool(self.spool.waiting) >= bool(events)
        assert end <= self.spool.end


Machine.TestCase.settings = settings(max_examples=60, stateful_step_count=30, deadline=None)
TestSpool = Machine.TestCase


def test_drops_the_oldest_and_counts_them(tmp_path: Path) -> None:
    spool = Spool(tmp_path, max_bytes=2000)
    for number in range(500):
        spool.append([sample(number)])
    events, _ = drain(spool)
    assert events[-1] == sample(499)
    assert len(events) + spool.dropped == 500
    assert sum(p.stat().st_size for p in tmp_path.glob("*.wire")) <= 2000
    spool.save()
    assert Spool(tmp_path).dropped == spool.dropped


def test_dropping_goes_on_where_the_reader_stood(tmp_path: Path) -> None:
    spool = Spool(tmp_path, max_bytes=2000)
    spool.append([sample(0)])
    _, position = spool.read(spool.acked)
    for number in range(1, 500):
        spool.append([sample(number)])
    data, position = spool.read(position)
    assert data.startswith(b"m.tsv INTEGER\n")
    assert position.segment > 1


def test_forgets_what_is_acknowledged(tmp_path: Path) -> None:
    spool = Spool(tmp_path, segment_bytes=100)
    for number in range(50):
        spool.append([sample(number)])
    _, end = drain(spool)
    spool.ack(end)
    assert spool.waiting == 0
    assert len(list(tmp_path.glob("*.wire"))) == 1
    assert drain(Spool(tmp_path))[0] == []


def test_a_full_disk_costs_only_what_does_not_fit(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    spool = Spool(tmp_path)
    spool.append([sample(1)])

    def half(fd: int, data: bytes) -> int:
        monkeypatch.undo()
        os.write(fd, data[:5])
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.write", half)
    with pytest.raises(SpoolError, match="No space left"):
        spool.append([sample(2), sample(3)])
    spool.append([sample(4)])
    assert drain(spool)[0] == [sample(1), sample(4)]
    assert spool.dropped == 2


def fill(monkeypatch: pytest.MonkeyPatch, disk: Path) -> None:
    """Let no byte more be written into files of ``disk``."""
    write = os.write

    def full(fd: int, data: bytes) -> int:
        if disk in Path(os.readlink(f"/proc/self/fd/{fd}")).parents:
            write(fd, data[:3])
            raise OSError(28, "No space left on device")
        return write(fd, data)

    monkeypatch.setattr("os.write", full)


def test_samples_wait_in_memory_while_the_disk_is_full(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(queue, "SPARE_SEGMENT", 200)
    disk, memory = tmp_path / "disk", tmp_path / "memory"
    spool = Spool(disk, segment_bytes=300, spare=memory)
    spool.append([sample(0)])
    with monkeypatch.context() as patch:
        fill(patch, disk)
        for number in range(1, 100):
            spool.append([sample(number)])
        spool = Spool(disk, segment_bytes=300, spare=memory)  # it was killed meanwhile
        for number in range(100, 200):
            spool.append([sample(number)])
    for number in range(200, 300):
        spool.append([sample(number)])
    assert drain(spool)[0] == [sample(number) for number in range(300)]
    assert spool.dropped == 0
    spool.ack(spool.end)
    assert not list(memory.iterdir())
    assert drain(Spool(disk, spare=memory))[0] == []


def test_memory_is_bounded_while_the_disk_is_full(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(queue, "SPARE_SEGMENT", 200)
    monkeypatch.setattr(queue, "SPARE_BYTES", 1000)
    disk, memory = tmp_path / "disk", tmp_path / "memory"
    spool = Spool(disk, spare=memory)
    fill(monkeypatch, disk)
    for number in range(200):
        spool.append([sample(number)])
    events, _ = drain(spool)
    assert events[-1] == sample(199)
    assert len(events) + spool.dropped == 200
    assert spool.dropped > 0
    assert sum(path.stat().st_size for path in memory.iterdir()) < 1400


def test_a_sync_that_fails_is_tried_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    spool = Spool(tmp_path)
    spool.append([sample(1)])
    synced: list[int] = []

    def fail(_fd: int) -> None:
        raise OSError(5, "Input/output error")

    with monkeypatch.context() as patch:
        patch.setattr("os.fsync", fail)
        with pytest.raises(SpoolError, match="Input/output"):
            spool.sync()
    monkeypatch.setattr("os.fsync", synced.append)
    spool.sync()
    spool.sync()
    assert len(synced) == 1, "and not again without need"
    spool.append([sample(2)])
    (tmp_path / "0000000001.wire").unlink()
    spool.sync()


def test_a_segment_that_somebody_cut_does_not_stop_what_follows(tmp_path: Path) -> None:
    spool = Spool(tmp_path, segment_bytes=100)
    for number in range(20):
        spool.append([sample(number)])
    os.truncate(tmp_path / "0000000001.wire", 0)
    position, text = spool.acked, b""
    for _ in range(20):
        data, position = spool.read(position)
        text += data
    assert text.endswith(wire.data(sample(19)).encode())


def test_a_damaged_position_sends_all_again(tmp_path: Path) -> None:
    spool = Spool(tmp_path)
    spool.append([sample(1)])
    spool.ack(drain(spool)[1])
    spool.append([sample(2)])
    spool.close()
    (tmp_path / "position").write_text("nonsense")
    assert drain(Spool(tmp_path))[0] == [sample(1), sample(2)]


def test_what_a_power_cut_took_does_not_hide_what_follows(tmp_path: Path) -> None:
    spool = Spool(tmp_path)
    spool.append([sample(number) for number in range(10)])
    spool.ack(drain(spool)[1])
    spool.close()
    (tmp_path / "0000000001.wire").write_bytes(b"m.tsv INTEGER\n")
    spool = Spool(tmp_path)
    spool.append([sample(11)])
    assert drain(spool)[0] == [sample(11)]


def test_a_disk_that_fails_when_a_segment_ends_costs_no_descriptors(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_fd: int) -> None:
        raise OSError(5, "Input/output error")

    spool = Spool(tmp_path / "spool", segment_bytes=20)
    spool.append([sample(1), sample(2)])
    before = len(list(Path("/proc/self/fd").iterdir()))
    with monkeypatch.context() as patch:
        patch.setattr("os.fdatasync", fail)
        for number in range(3, 8):
            with pytest.raises(SpoolError):
                spool.append([sample(number)])
    assert len(list(Path("/proc/self/fd").iterdir())) == before
    spool.append([sample(8)])
    assert [event.value for event in drain(spool)[0]] == [1, 2, 8]
    assert spool.dropped == 5
