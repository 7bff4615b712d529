"""A host's page: charts that go on live, all values, and the facts."""

from __future__ import annotations

from functools import partial

from lumenmon import asuser, paths, term
from lumenmon.errors import LumenmonError
from lumenmon.live import Agent, Samples
from lumenmond.store.reader import Reader
from lumenmond.tui import charts, facts, history, paint, words
from lumenmond.tui.history import RANGES, Past, Stretch
from lumenmond.tui.model import Model
from lumenmond.tui.paint import Line
from lumenmond.tui.view import Desk, Hints, View

WIDE = 118
"""Columns from which on charts and values are beside each other."""
TABS = ("charts", "values", "facts")
_CATCH_UP = 7.0
"""Seconds after which what was on its way into the database at first is there."""
_PATIENCE = 60.0
"""Seconds that reading the past may take."""
_POINTS = 240
_DOWN, _UP = ("j", "down"), ("k", "up")


class HostView(View):
    """One agent."""

    def __init__(self, desk: Desk, agent: Agent) -> None:
        super().__init__(desk)
        self.id = agent.id
        self.tab = "charts"
        self.range = 0
        self.metric = ""
        """A chart of its own, chosen from the values."""
        self._model = Model()
        self._model.listener = self._sample
        self._reader = Reader(paths.DATABASE)
        self._pasts: dict[str, Past] = {}
        self._loading = False
        self._due = 0.0
        self._at = 0
        self._scroll = 0
        self._rows = 10
        self._wide = False
        self._unfollow = desk.follow(self.id, self._model)

    def closed(self) -> None:
        """Stop following the agent."""
        self._unfollow()

    def agent(self) -> Agent | None:
        """Return the agent with all its values, None when it is gone."""
        brief = self.desk.model.agents.get(self.id)
        whole = self._model.agents.get(self.id)
        return brief if brief is None or whole is None else whole

    def _sample(self, message: Samples) -> None:
        for metric, timestamp, interval, value, *_ in message.samples:
            past = self._pasts.get(str(metric))
            if past is not None and not isinstance(value, str):
                past.add(int(timestamp), int(interval), float(value))

    def _charted(self, agent: Agent) -> list[str]:
        if self.metric:
            return [self.metric]
        return [metric for metric in charts.CHARTS if metric in agent.latest]

    def _load(self, agent: Agent) -> None:
        """Read the past of what is charted, once at a time and again when it is due."""
        now = self._model.now()
        wanted = self._charted(agent)
        missing = [metric for metric in wanted if metric not in self._pasts]
        for metric in missing:
            self._pasts[metric] = Past(agent.latest[metric].unit)
        if self._loading or not wanted or (now < self._due and not missing):
            return
        self._loading = True
        chosen, span = self.range, RANGES[self.range][1]
        intervals = {metric: agent.latest[metric].interval for metric in wanted}
        first = not self._pasts[wanted[0]].loaded
        self._due = now + (_CATCH_UP if first else history.refresh_after(span, _POINTS))

        def done(found: dict[str, list[Stretch]] | None, error: LumenmonError | None) -> None:
            self._loading = False
            if chosen != self.range:
                self._due = 0.0
                return
            for metric in intervals:
                if metric in self._pasts:
                    if found is not None:
                        self._pasts[metric].take(found[metric])
                    elif error is not None:
                        self._pasts[metric].trouble = error.message

        load = partial(history.load, self._reader, self.id, intervals, int(now), span, _POINTS)
        self.desk.work("history", partial(asuser.call, "lumenmon", load, _PATIENCE), done)

    def draw(self, columns: int, rows: int) -> list[Line]:
        """Return the page."""
        agent = self.agent()
        if agent is None:
            return [[], [("dim", "  This agent was removed. Esc goes back.")]]
        now = self._model.now()
        if self._model.ready:
            self._load(agent)
        age = self.desk.model.age(agent)
        lines = [facts.title(agent, age, columns), self._bar(columns)]
        body = rows - len(lines)
        self._wide = columns >= WIDE
        if self._wide:
            wide = columns * 5 // 8
            left = self._charts(agent, now, wide, body)
            right = facts.facts(agent, self._model.now(), columns - wide - 2)
            right = right[: max(body // 2, 4)]
            right.append([])
            values = self._values(agent, now, columns - wide - 2, body - len(right),
                                  (len(lines) + len(right), wide + 2))  # fmt: skip
            return lines + paint.beside(left, right + values, wide, 2)
        if self.tab == "charts":
            return lines + self._charts(agent, now, columns, body)
        if self.tab == "facts":
            shown = facts.facts(agent, self._model.now(), columns)
            self._scroll = max(min(self._scroll, len(shown) - body), 0)
            return lines + shown[self._scroll :]
        return lines + self._values(agent, now, columns, body, (len(lines), 0))

    def _bar(self, columns: int) -> Line:
        line: Line = [("dim", " ")]
        at = 1
        if not self._wide:
            for tab in TABS:
                text = f" {tab} "
                line += [("sel:bold" if tab == self.tab else "dim", text), ("dim", " ")]
                self.hits.add(1, at, at + len(text), partial(self._show, tab))
                at += len(text) + 1
            line.append(("dim", "│ "))
            at += 2
        whole = at + sum(len(name) + 3 for name, _ in RANGES) <= columns + 1
        for i, (name, _span) in enumerate(RANGES):
            if not whole and i != self.range:
                continue  # the one that is shown, rather than those that happen to fit
            text = f" {name} " if whole else f"‹ {name} ›"
            line += [("sel:bold" if i == self.range else "dim", text), ("dim", " ")]
            self.hits.add(1, at, at + len(text), partial(self._choose, i))
            at += len(text) + 1
        if self.metric:
            line.append(("mauve", f"│ {term.printable(self.metric)} (Esc: all)"))
        return paint.cut(line, 0, columns)

    def _charts(self, agent: Agent, now: float, columns: int, rows: int) -> list[Line]:
        metrics = self._charted(agent)
        if not metrics:
            return [[], [("dim", "  Nothing to chart yet.")]]
        across, height = charts.grid(len(metrics), columns, rows)
        if self.metric:
            across, height = 1, min(rows, 24)
        wide = (columns - (across - 1)) // across
        span = (now - RANGES[self.range][1], now)
        blocks = [
            charts.draw(
                charts.CHARTS.get(metric, metric), words.value(agent.latest[metric]),
                self._pasts.get(metric, Past()), span, (wide, height), self.desk.glyphs,
            )
            for metric in metrics
        ]  # fmt: skip
        lines = charts.tile(blocks, across, columns)
        self._rows = height
        if not self._wide or self.tab == "charts":
            self._scroll = max(min(self._scroll, len(lines) - rows), 0)
            lines = lines[self._scroll :]
        return charts.whole(lines, height, rows)

    def _values(
        self, agent: Agent, now: float, columns: int, rows: int, place: tuple[int, int]
    ) -> list[Line]:
        metrics = self._ordered(agent)
        self._at = max(min(self._at, len(metrics) - 1), 0)
        top = max(min(self._at - rows // 2, len(metrics) - rows), 0)
        longest = max((len(metric.removeprefix("generic_")) for metric in metrics), default=0)
        name = min(max(columns - 22, 12), longest + 1)
        lines: list[Line] = []
        for i in range(top, min(top + rows, len(metrics))):
            value = agent.latest[metrics[i]]
            dull = words.overdue(value, now)
            taken = words.brief(max(now - value.timestamp, 0))
            line: Line = [
                ("dim", paint.fit(metrics[i].removeprefix("generic_"), name) + " "),
                ("dim" if dull else "text", paint.fit(words.value(value), columns - name - 9)),
                ("dim", paint.fit(taken, 8, right=True)),
            ]
            chosen = i == self._at and self.tab == "values"
            lines.append(paint.prefixed(line, "sel:") if chosen else line)
            self.hits.add(place[0] + len(lines) - 1, place[1], place[1] + columns,
                          partial(self._click, i))  # fmt: skip
        return lines or [[("dim", "  No values yet.")]]

    def _ordered(self, agent: Agent) -> list[str]:
        return sorted(agent.latest, key=lambda name: (words.group(name), name))

    def _click(self, at: int) -> None:
        if self._at == at and self.tab == "values":
            self._chart()
        self._at, self.tab = at, "values"

    def _chart(self) -> None:
        """Give the value under the cursor a chart of its own."""
        agent = self.agent()
        if agent is None or not agent.latest:
            return
        metrics = self._ordered(agent)
        metric = metrics[max(min(self._at, len(metrics) - 1), 0)]
        if isinstance(agent.latest[metric].value, str):
            self.desk.say(f"text has no chart: lumenmonctl query {agent.id} {metric}", "yellow")
            return
        self.metric, self.tab, self._scroll = metric, "charts", 0

    def _show(self, tab: str) -> None:
        self.tab, self._scroll = tab, 0

    def _choose(self, number: int) -> None:
        if number != self.range:
            self.range = number
            self._pasts, self._due = {}, 0.0

    def wheel(self, steps: int) -> None:
        """Move the cursor, or scroll."""
        if self.tab == "values":
            self._at += steps
        else:
            self._scroll += steps * (3 if abs(steps) == 1 else 1)

    def key(self, key: str) -> bool:
        """Take a key."""
        page = max(self._rows, 5)
        moves = {"page down": page, "page up": -page, "home": -(10**6), "g": -(10**6),
                 "end": 10**6, "G": 10**6, **dict.fromkeys(_DOWN, 1),
                 **dict.fromkeys(_UP, -1)}  # fmt: skip
        if key in moves:
            self.wheel(moves[key])
        elif key == "esc" and self.metric:
            self.metric = ""
        elif key in ("esc", "backspace", "h"):
            self.desk.close()
        elif key in ("left", "["):
            self._choose(max(self.range - 1, 0))
        elif key in ("right", "]"):
            self._choose(min(self.range + 1, len(RANGES) - 1))
        elif key.isdigit() and 0 < int(key) <= len(RANGES):
            self._choose(int(key) - 1)
        elif key in ("tab", "shift tab"):
            step = 1 if key == "tab" else -1
            tabs = TABS[:2] if self._wide else TABS
            at = tabs.index(self.tab) if self.tab in tabs else 0
            self._show(tabs[(at + step) % len(tabs)])
        elif key == "enter" and self.tab == "values":
            self._chart()
        elif key in ("r", "t", "d") and (agent := self.agent()) is not None:
            self.desk.ask({"r": "rename", "t": "tag", "d": "remove"}[key], agent)
        else:
            return False
        return True

    def hints(self) -> Hints:
        """Return what the keys do."""
        chart = [("Enter", "chart it")] if self.tab == "values" else []
        return [
            ("Esc", "back"), ("Tab", "next"), *chart, ("1-6 ←→", "range"), ("?", "help"),
            ("q", "quit"), ("r", "rename"), ("t", "tag"), ("d", "remove"),
        ]  # fmt: skip
