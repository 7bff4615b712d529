"""The queue of segments: written at its end, read by the uplink, cut as the console stores."""

from __future__ import annotations

import logging
import os
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from pathlib import Path

from lumenmon import journal, wire
from lumenmon_agentd.spool.damaged import Damaged
from lumenmon_agentd.spool.errors import SpoolError, reason
from lumenmon_agentd.spool.loading import MAX_NUMBER, load
from lumenmon_agentd.spool.place import Place, sync
from lumenmon_agentd.spool.position import Position
from lumenmon_agentd.spool.segment import SAMPLE_BYTES, Segment
from lumenmon_agentd.spool.writer import Writer

MAX_BYTES = 256 * 2**20
"""Bytes that wait unless the configuration says otherwise; then the oldest are dropped."""
SEGMENT_BYTES = 2**20
"""A segment is closed once it is as large as this."""
SPARE_BYTES = 8 * 2**20
"""Bytes that may wait in memory; then the oldest there are dropped."""
SPARE_SEGMENT = 64 * 1024
"""What ``SEGMENT_BYTES`` is for a segment in memory."""
CHUNK = 16 * 1024
"""Bytes that are read at once: on a slow line each is acknowledged before ssh gives it up."""


class Spool:
    """The spool in ``directory``; one process at a time may hold it.

    ``acked`` is where the console acknowledged up to, ``dropped`` the samples that were lost
    because the spool or the disk was full or could not be read, ``dropped_at`` when the last of
    them was, in seconds since 1970. ``trouble`` is why the disk cannot be used, empty while it
    can: samples wait in ``spare`` then.
    """

    def __init__(
        self,
        directory: Path,
        max_bytes: int = MAX_BYTES,
        segment_bytes: int = SEGMENT_BYTES,
        spare: Path | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        # A few segments at least, so that dropping the oldest does not drop all.
        self._disk = Place(directory, min(segment_bytes, max(max_bytes // 8, 1)))
        self._memory = Place(spare, SPARE_SEGMENT) if spare else None
        self._damaged = Damaged(directory)
        self._max_bytes = max_bytes
        self._clock = clock
        self._dirty: Path | None = None
        self._leftovers: list[Path] = []  # that a disk which cannot be written still has
        found = load(self._disk, self._memory)
        self._unsaved = found.unsaved
        self.acked, self.dropped, self.dropped_at = found.acked, found.dropped, found.dropped_at
        self._segments = found.segments  # by number, oldest first
        self._writer = Writer(
            self._disk, self._memory, self._segments, found.next_number, found.blind, clock
        )
        for path, error in found.unreadable:
            lost = self._lost_with(MAX_NUMBER, Segment.unread(path))
            self._damaged.take(path, lost, error)
        for number, segment in list(self._segments.items()):
            if Position(number, segment.size) <= self.acked or segment.size == 0:
                self._forget(number)

    @property
    def waiting(self) -> int:
        """The bytes that the console has not acknowledged."""
        newer = (
            each.size for number, each in self._segments.items() if number > self.acked.segment
        )
        return sum(newer) + max(self._size(self.acked.segment) - self.acked.offset, 0)

    @property
    def end(self) -> Position:
        """Where the next sample will stand."""
        number = max(self._segments, default=self.acked.segment)
        return max(Position(number, self._size(number)), self.acked)

    @property
    def damaged(self) -> int:
        """How many files that could not be read are kept for a person to look at."""
        return len(self._damaged)

    @property
    def trouble(self) -> str:
        """Why the disk cannot be used, empty while it can; samples wait in memory then."""
        return self._writer.trouble

    def is_outdated(self) -> bool:
        """Return whether the disk can be used again, but only by a new process."""
        return self._writer.is_outdated()

    def append(self, samples: Iterable[wire.Sample]) -> None:
        """Write samples; raises SpoolError, with the samples counted as dropped, if it cannot.

        They survive the end of the process at once, and a power cut after the next ``sync``.
        """
        batch = list(samples)
        if not batch:
            return
        try:
            self._writer.put(batch)
        except OSError as error:
            self._count_lost(len(batch))
            raise SpoolError(
                f"cannot write the spool: {reason(error)}", f"df -h {self._disk.directory}"
            ) from error
        self._dirty = self._segments[self._writer.number].path
        self._bound(self._segments, self._max_bytes)
        if self._writer.in_memory:
            self._bound(self._in_memory(), SPARE_BYTES)

    def save(self) -> None:
        """Write down the position and what was dropped, if they changed."""
        if not self._unsaved or self._writer.blind:
            return
        try:
            self._disk.save_position(self.acked, self.dropped, self.dropped_at)
            self._unsaved = False
            if self._memory:
                (self._memory.directory / "position").unlink(missing_ok=True)
        except OSError as error:
            if self._memory:
                with suppress(OSError):
                    self._memory.save_position(self.acked, self.dropped, self.dropped_at)
                    return
            raise SpoolError(f"cannot write the spool: {reason(error)}") from error

    def sync(self) -> None:
        """Make what was appended survive a power cut; a thread of its own may wait for it."""
        path, self._dirty = self._dirty, None
        if path is None:
            return
        try:
            with suppress(FileNotFoundError):  # acknowledged meanwhile
                sync(path, os.O_WRONLY)
        except OSError as error:
            self._dirty = path
            raise SpoolError(f"cannot write the spool: {reason(error)}") from error

    def bring_home(self, most: int = 1) -> None:
        """Move up to ``most`` segments from memory to the disk, once that can be used again.

        What could not be deleted there goes now.
        """
        if self.trouble:
            return
        closed = [number for number in self._in_memory() if number != self._writer.number]
        with suppress(OSError):  # the next write says so
            while self._leftovers:
                self._leftovers[-1].unlink(missing_ok=True)
                self._leftovers.pop()
            for number in closed[:most]:
                segment = self._segments[number]
                segment.path = self._disk.adopt(segment.path)

    def close(self) -> None:
        """Save, sync and let go."""
        self._writer.close()
        self.bring_home(len(self._segments))
        self.save()
        self.sync()

    def read(self, position: Position) -> tuple[bytes, Position]:
        """Return the next whole lines from ``position`` on, and the position after them.

        A segment that cannot be read is set aside; the next one follows.
        """
        while True:
            segment = self._segments.get(position.segment)
            if segment is None or position.offset >= segment.size:
                later = [number for number in self._segments if number > position.segment]
                if not later:
                    return b"", position
                position = Position(min(later), 0)
                continue
            try:
                if text := segment.lines_from(position.offset, CHUNK):
                    return text, Position(position.segment, position.offset + len(text))
                self._shorten(position)
            except OSError as error:
                self._lose(position.segment, error)

    def header_at(self, position: Position) -> bytes:
        """Return the header that is in force at ``position``, empty at a segment's start."""
        segment = self._segments.get(position.segment)
        if segment is None:
            return b""
        try:
            return segment.header_before(position.offset)
        except OSError as error:
            self._lose(position.segment, error)
            return b""

    def ack(self, position: Position) -> None:
        """The console has everything before ``position`` for good: forget it."""
        if not self.acked < position <= self.end:
            return
        self.acked = position
        self._unsaved = True
        with suppress(SpoolError):  # it would only be sent again; the next save says so
            self.save()
        for number, segment in list(self._segments.items()):
            whole = number == position.segment and position.offset >= segment.size
            if number < position.segment or (whole and number != self._writer.number):
                self._forget(number)

    def _size(self, number: int) -> int:
        return self._segments[number].size if number in self._segments else 0

    def _in_memory(self) -> list[int]:
        if self._memory is None:
            return []
        directory = self._memory.directory
        return [n for n, segment in self._segments.items() if segment.path.parent == directory]

    def _bound(self, numbers: Iterable[int], most: int) -> None:
        """Drop the oldest of these segments until no more than ``most`` bytes wait in them."""
        left = list(numbers)
        while len(left) > 1 and sum(map(self._size, left)) > most:
            self._drop(left.pop(0))

    def _drop(self, number: int) -> None:
        lost = self._lost_with(number, self._segments[number])
        self._forget(number)
        self._skip(number)
        if lost:
            words = "the spool is full: dropped the %s oldest samples"
            journal.event(logging.WARNING, "samples-dropped", words, lost)

    def _lose(self, number: int, error: OSError) -> None:
        """Go on without a segment that cannot be read."""
        if number == self._writer.number:
            with suppress(OSError):
                if self._writer.rescue():
                    return
            self._writer.close()
        segment = self._segments.pop(number)
        self._damaged.take(segment.path, self._lost_with(number, segment), error)
        self._skip(number)

    def _lost_with(self, number: int, segment: Segment) -> int:
        """Count the samples of a segment that the console does not have, and return how many."""
        if number < self.acked.segment:
            return 0
        lost = segment.samples_from(self.acked.offset if number == self.acked.segment else 0)
        self._count_lost(lost)
        return lost

    def _count_lost(self, count: int) -> None:
        self._unsaved = True
        if count:
            self.dropped += count
            self.dropped_at = time.time()

    def _shorten(self, end: Position) -> None:
        """Go on behind a segment that somebody or a power cut left shorter than it was."""
        segment = self._segments[end.segment]
        if end.segment == self._writer.number:  # the next line would not stand where we think
            self._writer.close()
        missing, segment.size = segment.size - end.offset, end.offset
        lost = missing // SAMPLE_BYTES
        self._count_lost(lost)
        words = "%s lacks its last %s bytes: about %s samples lost"
        journal.event(logging.WARNING, "spool-damaged", words, segment.path.name, missing, lost)

    def _skip(self, number: int) -> None:
        later = [other for other in self._segments if other > number]
        if number == self.acked.segment and later:
            self.acked = Position(min(later), 0)

    def _forget(self, number: int) -> None:
        path = self._segments.pop(number).path
        try:
            path.unlink(missing_ok=True)
        except OSError:
            self._leftovers.append(path)
