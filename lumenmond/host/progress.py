"""How far a long change to many accounts is: one line on a terminal, nothing elsewhere."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator, Sequence

QUIET = 1.0
"""Seconds for which nothing is shown."""
EVERY = 0.2


def shown(what: str, items: Sequence[str]) -> Iterator[str]:
    """Yield ``items``; says on a terminal how many there are and how many are done."""
    terminal, drawn = sys.stderr.isatty(), 0.0
    started = time.monotonic()
    for done, item in enumerate(items):
        now = time.monotonic()
        if terminal and now > started + QUIET and now > drawn + EVERY:
            drawn = now
            text = f"\r\x1b[Klumenmond: {what}: {done} of {len(items)}"
            print(text, end="", file=sys.stderr, flush=True)
        yield item
    if drawn:
        print("\r\x1b[K", end="", file=sys.stderr, flush=True)
