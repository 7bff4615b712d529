"""What people read in a terminal: tables, colours, units, and a stranger's text made harmless."""

from __future__ import annotations

import os
import shutil
import sys
import unicodedata
from collections.abc import Iterable, Sequence
from typing import IO

from lumenmon.errors import LumenmonError

COLOURS = {
    "red": "31", "green": "32", "yellow": "33", "blue": "34", "cyan": "36", "dim": "2", "bold": "1",
}  # fmt: skip
_BIDI = {*range(0x202A, 0x202F), *range(0x2066, 0x206A), 0x200E, 0x200F, 0x061C}
_BLANK = {0x115F, 0x1160, 0x2800, 0x3164, 0xFFA0}
"""Letters and symbols that show nothing."""
_UNSEEN = {"Cc", "Cf", "Cn", "Co", "Cs", "Zl", "Zp"}


def colourful(stream: IO[str]) -> bool:
    """Tell whether colour is wanted: a terminal, and NO_COLOR is not set (no-color.org)."""
    return not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb" and stream.isatty()


def colour(text: str, name: str, stream: IO[str] | None = None) -> str:
    """Return ``text`` in a colour of COLOURS where ``stream`` (stdout) shows colours."""
    if not colourful(stream or sys.stdout):
        return text
    return f"\x1b[{COLOURS[name]}m{text}\x1b[0m"


def printable(text: str) -> str:
    """Return a stranger's text with control and direction characters replaced by ``�``."""
    return "".join(
        "�"
        if ord(c) in _BIDI
        or ord(c) in _BLANK
        or (unicodedata.category(c) in _UNSEEN and c != "\u200d")
        else c
        for c in text
    )


def width(text: str) -> int:
    """Return the columns that ``text`` takes; colour sequences take none."""
    columns, inside = 0, False
    for c in text:
        if c == "\x1b":
            inside = True
        elif inside:
            inside = c != "m"
        elif unicodedata.category(c) in ("Mn", "Me") or c == "\u200d":
            continue
        else:
            columns += 2 if unicodedata.east_asian_width(c) in "WF" else 1
    return columns


def columns() -> int:
    """Return how many columns a line of stdout may have; more than any has, but on a terminal."""
    return shutil.get_terminal_size().columns if sys.stdout.isatty() else 10_000


def clip(text: str, columns: int) -> str:
    """Return ``text``, which is printable, cut with an ellipsis where it takes more columns."""
    if width(text) <= columns:
        return text
    end = 0
    while end < len(text) and width(text[: end + 1]) < columns:
        end += 1
    return text[:end].removesuffix("\u200d") + "…"


def table(
    head: Sequence[str], rows: Iterable[Sequence[str]], right: Iterable[str] = ()
) -> list[str]:
    """Return aligned lines: a head in bold, two spaces between columns.

    The columns named in ``right`` are aligned to the right, as numbers are.
    """
    body = [list(row) for row in rows]
    columns = range(len(head))
    wide = [max(width(row[i]) for row in [list(head), *body]) for i in columns]
    flush = {i for i in columns if head[i] in set(right)}

    def line(cells: Sequence[str]) -> str:
        padded = [
            " " * (wide[i] - width(cells[i])) + cells[i]
            if i in flush
            else cells[i] + " " * (wide[i] - width(cells[i]))
            for i in columns
        ]
        return "  ".join(padded).rstrip()

    return [colour(line(head), "bold"), *(line(row) for row in body)]


def counted(count: int, noun: str, plural: str = "") -> str:
    """Return how many there are of what ``noun`` names: 1 sample, 2 samples, 0 entries."""
    return f"{count} {noun if count == 1 else plural or noun + 's'}"


def amount(value: float, unit: str) -> str:
    """Return a value with its unit as people write it: 23.4 %, 1.2 GiB, 3 d 4 h."""
    if unit in ("B", "B/s"):
        for prefix in ("", "Ki", "Mi", "Gi", "Ti"):
            if abs(value) < 1000 or prefix == "Ti":
                break
            value /= 1024
        digits = 0 if prefix == "" or abs(value) >= 100 else 1
        return f"{value:.{digits}f} {prefix}{unit}"
    if unit == "s":
        return span(value)
    digits = 0 if float(value).is_integer() and unit != "%" else 1 if abs(value) >= 10 else 2
    return f"{value:.{1 if unit in ('%', '°C') else digits}f}{' ' + unit if unit else ''}"


def span(seconds: float) -> str:
    """Return a span of time in its two largest units: 3 d 4 h, 5 min 2 s, 0.4 s."""
    if seconds < 10:
        return f"{max(seconds, 0):.1f} s" if seconds != int(seconds) else f"{int(seconds)} s"
    rest = int(seconds)
    parts = []
    for name, size in (("y", 31536000), ("d", 86400), ("h", 3600), ("min", 60), ("s", 1)):
        if rest >= size:
            parts.append(f"{rest // size} {name}")
            rest %= size
        elif parts:
            break
    return " ".join(parts[:2])


def report(error: LumenmonError, program: str = "lumenmonctl") -> None:
    """Print an error and its hint to stderr."""
    print(f"{colour(program + ':', 'red', sys.stderr)} {error.message}", file=sys.stderr)
    if error.hint:
        print(f"  {colour('→', 'dim', sys.stderr)} {error.hint}", file=sys.stderr)
