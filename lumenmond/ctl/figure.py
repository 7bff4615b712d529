"""A metric's past as a plot for a terminal that scrolls: ``query``, and a bar for ``watch``."""

from __future__ import annotations

import itertools
from collections.abc import Sequence

from lumenmon import term
from lumenmond import plot
from lumenmond.plot import Glyphs
from lumenmond.store.reader import Point

ROWS = 12
"""Lines of a plot, without its axis."""
_AXIS = 11


def figure(
    points: Sequence[Point], span: tuple[int, int], unit: str, columns: int, glyphs: Glyphs
) -> list[str]:
    """Return the lines of a plot, and one that sums it up."""
    wide = max(columns - _AXIS - 1, 10)
    apart = min((b.timestamp - a.timestamp for a, b in itertools.pairwise(points)), default=1)
    stretches = [
        (float(p.timestamp), p.timestamp + max(apart, 1) * 1.05, p.mean, p.max) for p in points
    ]
    means, most = plot.spread(stretches, *span, wide * glyphs.across)
    top = plot.ceiling((p.max for p in points), unit)
    lines = []
    filled = zip(
        plot.area(means, ROWS, top, glyphs), plot.area(most, ROWS, top, glyphs), strict=True
    )
    edge, mark = ("|", "+") if glyphs is Glyphs.ASCII else ("│", "┤")
    for row, (front, back) in enumerate(filled):
        said = plot.scale(row, ROWS, top, unit)
        body = "".join(
            term.colour(text, "blue" if which else "dim")
            for which, text in _runs(front, back)
        )  # fmt: skip
        lines.append(f"{said:>{_AXIS - 1}}{mark if said else edge}{body}".rstrip())
    lines.append(" " * (_AXIS - 1) + plot.times(*span, wide + 1))
    count = sum(p.count for p in points)
    mean = sum(p.mean * p.count for p in points) / count
    least, highest = min(p.min for p in points), max(p.max for p in points)
    facts = [("min", least), ("mean", mean), ("max", highest)]
    words = [f"{term.colour(name, 'dim')} {term.amount(value, unit)}" for name, value in facts]
    words.append(term.colour(term.counted(count, "sample"), "dim"))
    return [*lines, "", *_rows(words, columns)]


def _rows(words: Sequence[str], columns: int) -> list[str]:
    """Return words side by side, below the plot, in as many lines as they need."""
    rows = [" " * _AXIS + words[0]]
    for word in words[1:]:
        longer = f"{rows[-1]}   {word}"
        if term.width(longer) <= columns:
            rows[-1] = longer
        else:
            rows.append(" " * _AXIS + word)
    return rows


def _runs(front: str, back: str) -> list[tuple[bool, str]]:
    """Return the plot's line in runs: the means, or what only the highest values reach."""
    cells = [(one != " ", one if one != " " else other)
             for one, other in zip(front, back, strict=True)]  # fmt: skip
    return [
        (which, "".join(text for _, text in run))
        for which, run in itertools.groupby(cells, key=lambda cell: cell[0])
    ]


def bar(value: float, top: float, columns: int, glyphs: Glyphs) -> str:
    """Return a horizontal bar of at most ``columns``."""
    share = min(max(value / top, 0.0), 1.0) if top > 0 else 0.0
    return ("#" if glyphs is Glyphs.ASCII else "█") * max(round(share * columns), 1)
