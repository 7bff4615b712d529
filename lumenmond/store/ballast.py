"""The ballast: a file that is deleted when the disk is full, so that the database can go on."""

from __future__ import annotations

import os
from pathlib import Path


class Ballast:
    """A file of ``size`` bytes beside the database; 0 means none."""

    def __init__(self, path: Path, size: int) -> None:
        self._path = path
        self._size = size

    @property
    def wanted(self) -> bool:
        """Whether there is to be such a file at all."""
        return self._size > 0

    def fill(self) -> bool:
        """Make the file while the disk has four times its size free. Return whether it is there."""
        try:
            if self._size == 0:
                self._path.unlink(missing_ok=True)
                return False
            if self._path.exists() and self._path.stat().st_size == self._size:
                return True
            space = os.statvfs(self._path.parent)
            return space.f_bavail * space.f_frsize >= 4 * self._size and self._make()
        except OSError:  # a read-only disk
            return False

    def _make(self) -> bool:
        try:
            with self._path.open("wb") as file:
                os.posix_fallocate(file.fileno(), 0, self._size)
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
