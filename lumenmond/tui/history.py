"""A metric's past for one chart: read from the database, carried on with what arrives live."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field

from lumenmond import plot
from lumenmond.store.reader import Reader

RANGES = (
    ("5m", 300), ("1h", 3600), ("24h", 86400), ("7d", 604800), ("30d", 2592000),
    ("1y", 31536000),
)  # fmt: skip
"""What a chart can show, in seconds."""
BRIDGE = 1.6
"""How much longer than its interval a sample stands, so that a late one leaves no gap."""
_LIVE = 3600
"""Longer ranges take live samples as they come, too, but read the database anew as well."""

Stretch = tuple[float, float, float, float]
"""From, to, mean, max."""


@dataclass
class Past:
    """What is known of one metric within a range."""

    unit: str = ""
    stored: list[Stretch] = field(default_factory=list)
    live: list[Stretch] = field(default_factory=list)
    loaded: bool = False
    trouble: str = ""

    def add(self, timestamp: int, interval: int, value: float) -> None:
        """Take a live sample."""
        if self.live and timestamp <= self.live[-1][0]:
            return
        stands = max(interval, 1) * BRIDGE
        self.live.append((timestamp, timestamp + stands, value, value))

    def take(self, stored: list[Stretch]) -> None:
        """Take what the database has; live samples that it holds by now are dropped."""
        self.stored, self.loaded, self.trouble = stored, True, ""
        if stored:
            newest = stored[-1][0]
            self.live = [each for each in self.live if each[0] > newest]

    def between(self, start: float, end: float, columns: int) -> tuple[plot.Values, plot.Values]:
        """Return mean and highest value for each column of a chart."""
        seen = [each for each in self.stored if each[1] > start]
        seen += [each for each in self.live if each[1] > start]
        return plot.spread(seen, start, end, columns)


def load(
    reader: Reader, agent: str, metrics: dict[str, int], end: int, span: int, points: int
) -> dict[str, list[Stretch]]:
    """Read the stretches of several metrics, given with their intervals."""
    width = max(1, span // points)
    found = {}
    for metric, interval in metrics.items():
        start = end - span - max(width, interval)
        series = reader.series(agent, metric, start, end + 1, points)
        pairs = itertools.pairwise(series)
        # What is no longer kept so finely comes in wider steps than were asked for.
        apart = min((later.timestamp - point.timestamp for point, later in pairs), default=0)
        stands = max(width * 1.05, interval * BRIDGE, apart * 1.05)
        found[metric] = [(float(p.timestamp), p.timestamp + stands, p.mean, p.max) for p in series]
    return found


def refresh_after(span: int, points: int) -> float:
    """Return the seconds after which a range is worth reading anew."""
    return 60.0 if span <= _LIVE else max(60.0, span / points)
