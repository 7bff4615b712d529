"""Inviting a new host: the link, the line to paste, and how long it is still good."""

from __future__ import annotations

import time
from dataclasses import asdict
from typing import Any

from lumenmon import paths, request, term
from lumenmon.errors import LumenmonError
from lumenmon.invite import DEFAULT_PORT, LIFETIME
from lumenmond import install, invitations
from lumenmond.ctl import address
from lumenmond.ctl.invite import HOST_TIMEOUT, whole_line
from lumenmond.tui import paint
from lumenmond.tui.paint import Line
from lumenmond.tui.view import Desk, Hints, View
from lumenmond.tui.words import GLYPHS


def _make() -> dict[str, Any]:
    host = address.pick()
    made = invitations.read_invitation(
        request.call(paths.HOST_SOCKET, "invite", HOST_TIMEOUT, host=host.host, port=DEFAULT_PORT)
    )
    whole = whole_line(made.link, host.host)
    return {**asdict(made), "host": host.host, "why": host.why, "install": whole}


class InviteView(View):
    """A page, not a box: the link's lines hold nothing else, so that they can be copied."""

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        self.made: dict[str, Any] | None = None
        self.error: LumenmonError | None = None
        self.gone = ""
        self._known = set(desk.model.agents)
        self._ask()

    def _ask(self) -> None:
        self.made, self.error, self.gone = None, None, ""
        self.desk.work("change", _make, self._got)

    def _got(self, made: Any, error: LumenmonError | None) -> None:
        self.made, self.error = made, error

    @property
    def line(self) -> str:
        """The line to paste on the new host."""
        if self.made is None:
            return ""
        return self.made.get("install") or install.command(self.made["link"])

    def _left(self) -> float:
        if self.made is None or self.gone:
            return 0.0
        return float(min(max(self.made["expires"] - time.time(), 0.0), LIFETIME))

    def _new(self) -> list[str]:
        agents = self.desk.model.agents
        return [id for id in agents if id not in self._known]

    def draw(self, columns: int, rows: int) -> list[Line]:
        """Return the page."""
        lines: list[Line] = [[("bold", " Invite a new host")], []]
        if self.error is not None:
            lines.append([("red", f" ✗ {self.error.message}")])
            return [*lines, [("dim", f"   → {self.error.hint}")] if self.error.hint else []]
        if self.made is None:
            return [*lines, [("dim", " Making an account for it…")]]
        left = self._left()
        lines.append(self._countdown(left, columns))
        if left and not self._new():
            whole = self.made.get("install")
            what = "it installs the agent and registers:" if whole else "lumenmon-agentd installed:"
            lines += [
                [],
                [("text", f" Paste on the new host{'; ' if whole else ', with '}{what}")],
                [],
            ]
            lines += [[("green", part)] for part in _wrapped(self.line, columns)]
            known = "Where lumenmon-agentd is installed:" if whole else "The link alone:"
            other = install.command(self.made["link"]) if whole else self.made["link"]
            lines += [[], [("text", f" {known}")], []]
            lines += [[("blue", part)] for part in _wrapped(other, columns)]
            lines += [[], [("dim", f" It names {self.made['host']}: {self.made['why']}.")]]
        for id in self._new():
            agent = self.desk.model.agents[id]
            state = f"{GLYPHS[agent.state]} {agent.state.value}"
            lines += [[], [("green", f" ✓ {term.printable(agent.name)} has come in: {state}")]]
        return lines[:rows]

    def _countdown(self, left: float, columns: int) -> Line:
        if self._new():
            return [("green", " The invite was used.")]
        if not left:
            return [("red", f" {self.gone or 'It has expired'}."), ("text", " n makes another.")]
        clock = f" good once, for {int(left) // 60}:{int(left) % 60:02d} "
        room = max(min(columns - paint.width(clock) - 2, 40), 4)
        full = round(left / LIFETIME * room)
        colour = "green" if left > 60 else "yellow"
        return [("dim", " "), (colour, "█" * full), ("dim", "░" * (room - full)), ("text", clock)]

    def _revoke(self) -> None:
        if self.made is None or not self._left():
            return
        user = self.made["user"]

        def done(_: Any, error: LumenmonError | None) -> None:
            if error is None:
                self.gone = "It was revoked"
            else:
                self.desk.say(error.message, "red")

        self.desk.work(
            "change", lambda: request.call(paths.HOST_SOCKET, "revoke", HOST_TIMEOUT, user=user),
            done,
        )  # fmt: skip

    def key(self, key: str) -> bool:
        """Take a key."""
        good = self._left() and not self._new()
        if key in ("esc", "backspace", "h", "left"):
            self.desk.close()
        elif key == "n" and (self.made or self.error) and not good:
            self._known = set(self.desk.model.agents)
            self._ask()
        elif key == "x":
            self._revoke()
        elif key == "c" and good:
            self.desk.copy(self.line)
            self.desk.say("handed to the terminal's clipboard, if it takes it", "green")
        elif key == "p" and good:
            self.desk.print_out(self.line)
        elif key in ("i", "r", "t", "d", "/"):
            pass
        else:
            return False
        return True

    def hints(self) -> Hints:
        """Return what the keys do."""
        if self._left() and not self._new():
            return [("c", "copy the line"), ("p", "print it to select it"), ("x", "revoke"),
                    ("Esc", "back; it stays good")]  # fmt: skip
        return [("n", "another"), ("Esc", "back")]


def _wrapped(text: str, columns: int) -> list[str]:
    return [text[i : i + columns] for i in range(0, len(text), max(columns, 1))]
