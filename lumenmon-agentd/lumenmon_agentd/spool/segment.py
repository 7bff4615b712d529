"""One segment: a file of wire lines with headers of its own, and how samples become its text."""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from lumenmon import wire

SUFFIX = ".wire"

Header = tuple[str, wire.Type]
NO_HEADER: Header = ("", wire.Type.TEXT)


@dataclass(slots=True)
class Segment:
    """A segment's file and how many of its bytes are whole lines."""

    path: Path
    size: int = 0

    @classmethod
    def find(cls, directory: Path) -> dict[int, Path]:
        """Return the segments' files in a directory, by number."""
        return {int(path.stem): path for path in directory.glob("[0-9]*" + SUFFIX)}

    def slice(self, start: int, length: int) -> bytes:
        """Return up to ``length`` bytes from ``start`` on; fewer when the file was cut."""
        with self.path.open("rb", buffering=0) as file:
            file.seek(start)
            return file.read(max(min(length, self.size - start), 0)) or b""

    def header_before(self, offset: int) -> bytes:
        """Return the header line that is in force at ``offset``, empty at the start."""
        text = self.slice(0, offset)
        for line in reversed(text.split(b"\n")):
            if line.split(b" ", 1)[0].endswith(b".tsv"):
                return line + b"\n"
        return b""

    def samples_from(self, offset: int) -> int:
        """Return how many samples stand from ``offset`` on."""
        return sum(line[:1].isdigit() for line in self.slice(offset, self.size).split(b"\n"))


def name(number: int) -> str:
    """Return the file name of a segment."""
    return f"{number:010}{SUFFIX}"


def encode(samples: Iterable[wire.Sample], header: Header) -> tuple[bytes, Header]:
    """Return samples as lines after ``header``, and the header that is in force after them."""
    lines = []
    for sample in samples:
        if (sample.metric, sample.type) != header:
            header = (sample.metric, sample.type)
            lines.append(wire.header(*header))
        lines.append(wire.data(sample))
    return "".join(lines).encode(), header


def sync(path: Path, mode: int) -> None:
    """Make a file's or a directory's content survive a power cut."""
    fd = os.open(path, mode | os.O_CLOEXEC)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)
