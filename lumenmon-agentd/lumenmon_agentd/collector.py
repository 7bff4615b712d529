"""What a collector is: a name, a rhythm, a function, and the metrics that it declares."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from lumenmon.metrics import Metric
from lumenmon.wire import Value
from lumenmon_agentd.rhythm import Rhythm

Reading = tuple[Metric, Value]
"""A metric and its value at the moment of reading; the caller knows the time."""


@dataclass(frozen=True)
class Collector:
    """One collector.

    ``collect`` gets the root of the host's file system and yields readings. It may keep state
    between two calls (rates): then it is an instance of a small class with ``__call__``.
    ``metrics`` declares what it yields; names that depend on the host stand there with a
    placeholder in angle brackets, as in ``generic_disk_<slug>_percent``.
    """

    name: str
    rhythm: Rhythm
    collect: Callable[[Path], Iterable[Reading]]
    metrics: tuple[Metric, ...]
