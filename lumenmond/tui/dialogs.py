"""The dialogs about one agent, and the one that explains the keys."""

from __future__ import annotations

import time
from abc import abstractmethod
from collections.abc import Callable
from typing import Any

from lumenmon import paths, request, term
from lumenmon.errors import LumenmonError
from lumenmon.live import Agent
from lumenmond.ctl.agents import ago
from lumenmond.ctl.invite import HOST_TIMEOUT
from lumenmond.ctl.manage import tags
from lumenmond.tui import paint
from lumenmond.tui.paint import Line
from lumenmond.tui.view import Desk, Field, Hints, View, box

NEEDS_ROOT = "This changes the console and needs root:"
AS_ROOT = "sudo lumenmonctl dashboard"
KEYS = (
    ("j k ↓ ↑", "move; PgUp PgDn g G go further"),
    ("Enter", "open the host, or chart the value"),
    ("Esc", "go back, clear the filter"),
    ("/", "filter: name, #tag, state, -not"),
    ("s  S", "sort by the next column; turn the order"),
    ("1-6 ← →", "range of the charts: 5m 1h 24h 7d 30d 1y"),
    ("Tab", "charts, values, facts"),
    ("i", "invite a new host"),
    ("r  t  d", "rename, set tags, remove"),
    ("Ctrl-L", "draw everything anew"),
    ("?  q", "this help; quit"),
    ("mouse", "click a row twice to open it, a title to sort"),
)


_KEYS = 10
"""Columns of the keys in the help."""


def _wrapped(attribute: str, text: str, room: int) -> list[Line]:
    return [[(attribute, line)] for line in paint.wrap(text, room)]


class Dialog(View):
    """A box on top of a page."""

    boxed = True
    title = ""
    colour = "head"

    @abstractmethod
    def body(self, room: int) -> list[Line]:
        """Return what is in the box, at most ``room`` columns wide."""

    def draw(self, columns: int, rows: int) -> list[Line]:
        """Return the box."""
        return box(self.title, self.body(max(columns - 8, 10)), columns - 2, self.colour)[:rows]

    def key(self, key: str) -> bool:
        """Close on Esc; keep every other key from the page below."""
        if key in ("esc", "q"):
            self.desk.close()
        return True

    def hints(self) -> Hints:
        """Return what the keys do."""
        return [("Esc", "close")]


class Help(Dialog):
    """The keys."""

    title = "Keys"

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        self._top = 0

    def draw(self, columns: int, rows: int) -> list[Line]:
        """Return the box, with what of it there is room for."""
        lines = self.body(max(columns - 8, 10))
        room = max(rows - 2, 1)
        self._top = max(min(self._top, len(lines) - room), 0)
        shown = lines[self._top : self._top + room]
        title = self.title if len(shown) == len(lines) else f"{self.title}, ↓ ↑ for more"
        return box(title, shown, columns - 2, self.colour)[:rows]

    def wheel(self, steps: int) -> None:
        """Scroll."""
        self._top += steps

    def body(self, room: int) -> list[Line]:
        """Return a line for each key."""
        lines: list[Line] = []
        for keys, text in KEYS:
            first, *rest = paint.wrap(text, max(room - _KEYS, 8))
            lines.append([("head", f"{keys:<{_KEYS}}"), ("text", first)])
            lines += [[("text", " " * _KEYS + more)] for more in rest]
        return lines

    def key(self, key: str) -> bool:
        """Close on any key that would open or close it, or scroll."""
        moves = {"j": 1, "down": 1, "k": -1, "up": -1}
        if key in moves:
            self.wheel(moves[key])
            return True
        if key in ("?", "enter"):
            self.desk.close()
            return True
        return super().key(key)


class RootOnly(Dialog):
    """Says how to get the right to do something."""

    title = "Not as this user"
    colour = "yellow"

    def __init__(self, desk: Desk, instead: str) -> None:
        super().__init__(desk)
        self._instead = instead

    def body(self, room: int) -> list[Line]:
        """Return what to type."""
        return [
            *_wrapped("text", NEEDS_ROOT, room),
            [("head", f"  {AS_ROOT}")],
            [("text", "or, for this alone:")],
            *_wrapped("head", self._instead, room),
        ]


