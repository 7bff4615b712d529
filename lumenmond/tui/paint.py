"""Lines of coloured text, cut to size and made into what urwid puts on the screen."""

from __future__ import annotations

import itertools
import operator
import re
from collections.abc import Iterable, Sequence

import urwid

from lumenmond.plot import Glyphs

Segment = tuple[str, str]
"""An attribute's name (lumenmond/tui/look.py) and text."""
Line = list[Segment]

_TRANSLATE = {
    Glyphs.BRAILLE: {},
    Glyphs.BLOCKS: str.maketrans("●▲✗✓○╭╮╰╯▸›…", "*!x+o┌┐└┘>>~"),
    Glyphs.ASCII: str.maketrans(
        "●▲✗✓○╭╮╰╯─│├┤┼→▸›…–·↑↓←≥°ä", "*!x+o++++-|+++>>>~-.^v<>oa"
    ),
}  # fmt: skip


_NARROW = re.compile("[ -~\u2500-\u259f\u2800-\u28ff●▲✗✓○…–·→←↓↑▸≥°]*")
"""What takes one column a character: all that the dashboard itself writes."""


def width(text: str) -> int:
    """Return the columns that a text takes."""
    if _NARROW.fullmatch(text):
        return len(text)
    return int(urwid.calc_width(text, 0, len(text)))


def fit(text: str, columns: int, *, right: bool = False) -> str:
    """Return ``text`` in exactly so many columns: padded, or cut with an ellipsis."""
    if columns <= 0:
        return ""
    wide = width(text)
    if wide > columns:
        end, wide = urwid.calc_text_pos(text, 0, len(text), columns - 1)
        text, wide = text[:end] + "…", wide + 1
    gap = " " * (columns - wide)
    return gap + text if right else text + gap


def wrap(text: str, columns: int) -> list[str]:
    """Return ``text`` in lines of at most so many columns, broken between words; a word that is
    longer than a line goes on in the next."""
    lines = [""]
    for word in text.split():
        joined = f"{lines[-1]} {word}" if lines[-1] else word
        if width(joined) <= columns:
            lines[-1] = joined
            continue
        if lines[-1]:
            lines.append("")
        while width(word) > columns > 0:
            end, _ = urwid.calc_text_pos(word, 0, len(word), columns)
            lines[-1], word = word[: max(end, 1)], word[max(end, 1) :]
            lines.append("")
        lines[-1] = word
    return lines


def length(line: Iterable[Segment]) -> int:
    """Return the columns that a line takes."""
    return sum(width(text) for _, text in line)


def cut(line: Iterable[Segment], start: int, end: int) -> Line:
    """Return the part of a line between two columns, filled up with blanks."""
    found: Line = []
    at = 0
    for attribute, text in line:
        if at >= end:
            break
        wide = width(text)
        if at + wide > start:
            piece, skipped = text, 0
            if at < start:
                first, skipped = urwid.calc_text_pos(text, 0, len(text), start - at)
                lost = start - at - skipped  # half of a wide character
                piece = text[first:]
                if lost:
                    piece, skipped = " " + piece[1:], skipped + lost
            room = end - max(at, start)
            if width(piece) > room:
                last, taken = urwid.calc_text_pos(piece, 0, len(piece), room)
                piece = piece[:last] + " " * (room - taken)
            found.append((attribute, piece))
        at += wide
    short = end - start - length(found)
    if short > 0:
        found.append((found[-1][0] if found else "text", " " * short))
    return found


def beside(left: Sequence[Line], right: Sequence[Line], columns: int, gap: int = 1) -> list[Line]:
    """Return two blocks side by side, the left one ``columns`` wide."""
    rows = max(len(left), len(right))
    padded = [*left, *([[]] * (rows - len(left)))]
    others = [*right, *([[]] * (rows - len(right)))]
    return [
        [*cut(one, 0, columns), ("text", " " * gap), *other]
        for one, other in zip(padded, others, strict=True)
    ]


def over(base: list[Line], block: Sequence[Line], columns: int, row: int, column: int) -> None:
    """Lay a block over the lines of ``base``, which are ``columns`` wide."""
    for i, line in enumerate(block):
        if 0 <= row + i < len(base):
            end = column + length(line)
            old = base[row + i]
            base[row + i] = [*cut(old, 0, column), *line, *cut(old, end, columns)]


def prefixed(line: Iterable[Segment], prefix: str) -> Line:
    """Return a line on another background: ``sel:``, ``bar:`` or ``box:``."""
    return [
        (prefix + attribute.rpartition(":")[2] if attribute else attribute, text)
        for attribute, text in line
    ]


def canvas(lines: Sequence[Line], columns: int, rows: int, glyphs: Glyphs) -> urwid.TextCanvas:
    """Return urwid's canvas of exactly that size."""
    texts: list[bytes] = []
    attributes: list[list[tuple[str, int]]] = []
    sets: list[list[tuple[str | None, int]]] = []
    for i in range(rows):
        line = lines[i] if i < len(lines) else []
        if length(line) != columns:
            line = cut(line, 0, columns)
        text, runs, cs = _encoded(line, glyphs)
        texts.append(text)
        attributes.append(runs)
        sets.append(cs)
    # Elsewhere than in UTF-8, what has no character there is one question mark, however wide.
    exact = urwid.get_encoding_mode() == "utf8"
    return urwid.TextCanvas(texts, attributes, sets, maxcol=columns, check_width=not exact)


def _encoded(
    line: Line, glyphs: Glyphs
) -> tuple[bytes, list[tuple[str, int]], list[tuple[str | None, int]]]:
    """Return a line's bytes, and which of them have which attribute and character set."""
    table = _TRANSLATE[glyphs]
    plain = urwid.get_encoding_mode() == "utf8"
    text = b""
    runs: list[tuple[str, int]] = []
    cs: list[tuple[str | None, int]] = []
    for attribute, same in itertools.groupby(line, key=operator.itemgetter(0)):
        piece = "".join([part for _, part in same])
        if not piece:
            continue
        piece = piece.translate(table) if table else piece
        if plain:
            encoded = piece.encode()
        else:
            encoded, charset = urwid.apply_target_encoding(piece)
            cs += charset
        text += encoded
        runs.append((attribute, len(encoded)))
    return text, runs, cs or [(None, len(text))]
