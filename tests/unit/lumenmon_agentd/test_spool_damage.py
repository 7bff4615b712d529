"""A spool that somebody or a power cut damaged: what can be read is sent, the rest is counted."""

from __future__ import annotations

import logging
import os
import shutil
import time
from pathlib import Path

import pytest

from lumenmon import wire
from lumenmon_agentd.spool import Position, Spool, SpoolError, damaged
from lumenmon_agentd.spool.mount import Access, access, parse

START = 1_700_000_000


def sample(number: int) -> wire.Sample:
    return wire.Sample("m", wire.Type.INTEGER, START + number, 1, number)


def values(spool: Spool) -> list[int]:
    """What a console would store of all that waits."""
    position = spool.acked
    text = spool.header_at(position)
    while True:
        data, position = spool.read(position)
        if not data:
            break
        text += data
    decoder = wire.Decoder(lambda: START + 10**6)
    return [int(event.value) for event in decoder.feed(text) if isinstance(event, wire.Sample)]


def filled(directory: Path, count: int = 20, **options: object) -> Spool:
    """A spool of samples numbered from 0, six in a segment."""
    spool = Spool(directory, segment_bytes=100, **options)  # type: ignore[arg-type]
    for number in range(count):
        spool.append([sample(number)])
    return spool


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.mark.parametrize(
    "position",
    [
        "999999-0 0", "3-999999 7", "2-7 0", "99999999999999999-0 0", "5--3 0", "", "\0\0",
        "1-0 -5", "1-0 " + "9" * 4000, "1-0",
    ],
)  # fmt: skip
def test_a_wrong_position_skips_nothing_that_waits(tmp_path: Path, position: str) -> None:
    filled(tmp_path).close()
    (tmp_path / "position").write_text(position)
    spool = Spool(tmp_path)
    assert values(spool) == list(range(20))
    spool.append([sample(20)])
    assert values(spool) == list(range(21))
    spool.ack(spool.end)
    assert values(Spool(tmp_path)) == []


@pytest.mark.parametrize("foreign", ["fifo", "link", "directory"])
def test_a_position_that_is_no_file_stops_nobody(tmp_path: Path, foreign: str) -> None:
    filled(tmp_path).close()
    path = tmp_path / "position"
    path.unlink(missing_ok=True)
    if foreign == "fifo":
        os.mkfifo(path)
    elif foreign == "link":
        path.symlink_to("/proc/version")
    else:
        path.mkdir()
    spool = Spool(tmp_path)
    assert values(spool) == list(range(20))
    assert spool.dropped == 0


def test_a_position_far_ahead_of_an_empty_spool_goes_on(tmp_path: Path) -> None:
    tmp_path.joinpath("position").write_text("999999999999999-0 3\n")
    spool = Spool(tmp_path)
    spool.append([sample(1)])
    spool.close()
    again = Spool(tmp_path)
    assert values(again) == [1]
    assert again.dropped == 3


