"""Work that may take long, each piece in a thread of its own, so that none delays another."""

from __future__ import annotations

import logging
import os
import selectors
from collections.abc import Callable
from contextlib import suppress
from queue import SimpleQueue
from threading import Thread

from lumenmon import journal
from lumenmon.wire import Sample

log = logging.getLogger(__name__)


class Jobs:
    """Runs jobs by name, one of each name at a time; their samples arrive in the daemon's loop."""

    def __init__(
        self, selector: selectors.BaseSelector, take: Callable[[list[Sample]], None]
    ) -> None:
        self._take = take
        self._running: set[str] = set()
        self._late: set[str] = set()
        self._done: SimpleQueue[tuple[str, list[Sample]]] = SimpleQueue()
        self._read_fd, self._write_fd = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
        selector.register(self._read_fd, selectors.EVENT_READ, self._collect)

    @property
    def late(self) -> frozenset[str]:
        """The jobs that still ran when they were due again, and do not end yet."""
        return frozenset(self._late)

    def start(self, name: str, work: Callable[[], list[Sample]]) -> None:
        """Start a job, or log and skip it while the one before it still runs."""
        if name in self._running:
            if name not in self._late:
                self._late.add(name)
                words = "%s still runs when it is due again: skipped"
                journal.event(logging.WARNING, "collector-slow", words, name)
            return
        self._running.add(name)
        Thread(target=self._run, args=(name, work), name=name, daemon=True).start()

    def _run(self, name: str, work: Callable[[], list[Sample]]) -> None:
        samples: list[Sample] = []
        try:
            samples = work()
        except Exception:
            log.exception("%s failed, ignoring", name)
        self._done.put((name, samples))
        with suppress(BlockingIOError):  # full: it is going to be read anyway
            os.write(self._write_fd, b".")

    def _collect(self) -> None:
        with suppress(BlockingIOError):
            os.read(self._read_fd, 4096)
        while not self._done.empty():
            name, samples = self._done.get()
            self._running.discard(name)
            self._late.discard(name)
            self._take(samples)
