"""Charts with axes, made of the lines that lumenmond/plot.py fills."""

from __future__ import annotations

from collections.abc import Sequence

from lumenmond import plot
from lumenmond.plot import Glyphs
from lumenmond.tui import paint
from lumenmond.tui.history import Past
from lumenmond.tui.paint import Line, Segment

CHARTS = {
    "generic_cpu": "CPU",
    "generic_mem": "Memory",
    "generic_net_rx_bytes_per_second": "Network in",
    "generic_net_tx_bytes_per_second": "Network out",
    "generic_load_1": "Load",
    "generic_disk": "Disk, the fullest",
    "generic_disk_read_bytes_per_second": "Disk reads",
    "generic_disk_write_bytes_per_second": "Disk writes",
    "generic_swap_percent": "Swap",
    "generic_temp_max_celsius": "Temperature, the hottest",
    "generic_psi_io_percent": "Waiting for input and output",
}
"""What a host's page charts, where the agent has it, and the title of each."""
AXIS = 10
"""Columns at the left for the scale."""
FRAME = 2
"""Lines of a chart beside the plot itself: its title, and the times below."""


def draw(
    title: str, newest: str, past: Past, span: tuple[float, float], size: tuple[int, int],
    glyphs: Glyphs,
) -> list[Line]:  # fmt: skip
    """Return a chart of ``size`` (columns, rows in all) over a span of time."""
    columns, rows = size
    height = max(rows - FRAME, 1)
    wide = max(columns - AXIS - 1, 4)
    means, most = past.between(*span, wide * glyphs.across)
    top = plot.ceiling((value for value in most if value is not None), past.unit)
    head = paint.fit(title, max(columns - paint.width(newest) - 1, 4))
    lines: list[Line] = [[("bold", head), ("blue", newest)]]
    empty = all(value is None for value in most)
    if empty:
        why = past.trouble or ("nothing in this range" if past.loaded else "reading…")
        said = [f"  {why}" if i == height // 2 else "" for i in range(height)]
        body: list[Line] = [[("dim", paint.fit(text, wide))] for text in said]
    else:
        filled = zip(
            plot.area(means, height, top, glyphs), plot.area(most, height, top, glyphs), strict=True
        )
        body = [merge(front, back) for front, back in filled]
    for i, line in enumerate(body):
        label = "" if empty else plot.scale(i, height, top, past.unit)
        edge = "┤" if label else "│"
        lines.append([("dim", paint.fit(label, AXIS - 1, right=True) + edge), *line])
    lines.append([("dim", " " * (AXIS - 1) + plot.times(*span, wide + 1))])
    return [paint.cut(line, 0, columns) for line in lines]


def merge(front: str, back: str) -> list[Segment]:
    """Return a line of the plot: the means, and dimmed what only the highest values reach."""
    found: list[Segment] = []
    for one, other in zip(front, back, strict=True):
        segment = ("blue", one) if one != " " or other == " " else ("dim", other)
        if found and found[-1][0] == segment[0]:
            found[-1] = (segment[0], found[-1][1] + segment[1])
        else:
            found.append(segment)
    return found


def grid(count: int, columns: int, rows: int) -> tuple[int, int]:
    """Return how many charts go beside each other, and the rows of each."""
    across = max(min(columns // 38, 3, count), 1)
    down = -(-count // across)
    return across, min(max(rows // max(down, 1), 7), 14)


def tile(blocks: Sequence[list[Line]], across: int, columns: int) -> list[Line]:
    """Return blocks in rows of ``across``."""
    wide = (columns - (across - 1)) // across
    lines: list[Line] = []
    for first in range(0, len(blocks), across):
        together = blocks[first]
        for i, block in enumerate(blocks[first + 1 : first + across], 1):
            together = paint.beside(together, block, i * (wide + 1) - 1)
        lines += together
    return lines


def whole(lines: list[Line], height: int, rows: int) -> list[Line]:
    """Return what of rows of charts fits below each other; no title stands at the end alone."""
    beyond = len(lines) - rows
    if beyond <= 0:
        return lines
    seen = height - beyond % height if beyond % height else 0
    if seen > FRAME:
        return lines[:rows]
    return [*lines[: rows - seen], *([[("dim", "  ↓ more below")]] if seen else [])]
