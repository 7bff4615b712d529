"""Work that takes a while, in threads, with its results brought back into urwid's loop."""

from __future__ import annotations

import os
import queue
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import urwid

from lumenmon.errors import LumenmonError

Done = Callable[[Any, LumenmonError | None], None]


class Background:
    """Runs functions one after the other in a thread; ``lanes`` run beside each other."""

    def __init__(self, loop: urwid.MainLoop) -> None:
        self._lanes: dict[str, queue.SimpleQueue[tuple[Callable[[], Any], Done]]] = {}
        self._finished: queue.SimpleQueue[tuple[Done, Any, LumenmonError | None]] = (
            queue.SimpleQueue()
        )
        self._pipe = loop.watch_pipe(self._deliver)

    def do(self, lane: str, work: Callable[[], Any], done: Done) -> None:
        """Run ``work``, then call ``done`` in the loop with its result or its error."""
        if lane not in self._lanes:
            self._lanes[lane] = queue.SimpleQueue()
            threading.Thread(target=self._run, args=(self._lanes[lane],), daemon=True).start()
        self._lanes[lane].put((work, done))

    def _run(self, jobs: queue.SimpleQueue[tuple[Callable[[], Any], Done]]) -> None:
        while True:
            work, done = jobs.get()
            result: Any = None
            error: LumenmonError | None = None
            try:
                result = work()
            except LumenmonError as known:
                error = known
            except Exception as unknown:
                error = LumenmonError(f"it failed: {unknown}")
            self._finished.put((done, result, error))
            with suppress(OSError):  # the dashboard was closed meanwhile
                os.write(self._pipe, b".")

    def _deliver(self, _: bytes) -> bool:
        while not self._finished.empty():
            done, result, error = self._finished.get()
            done(result, error)
        return True
