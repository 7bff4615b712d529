"""The spool: samples wait here, in wire format, until the console has them for good.

``spool/`` holds append-only segments (``0000000012.wire``), each with its own headers, and
``position``: up to where the console acknowledged, and how many samples were dropped. A process
that starts never appends to a segment of the one before it, so that an acknowledged position
stays true even where a power cut took the end of a segment.

While the disk is full, segments go to a spare directory in memory, which outlives the process.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

from lumenmon import journal, wire
from lumenmon.errors import LumenmonError
from lumenmon_agentd.position import Position

MAX_BYTES = 256 * 2**20
"""Bytes that wait unless the configuration says otherwise; then the oldest are dropped."""
SEGMENT_BYTES = 2**20
"""A segment is closed once it is as large as this."""
SPARE_BYTES = 8 * 2**20  # that may wait in memory
SPARE_SEGMENT = 64 * 1024
"""The same for one in memory; then the disk is tried again."""
CHUNK = 64 * 1024
_SUFFIX = ".wire"

log = logging.getLogger(__name__)


class SpoolError(LumenmonError):
    """Samples could not be written."""


class Spool:
    """The spool in ``directory``; one process at a time may hold it.

    ``acked`` is where the console acknowledged up to, ``dropped`` the samples that were lost
    because the spool or the disk was full.
    """

    def __init__(
        self,
        directory: Path,
        max_bytes: int = MAX_BYTES,
        segment_bytes: int = SEGMENT_BYTES,
        spare: Path | None = None,
    ) -> None:
        self._directory = directory
        self._spare = spare
        self._in_spare: set[int] = set()
        self._max_bytes = max_bytes
        # A few segments at least, so that dropping the oldest does not drop all.
        self._segment_bytes = min(segment_bytes, max(max_bytes // 8, 1))
        self._sizes: dict[int, int] = {}  # by number, oldest first
        self._fd = -1
        self._metric = ("", wire.Type.TEXT)
        self._dirty = False
        self._unsaved = False
        self._full = False
        self.acked = Position(0, 0)
        self.dropped = 0
        for each in (directory, *([spare] if spare else [])):
            each.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._load()

    @property
    def waiting(self) -> int:
        """The bytes that the console has not acknowledged."""
        newer = sum(size for number, size in self._sizes.items() if number > self.acked.segment)
        return newer + max(self._sizes.get(self.acked.segment, 0) - self.acked.offset, 0)

    @property
    def end(self) -> Position:
        """Where the next sample will stand."""
        number = max(self._sizes, default=self.acked.segment)
        return max(Position(number, self._sizes.get(number, 0)), self.acked)

    def append(self, samples: Iterable[wire.Sample]) -> None:
        """Write samples; raises SpoolError, with the samples counted as dropped, if it cannot.

        They survive the end of the process at once, and a power cut after the next ``sync``.
        """
        batch = list(samples)
        if not batch:
            return
        try:
            try:
                self._put(batch)
            except OSError:
                held = sum(self._sizes[number] for number in self._in_spare)
                if self._spare is None or held >= SPARE_BYTES:
                    raise
                self._roll(self._spare)
                if not self._full:
                    words = "the spool's disk is full: samples wait in memory, retrying"
                    journal.event(logging.WARNING, "spool-failed", words)
                self._full = True
                self._put(batch)
        except OSError as error:
            self.dropped += len(batch)
            self._unsaved = True
            raise SpoolError(
                f"the spool cannot be written: {error.strerror}", f"df -h {self._directory}"
            ) from error
        while sum(self._sizes.values()) > self._max_bytes and len(self._sizes) > 1:
            self._drop_oldest()

    def _put(self, batch: list[wire.Sample]) -> None:
        most = SPARE_SEGMENT if self._open in self._in_spare else self._segment_bytes
        if self._fd < 0 or self._sizes[self._current] >= most:
            self._roll(self._directory)
        written = self._sizes[self._current]
        text, metric = self._encode(batch)
        try:
            self._write(text)
        except OSError:
            os.ftruncate(self._fd, written)
            raise
        self._metric = metric
        self._sizes[self._current] += len(text)
        self._dirty = True
        self._full = self._open in self._in_spare

    def save(self) -> None:
        """Write down the position and the count of what was dropped, if they changed."""
        if not self._unsaved:
            return
        temporary = self._directory / "position.new"
        try:
            # Not synced: with the position of before a power cut, some is only sent once more.
            temporary.write_text(f"{self.acked} {self.dropped}\n")
            temporary.rename(self._directory / "position")
        except OSError as error:
            raise SpoolError(f"the spool cannot be written: {error.strerror}") from error
        self._unsaved = False

    def sync(self) -> None:
        """Make what was appended survive a power cut; a thread of its own may wait for it."""
        if not self._dirty:
            return
        self._dirty = False
        try:
            with suppress(FileNotFoundError):  # acknowledged meanwhile
                _sync(self._path(self._current), os.O_WRONLY)
        except OSError as error:
            self._dirty = True
            raise SpoolError(f"the spool cannot be written: {error.strerror}") from error

    def close(self) -> None:
        """Save, sync and let go."""
        if self._fd >= 0:
            os.close(self._fd)
            self._fd = -1
        self.save()
        self.sync()

    def read(self, position: Position) -> tuple[bytes, Position]:
        """Return the next whole lines from ``position`` on, and the position after them."""
        while position.offset >= self._sizes.get(position.segment, 0):
            later = [number for number in self._sizes if number > position.segment]
            if not later:
                return b"", position
            position = Position(min(later), 0)
        data = self._slice(position, CHUNK)
        if not data:  # somebody cut the file
            return b"", Position(position.segment, self._sizes[position.segment])
        if b"\n" not in data:  # no line of ours, but it must not stop those behind it
            data = self._slice(position, self._sizes[position.segment])
        data = data[: data.rfind(b"\n") + 1]
        return data, Position(position.segment, position.offset + len(data))

    def header_at(self, position: Position) -> bytes:
        """Return the header that is in force at ``position``, empty at a segment's start."""
        if position.offset == 0 or position.segment not in self._sizes:
            return b""
        text = self._path(position.segment).read_bytes()[: position.offset]
        for line in reversed(text.split(b"\n")):
            if line.split(b" ", 1)[0].endswith(b".tsv"):
                return line + b"\n"
        return b""

    def ack(self, position: Position) -> None:
        """The console has everything before ``position`` for good: forget it."""
        if not self.acked < position <= self.end:
            return
        self.acked = position
        self._unsaved = True
        with suppress(SpoolError):  # it would only be sent again; the next save says so
            self.save()
        for number, size in list(self._sizes.items()):
            done = number < position.segment or (
                number == position.segment and position.offset >= size and number != self._open
            )
            if done:
                self._forget(number)

    @property
    def _current(self) -> int:
        return max(self._sizes)

    @property
    def _open(self) -> int:
        return self._current if self._fd >= 0 else -1

    def _path(self, number: int) -> Path:
        directory = self._spare if self._spare and number in self._in_spare else self._directory
        return directory / f"{number:010}{_SUFFIX}"

    def _slice(self, position: Position, length: int) -> bytes:
        with self._path(position.segment).open("rb", buffering=0) as file:
            file.seek(position.offset)
            size = self._sizes[position.segment]
            return file.read(min(length, size - position.offset)) or b""

    def _encode(self, batch: list[wire.Sample]) -> tuple[bytes, tuple[str, wire.Type]]:
        metric, lines = self._metric, []
        for sample in batch:
            if (sample.metric, sample.type) != metric:
                metric = (sample.metric, sample.type)
                lines.append(wire.header(*metric))
            lines.append(wire.data(sample))
        return "".join(lines).encode(), metric

    def _write(self, text: bytes) -> None:
        view = memoryview(text)
        while view:
            view = view[os.write(self._fd, view) :]

    def _roll(self, directory: Path) -> None:
        number = max(self._current if self._sizes else 0, self.acked.segment) + 1
        if self._fd >= 0 and directory == self._directory:
            os.fdatasync(self._fd)
        path = directory / f"{number:010}{_SUFFIX}"
        fd = os.open(path, os.O_CREAT | os.O_TRUNC | os.O_APPEND | os.O_WRONLY, 0o600)
        if self._fd >= 0:
            os.close(self._fd)
        self._fd = fd
        self._sizes[number] = 0
        if directory == self._spare:
            self._in_spare.add(number)
        self._metric = ("", wire.Type.TEXT)
        _sync(directory, os.O_RDONLY)

    def _drop_oldest(self) -> None:
        number = min(self._sizes)
        start = self.acked.offset if number == self.acked.segment else 0
        lost = 0
        if number >= self.acked.segment:
            text = self._path(number).read_bytes()[start:]
            lost = sum(line[:1].isdigit() for line in text.split(b"\n"))
        self.dropped += lost
        self._unsaved = True
        self._forget(number)
        if number >= self.acked.segment:
            self.acked = Position(min(self._sizes), 0)
        if lost:
            words = "the spool is full: dropped the %s oldest samples"
            journal.event(logging.WARNING, "samples-dropped", words, lost)

    def _forget(self, number: int) -> None:
        del self._sizes[number]
        self._path(number).unlink(missing_ok=True)
        self._in_spare.discard(number)

    def _load(self) -> None:
        try:
            token, dropped = (self._directory / "position").read_text().split()
            self.acked, self.dropped = Position.parse(token), int(dropped)
        except FileNotFoundError:
            pass
        except ValueError:
            log.warning("the spool's position is damaged: sending all that is there, ignoring")
        directories = (self._directory, self._spare) if self._spare else (self._directory,)
        found = [path for each in directories for path in each.glob("[0-9]*" + _SUFFIX)]
        for path in sorted(found, key=lambda path: int(path.stem)):
            number = int(path.stem)
            if path.parent == self._spare:
                self._in_spare.add(number)
            text = path.read_bytes()
            size = text.rfind(b"\n") + 1
            if size < len(text):
                log.warning("%s: cut %s bytes of an unfinished line", path.name, len(text) - size)
                os.truncate(path, size)
            self._sizes[number] = size
            if Position(number, size) <= self.acked or size == 0:
                self._forget(number)


def _sync(path: Path, mode: int) -> None:
    fd = os.open(path, mode | os.O_CLOEXEC)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)
