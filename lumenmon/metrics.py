"""What the metrics mean to people: unit, title and group of each well-known name.

The wire carries no units. A name says its own by its ending, as node_exporter's names do, so
that anyone's metric gets one too; the few fixed names without an ending stand in a table.
"""

from __future__ import annotations

from dataclasses import dataclass

from lumenmon.wire import Type

_ENDINGS = {
    "_percent": "%",
    "_bytes_per_second": "B/s",
    "_bits_per_second": "bit/s",
    "_per_second": "/s",
    "_bytes": "B",
    "_seconds": "s",
    "_milliseconds": "ms",
    "_celsius": "°C",
    "_volts": "V",
    "_watts": "W",
    "_rpm": "rpm",
    "_hertz": "Hz",
}
_FIXED = {
    "generic_cpu": "%",
    "generic_mem": "%",
    "generic_disk": "%",
    "generic_sys_uptime": "s",
}


@dataclass(frozen=True)
class Metric:
    """A metric as its collector declares it: ``text`` says what it measures."""

    name: str
    type: Type
    text: str

    @property
    def unit(self) -> str:
        """The unit of its values, empty for counts and text."""
        return unit(self.name)


def unit(name: str) -> str:
    """Return the unit of a metric's values by its name; empty when it has none."""
    if name in _FIXED:
        return _FIXED[name]
    # Longest first: _bytes_per_second also ends in _per_second.
    for ending in sorted(_ENDINGS, key=len, reverse=True):
        if name.endswith(ending):
            return _ENDINGS[ending]
    return ""


def group(name: str) -> str:
    """Return the group that a metric is shown in: the word after ``generic_``, or the first."""
    words = name.split("_")
    if words[0] == "generic" and len(words) > 1:
        return words[1]
    return words[0]
