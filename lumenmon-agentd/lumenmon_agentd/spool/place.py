"""A directory of segments: the spool's own on the disk, and the spare one in memory."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import NamedTuple

from lumenmon_agentd.spool.position import Position
from lumenmon_agentd.spool.segment import open_file

_SEGMENT = re.compile(r"([0-9]{1,15})\.wire", re.ASCII)
_POSITION = re.compile(rb"(\S+) ([0-9]{1,15})(?: ([0-9]{1,12}))?\s*")
_POSITION_BYTES = 64
"""What ``position`` holds is shorter."""


class Note(NamedTuple):
    """What ``position`` holds: how far the console acknowledged, and how many samples are lost.

    ``dropped_at`` is when the last of them were, in seconds since 1970; None where none were.
    """

    acked: Position
    dropped: int
    dropped_at: int | None


class Place:
    """The directory; each call may raise OSError, as each touches it."""

    def __init__(self, directory: Path, segment_bytes: int) -> None:
        self.directory = directory
        self.segment_bytes = segment_bytes

    def prepare(self) -> None:
        """Make the directory where it is missing."""
        self.directory.mkdir(mode=0o700, parents=True, exist_ok=True)

    def segments(self) -> dict[int, Path]:
        """Return the segments' paths by number, whatever stands there."""
        names = os.listdir(self.directory)  # noqa: PTH208 (a glob hides why it finds nothing)
        found = {int(match[1]): name for name in names if (match := _SEGMENT.fullmatch(name))}
        return {number: self.directory / name for number, name in found.items()}

    def create(self, number: int) -> tuple[Path, int]:
        """Make a segment that is not there yet; return its path and a descriptor."""
        self.prepare()
        path = self.directory / f"{number:010}.wire"
        flags = os.O_CREAT | os.O_EXCL | os.O_APPEND | os.O_RDWR | os.O_CLOEXEC
        fd = os.open(path, flags, 0o600)
        try:
            sync(self.directory, os.O_RDONLY)
        except OSError:
            os.close(fd)
            path.unlink()
            raise
        return path, fd

    def adopt(self, path: Path) -> Path:
        """Move a segment of another place here."""
        new = self.directory / path.name
        temporary = new.with_suffix(".new")
        # Not synced: a power cut would have taken it from memory as well.
        temporary.write_bytes(path.read_bytes())
        temporary.rename(new)
        path.unlink(missing_ok=True)
        return new

    def load_position(self) -> Note | None:
        """Return what ``save_position`` wrote; None without one, ValueError for anything else."""
        try:
            fd = open_file(self.directory / "position")
        except FileNotFoundError:
            return None
        try:
            found = _POSITION.fullmatch(os.read(fd, _POSITION_BYTES))
        finally:
            os.close(fd)
        if not found:
            raise ValueError("not POSITION, DROPPED and a time")
        at = int(found[3]) if found[3] else None
        return Note(Position.parse(found[1].decode()), int(found[2]), at)

    def save_position(self, acked: Position, dropped: int, dropped_at: float | None) -> None:
        """Write down how far the console acknowledged, how many samples are lost, and when."""
        self.prepare()
        temporary = self.directory / "position.new"
        # Not synced: with the position of before a power cut, some is only sent once more.
        when = "" if dropped_at is None else f" {int(dropped_at)}"
        temporary.write_text(f"{acked} {dropped}{when}\n")
        temporary.rename(self.directory / "position")


def sync(path: Path, mode: int) -> None:
    """Make a file's or a directory's content survive a power cut."""
    fd = os.open(path, mode | os.O_CLOEXEC)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)
