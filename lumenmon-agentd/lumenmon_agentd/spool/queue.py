"""The queue of segments: written at its end, read by the uplink, cut as the console stores."""

from __future__ import annotations

import logging
import os
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

from lumenmon import journal, wire
from lumenmon_agentd.spool.errors import SpoolError
from lumenmon_agentd.spool.position import Position
from lumenmon_agentd.spool.segment import NO_HEADER, Segment, encode, name, sync

MAX_BYTES = 256 * 2**20
"""Bytes that wait unless the configuration says otherwise; then the oldest are dropped."""
SEGMENT_BYTES = 2**20
"""A segment is closed once it is as large as this."""
SPARE_BYTES = 8 * 2**20  # that may wait in memory
SPARE_SEGMENT = 64 * 1024
"""The same for one in memory; then the disk is tried again."""
CHUNK = 64 * 1024

log = logging.getLogger(__name__)


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
        self._segments: dict[int, Segment] = {}  # by number, oldest first
        self._fd = -1
        self._header = NO_HEADER
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
        newer = sum(
            each.size for number, each in self._segments.items() if number > self.acked.segment
        )
        return newer + max(self._size(self.acked.segment) - self.acked.offset, 0)

    @property
    def end(self) -> Position:
        """Where the next sample will stand."""
        number = max(self._segments, default=self.acked.segment)
        return max(Position(number, self._size(number)), self.acked)

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
                held = sum(self._size(number) for number in self._in_spare)
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
        while self._total > self._max_bytes and len(self._segments) > 1:
            self._drop_oldest()

    def _put(self, batch: list[wire.Sample]) -> None:
        most = SPARE_SEGMENT if self._open in self._in_spare else self._segment_bytes
        if self._fd < 0 or self._size(self._current) >= most:
            self._roll(self._directory)
        segment = self._segments[self._current]
        text, header = encode(batch, self._header)
        try:
            self._write(text)
        except OSError:
            os.ftruncate(self._fd, segment.size)
            raise
        self._header = header
        segment.size += len(text)
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
                sync(self._segments[self._current].path, os.O_WRONLY)
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
        while position.offset >= self._size(position.segment):
            later = [number for number in self._segments if number > position.segment]
            if not later:
                return b"", position
            position = Position(min(later), 0)
        segment = self._segments[position.segment]
        data = segment.slice(position.offset, CHUNK)
        if not data:  # somebody cut the file
            return b"", Position(position.segment, segment.size)
        if b"\n" not in data:  # no line of ours, but it must not stop those behind it
            data = segment.slice(position.offset, segment.size)
        data = data[: data.rfind(b"\n") + 1]
        return data, Position(position.segment, position.offset + len(data))

    def header_at(self, position: Position) -> bytes:
        """Return the header that is in force at ``position``, empty at a segment's start."""
        segment = self._segments.get(position.segment)
        return segment.header_before(position.offset) if segment else b""

    def ack(self, position: Position) -> None:
        """The console has everything before ``position`` for good: forget it."""
        if not self.acked < position <= self.end:
            return
        self.acked = position
        self._unsaved = True
        with suppress(SpoolError):  # it would only be sent again; the next save says so
            self.save()
        for number, segment in list(self._segments.items()):
            done = number < position.segment or (
                number == position.segment
                and position.offset >= segment.size
                and number != self._open
            )
            if done:
                self._forget(number)

    @property
    def _total(self) -> int:
        return sum(segment.size for segment in self._segments.values())

    @property
    def _current(self) -> int:
        return max(self._segments)

    @property
    def _open(self) -> int:
        return self._current if self._fd >= 0 else -1

    def _size(self, number: int) -> int:
        return self._segments[number].size if number in self._segments else 0

    def _write(self, text: bytes) -> None:
        view = memoryview(text)
        while view:
            view = view[os.write(self._fd, view) :]

    def _roll(self, directory: Path) -> None:
        number = max(self._current if self._segments else 0, self.acked.segment) + 1
        if self._fd >= 0 and directory == self._directory:
            os.fdatasync(self._fd)
        path = directory / name(number)
        fd = os.open(path, os.O_CREAT | os.O_TRUNC | os.O_APPEND | os.O_WRONLY, 0o600)
        if self._fd >= 0:
            os.close(self._fd)
        self._fd = fd
        self._segments[number] = Segment(path)
        if directory == self._spare:
            self._in_spare.add(number)
        self._header = NO_HEADER
        sync(directory, os.O_RDONLY)

    def _drop_oldest(self) -> None:
        number = min(self._segments)
        start = self.acked.offset if number == self.acked.segment else 0
        lost = self._segments[number].samples_from(start) if number >= self.acked.segment else 0
        self.dropped += lost
        self._unsaved = True
        self._forget(number)
        if number >= self.acked.segment:
            self.acked = Position(min(self._segments), 0)
        if lost:
            words = "the spool is full: dropped the %s oldest samples"
            journal.event(logging.WARNING, "samples-dropped", words, lost)

    def _forget(self, number: int) -> None:
        self._segments.pop(number).path.unlink(missing_ok=True)
        self._in_spare.discard(number)

    def _load(self) -> None:
        try:
            token, dropped = (self._directory / "position").read_text().split()
            self.acked, self.dropped = Position.parse(token), int(dropped)
        except FileNotFoundError:
            pass
        except ValueError:
            log.warning("the spool's position is damaged: sending all that is there, ignoring")
        found = Segment.find(self._directory)
        if self._spare:
            spare = Segment.find(self._spare)
            self._in_spare.update(spare)
            found |= spare
        for number, path in sorted(found.items()):
            text = path.read_bytes()
            size = text.rfind(b"\n") + 1
            if size < len(text):
                log.warning("%s: cut %s bytes of an unfinished line", path.name, len(text) - size)
                os.truncate(path, size)
            self._segments[number] = Segment(path, size)
            if Position(number, size) <= self.acked or size == 0:
                self._forget(number)
