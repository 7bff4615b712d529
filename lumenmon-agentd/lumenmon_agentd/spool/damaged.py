"""What could not be read of the spool: kept for a person to look at, and bounded."""

from __future__ import annotations

import logging
import shutil
from contextlib import suppress
from pathlib import Path

from lumenmon import journal
from lumenmon.term import counted
from lumenmon_agentd.spool.errors import reason

MAX_KEPT = 8
"""Files that are kept; the oldest goes first."""
MAX_BYTES = 16 * 2**20
"""Bytes that they may have together."""


class Damaged:
    """The directory ``damaged/`` below the spool's own."""

    def __init__(self, spool: Path) -> None:
        self.directory = spool / "damaged"
        self._left = 0  # in the spool itself, as nothing of ours may move it

    def __len__(self) -> int:
        return len(self._kept()) + self._left

    def take(self, path: Path, lost: int, error: OSError) -> None:
        """Set aside what cannot be read for ``error``, and with it about ``lost`` samples."""
        try:
            self._move(path)
            done = f"set aside in {self.directory}"
        except FileNotFoundError:
            done = "gone"
        except OSError as failure:
            self._left += 1
            done = f"left where it is ({reason(failure)})"
        words = "cannot read %s: %s: about %s lost, the file is %s"
        samples = counted(lost, "sample")
        journal.event(
            logging.WARNING, "spool-damaged", words, path.name, reason(error), samples, done
        )

    def _move(self, path: Path) -> None:
        self.directory.mkdir(mode=0o700, exist_ok=True)
        target = self.directory / path.name
        if target in self._kept():  # the same number once more: the newer tells more
            _remove(target)
        path.rename(target)
        kept = self._kept()
        while len(kept) > MAX_KEPT or sum(_size(each) for each in kept) > MAX_BYTES:
            _remove(kept.pop(0))

    def _kept(self) -> list[Path]:
        try:
            return sorted(self.directory.iterdir())
        except OSError:
            return []


def _size(path: Path) -> int:
    try:
        return path.lstat().st_size
    except OSError:
        return 0


def _remove(path: Path) -> None:
    with suppress(OSError):
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink()
