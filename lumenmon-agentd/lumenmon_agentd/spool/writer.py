"""The open segment: on the disk, and in memory for as long as the disk cannot be used."""

from __future__ import annotations

import logging
import os
from collections.abc import Callable
from contextlib import suppress

from lumenmon import journal, wire
from lumenmon_agentd.spool.errors import reason
from lumenmon_agentd.spool.mount import Access, access
from lumenmon_agentd.spool.place import Place
from lumenmon_agentd.spool.segment import NO_HEADER, Segment, encode

RETRY = 30.0
"""Seconds until the disk is tried again."""


class Writer:
    """Appends to the newest of ``segments``, and opens the next one.

    ``number`` is the open one's, -1 without one. ``trouble`` is why the disk cannot be used,
    empty while it can. ``blind``: the disk's segments are not known, so none is added there.
    """

    def __init__(
        self,
        disk: Place,
        memory: Place | None,
        segments: dict[int, Segment],
        next_number: int,
        blind: OSError | None,
        clock: Callable[[], float],
    ) -> None:
        self._disk = disk
        self._memory = memory
        self._segments = segments
        self._next_number = next_number
        self._clock = clock
        self._place = disk
        self._fd = -1
        self._header = NO_HEADER
        self._retry_at = 0.0
        self._frozen = False
        self.number = -1
        self.trouble = ""
        self.blind = blind

    @property
    def in_memory(self) -> bool:
        """Whether the open segment is in memory."""
        return self._place is self._memory

    def put(self, samples: list[wire.Sample]) -> None:
        """Append samples; raises OSError, with nothing written, when neither place takes them."""
        with suppress(OSError):
            self.rescue()
        retry = self.in_memory and self._clock() >= self._retry_at
        if self._fd < 0 or self._segments[self.number].size >= self._place.segment_bytes or retry:
            self._open_next()
        try:
            self._append(samples)
        except OSError as error:
            if self._memory is None or self.in_memory:
                raise
            self._fall_back(self._memory, error)
            self._append(samples)
        if self.trouble and not self.in_memory:
            self.trouble = ""
            journal.event(logging.INFO, "spool-restored", "the spool is on its disk again")

    def rescue(self) -> bool:
        """Write the open segment once more if somebody deleted it; return whether that was so."""
        if self._fd < 0 or os.fstat(self._fd).st_nlink > 0:
            return False
        text = os.pread(self._fd, self._segments[self.number].size, 0)
        self._segments.pop(self.number)
        self.close()
        self._open_next()
        self._write(text)
        words = "the spool was deleted: %s bytes of it are written again"
        journal.event(logging.WARNING, "spool-damaged", words, len(text))
        return True

    def is_outdated(self) -> bool:
        """Return whether the disk can be used again, but only by a new process.

        That is so where its segments could not be read at the start, and see ``mount``.
        """
        if self.blind is not None:
            with suppress(OSError):
                self._disk.prepare()
                self._disk.segments()
                return True
        frozen = bool(self.trouble) and self._frozen
        return frozen and self._access() is Access.READ_ONLY_HERE

    def _access(self) -> Access:
        try:
            return access(self._disk.directory)
        except OSError:
            return Access.WRITABLE

    def close(self) -> None:
        """Let go of the open segment."""
        if self._fd >= 0:
            os.close(self._fd)
        self._fd = self.number = -1
        self._header = NO_HEADER

    def _open_next(self) -> None:
        try:
            if self.blind:  # a new segment's number might be one that waits there
                raise self.blind
            self._open(self._disk)
        except OSError as error:
            if self._memory is None:
                raise
            self._fall_back(self._memory, error)

    def _fall_back(self, memory: Place, error: OSError) -> None:
        self._retry_at = self._clock() + RETRY
        if not self.trouble:
            self._frozen = self._access() is Access.READ_ONLY
            words = "cannot write the spool: %s: samples wait in memory, retrying"
            journal.event(logging.WARNING, "spool-failed", words, reason(error))
        self.trouble = reason(error)
        failed, segment = self.number, self._segments.get(self.number)
        if segment is None or not self.in_memory or segment.size >= memory.segment_bytes:
            self._open(memory)
            if segment is not None and segment.size == 0:
                del self._segments[failed]
                with suppress(OSError):
                    segment.path.unlink()

    def _open(self, place: Place) -> None:
        if self._fd >= 0 and place is self._place is self._disk:
            os.fdatasync(self._fd)
        path, fd = place.create(self._next_number)
        self.close()
        self._fd, self.number, self._place = fd, self._next_number, place
        self._next_number += 1
        self._segments[self.number] = Segment(path)

    def _append(self, samples: list[wire.Sample]) -> None:
        text, header = encode(samples, self._header)
        self._write(text)
        self._header = header

    def _write(self, text: bytes) -> None:
        segment, view = self._segments[self.number], memoryview(text)
        try:
            while view:
                view = view[os.write(self._fd, view) :]
        except OSError:
            os.ftruncate(self._fd, segment.size)
            raise
        segment.size += len(text)
