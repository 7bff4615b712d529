"""Plots made of characters: areas and sparklines, as fine as the terminal's glyphs allow."""

from __future__ import annotations

import math
import time
from collections.abc import Iterable, Sequence
from enum import Enum

from lumenmon import term

Values = Sequence[float | None]
"""One value for each dot column, None where there is none."""


class Glyphs(Enum):
    """What plots are made of."""

    BRAILLE = "braille"  # two by four dots a character
    BLOCKS = "blocks"  # half blocks, which the Linux console's fonts have
    ASCII = "ascii"  # for terminals that don't speak UTF-8

    @property
    def across(self) -> int:
        """Dots beside each other in one character."""
        return 2 if self is Glyphs.BRAILLE else 1

    @property
    def up(self) -> int:
        """Dots above each other in one character."""
        return 4 if self is Glyphs.BRAILLE else 2


_LEFT = (0x00, 0x40, 0x44, 0x46, 0x47)
_RIGHT = (0x00, 0x80, 0xA0, 0xB0, 0xB8)
_CELLS = {Glyphs.BLOCKS: " ▄█", Glyphs.ASCII: " .:"}
_TOPS = (1, 2, 2.5, 5)
_DAY = 86400
_WHOLE = 100.5
"""Percent below which all that is over 100 comes of rounding."""
_SMALLEST, _LARGEST = 1e-300, 1e300
"""Between these, no power overflows; an agent may send anything."""


def area(values: Values, height: int, top: float, glyphs: Glyphs) -> list[str]:
    """Return ``height`` lines, topmost first, that are filled up to each value.

    ``top`` is the value at the upper edge. A line has a character for each ``glyphs.across``
    values. A value that is there shows at least one dot.
    """
    most = height * glyphs.up
    levels = [
        0 if value is None or math.isnan(value) else max(round(_share(value, top) * most), 1)
        for value in values
    ]
    return [_row(levels, row * glyphs.up, glyphs) for row in range(height - 1, -1, -1)]


def _share(value: float, top: float) -> float:
    return min(max(value, 0.0) / top, 1.0) if top > 0 and value < top else float(value > 0)


def _row(levels: list[int], floor: int, glyphs: Glyphs) -> str:
    dots = [min(max(level - floor, 0), glyphs.up) for level in levels]
    if glyphs is not Glyphs.BRAILLE:
        return "".join(_CELLS[glyphs][count] for count in dots)
    dots += [0] * (len(dots) % 2)
    pairs = zip(dots[::2], dots[1::2], strict=True)
    return "".join(
        chr(0x2800 + _LEFT[left] + _RIGHT[right]) if left or right else " " for left, right in pairs
    )


def sparkline(values: Sequence[float], width: int, top: float, glyphs: Glyphs) -> str:
    """Return one line of ``width`` characters that ends with the newest values."""
    room = width * glyphs.across
    shown: list[float | None] = list(values[-room:]) if room else []
    return area([None] * (room - len(shown)) + shown, 1, top, glyphs)[0]


def ceiling(values: Iterable[float], unit: str = "") -> float:
    """Return a round value at or above all of them, for the upper edge of a plot."""
    highest = max(values, default=0.0)
    if unit == "%" and highest < _WHOLE:
        return next((step for step in (5.0, 10.0, 25.0, 50.0) if highest <= step), 100.0)
    if not highest > _SMALLEST:
        return 1.0
    if highest > _LARGEST:
        return highest
    base = 2.0 if unit in ("B", "B/s") else 10.0
    if base == 2.0:
        return math.pow(2, math.ceil(math.log2(highest)))
    scale = math.pow(10, math.floor(math.log10(highest)))
    return next((step * scale for step in _TOPS if step * scale >= highest), 10 * scale)


def spread(
    points: Iterable[tuple[float, float, float, float]], start: float, end: float, columns: int
) -> tuple[list[float | None], list[float | None]]:
    """Return the mean and the highest value of each of ``columns`` between two times.

    A point is ``(from, to, mean, max)``. Columns that no point covers stay empty.
    """
    totals, counts = [0.0] * columns, [0] * columns
    highest: list[float | None] = [None] * columns
    scale = columns / (end - start)
    for since, until, mean, most in points:
        first = max(math.floor((since - start) * scale), 0)
        last = min(max(math.ceil((until - start) * scale) - 1, first), columns - 1)
        for column in range(first, last + 1):
            totals[column] += mean
            counts[column] += 1
            known = highest[column]
            highest[column] = most if known is None or most > known else known
    means = [total / count if count else None for total, count in zip(totals, counts, strict=True)]
    return means, highest


def scale(row: int, height: int, top: float, unit: str) -> str:
    """Return what the scale says beside a line of a plot; nothing beside most."""
    if row == 0:
        return term.amount(top, unit).replace(".0 ", " ")
    if row == height - 1 and height > 1:
        return "0"
    if height >= 7 and row == height // 2 and height % 2:
        return term.amount(top / 2, unit).replace(".0 ", " ")
    return ""


def times(start: float, end: float, columns: int) -> str:
    """Return the line below a chart: when it begins, its middle, and when it ends."""
    form = "%H:%M:%S" if end - start < 600 else "%H:%M" if end - start <= _DAY else "%d %b"
    if end - start > 200 * _DAY:
        form = "%b %Y"
    left, middle, right = (
        time.strftime(form, time.localtime(moment)) for moment in (start, (start + end) / 2, end)
    )
    if columns < len(left) + len(right) + 2:
        return left[:columns]
    line = left.ljust(columns - len(right)) + right
    at = (columns - len(middle)) // 2
    if at > len(left) + 1 and at + len(middle) + 1 < columns - len(right):
        line = line[:at] + middle + line[at + len(middle) :]
    return line
