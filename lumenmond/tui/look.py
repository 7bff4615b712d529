"""What a terminal can show: its colours, its glyphs, and the palette for both."""

from __future__ import annotations

import codecs
import locale
from collections.abc import Mapping
from dataclasses import dataclass

from lumenmond.plot import Glyphs

TRUE = 1 << 24
"""Colours of a terminal that takes any."""
BACKGROUNDS = {"": "base", "sel:": "select", "bar:": "bar", "box:": "bar"}
"""Prefixes of an attribute's name: a line that is selected, a bar, a dialog."""
_HIGH = {
    "base": 0x1E1E2E, "bar": 0x181825, "select": 0x363A4F,
    "text": 0xCDD6F4, "bold": 0xCDD6F4, "dim": 0x7F849C, "head": 0xB4BEFE, "red": 0xF38BA8,
    "peach": 0xFAB387, "yellow": 0xF9E2AF, "green": 0xA6E3A1, "teal": 0x94E2D5,
    "blue": 0x89B4FA, "mauve": 0xCBA6F7,
}  # fmt: skip
"""The colours of Catppuccin Mocha."""
_LOW = {
    "base": "default", "bar": "default", "select": "dark cyan",
    "text": "default", "bold": "default,bold", "dim": "dark gray", "head": "dark cyan,bold",
    "red": "dark red,bold", "peach": "brown", "yellow": "brown,bold", "green": "dark green",
    "teal": "dark cyan", "blue": "dark cyan", "mauve": "dark magenta",
}  # fmt: skip
"""For a background that the terminal chooses, dark or light: none of these is lost on either."""
_SELECTED = "black"
"""All that is on the background "select", whose own colour leaves none to tell others by."""
_DULL = {"dim": "default"}
"""Where eight colours are all: bright black would be black on black."""
_PLAIN = {"bold": "bold", "head": "bold", "red": "bold", "yellow": "bold"}
_SETTINGS = {"bold", "head"}
_MODERN = ("alacritty", "foot", "kitty", "xterm-ghostty", "xterm-kitty", "wezterm", "contour")
"""Terminals with at least 256 colours that don't say so in their name."""
_GREEN = ("vt", "wy", "hp", "sun")
"""Terminals without colour."""
Entry = tuple[str, str, str, str, str, str]
"""What urwid's register_palette takes: name, two low colours, without colour, two high ones."""


@dataclass(frozen=True)
class Look:
    """``colours`` is 1, 8, 16, 256 or TRUE."""

    colours: int
    glyphs: Glyphs


def detect(env: Mapping[str, str]) -> Look:
    """Tell what the terminal of this environment can show."""
    return Look(_colours(env), _glyphs(env))


def _colours(env: Mapping[str, str]) -> int:
    term = env.get("TERM", "")
    if env.get("NO_COLOR") or term in ("", "dumb"):
        return 1
    if env.get("COLORTERM") in ("truecolor", "24bit") or term.endswith("-direct"):
        return TRUE
    if "256" in term or term.startswith(_MODERN):
        return 256
    if "16color" in term:
        return 16
    return 1 if term.startswith(_GREEN) or term.endswith("-m") else 8


def _glyphs(env: Mapping[str, str]) -> Glyphs:
    if not speaks_utf8():
        return Glyphs.ASCII
    return Glyphs.BLOCKS if env.get("TERM") == "linux" else Glyphs.BRAILLE


def speaks_utf8() -> bool:
    """Tell whether this process' locale is one of UTF-8."""
    try:
        return codecs.lookup(locale.getpreferredencoding(False)).name == "utf-8"
    except LookupError:
        return False


def palette(colours: int) -> list[Entry]:
    """Return an entry for each colour on each background, named as ``sel:green``."""
    names = [name for name in _HIGH if name not in BACKGROUNDS.values()]
    return [_entry(prefix, name, colours) for prefix in BACKGROUNDS for name in names]


def _entry(prefix: str, name: str, colours: int) -> Entry:
    selected = prefix == "sel:"
    low = _LOW[name]
    if selected:
        low = _SELECTED
    elif colours <= 8:
        low = _DULL.get(name, low)
    plain = [_PLAIN.get(name, ""), "standout" if selected else ""]
    high = _high(name, colours) + (",bold" if name in _SETTINGS else "")
    background = BACKGROUNDS[prefix]
    return (
        prefix + name, low, _LOW[background], ",".join(filter(None, plain)) or "default",
        high, _high(background, colours),
    )  # fmt: skip


def _high(name: str, colours: int) -> str:
    value = _HIGH[name]
    if colours == TRUE:
        return f"#{value:06x}"
    return f"h{nearest(value)}"


def nearest(value: int) -> int:
    """Return the number among 256 colours that is nearest to a true colour."""
    red, green, blue = value >> 16, value >> 8 & 255, value & 255
    steps = (0, 95, 135, 175, 215, 255)
    cube = [min(range(6), key=lambda i: abs(steps[i] - part)) for part in (red, green, blue)]
    grey = min(range(24), key=lambda i: abs(8 + 10 * i - (red + green + blue) // 3))

    def distance(candidate: tuple[int, ...]) -> int:
        pairs = zip(candidate, (red, green, blue), strict=True)
        return sum((one - other) ** 2 for one, other in pairs)

    level = 8 + 10 * grey
    if distance((level, level, level)) < distance(tuple(steps[i] for i in cube)):
        return 232 + grey
    return 16 + 36 * cube[0] + 6 * cube[1] + cube[2]
