"""Readers of the database, lent by turns: whoever asks much keeps nobody else waiting."""

from __future__ import annotations

import contextlib
import threading
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from lumenmond.store.chart import ChartReader
from lumenmond.store.reader import ReaderError
from lumenmond.web.places import Owner

READERS = 4
"""Connections to the database: each holds the whole schema in its memory."""
READER_WAIT = 5.0


class Readers:
    """A few readers of the database, each lent to one thread at a time, the warmest first.

    The next goes to whoever has the fewest: by session, and then by source.
    """

    def __init__(self, database: Path) -> None:
        self._free = [ChartReader(database) for _ in range(READERS)]
        self._waiting: list[_Turn] = []
        self._lent: Counter[str] = Counter()
        self._changed = threading.Condition()

    @contextlib.contextmanager
    def one(self, owner: Owner) -> Iterator[ChartReader]:
        """Lend a reader; raises ReaderError when all are out for too long."""
        with self._changed:
            reader = self._lend(_Turn(owner))
        try:
            yield reader
        finally:
            with self._changed:
                self._free.append(reader)
                self._count(owner, -1)
                self._changed.notify_all()

    def _lend(self, turn: _Turn) -> ChartReader:
        self._waiting.append(turn)
        try:
            if not self._changed.wait_for(lambda: self._is_next(turn), READER_WAIT):
                raise ReaderError("too many questions to the database at a time")
            self._count(turn.owner, 1)
            return self._free.pop()
        finally:
            self._waiting.remove(turn)
            self._changed.notify_all()

    def _is_next(self, turn: _Turn) -> bool:
        return bool(self._free) and min(self._waiting, key=self._load) is turn

    def _load(self, turn: _Turn) -> tuple[int, int]:
        return self._lent[turn.owner.session], self._lent[turn.owner.source]

    def _count(self, owner: Owner, number: int) -> None:
        for key in (owner.session, owner.source):
            self._lent[key] += number
            if not self._lent[key]:
                del self._lent[key]


class _Turn:
    """One thread that waits for a reader."""

    def __init__(self, owner: Owner) -> None:
        self.owner = owner
