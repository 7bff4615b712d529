"""One thread, one loop: what is readable or writable is served, and timers run between.

A handler that raises ends what it belongs to, never the loop: see ``watch``. Only what the loop
is told to be ``fatal`` passes through.
"""

from __future__ import annotations

import heapq
import itertools
import logging
import selectors
import signal
import socket
import time
from collections.abc import Callable
from typing import NamedTuple

from lumenmon import journal

READ = selectors.EVENT_READ
WRITE = selectors.EVENT_WRITE
PAUSE = 1.0
"""Seconds for which a descriptor without an ``end`` is not watched after its handler failed."""

Handler = Callable[[int], None]
End = Callable[[], None]


class _Watched(NamedTuple):
    handler: Handler
    end: End | None


class Loop:
    """Calls handlers for descriptors and timers until it is stopped."""

    def __init__(self, fatal: tuple[type[Exception], ...] = ()) -> None:
        self._fatal = fatal
        self._selector = selectors.DefaultSelector()
        self._timers: list[tuple[float, int, Callable[[], None], End | None]] = []
        self._order = itertools.count()
        self._faults = journal.Limit(10)
        self.stopped = False

    def watch(self, fd: int, events: int, handler: Handler, end: End | None = None) -> None:
        """Call ``handler(events)`` whenever ``fd`` is ready; no events means not at all.

        ``end()`` is called when the handler raises: it closes what the descriptor belongs to.
        Without one, ``fd`` is watched again after a pause. Raises OSError for a descriptor that
        cannot be waited for.
        """
        watched = _Watched(handler, end)
        if fd in self._selector.get_map():
            if events:
                self._selector.modify(fd, events, watched)
            else:
                self._selector.unregister(fd)
        elif events:
            self._selector.register(fd, events, watched)

    def forget(self, fd: int) -> None:
        """Stop watching ``fd``; to be called before it is closed."""
        self.watch(fd, 0, lambda _: None)

    def after(self, seconds: float, call: Callable[[], None], end: End | None = None) -> None:
        """Call once, ``seconds`` from now; ``end()`` when that raises."""
        when = time.monotonic() + seconds
        heapq.heappush(self._timers, (when, next(self._order), call, end))

    def every(self, seconds: float, call: Callable[[], None]) -> None:
        """Call every ``seconds``, for ever."""

        def tick() -> None:
            self.after(seconds, tick)
            call()

        self.after(seconds, tick)

    def stop_on(self, *signals: signal.Signals) -> None:
        """Stop when one of these signals comes, also while waiting."""
        wake, woken = self._wake = socket.socketpair()
        woken.setblocking(False)
        signal.set_wakeup_fd(woken.fileno())
        self.watch(wake.fileno(), READ, lambda _: None)
        for number in signals:
            signal.signal(number, self._stop)

    def _stop(self, *_: object) -> None:
        self.stopped = True

    def turn(self, most: float = 60.0) -> None:
        """Wait for something, at most ``most`` seconds, and serve what is ready."""
        wait = most
        if self._timers:
            wait = min(wait, max(0.0, self._timers[0][0] - time.monotonic()))
        for ready, events in self._selector.select(wait):
            # Not when an earlier handler of this turn closed or changed it.
            if self._selector.get_map().get(ready.fd) is ready:
                self._serve(ready, events)
        now = time.monotonic()
        while self._timers and self._timers[0][0] <= now:
            _, _, call, end = heapq.heappop(self._timers)
            self.guard(call, end)

    def _serve(self, ready: selectors.SelectorKey, events: int) -> None:
        handler, end = ready.data
        if self.guard(lambda: handler(events), end):
            return
        if self._selector.get_map().get(ready.fd) is ready:
            self.forget(ready.fd)
        if end is None:
            self.after(PAUSE, lambda: self.watch(ready.fd, ready.events, handler))

    def guard(self, call: Callable[[], None], end: End | None = None) -> bool:
        """Call, and ``end()`` when that raises. Return whether it did not."""
        try:
            call()
        except self._fatal:
            raise
        except Exception as error:
            words = "a request or connection failed and is ended: %r"
            journal.event(
                logging.ERROR, "handler-failed", words, error, limit=self._faults, exc_info=True
            )
            if end is not None:
                self.guard(end)
            return False
        return True

    def run(self) -> None:
        """Serve until ``stopped`` is set."""
        while not self.stopped:
            self.turn()
