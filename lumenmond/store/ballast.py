"""The ballast: a file that is deleted when the disk is full, so that the database can go on."""

from __future__ import annotations

import os
from pathlib import Path


class Ballast:
    """A file of ``size`` bytes beside the database; 0 means none."""

    def __init__(self, path: Path, size: int) -> None:
        self._path = path
        self._size = size

    def fill(self) -> bool:
        """Make the file while the disk has four times its size free; says whether it is there."""
        if self._size == 0:
            self._path.unlink(missing_ok=True)
            return False
        if self._path.exists() and self._path.stat().st_size == self._size:
            return True
        space = os.statvfs(self._path.parent)
        if space.f_bavail * space.f_frsize < 4 * self._size:
            return False
        try:
            with self._path.open("wb") as file:
                os.posix_fallocate(file.fileno(), 0, self._size)
        except OSError:
            self._path.unlink(missing_ok=True)
            return False
        return True

    def drop(self) -> bool:
        """Give the space back; says whether there was any."""
        try:
            self._path.unlink()
        except FileNotFoundError:
            return False
        return True
