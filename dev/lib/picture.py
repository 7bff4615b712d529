"""Makes a picture (SVG) of a terminal's screen: stdin is what `tmux capture-pane -ep` prints.

picture.py COLUMNS ROWS [TITLE] <screen >picture.svg
"""

from __future__ import annotations

import re
import sys
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, replace
from html import escape

WIDE, HIGH, SIZE = 8.4, 18, 14
MARGIN, HEAD = 14, 30
BACK, FRONT = "#1e1e2e", "#cdd6f4"
BASIC = (
    "#45475a", "#f38ba8", "#a6e3a1", "#f9e2af", "#89b4fa", "#cba6f7", "#94e2d5", "#bac2de",
    "#585b70", "#f38ba8", "#a6e3a1", "#f9e2af", "#89b4fa", "#cba6f7", "#94e2d5", "#ffffff",
)  # fmt: skip
WORDS = re.compile(r"\S+(?: \S+)*")
SEQUENCE = re.compile(r"\x1b\[([0-9;:]*)m|\x1b[()][0AB]|[\x0e\x0f]")


@dataclass(frozen=True)
class Style:
    """How a character looks."""

    front: str = FRONT
    back: str = BACK
    bold: bool = False
    turned: bool = False


def colour(words: list[int]) -> str:
    """Read the rest of 38;… or 48;… and take it off the list."""
    if words.pop(0) == 2:
        red, green, blue = words[:3]
        del words[:3]
        return f"#{red:02x}{green:02x}{blue:02x}"
    number = words.pop(0)
    if number < 16:
        return BASIC[number]
    if number >= 232:
        return f"#{(8 + 10 * (number - 232)):02x}" + f"{(8 + 10 * (number - 232)):02x}" * 2
    steps = (0, 95, 135, 175, 215, 255)
    parts = ((number - 16) // 36, (number - 16) // 6 % 6, (number - 16) % 6)
    return "#" + "".join(f"{steps[part]:02x}" for part in parts)


def changed(style: Style, codes: str) -> Style:
    """Return the style after an SGR sequence."""
    words = [int(word or 0) for word in re.split("[;:]", codes)]
    while words:
        word = words.pop(0)
        if word == 0:
            style = Style()
        elif word in (1, 22):
            style = replace(style, bold=word == 1)
        elif word in (7, 27):
            style = replace(style, turned=word == 7)
        elif word == 38:
            style = replace(style, front=colour(words))
        elif word == 48:
            style = replace(style, back=colour(words))
        elif 30 <= word <= 37 or 90 <= word <= 97:
            style = replace(style, front=BASIC[word - 30 if word < 90 else word - 82])
        elif 40 <= word <= 47:
            style = replace(style, back=BASIC[word - 40])
        elif word == 39:
            style = replace(style, front=Style().front)
        elif word == 49:
            style = replace(style, back=BACK)
    return style


def columns(character: str) -> int:
    """Return the columns of a character."""
    if unicodedata.category(character) in ("Mn", "Me", "Cf"):
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1


def cells(line: str, style: Style) -> Iterator[tuple[int, str, Style]]:
    """Yield runs of one style, each with the column where it starts; the last is its end."""
    at, start, text, position = 0, 0, "", 0
    while position < len(line):
        found = SEQUENCE.match(line, position)
        if found:
            if text:
                yield start, text, style
            start, text = at, ""
            if found[1] is not None:
                style = changed(style, found[1])
            position = found.end()
            continue
        text += line[position]
        at += columns(line[position])
        position += 1
    yield start, text, style


def draw(screen: str, wide: int, rows: int, title: str) -> str:
    """Return the picture."""
    width, height = wide * WIDE + 2 * MARGIN, rows * HIGH + HEAD + MARGIN
    out = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:g} {height}"'
        f' width="{width:g}" height="{height}" font-size="{SIZE}"'
        " font-family=\"'DejaVu Sans Mono','Liberation Mono',Menlo,Consolas,monospace\">",
        f"<title>{escape(title)}</title>",
        f'<rect width="{width:g}" height="{height}" rx="9" fill="{BACK}"/>',
        *(f'<circle cx="{18 + 18 * i}" cy="15" r="5.5" fill="{each}"/>'
          for i, each in enumerate(("#f38ba8", "#f9e2af", "#a6e3a1"))),
        f'<text x="{width / 2:g}" y="20" fill="#7f849c" text-anchor="middle">'
        f"{escape(title)}</text>",
    ]  # fmt: skip
    style, back, end = Style(), BACK, 0
    for row, line in enumerate(screen.splitlines()[:rows]):
        top = HEAD + row * HIGH
        backs = set()
        for start, text, shown in cells(line, style):
            style, front, back = shown, shown.front, shown.back
            if shown.turned:
                front, back = back, front
            end = start + sum(map(columns, text))
            backs |= {back} if text else set()
            x, run = MARGIN + start * WIDE, (end - start) * WIDE
            if text and back != BACK:
                out.append(f'<rect x="{x:g}" y="{top}" width="{run:g}" height="{HIGH}"'
                           f' fill="{back}"/>')  # fmt: skip
            bold = ' font-weight="bold"' if shown.bold else ""
            for word in WORDS.finditer(text):
                # Each on its own: fonts differ in how wide they take blanks and braille.
                left = start + sum(map(columns, text[: word.start()]))
                length = sum(map(columns, word[0])) * WIDE
                place = f'x="{MARGIN + left * WIDE:g}" y="{top + 13.5:g}" textLength="{length:g}"'
                out.append(f'<text {place} fill="{front}"{bold}>{escape(word[0])}</text>')
        if (
            backs == {back} and back != BACK and end < wide
        ):  # tmux leaves out what was cleared in a colour
            out.append(
                f'<rect x="{MARGIN + end * WIDE:g}" y="{top}" width="{(wide - end) * WIDE:g}"'
                f' height="{HIGH}" fill="{back}"/>'
            )
    return "\n".join([*out, "</svg>"]) + "\n"


def main() -> None:
    """Read a screen, write a picture."""
    wide, rows, *title = sys.argv[1:]
    sys.stdout.write(draw(sys.stdin.read(), int(wide), int(rows), *(title or ["lumenmonctl"])))


if __name__ == "__main__":
    main()
