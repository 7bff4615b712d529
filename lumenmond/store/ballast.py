"""The ballast: a file that is deleted when the disk is full, so that the database can go on."""

from __future__ import annotations

import os
from pathlib import Path

_SHARE = 8
"""One part in so many of the disk is the most that the file takes."""


class Ballast:
    """A file of ``size`` bytes beside the database, less on a small disk; 0 means none."""

    def __init__(self, path: Path, size: int) -> None:
        self._path = path
        self._size = size

    @property
    def wanted(self) -> bool:
        """Whether there is to be such a file at all."""
        return self._size > 0

    def fill(self) -> bool:
        """Make the file while the disk has twice its size free. Return whether it is there."""
        try:
            if self._size == 0:
                self._path.unlink(missing_ok=True)
                return False
            size, free = self._space()
            if self._path.exists() and self._path.stat().st_size == size:
                return True
            return free >= 2 * size and self._make(size)
        except OSError:  # a read-only disk
            return False

    def is_half_free(self) -> bool:
        """Return whether the disk has at least half of the file's size free."""
        try:
            size, free = self._space()
        except OSError:
            return False
        return free >= size // 2

    def _space(self) -> tuple[int, int]:
        """Return the file's size on this disk, and the bytes that are free."""
        space = os.statvfs(self._path.parent)
        size = min(self._size, space.f_blocks * space.f_frsize // _SHARE)
        return size, space.f_bavail * space.f_frsize

    def _make(self, size: int) -> bool:
        try:
            with self._path.open("wb") as file:
                os.posix_fallocate(file.fileno(), 0, size)
        except OSError:
            self._path.unlink(missing_ok=True)
            return False
        return True

    def drop(self) -> bool:
        """Give the space back. Return whether there was any."""
        try:
            self._path.unlink()
        except OSError:
            return False
        return True
