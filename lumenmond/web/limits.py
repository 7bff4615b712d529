"""Guessing is slowed down: per source, and for all sources together."""

from __future__ import annotations

import ipaddress
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

FREE = 5
"""Guesses of one source before it has to wait."""
LONGEST = 900.0
"""Seconds that one source waits at most."""
FORGOTTEN = 3600.0
"""Seconds of quiet after which a source begins anew."""
BURST = 60.0
"""Guesses of all sources together before all have to wait."""
RATE = 0.2
"""Guesses a second that all sources together have beyond that."""
MAX_SOURCES = 10_000


@dataclass(slots=True)
class _Source:
    count: int
    last: float


class Limiter:
    """Says how long to wait before a guess; a guess that was right gives everything back."""

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        self._now = now
        self._lock = threading.Lock()
        self._sources: dict[str, _Source] = {}
        self._left = BURST
        self._filled = now()

    def attempt(self, address: str, *, overall: bool = True) -> float:
        """Count a guess and return 0, or return the seconds to wait and count nothing.

        ``overall`` counts it among those of all sources: for what is short enough to be found
        by many who guess together.
        """
        with self._lock:
            now, source = self._now(), source_of(address)
            known = self._sources.get(source)
            if known is not None and now - known.last > FORGOTTEN:
                known = None
            if known is not None and known.count >= FREE:
                wait = min(LONGEST, 2.0 ** (known.count - FREE)) - (now - known.last)
                if wait > 0:
                    return wait
            if overall:
                self._left = min(BURST, self._left + (now - self._filled) * RATE)
                self._filled = now
                if self._left < 1:
                    return (1 - self._left) / RATE
                self._left -= 1
            self._sources.pop(source, None)  # the newest stand at the end
            while len(self._sources) >= MAX_SOURCES:
                del self._sources[next(iter(self._sources))]
            self._sources[source] = _Source(known.count + 1 if known else 1, now)
            return 0.0

    def right(self, address: str, *, overall: bool = True) -> None:
        """The guess was right."""
        with self._lock:
            self._sources.pop(source_of(address), None)
            if overall:
                self._left = min(BURST, self._left + 1)


def source_of(address: str) -> str:
    """Return what counts as one source: an IPv4 address, or an IPv6 network of 64 bits."""
    try:
        parsed = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return address
    if isinstance(parsed, ipaddress.IPv6Address):
        return str(ipaddress.ip_network((parsed, 64), strict=False))
    return str(parsed)
