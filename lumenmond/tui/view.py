"""What the dashboard's views and dialogs have in common."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Protocol

from lumenmon.live import Agent
from lumenmond.plot import Glyphs
from lumenmond.tui import paint
from lumenmond.tui.background import Done
from lumenmond.tui.model import Model
from lumenmond.tui.paint import Line, Segment

Hints = list[tuple[str, str]]
"""Keys and what they do, for the last line."""


class Desk(Protocol):
    """What a view may ask of the dashboard around it."""

    model: Model
    glyphs: Glyphs
    root: bool

    def open(self, view: View) -> None:
        """Show a view on top."""

    def close(self) -> None:
        """Go back to the view below."""

    def say(self, text: str, colour: str = "text") -> None:
        """Show a line at the bottom for a while."""

    def work(self, lane: str, work: Callable[[], Any], done: Done) -> None:
        """Do something that takes a while."""

    def follow(self, id: str, model: Model) -> Callable[[], None]:
        """Keep a model of one agent up to date; returns how to stop."""

    def ask(self, what: str, agent: Agent | None = None) -> None:
        """Open the dialog ``invite``, ``rename``, ``tag``, ``remove`` or ``help``."""

    def print_out(self, text: str) -> None:
        """Leave the screen and print a text as it is, until Enter."""

    def copy(self, text: str) -> None:
        """Hand a text to the terminal's clipboard."""


@dataclass
class Hits:
    """Where the mouse can click: filled while a view is drawn."""

    areas: list[tuple[int, int, int, Callable[[], None]]] = field(default_factory=list)

    def add(self, row: int, start: int, end: int, action: Callable[[], None]) -> None:
        """Let a click on these columns of a row do something."""
        self.areas.append((row, start, end, action))

    def find(self, row: int, column: int) -> Callable[[], None] | None:
        """Return what a click does; the topmost wins."""
        for at, start, end, action in reversed(self.areas):
            if at == row and start <= column < end:
                return action
        return None


class View(ABC):
    """A page, or a dialog on top of one (``boxed``)."""

    boxed = False

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self.hits = Hits()

    @abstractmethod
    def draw(self, columns: int, rows: int) -> list[Line]:
        """Return the lines; a dialog returns only its own block."""

    @abstractmethod
    def key(self, key: str) -> bool:
        """Take a key; false when it means nothing here."""

    def wheel(self, steps: int) -> None:  # noqa: B027  # most views need neither
        """Take a turn of the mouse's wheel, downwards when positive."""

    def hints(self) -> Hints:
        """Return what the keys do."""
        return []

    def closed(self) -> None:  # noqa: B027
        """The view is gone for good."""


class Field:
    """A line of text that is being written."""

    def __init__(self, text: str = "") -> None:
        self.text = text
        self.at = len(text)

    def key(self, key: str) -> bool:
        """Take a key; false when it is none that writes or moves."""
        moves = {"left": self.at - 1, "right": self.at + 1, "home": 0, "end": len(self.text),
                 "ctrl a": 0, "ctrl e": len(self.text)}  # fmt: skip
        if key in moves:
            self.at = min(max(moves[key], 0), len(self.text))
        elif key == "backspace":
            self.text = self.text[: max(self.at - 1, 0)] + self.text[self.at :]
            self.at = max(self.at - 1, 0)
        elif key == "delete":
            self.text = self.text[: self.at] + self.text[self.at + 1 :]
        elif key == "ctrl u":
            self.text, self.at = self.text[self.at :], 0
        elif key == "ctrl w":
            kept = self.text[: self.at].rstrip().rpartition(" ")[0]
            kept += " " if kept else ""
            self.text, self.at = kept + self.text[self.at :], len(kept)
        elif len(key) == 1 and key.isprintable():
            self.text = self.text[: self.at] + key + self.text[self.at :]
            self.at += 1
        else:
            return False
        return True

    def draw(self, columns: int) -> Line:
        """Return the text with its cursor, the end of it where it is too long."""
        before, under, after = (
            self.text[: self.at], self.text[self.at : self.at + 1] or " ", self.text[self.at + 1 :]
        )  # fmt: skip
        while paint.width(before) > columns - 4 and before:
            before = before[1:]
        line = [("text", before), ("sel:bold", under), ("text", after)]
        return paint.cut(line, 0, columns)


def key_line(hints: Hints, columns: int) -> Line:
    """Return the line of keys, as many as fit."""
    line: Line = []
    for key, text in hints:
        piece: list[Segment] = [("bar:head", f" {key}"), ("bar:dim", f" {text} ")]
        if paint.length(line) + paint.length(piece) > columns:
            break
        line += piece
    return paint.cut([*line, ("bar:dim", " " * columns)], 0, columns)


def box(title: str, body: list[Line], columns: int, colour: str = "head") -> list[Line]:
    """Return a block in a frame, as wide as its longest line or ``columns`` at most."""
    inner = max([paint.width(title) + 2, *(paint.length(line) for line in body)]) + 2
    inner = max(min(inner, columns - 2), 1)
    edge = f"box:{colour}"
    head = paint.fit(f" {title} ", min(paint.width(title) + 2, inner))
    lines: list[Line] = [
        [(edge, "╭"), ("box:bold", head), (edge, "─" * (inner - paint.width(head)) + "╮")]
    ]
    for line in body:
        middle = paint.cut([("text", " "), *line, ("text", " " * inner)], 0, inner)
        middle = [(each if each.startswith("sel:") else f"box:{each}", t) for each, t in middle]
        lines.append([(edge, "│"), *middle, (edge, "│")])
    lines.append([(edge, "╰" + "─" * inner + "╯")])
    return lines