def test_when_the_last_samples_were_lost_is_known_after_a_restart(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert filled(tmp_path / "whole").dropped_at is None
    monkeypatch.setattr(time, "time", lambda: START + 0.5)
    spool = filled(tmp_path, max_bytes=400)
    assert spool.dropped > 0
    assert spool.dropped_at == START + 0.5
    spool.close()
    monkeypatch.undo()
    again = Spool(tmp_path)
    assert (again.dropped, again.dropped_at) == (spool.dropped, START)


@pytest.mark.parametrize("note", ["0-0 7\n", f"0-0 7 {10**12 - 1}\n"])
def test_a_loss_without_a_credible_time_is_of_the_start(tmp_path: Path, note: str) -> None:
    (tmp_path / "position").write_text(note)
    before = time.time()
    spool = Spool(tmp_path)
    assert spool.dropped == 7
    assert spool.dropped_at is not None
    assert before <= spool.dropped_at <= time.time()
    spool.close()
    assert Spool(tmp_path).dropped_at == int(spool.dropped_at)


def test_what_a_kill_left_behind_an_acknowledgement_is_sent_again(tmp_path: Path) -> None:
    filled(tmp_path).close()
    (tmp_path / "position").write_text("3-0 0")
    assert values(Spool(tmp_path)) == list(range(20))


@pytest.mark.parametrize("kind", ["directory", "symlink", "fifo", "dangling", "number"])
def test_a_segment_that_is_none_is_set_aside(
    tmp_path: Path, kind: str, caplog: pytest.LogCaptureFixture
) -> None:
    filled(tmp_path).close()
    path = tmp_path / "0000000002.wire"
    if kind == "number":
        path.rename(tmp_path / "999999999999999.wire")
    else:
        path.unlink()
    if kind == "directory":
        path.mkdir()
    elif kind == "symlink":
        path.symlink_to("/etc/hostname")
    elif kind == "dangling":
        path.symlink_to("nowhere")
    elif kind == "fifo":
        os.mkfifo(path)
    spool = Spool(tmp_path)
    assert spool.damaged == 1
    assert sorted(set(range(20)) - set(values(spool))) == [6, 7, 8, 9, 10, 11]
    assert "cannot read" in caplog.text
    spool.append([sample(20)])
    assert values(Spool(tmp_path))[-1] == 20


def test_a_segment_of_the_wrong_mode_is_read(tmp_path: Path) -> None:
    filled(tmp_path).close()
    (tmp_path / "0000000002.wire").chmod(0)
    assert values(Spool(tmp_path)) == list(range(20))


def test_a_read_error_costs_one_segment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    spool = filled(tmp_path)
    read, bad = os.pread, (tmp_path / "0000000003.wire").stat().st_ino

    def fail(fd: int, length: int, offset: int) -> bytes:
        if os.fstat(fd).st_ino == bad:
            raise OSError(5, "Input/output error")
        return read(fd, length, offset)

    monkeypatch.setattr("os.pread", fail)
    assert sorted(set(range(20)) - set(values(spool))) == [12, 13, 14, 15, 16, 17]
    assert spool.dropped == 2, "about as many as the file's bytes make"
    assert spool.damaged == 1
    assert (tmp_path / "damaged" / "0000000003.wire").exists()
    spool.save()
    assert Spool(tmp_path).dropped == 2


def test_zeros_of_a_power_cut_never_give_a_value_another_name(tmp_path: Path) -> None:
    spool = Spool(tmp_path)
    for number in range(6):
        spool.append([sample(number), wire.Sample("n", wire.Type.TEXT, START + number, 1, "x")])
    spool.close()
    path = tmp_path / "0000000001.wire"
    text = path.read_bytes()
    cut = text.index(b"n.tsv", 60)
    path.write_bytes(text[: cut - 4] + bytes(12) + text[cut + 8 :])
    spool = Spool(tmp_path)
    data, _ = spool.read(spool.acked)
    stored: dict[str, int] = {}
    events = list(wire.Decoder(lambda: START + 10**6).feed(data))
    for event in events:
        if isinstance(event, wire.Sample):
            assert (event.metric == "n") == (event.value == "x")
            stored[event.metric] = stored.get(event.metric, 0) + 1
    assert stored == {"m": 5, "n": 5}
    assert [event.reason for event in events if isinstance(event, wire.Reject)] == [
        "line holds a zero byte", "data without a header",
    ]  # fmt: skip


def test_a_segment_cut_short_is_counted(tmp_path: Path) -> None:
    spool = Spool(tmp_path)
    for number in range(20):
        spool.append([sample(number)])
    os.truncate(tmp_path / "0000000001.wire", 50)
    assert values(spool) == [0, 1]
    assert spool.dropped > 0
    spool.append([sample(20)])
    assert values(spool) == [0, 1, 20]


def test_a_spool_deleted_under_the_agent_costs_what_was_closed_alone(tmp_path: Path) -> None:
    directory = tmp_path / "spool"
    spool = filled(directory, 17)
    shutil.rmtree(directory)
    spool.append([sample(17)])
    assert values(spool) == [12, 13, 14, 15, 16, 17]
    assert spool.dropped > 0
    assert spool.waiting < 200
    shutil.rmtree(directory)
    assert values(spool) == [12, 13, 14, 15, 16, 17], "also when it is read first"
    spool.ack(spool.end)
    spool.save()
    assert (directory / "position").exists()


def test_what_is_set_aside_is_bounded(tmp_path: Path) -> None:
    filled(tmp_path, 100).close()
    for path in tmp_path.glob("*.wire"):
        path.unlink()
        path.mkdir()
    (tmp_path / "0000000001.wire" / "inside").write_text("x")
    spool = Spool(tmp_path)
    assert spool.damaged == damaged.MAX_KEPT
    assert values(spool) == []


def test_an_unwritable_disk_at_the_start_is_waited_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    disk, memory, clock = tmp_path / "disk", tmp_path / "memory", Clock()
    filled(disk, 9).close()
    (disk / "0000000001.wire").open("ab").write(b"unfinished")
    with monkeypatch.context() as patch:
        read_only(patch, disk)
        spool = Spool(disk, spare=memory, clock=clock)
        for number in range(9, 15):
            spool.append([sample(number)])
        assert spool.trouble == "Read-only file system"
        assert values(spool) == list(range(15))
        spool.ack(Position(2, 0))
        assert values(spool) == list(range(6, 15))
        spool = Spool(disk, spare=memory, clock=clock)  # killed meanwhile
        assert values(spool) == list(range(6, 15)), "the position in memory is believed"
        spool.append([sample(15)])
        spool.save()
    clock.now += 60
    spool.append([sample(16)])
    assert spool.trouble == ""
    assert caplog.text.count("samples wait in memory") == 2, "once a process"
    assert "again" in caplog.text
    spool.close()
    assert list(memory.glob("*")) == []
    assert values(Spool(disk, spare=memory)) == list(range(6, 17))


def read_only(monkeypatch: pytest.MonkeyPatch, disk: Path) -> None:
    """Let nothing below ``disk`` be made, changed or removed."""

    def guard(name: str) -> None:
        real = getattr(os, name)

        def call(path: object, *args: object, **options: object) -> object:
            writes = name != "open" or int(str(args[0])) & (os.O_WRONLY | os.O_RDWR)
            if writes and str(path).startswith(str(disk)):
                raise OSError(30, "Read-only file system")
            return real(path, *args, **options)

        monkeypatch.setattr(os, name, call)

    for name in ("open", "unlink", "rename", "mkdir", "truncate"):
        guard(name)
    write_text = Path.write_text

    def write(path: Path, text: str) -> int:
        if str(path).startswith(str(disk)):
            raise OSError(30, "Read-only file system")
        return write_text(path, text)

    monkeypatch.setattr(Path, "write_text", write)


def test_a_directory_that_cannot_be_read_keeps_what_it_has(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    disk, memory, clock = tmp_path / "disk", tmp_path / "memory", Clock()
    filled(disk, 9).close()
    listdir = os.listdir

    def refuse(path: Path) -> list[str]:
        if path == disk:
            raise OSError(5, "Input/output error")
        return listdir(path)

    with monkeypatch.context() as patch:
        patch.setattr("os.listdir", refuse)
        spool = Spool(disk, spare=memory, clock=clock)
        spool.append([sample(20)])
        assert spool.trouble == "Input/output error"
        assert not spool.is_outdated()
        spool.ack(spool.end)
        spool.append([sample(21)])
        spool.close()
    assert spool.is_outdated(), "the agent starts again"
    assert values(Spool(disk, spare=memory)) == [*range(9), 20, 21]


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ("rw,relatime shared:1 - tmpfs none rw,size=1k", Access.WRITABLE),
        ("rw,relatime - ext4 /dev/sda1 ro,errors=remount-ro", Access.READ_ONLY),
        ("ro,nosuid,relatime shared:1 master:2 - tmpfs none rw", Access.READ_ONLY_HERE),
    ],
)
def test_a_mount_that_stays_read_only_is_told_from_its_file_system(
    options: str, expected: Access
) -> None:
    table = f"7 1 0:2 / / rw - overlay x rw\n17 7 0:9 / /var/lib/lumenmon-agentd {options}\n"
    assert parse(table, "17") is expected
    assert access(Path("/")) is not None


def test_without_a_place_nothing_is_silent(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "spool").write_text("a file in its place")
    spool = Spool(tmp_path / "spool")
    with pytest.raises(SpoolError, match="cannot write the spool"):
        spool.append([sample(1)])
    assert spool.dropped == 1
    (tmp_path / "spool").unlink()
    assert spool.is_outdated()
