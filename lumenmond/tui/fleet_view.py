"""The fleet's page: a table of all agents, worst first."""

from __future__ import annotations

from functools import partial

from lumenmon.live import Agent
from lumenmond.tui import columns as table
from lumenmond.tui import paint
from lumenmond.tui.host_view import HostView
from lumenmond.tui.paint import Line
from lumenmond.tui.view import Desk, Field, Hints, View
from lumenmond.tui.words import matches

_DOWN, _UP = ("j", "down"), ("k", "up")


class FleetView(View):
    """The table, its filter and its order."""

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        self.filter = Field()
        self.writing = False
        self.sort = "STATE"
        self.turned = False
        self.chosen = ""
        self._top = 0
        self._page = 10
        self._row = 0

    def agents(self) -> list[Agent]:
        """Return the agents that the filter lets through, in order."""
        model = self.desk.model
        found = [a for a in model.agents.values() if matches(a, self.filter.text)]
        return table.ordered(found, model, self.sort, turned=self.turned)

    def selected(self) -> Agent | None:
        """Return the agent under the cursor."""
        agents = self.agents()
        return agents[self._find(agents)] if agents else None

    def _find(self, agents: list[Agent]) -> int:
        """Return the cursor's row; it stays with its agent, else where it was."""
        for i, agent in enumerate(agents):
            if agent.id == self.chosen:
                self._row = i
                return i
        self._row = min(self._row, len(agents) - 1)
        return max(self._row, 0)

    def draw(self, columns: int, rows: int) -> list[Line]:
        """Return the head and the rows that fit."""
        agents = self.agents()
        shown = table.layout(columns - 2)
        lines = [self._head(shown, columns)]
        self._page = max(rows - 2 if self.writing or self.filter.text else rows - 1, 1)
        if not agents:
            lines += self._nothing()
        else:
            at = self._find(agents)
            self.chosen = self.chosen or agents[at].id
            self._top = min(max(self._top, at - self._page + 1), at, max(len(agents) - 1, 0))
            self._top = max(min(self._top, len(agents) - self._page), 0)
            for i in range(self._top, min(self._top + self._page, len(agents))):
                lines.append(self._line(agents[i], shown, columns, chosen=i == at))
                self.hits.add(len(lines) - 1, 0, columns, partial(self._click, agents[i].id))
        if self.writing or self.filter.text:
            lines = lines[: rows - 1] + [[]] * (rows - 1 - len(lines))
            count = f" {len(agents)} of {len(self.desk.model.agents)}"
            head = [("bar:head", " / ")]
            text = self.filter.draw(columns) if self.writing else [("text", self.filter.text)]
            line = [*head, *paint.prefixed(text, "bar:"), ("bar:dim", "  ")]
            if self.writing:
                line = [*head, *text, ("text", "  ")]
            wide = max(columns - len(count) - 1, 4)
            lines.append([*paint.cut(line, 0, wide), ("bar:dim", count)])
        return lines

    def _head(self, shown: list[tuple[table.Column, int]], columns: int) -> Line:
        line: Line = [("head", " ")]
        at = 1
        falling = (self.sort in table.FALLING) != self.turned
        for column, wide in shown:
            title = column.title
            if title and title == self.sort:
                title = f"{title}{'↓' if falling else '↑'}"[-wide:]
            line += [("head", paint.fit(title, wide, right=column.right)), ("head", " ")]
            if column.key:
                self.hits.add(0, at, at + wide, partial(self._sort_by, column.title))
            at += wide + 1
        return paint.cut(line, 0, columns)

    def _line(
        self, agent: Agent, shown: list[tuple[table.Column, int]], columns: int, *, chosen: bool
    ) -> Line:
        line = table.row(shown, agent, self.desk.model, self.desk.glyphs)
        padded = paint.cut([("head", "▸" if chosen else " "), *line], 0, columns)
        return paint.prefixed(padded, "sel:") if chosen else padded

    def _nothing(self) -> list[Line]:
        if self.filter.text and self.desk.model.agents:
            return [[], [("dim", "  No agent fits this filter. Esc shows all.")]]
        if not self.desk.model.ready:
            return [[], [("dim", "  Waiting for lumenmond…")]]
        return [
            [],
            [("text", "  No agents yet. Press "), ("head", "i"), ("text", " to let one in.")],
        ]

    def _click(self, id: str) -> None:
        if self.chosen == id:
            self._open()
        self.chosen = id

    def _open(self) -> None:
        agent = self.selected()
        if agent is not None:
            self.desk.open(HostView(self.desk, agent))

    def _sort_by(self, title: str) -> None:
        self.turned = not self.turned if title == self.sort else False
        self.sort = title

    def wheel(self, steps: int) -> None:
        """Move the cursor."""
        self._move(steps)

    def _move(self, steps: int) -> None:
        agents = self.agents()
        if agents:
            at = min(max(self._find(agents) + steps, 0), len(agents) - 1)
            self._row, self.chosen = at, agents[at].id

    def key(self, key: str) -> bool:
        """Take a key."""
        if self.writing:
            return self._write(key)
        moves = {"page down": self._page, "page up": -self._page, "home": -(10**6), "g": -(10**6),
                 "end": 10**6, "G": 10**6, **dict.fromkeys(_DOWN, 1),
                 **dict.fromkeys(_UP, -1)}  # fmt: skip
        if key in moves:
            self._move(moves[key])
        elif key in ("enter", "right", "l"):
            self._open()
        elif key == "/":
            self.writing = True
        elif key == "esc" and self.filter.text:
            self.filter = Field()
        elif key in ("s", "S"):
            titles = [column.title for column in table.SORTS]
            if key == "S":
                self.turned = not self.turned
            else:
                self._sort_by(titles[(titles.index(self.sort) + 1) % len(titles)])
        elif key in ("r", "t", "d"):
            what = {"r": "rename", "t": "tag", "d": "remove"}[key]
            if agent := self.selected():
                self.desk.ask(what, agent)
        else:
            return False
        return True

    def _write(self, key: str) -> bool:
        if key == "enter":
            self.writing = False
        elif key == "esc":
            self.writing, self.filter = False, Field()
        elif key in ("up", "down"):
            self._move(1 if key == "down" else -1)
        else:
            self.filter.key(key)
        return True

    def hints(self) -> Hints:
        """Return what the keys do."""
        if self.writing:
            return [("Enter", "keep"), ("Esc", "show all"), ("", "name, #tag, state, -not")]
        return [
            ("Enter", "open"), ("/", "filter"), ("s", "sort"), ("i", "invite"), ("?", "help"),
            ("q", "quit"), ("r", "rename"), ("t", "tag"), ("d", "remove"),
        ]  # fmt: skip
