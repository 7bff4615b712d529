from __future__ import annotations

from dataclasses import replace

import pytest
from tui_desk import NOW, make

from lumenmon.live import SPARKLINE, Gone, Ready, Samples, State
from lumenmond.tui import words
from lumenmond.tui.model import Model


def test_a_snapshot_replaces_the_old_one_only_when_it_is_complete() -> None:
    model = Model(clock=lambda: NOW)
    model.begin()
    model.apply(make("one", digit="1"))
    assert model.agents == {}
    model.apply(Ready(2, NOW + 5))
    assert [agent.name for agent in model.agents.values()] == ["one"]
    assert model.now() == NOW + 5
    model.begin()
    assert len(model.agents) == 1
    model.apply(Ready(1, NOW))
    assert model.agents == {}


def test_samples_become_the_newest_values_and_the_sparkline() -> None:
    model = Model(clock=lambda: NOW)
    heard = []
    model.listener = heard.append
    model.begin()
    agent = make("one", digit="1", last_seen=NOW - 100)
    model.apply(agent)
    model.apply(Ready(1, NOW))
    assert model.age(agent) == 100
    for i in range(SPARKLINE + 5):
        rows = [["generic_cpu", int(NOW), 1, float(i), "REAL", "%"], ["n", 1, 0, "x", "TEXT", ""]]
        model.apply(Samples(2 + i, agent.id, rows))
    known = model.agents[agent.id]
    assert (len(known.recent), known.recent[-1]) == (SPARKLINE, SPARKLINE + 4.0)
    assert known.latest["n"].value == "x"
    assert model.age(known) == 0
    assert len(heard) == SPARKLINE + 5
    model.apply(Samples(99, "id_" + "f" * 16, []))


def test_a_later_word_on_an_agent_keeps_the_values_that_it_does_not_name() -> None:
    model = Model(clock=lambda: NOW)
    model.begin()
    model.apply(make("one", digit="1"))
    model.apply(Ready(1, NOW))
    model.apply(make("two", State.STALE, digit="1", latest={}))
    (agent,) = model.agents.values()
    assert (agent.name, agent.state) == ("two", State.STALE)
    assert "generic_cpu" in agent.latest
    assert model.tally() == {State.STALE: 1}
    model.apply(Gone(9, agent.id))
    assert model.agents == {}


@pytest.mark.parametrize(
    ("value", "text"),
    [(0, "0"), (999, "999"), (1000, "1.0K"), (10_000, "9.8K"), (20_000, "20K"), (1023_000, "999K"),
     (1_048_000, "1.0M"), (5e9, "4.7G"), (1e15, "909T")],
)  # fmt: skip
def test_bytes_take_four_columns_at_most(value: float, text: str) -> None:
    assert words.short(value) == text
    assert len(text) <= 4


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(None, "never"), (0, "now"), (5, "5 s"), (61, "1 min"), (7200, "2 h"), (200_000, "2 d")],
)
def test_an_age_is_one_number(seconds: float | None, text: str) -> None:
    assert words.brief(seconds) == text


@pytest.mark.parametrize(
    ("text", "fits"),
    [("", True), ("WEB", True), ("web 10.0", True), ("#prod", True), ("#we", False),
     ("online", True), ("-offline", True), ("-web", False), ("web nothing", False), ("-", False),
     ("ab1", True), ("id_ab1", True), ("1c", False), ("-1c", True)],
)  # fmt: skip
def test_a_filter_means_all_of_its_words(text: str, fits: bool) -> None:
    agent = replace(make("web1", digit="1", tags=["prod"]), id="id_ab1" + 13 * "c")
    assert words.matches(agent, text) is fits