class _Change(Dialog):
    """Asks a server to change something, and closes once it did."""

    def __init__(self, desk: Desk, agent: Agent) -> None:
        super().__init__(desk)
        self.agent = agent
        self.name = term.printable(agent.name)
        self.busy = False
        self.error: LumenmonError | None = None
        self._closed = False

    def closed(self) -> None:
        """Somebody did not wait for the answer."""
        self._closed = True

    def change(self, work: Callable[[], Any], said: str) -> None:
        """Do it in the background, then close and say so."""
        if self.busy:
            return
        self.busy, self.error = True, None

        def done(_: Any, error: LumenmonError | None) -> None:
            self.busy, self.error = False, error
            if error is not None:
                if self._closed:
                    self.desk.say(f"{self.name}: {error.message}", "red")
                return
            if not self._closed:
                self.desk.close()
            self.desk.say(said, "green")

        self.desk.work("change", work, done)

    def trouble(self, room: int) -> list[Line]:
        """Return how it goes."""
        if self.busy:
            return [[], [("dim", "working…")]]
        if self.error is None:
            return []
        lines: list[Line] = [[], *_wrapped("red", f"✗ {self.error.message}", room)]
        if self.error.hint:
            lines += _wrapped("dim", f"→ {self.error.hint}", room)
        return lines


class _Write(_Change):
    """A dialog with a line to write."""

    label = ""

    def __init__(self, desk: Desk, agent: Agent, text: str) -> None:
        super().__init__(desk, agent)
        self.field = Field(text)

    def body(self, room: int) -> list[Line]:
        """Return the question, the line and how it goes."""
        wide = min(room, 56)
        return [
            [("text", paint.fit(self.label, wide))],
            [("dim", "› "), *self.field.draw(wide - 2)],
            *self.trouble(wide),
        ]

    def key(self, key: str) -> bool:
        """Write, or do it."""
        if key == "esc":
            self.desk.close()
        elif key == "enter":
            self.done()
        elif not self.busy:
            self.field.key(key)
        return True

    @abstractmethod
    def done(self) -> None:
        """Do what the dialog is for."""

    def hints(self) -> Hints:
        """Return what the keys do."""
        return [("Enter", "save"), ("Esc", "leave it")]


class Rename(_Write):
    """Asks for a new name."""

    title = "Rename"

    def __init__(self, desk: Desk, agent: Agent) -> None:
        super().__init__(desk, agent, term.printable(agent.name))
        self.label = f"The new name of {self.name}:"

    def done(self) -> None:
        """Have lumenmond rename it."""
        name, id = self.field.text.strip(), self.agent.id
        self.change(
            lambda: request.call(paths.CONTROL_SOCKET, "rename", agent=id, name=name),
            f"{self.name} is now {name}",
        )


class Tag(_Write):
    """Asks for all tags."""

    title = "Tags"

    def __init__(self, desk: Desk, agent: Agent) -> None:
        super().__init__(desk, agent, term.printable(" ".join(agent.tags)))
        self.label = f"All tags of {self.name}, parted by blanks:"

    def done(self) -> None:
        """Have lumenmond set them."""
        wanted, id = tags(self.field.text), self.agent.id
        self.change(
            lambda: request.call(paths.CONTROL_SOCKET, "tag", agent=id, tags=wanted),
            f"tags of {self.name}: {', '.join(wanted) or 'none'}",
        )


_REMOVED = (
    "Its account and key go, and all its data. This can't be undone. Its host can come back with a"
    " new invite."
)


class Remove(_Change):
    """Asks whether an agent is really to go."""

    title = "Remove"
    colour = "red"

    def body(self, room: int) -> list[Line]:
        """Return what would be lost."""
        wide, seen = min(room, 58), ago(self.agent.last_seen, time.time())
        return [
            *_wrapped("bold", f"Remove {self.name}?", wide),
            *_wrapped("dim", f"{self.agent.id}, last seen {seen}", wide),
            [],
            *_wrapped("text", _REMOVED, wide),
            [],
            [("sel:red", " y "), ("text", " remove it   "), ("sel:bold", " n "), ("text", " keep")],
            *self.trouble(wide),
        ]

    def key(self, key: str) -> bool:
        """Remove it on ``y`` alone."""
        if key == "y":
            id = self.agent.id
            self.change(
                lambda: request.call(paths.HOST_SOCKET, "remove", HOST_TIMEOUT, id=id),
                f"removed {self.name}",
            )
        elif key in ("n", "esc", "q"):
            self.desk.close()
        return True

    def hints(self) -> Hints:
        """Return what the keys do."""
        return [("y", "remove"), ("n", "keep")]
