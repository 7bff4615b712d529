"""The one widget that urwid sees: it puts bar, view, dialog and keys together."""

from __future__ import annotations

import socket
import time
from typing import TYPE_CHECKING

import urwid

from lumenmon.live import State
from lumenmond.tui import paint
from lumenmond.tui.paint import Line
from lumenmond.tui.view import View, key_line
from lumenmond.tui.words import COLOURS, GLYPHS

if TYPE_CHECKING:
    from lumenmond.tui.app import Dashboard

LEAST = (24, 6)
"""Columns and rows below which there is nothing sensible to show."""
_HOST = 8
"""Columns of the console's name that are worth a shorter account of the fleet."""
_SHOWN = (State.OFFLINE, State.STALE, State.NEVER, State.ONLINE)


def usual(columns: int, rows: int) -> tuple[int, int]:
    """Return the size of a terminal, the usual one where it does not know it: a serial line."""
    return columns or 80, rows or 24


class Screen(urwid.Widget):
    """Draws the dashboard's views and hands them keys and clicks."""

    _sizing = frozenset(["box"])
    _selectable = True
    no_cache = ()

    def __init__(self, desk: Dashboard) -> None:
        super().__init__()
        self._desk = desk

    def render(self, size: tuple[int, int], focus: bool = False) -> urwid.TextCanvas:
        """Return the screen in this size."""
        columns, rows = size
        return paint.canvas(compose(self._desk, columns, rows), columns, rows, self._desk.glyphs)

    def keypress(self, size: tuple[int, int], key: str) -> None:
        """Take a key."""
        self._desk.key(key)

    def mouse_event(
        self, size: tuple[int, int], event: str, button: int, col: int, row: int, focus: bool
    ) -> bool:
        """Take a click or the wheel; the topmost view alone is there to be clicked."""
        if "press" not in event:
            return False
        view = self._desk.views[-1]
        if button in (4, 5):
            view.wheel(-1 if button == 4 else 1)
        elif button == 1 and not view.boxed and (action := view.hits.find(row - 1, col)):
            action()
        self._invalidate()
        return True


def compose(desk: Dashboard, columns: int, rows: int) -> list[Line]:
    """Return all lines of the screen: a bar, the page with a dialog on it, and the keys."""
    if columns < LEAST[0] or rows < LEAST[1]:
        return [[("text", "too small")]]
    page = next(view for view in reversed(desk.views) if not view.boxed)
    body = _draw(page, columns, rows - 2)
    if desk.trouble is not None:  # what is shown may no longer hold
        body = [[("dim", text) for _, text in line] for line in body]
    top = desk.views[-1]
    if top.boxed:
        block = top.draw(columns, rows - 2)
        wide = max((paint.length(line) for line in block), default=0)
        dimmed = [[("dim", text) for _, text in line] for line in body]
        paint.over(dimmed, block, columns, max((len(body) - len(block)) // 2, 0),
                   max((columns - wide) // 2, 0))  # fmt: skip
        body = dimmed
    return [_bar(desk, columns), *body, _last(desk, top, columns)]


def _draw(view: View, columns: int, rows: int) -> list[Line]:
    view.hits.areas.clear()
    lines = view.draw(columns, rows)[:rows]
    return lines + [[] for _ in range(rows - len(lines))]


def _bar(desk: Dashboard, columns: int) -> Line:
    """Return the first line: whose console, how the fleet is, and what is wrong with it."""
    host = socket.gethostname()
    line: Line = [("bar:head", " lumenmon "), ("bar:dim", f"{host}  ")]
    feed = desk.trouble
    if feed is not None and feed.trouble is not None:
        wait = max(feed.retry_at - time.monotonic(), 0)
        line.append(("bar:red", f"✗ {feed.trouble.message}"))
        if feed.trouble.hint:
            line.append(("bar:yellow", f" → {feed.trouble.hint}"))
        line.append(("bar:dim", f"  trying again in {wait:.0f} s"))
        return paint.cut([*line, ("bar:dim", " " * columns)], 0, columns)
    clock = time.strftime("%H:%M:%S ")
    room = columns - len(clock)
    for words in (True, False):
        counts = _counts(desk, words=words)
        # How the fleet is comes before where this is.
        left = max(room - paint.length([line[0], *counts]) - 2, 0)
        line[1] = ("bar:dim", f"{paint.fit(host, min(len(host), left))}  ")
        if left >= min(len(host), _HOST):
            break
    return [
        *paint.cut([*line, *counts, ("bar:dim", " " * columns)], 0, room),
        ("bar:dim", clock),
    ]


def _counts(desk: Dashboard, *, words: bool) -> Line:
    line: Line = []
    if desk.model.trouble:
        wrong = desk.model.trouble if words else "database"
        line.append(("bar:red", f"✗ {wrong}  "))
    tally = desk.model.tally()
    for state in _SHOWN:
        if state in tally:
            word = f" {state.value}" if words else ""
            line.append((f"bar:{COLOURS[state]}", f"{GLYPHS[state]} {tally[state]}{word}"))
            line.append(("bar:dim", "  "))
    return line


def _last(desk: Dashboard, view: View, columns: int) -> Line:
    text, colour, until = desk.message
    if text and time.monotonic() < until:
        return paint.cut([(f"bar:{colour}", f" {text}"), ("bar:dim", " " * columns)], 0, columns)
    return key_line(view.hints(), columns)
