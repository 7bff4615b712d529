"""What people read in a terminal: tables, colours, units, and a stranger's text made harmless."""

from __future__ import annotations

import json
import os
import re
import shutil
import sys
import textwrap
import unicodedata
from collections.abc import Iterable, Sequence
from typing import IO, Any

from lumenmon.errors import LumenmonError

COLOURS = {
    "red": "31", "green": "32", "yellow": "33", "blue": "34", "cyan": "36", "dim": "2", "bold": "1",
}  # fmt: skip
_BIDI = {*range(0x202A, 0x202F), *range(0x2066, 0x206A), 0x200E, 0x200F, 0x061C}
_BLANK = {
    0x034F, 0x115F, 0x1160, 0x17B4, 0x17B5, *range(0x180B, 0x1810), 0x2800, 0x3164,
    *range(0xFE00, 0xFE0F), 0xFFA0, *range(0xE0100, 0xE01F0),
}  # fmt: skip
"""Letters, marks and symbols that show nothing."""
_UNSEEN = {"Cc", "Cf", "Cn", "Co", "Cs", "Zl", "Zp"}
_JOINER = "\u200d"
_OURS = re.compile(rf"(\x1b\[(?:0|{'|'.join(COLOURS.values())})m|\r\x1b\[K|[\n\t])")
"""What moves a terminal and is ours: colours, a line that is written again, ends of lines."""


def colourful(stream: IO[str]) -> bool:
    """Tell whether colour is wanted: a terminal, and NO_COLOR is not set (no-color.org)."""
    return not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb" and stream.isatty()


def colour(text: str, name: str, stream: IO[str] | None = None) -> str:
    """Return ``text`` in a colour of COLOURS where ``stream`` (stdout) shows colours."""
    if not colourful(stream or sys.stdout):
        return text
    return f"\x1b[{COLOURS[name]}m{text}\x1b[0m"


def printable(text: str) -> str:
    """Return a stranger's text with control, direction and unseen characters replaced by ``�``.

    A joiner stays between two symbols, where it makes one of them, as in 👩‍💻.
    """
    if text.isascii() and text.isprintable():
        return text
    return "".join(
        c if _is_shown(c) or (c == _JOINER and _joins(text, i)) else "�" for i, c in enumerate(text)
    )


def _is_shown(c: str) -> bool:
    return not (ord(c) in _BIDI or ord(c) in _BLANK or unicodedata.category(c) in _UNSEEN)


def _joins(text: str, at: int) -> bool:
    before = text[:at].rstrip("\ufe0f🏻🏼🏽🏾🏿")[-1:]
    return all(c and unicodedata.category(c) == "So" for c in (before, text[at + 1 : at + 2]))


def guarded(text: str) -> str:
    """Return text for a terminal: printable, but for what moves it by our own intention."""
    return "".join(part if i % 2 else printable(part) for i, part in enumerate(_OURS.split(text)))


class Guarded:
    """A terminal as a stream: whatever a command prints, only ``guarded`` text reaches it."""

    def __init__(self, stream: IO[str]) -> None:
        self.stream = stream

    def write(self, text: str) -> int:
        """Write text; returns its length."""
        self.stream.write(guarded(text))
        return len(text)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.stream, name)


def guard() -> None:
    """Let only guarded text reach the terminals that stdout and stderr are."""
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        if not isinstance(stream, Guarded) and stream.isatty():
            setattr(sys, name, Guarded(stream))


def unguard() -> None:
    """Give the terminals back to a program that draws on them."""
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        if isinstance(stream, Guarded):
            setattr(sys, name, stream.stream)


def json_text(value: Any, indent: int | None = None) -> str:
    """Return a value as JSON, with escapes for what would move a terminal, or be unseen there.

    To a program both are the same. A pipe is no promise that no terminal follows.
    """
    text = json.dumps(value, indent=indent, ensure_ascii=False)
    if guarded(text) == text:
        return text
    return "".join(c if c == "\n" or printable(c) == c else json.dumps(c)[1:-1] for c in text)


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


def wrapped(text: str, columns: int) -> list[str]:
    """Return text in lines of at most so many columns; a longer word has one of its own."""
    wide = max(columns, 1)
    return textwrap.wrap(text, wide, break_long_words=False, break_on_hyphens=False) or [""]


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
    """Return a value with its unit as people write it: 23.4 %, 1.2 GiB, 3 d 4 h; never -0."""
    if unit in ("B", "B/s"):
        for prefix in ("", "Ki", "Mi", "Gi", "Ti"):
            if abs(value) < 1000 or prefix == "Ti":
                break
            value /= 1024
        digits = 0 if prefix == "" or abs(value) >= 100 else 1
        return f"{value:z.{digits}f} {prefix}{unit}"
    if unit == "s":
        return f"-{span(-value)}" if round(value, 1) < 0 else span(value)
    digits = 0 if float(value).is_integer() and unit != "%" else 1 if abs(value) >= 10 else 2
    return f"{value:z.{1 if unit in ('%', '°C') else digits}f}{' ' + unit if unit else ''}"


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
    """Print an error and its hint to stderr; both may quote a stranger."""
    name, arrow = colour(f"{program}:", "red", sys.stderr), colour("→", "dim", sys.stderr)
    print(f"{name} {printable(error.message)}", file=sys.stderr)
    if error.hint:
        print(f"  {arrow} {printable(error.hint)}", file=sys.stderr)
