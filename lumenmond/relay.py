"""Reads and writes pipes of strangers without ever waiting.

Whether a read waits is decided by the O_NONBLOCK flag of the open pipe, which everybody who has
it open may change at any time. So no byte is read or written directly: it is moved to or from an
empty pipe of our own, and splice(2) does not wait when told so, whatever the stranger's flags are.
"""

from __future__ import annotations

import os

SIZE = 64 * 1024
"""Bytes that are moved at once: what an empty pipe takes (pipe(7))."""


class Relay:
    """A pipe of our own, empty between two calls, so that no byte of one stranger meets another."""

    def __init__(self) -> None:
        self._ends: tuple[int, int] | None = None

    def _open(self) -> tuple[int, int]:
        if self._ends is None:
            self._ends = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
        return self._ends

    def _empty(self) -> None:
        """Throw away what is left in our pipe, with the pipe."""
        if self._ends is not None:
            for end in self._ends:
                os.close(end)
            self._ends = None

    def read(self, pipe: int) -> bytes:
        """Return what ``pipe`` has, nothing at its end.

        Raises BlockingIOError when it is empty, OSError when its bytes are lost.
        """
        out, into = self._open()
        count = os.splice(pipe, into, SIZE, flags=os.SPLICE_F_NONBLOCK)
        if not count:
            return b""
        data = b""
        try:
            data = os.read(out, count)
        finally:
            if len(data) < count:  # a pipe of packets, or of a file that was cut meanwhile
                self._empty()
        if len(data) < count:
            raise OSError("the pipe's bytes cannot be read")
        return data

    def write(self, pipe: int, data: bytes | bytearray) -> int:
        """Return how many bytes ``pipe`` took.

        Raises BlockingIOError when it is full, OSError when nobody reads it.
        """
        out, into = self._open()
        put = os.write(into, data[:SIZE])
        moved = 0
        try:
            moved = os.splice(out, pipe, put, flags=os.SPLICE_F_NONBLOCK)
        finally:
            if moved < put:
                self._empty()
        return moved
