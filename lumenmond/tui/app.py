"""The dashboard: urwid's loop, the views on top of each other, and when to draw."""

from __future__ import annotations

import base64
import os
import sys
import time
from collections.abc import Callable
from typing import Any

import urwid

from lumenmon import live
from lumenmon.live import Agent
from lumenmond.tui import dialogs, look, screen
from lumenmond.tui.background import Background, Done
from lumenmond.tui.feed import Feed
from lumenmond.tui.fleet_view import FleetView
from lumenmond.tui.invite_view import InviteView
from lumenmond.tui.model import Model
from lumenmond.tui.view import View

FASTEST, SLOWEST = 0.25, 2.0
"""Seconds between two drawings for the sake of new values."""
SHARE = 0.005
"""The share of a core that drawing new values may take; it slows down to keep to it."""
SAID = 6.0
"""Seconds for which a message stays."""
_DIALOGS: dict[str, tuple[type[dialogs.Rename] | type[dialogs.Tag] | type[dialogs.Remove], str]] = {
    "rename": (dialogs.Rename, "sudo lumenmonctl rename {id} NEW"),
    "tag": (dialogs.Tag, "sudo lumenmonctl tag {id} TAG…"),
    "remove": (dialogs.Remove, "sudo lumenmonctl remove {id}"),
}


class Dashboard:
    """Holds everything together; the ``Desk`` of the views."""

    def __init__(self, shown: look.Look) -> None:
        self.glyphs = shown.glyphs
        self.root = os.geteuid() == 0
        self.model = Model()
        self.message: tuple[str, str, float] = ("", "", 0.0)
        self._screen = screen.Screen(self)
        if look.speaks_utf8():
            urwid.set_encoding("utf-8")
        self._loop = urwid.MainLoop(self._screen, handle_mouse=True)
        sized = self._loop.screen.get_cols_rows
        self._loop.screen.get_cols_rows = lambda: screen.usual(*sized())
        self._loop.screen.set_terminal_properties(
            colors=max(shown.colours, 16) if shown.colours > 1 else 1,
            bright_is_bold=shown.colours == 8,
        )
        self._loop.screen.register_palette(look.palette(shown.colours))
        self._background = Background(self._loop)
        self.feed = Feed(self._loop, self.model, live.Want(), self.redraw)
        self.views: list[View] = [FleetView(self)]
        self._follows: list[Feed] = []
        self._drawn = (0.0, 0.0)

    def run(self) -> None:
        """Show it until it is closed."""
        self.feed.open()
        self._loop.set_alarm_in(FASTEST, self._tick)
        self._loop.run()

    @property
    def trouble(self) -> Feed | None:
        """The feed when there is no connection."""
        return self.feed if self.feed.trouble is not None else None

    def _tick(self, *_: Any) -> None:
        """Draw what changed, and wait the longer the more that costs."""
        start = time.process_time()
        if not self._loop.screen.started:  # Ctrl-Z where nothing could put it aside
            self._loop.screen.start()
            self._loop.screen.clear()
        self.redraw()
        self._loop.draw_screen()
        cost = time.process_time() - start
        self._loop.set_alarm_in(self.pause(cost), self._tick)

    def pause(self, cost: float) -> float:
        """Return how long to wait after a drawing that took ``cost`` seconds of a core."""
        idle = self.trouble is not None or not self.model.agents
        return min(max(cost / SHARE, 1.0 if idle else FASTEST), SLOWEST)

    def redraw(self) -> None:
        """Draw once the loop gets to it."""
        self._screen._invalidate()

    def open(self, view: View) -> None:
        """Show a view on top."""
        self.views.append(view)
        self.redraw()

    def close(self) -> None:
        """Go back to the view below; the last one stays."""
        if len(self.views) > 1:
            self.views.pop().closed()
        self.redraw()

    def say(self, text: str, colour: str = "text") -> None:
        """Show a line at the bottom for a while."""
        self.message = (text, colour, time.monotonic() + SAID)
        self.redraw()

    def work(self, lane: str, work: Callable[[], Any], done: Done) -> None:
        """Do something that takes a while."""

        def finished(result: Any, error: Any) -> None:
            done(result, error)
            self.redraw()

        self._background.do(lane, work, finished)

    def follow(self, id: str, model: Model) -> Callable[[], None]:
        """Keep a model of one agent up to date; returns how to stop."""
        feed = Feed(self._loop, model, live.Want("agent", id), self.redraw)
        feed.open()
        return feed.close

    def ask(self, what: str, agent: Agent | None = None) -> None:
        """Open a dialog; one that needs root says so to others."""
        if what == "help":
            self.open(dialogs.Help(self))
        elif what == "invite":
            if self.root:
                self.open(InviteView(self))
            else:
                self.open(dialogs.RootOnly(self, "sudo lumenmonctl invite"))
        elif agent is not None:
            kind, instead = _DIALOGS[what]
            if self.root:
                self.open(kind(self, agent))
            else:
                self.open(dialogs.RootOnly(self, instead.format(id=agent.id)))

    def key(self, key: str) -> None:
        """Take a key: the topmost view first."""
        if key.startswith("meta "):  # Esc and a key at once: someone types fast
            self.key("esc")
            key = key.removeprefix("meta ")
        self.message = ("", "", 0.0)
        if key == "ctrl l":
            self._loop.screen.clear()
        elif not self.views[-1].key(key):
            if key == "q":
                raise urwid.ExitMainLoop
            if key in ("?", "f1"):
                self.ask("help")
            elif key == "i":
                self.ask("invite")
        self.redraw()

    def print_out(self, text: str) -> None:
        """Leave the screen and print a text as it is, until Enter."""
        self._loop.screen.stop()
        try:
            print(f"\n{text}\n\nEnter goes back to the dashboard. ", end="", flush=True)
            sys.stdin.readline()
        finally:
            self._loop.screen.start()
            self._loop.screen.clear()

    def copy(self, text: str) -> None:
        """Hand a text to the terminal's clipboard (OSC 52)."""
        coded = base64.b64encode(text.encode()).decode()
        self._loop.screen.write(f"\x1b]52;c;{coded}\a")
        self._loop.screen.flush()


def run(env: dict[str, str]) -> None:
    """Open the dashboard on this terminal."""
    Dashboard(look.detect(env)).run()
