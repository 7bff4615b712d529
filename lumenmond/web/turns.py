"""Whose request is next: sources take turns, and each has a few requests answered at a time.

A thread that waits for its reader costs nothing, a request that is being answered costs the
processor. So a turn lasts until the application returns its response: streams and downloads, which
go on for long, do not count from then on.
"""

from __future__ import annotations

import threading
from collections import Counter, deque
from collections.abc import Callable, Iterable
from typing import Any

from waitress.task import ThreadedTaskDispatcher

AT_A_TIME = 16
"""Requests of one source that are answered side by side; more of them wait."""

Application = Callable[..., Iterable[bytes]]


class Turns:
    """The requests that wait for a thread, by source. The dispatcher holds its lock for all calls.

    It stands in for the dispatcher's deque: a request is ``popleft``-ed by the thread that
    answers it.
    """

    def __init__(self) -> None:
        self._waiting: dict[str, deque[Any]] = {}
        self._running: Counter[str] = Counter()
        self._thread = threading.local()

    def __len__(self) -> int:
        return sum(map(len, self._waiting.values()))

    def __bool__(self) -> bool:
        return any(self._running[source] < AT_A_TIME for source in self._waiting)

    def append(self, channel: Any) -> None:
        """Let a connection's request wait."""
        self._waiting.setdefault(channel.source(), deque()).append(channel)

    def popleft(self) -> Any:
        """Return the request whose turn it is; its source is the last to have another one."""
        source = next(each for each in self._waiting if self._running[each] < AT_A_TIME)
        waiting = self._waiting.pop(source)
        channel = waiting.popleft()
        if waiting:
            self._waiting[source] = waiting
        self._running[source] += 1
        self._thread.source = source
        return channel

    def end(self) -> bool:
        """End this thread's turn; return whether it had one."""
        source = getattr(self._thread, "source", None)
        if source is None:
            return False
        self._thread.source = None
        self._running[source] -= 1
        if not self._running[source]:
            del self._running[source]
        return True


class Dispatcher(ThreadedTaskDispatcher):  # type: ignore[misc]
    """waitress' threads, with turns in place of first come, first served."""

    def __init__(self, threads: int) -> None:
        super().__init__()
        self.queue = Turns()
        self.set_thread_count(threads)

    def end_turn(self) -> None:
        """Let the next request of this thread's source begin."""
        with self.lock:
            if self.queue.end():
                self.queue_cv.notify()

    def limited(self, application: Application) -> Application:
        """Return the application whose turns end as it returns."""

        def answer(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
            try:
                return application(environ, start_response)
            finally:
                self.end_turn()

        return answer
