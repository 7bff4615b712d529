"""How fast each agent may send: what is over its rate is read later, never dropped.

An agent that catches up after an outage has much to send at once, so it may send its whole burst
as fast as it is read; the rate bounds what it sends for long. Reading stops while an agent is over,
so what it has to send waits with it.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

LEAST = 256
"""Bytes that one read counts for at least: many small ones cost as much as a few large."""
MINUTE = 60.0


@dataclass(slots=True)
class _Bucket:
    tokens: float
    filled: float
    sum: float = 0.0
    """Bytes of the last minute, those of long ago counted for less and less."""


class Rates:
    """A token bucket for each agent, over all of its connections; ``rate`` 0 means no bound."""

    def __init__(self, rate: int, burst: int) -> None:
        self._rate = rate
        self._burst = burst
        self._buckets: dict[str, _Bucket] = {}

    def take(self, agent: str, size: int, now: float) -> float:
        """Count bytes that were read; return the seconds until the next may be."""
        bucket = self._buckets.setdefault(agent, _Bucket(self._burst, now))
        passed = max(now - bucket.filled, 0.0)
        bucket.filled = now
        bucket.sum = bucket.sum * math.exp(-passed / MINUTE) + size
        if not self._rate:
            return 0.0
        tokens = min(bucket.tokens + passed * self._rate, float(self._burst))
        bucket.tokens = tokens - max(size, LEAST)
        return max(0.0, -bucket.tokens / self._rate)

    def mean(self, agent: str, now: float) -> float:
        """Return the bytes a second that an agent has sent over the last minute."""
        bucket = self._buckets.get(agent)
        if bucket is None:
            return 0.0
        return bucket.sum * math.exp(-max(now - bucket.filled, 0.0) / MINUTE) / MINUTE

    def forget(self, agent: str) -> None:
        """Count an agent no longer that was removed."""
        self._buckets.pop(agent, None)
