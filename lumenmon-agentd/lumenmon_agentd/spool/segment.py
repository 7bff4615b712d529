"""One segment: a file of wire lines with headers of its own, and how samples become its text."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from lumenmon import wire

SAMPLE_BYTES = 40
"""What a sample takes with its share of headers, to count samples that cannot be read."""
_TAIL = 64 * 1024

Header = tuple[str, wire.Type]
NO_HEADER: Header = ("", wire.Type.TEXT)


@dataclass(slots=True)
class Segment:
    """A segment's file and how many of its bytes are whole lines; the rest never counts."""

    path: Path
    size: int = 0

    @classmethod
    def load(cls, path: Path) -> tuple[Segment, int]:
        """Return a segment of an earlier process, and the bytes of its unfinished last line.

        Raises OSError when it cannot be read, also when it is no file.
        """
        fd = open_file(path)
        try:
            end = whole = os.fstat(fd).st_size
            while whole > 0:
                start = max(whole - _TAIL, 0)
                found = os.pread(fd, whole - start, start).rfind(b"\n")
                if found >= 0:
                    return cls(path, start + found + 1), end - start - found - 1
                whole = start
            return cls(path, 0), end
        finally:
            os.close(fd)

    @classmethod
    def unread(cls, path: Path) -> Segment:
        """Return a segment that cannot be read, with the size that its file seems to have."""
        try:
            found = path.lstat()
        except OSError:
            return cls(path, 0)
        return cls(path, found.st_size if stat.S_ISREG(found.st_mode) else 0)

    def slice(self, start: int, length: int) -> bytes:
        """Return up to ``length`` bytes from ``start`` on; fewer when the file was cut."""
        fd = open_file(self.path)
        try:
            return os.pread(fd, max(min(length, self.size - start), 0), start)
        finally:
            os.close(fd)

    def lines_from(self, start: int, length: int) -> bytes:
        """Return the whole lines of the next ``length`` bytes, one at least; empty without one."""
        text = self.slice(start, length)
        if b"\n" not in text:
            text = self.slice(start, self.size)
        return text[: text.rfind(b"\n") + 1]

    def is_line_start(self, offset: int) -> bool:
        """Return whether a line begins at ``offset``, or the segment ends there."""
        inside = offset == 0 or self.slice(offset - 1, 1) == b"\n"
        return offset <= self.size and inside

    def header_before(self, offset: int) -> bytes:
        """Return the header line that is in force at ``offset``, empty at the start."""
        return last_header(self.slice(0, offset))

    def samples_from(self, offset: int) -> int:
        """Return how many samples stand from ``offset`` on, about so many if it is not readable."""
        try:
            text = self.slice(offset, self.size)
        except OSError:
            return max(self.size - offset, 0) // SAMPLE_BYTES
        return sum(line[:1].isdigit() for line in text.split(b"\n"))


def last_header(text: bytes) -> bytes:
    """Return the last header line of ``text``, empty when there is none."""
    for line in reversed(text.split(b"\n")):
        if line.split(b" ", 1)[0].endswith(b".tsv"):
            return line + b"\n"
    return b""


def encode(samples: Iterable[wire.Sample], header: Header) -> tuple[bytes, Header]:
    """Return samples as lines after ``header``, and the header that is in force after them."""
    lines = []
    for sample in samples:
        if (sample.metric, sample.type) != header:
            header = (sample.metric, sample.type)
            lines.append(wire.header(*header))
        lines.append(wire.data(sample))
    return "".join(lines).encode(), header


def open_file(path: Path) -> int:
    """Open a file of the spool for reading, without waiting for anybody.

    Raises OSError, also for what is no file: a FIFO would stop the agent for ever.
    """
    flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
    try:
        fd = os.open(path, flags)
    except PermissionError:
        path.chmod(0o600)  # it is ours, or this fails as well
        fd = os.open(path, flags)
    if not stat.S_ISREG(os.fstat(fd).st_mode):
        os.close(fd)
        raise OSError(0, "not a file")
    return fd
