"""One thread, one loop: what is readable or writable is served, and timers run between."""

from __future__ import annotations

import heapq
import itertools
import selectors
import signal
import socket
import time
from collections.abc import Callable

READ = selectors.EVENT_READ
WRITE = selectors.EVENT_WRITE

Handler = Callable[[int], None]


class Loop:
    """Calls handlers for descriptors and timers until it is stopped."""

    def __init__(self) -> None:
        self._selector = selectors.DefaultSelector()
        self._timers: list[tuple[float, int, Callable[[], None]]] = []
        self._order = itertools.count()
        self._always: dict[int, Handler] = {}
        self.stopped = False

    def watch(self, fd: int, events: int, handler: Handler) -> None:
        """Call ``handler(events)`` whenever ``fd`` is ready; no events means not at all.

        A regular file, which cannot be waited for, counts as always ready.
        """
        self._always.pop(fd, None)
        if fd in self._selector.get_map():
            if events:
                self._selector.modify(fd, events, handler)
            else:
                self._selector.unregister(fd)
        elif events:
            try:
                self._selector.register(fd, events, handler)
            except PermissionError:
                self._always[fd] = handler

    def forget(self, fd: int) -> None:
        """Stop watching ``fd``; to be called before it is closed."""
        self.watch(fd, 0, lambda _: None)

    def after(self, seconds: float, call: Callable[[], None]) -> None:
        """Call once, ``seconds`` from now."""
        heapq.heappush(self._timers, (time.monotonic() + seconds, next(self._order), call))

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
        if self._always:
            wait = 0.0
        for found, events in self._selector.select(wait):
            # Not when an earlier handler of this turn closed or changed it.
            if self._selector.get_map().get(found.fd) is found:
                handler: Handler = found.data
                handler(events)
        for fd, handler in list(self._always.items()):
            if fd in self._always:
                handler(READ)
        now = time.monotonic()
        while self._timers and self._timers[0][0] <= now:
            heapq.heappop(self._timers)[2]()

    def run(self) -> None:
        """Serve until ``stopped`` is set."""
        while not self.stopped:
            self.turn()
