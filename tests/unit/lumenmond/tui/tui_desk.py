"""A desk without a terminal, for the views of the dashboard."""

from __future__ import annotations

import pytest

from lumenmon.live import Agent, Ready, State, Value
from lumenmond.plot import Glyphs
from lumenmond.tui.model import Model

NOW = 1_800_000_000.0


class FakeDesk:
    """Does at once what the dashboard does in its loop, and remembers it."""

    def __init__(self) -> None:
        self.model = Model(clock=lambda: NOW)
        self.glyphs = Glyphs.BRAILLE
        self.root = True
        self.opened: list[object] = []
        self.asked: list[tuple[str, str]] = []
        self.said: list[str] = []
        self.printed: list[str] = []
        self.copied: list[str] = []
        self.jobs: list[tuple[object, object]] = []
        self.closed = 0
        self.followed: list[str] = []

    def open(self, view: object) -> None:
        self.opened.append(view)

    def close(self) -> None:
        self.closed += 1

    def say(self, text: str, colour: str = "text") -> None:
        self.said.append(text)

    def work(self, lane: str, work: object, done: object) -> None:
        self.jobs.append((work, done))

    def follow(self, id: str, model: Model) -> object:
        self.followed.append(id)
        for agent in self.model.agents.values():
            if agent.id == id:
                model.begin()
                model.apply(agent)
                model.apply(Ready(1, NOW))
        return lambda: self.followed.remove(id)

    def ask(self, what: str, agent: Agent | None = None) -> None:
        self.asked.append((what, agent.id if agent else ""))

    def print_out(self, text: str) -> None:
        self.printed.append(text)

    def copy(self, text: str) -> None:
        self.copied.append(text)


def number(value: float, interval: int = 1, unit: str = "%", age: float = 1) -> Value:
    return Value(int(NOW - age), interval, value, "REAL", unit)


def make(name: str, state: State = State.ONLINE, digit: str = "", **rest: object) -> Agent:
    values: dict[str, object] = {
        "latest": {
            "generic_cpu": number(12.5), "generic_mem": number(40.0, 60),
            "generic_load_1": number(0.5, 60, ""), "generic_disk": number(50.0, 300),
            "generic_net_rx_bytes_per_second": number(2048.0, 1, "B/s"),
            "generic_net_tx_bytes_per_second": number(10.0, 1, "B/s"),
            "generic_hostname": Value(int(NOW), 3600, name, "TEXT", ""),
        },
        "recent": [10.0, 20.0, 90.0], "last_seen": NOW - 1, "address": "10.0.0.1",
    }  # fmt: skip
    id = "id_" + (digit or f"{len(name):x}") * 16
    return Agent(1, id[:19], name, state, "no connection", **{**values, **rest})  # type: ignore[arg-type]


@pytest.fixture
def desk() -> FakeDesk:
    desk = FakeDesk()
    desk.model.begin()
    for each in (
        make("web1", digit="1", tags=["web"]),
        make("web2", State.OFFLINE, digit="2"),
        make("db", digit="3"),
        make("evil\x1b[2J\u202e", State.NEVER, digit="4", latest={}, recent=[], last_seen=None),
    ):
        desk.model.apply(each)
    desk.model.apply(Ready(9, NOW))
    return desk
