"""Metrics that come seldom: one sample, an hour between two, an interval that was changed."""

from __future__ import annotations

import time

import pytest
from console import running
from playwright.sync_api import expect
from simulation import Host
from waiting import chart

from lumenmon.wire import Type

SERIES = """async ([answer, end, span]) => {
  const { Series } = await import("/static/js/series.js");
  const series = new Series("some", 60);
  series.load({ source: "raw", step: 1, ...answer });
  return {
    drawn: series.drawn(end).map((point) => [point.x, point.y]), sparse: series.isSparse(span),
    within: series.isWithin(end - span, end),
  };
}"""


def sample(stamp, value=1.0):
    return [stamp, 1, value, value, value]


@pytest.fixture
def drawn(browser, console):
    """Return what draws points with their intervals."""
    page = browser.new_page()
    page.goto(f"{console.url}/login")

    def draw(points, intervals, end, span=300, **rest):
        answer = {"points": points, "intervals": intervals, **rest}
        return page.evaluate(SERIES, [answer, end, span])

    yield draw
    page.close()


@pytest.fixture(scope="module")
def seldom():
    """A console whose host sent two metrics once."""
    with running([Host(0)], past=600) as console:
        id, at = next(iter(console.hosts)), int(time.time()) - 700
        with console.lock:
            rows = {"backup": {at: (0, 7)}, "report": {at: (3600, 40)}}
            for metric in rows:
                console.store.agents[id].accept(metric, Type.INTEGER, 512)
            console.store.commit({id: rows})
        yield console


def test_a_value_is_held_for_its_interval(drawn):
    found = drawn([sample(1000)], [3600], end=3000)
    assert found == {"drawn": [[1000, 1], [3000, 1]], "sparse": True, "within": True}
    assert drawn([sample(1000)], [3600], end=9000)["drawn"] == [[1000, 1], [4600, 1]]
    assert not drawn([sample(1000)], [3600], end=9000)["within"]
    assert drawn([sample(1000)], [0], end=9000)["drawn"] == [[1000, 1], [9000, 1]]


def test_a_gap_begins_when_nothing_holds_any_more(drawn):
    found = drawn([sample(0), sample(60), sample(600, 2.0)], [60, 60, 60], end=630, span=630)
    assert found["drawn"] == [[0, 1], [60, 1], [120, 1], [360, None], [600, 2], [630, 2]]


def test_an_interval_that_was_changed_leaves_no_dots(drawn):
    seldom = [sample(at) for at in range(0, 6000, 600)]
    often = [sample(at) for at in range(6000, 6100)]
    found = drawn(seldom + often, [600] * 10 + [1] * 100, end=6099, span=6100)
    assert all(y is not None for _, y in found["drawn"])
    assert not found["sparse"]
    # What was rolled up does not know any more; an outage among it is still one.
    hours = [sample(at * 3600) for at in range(10)] + [sample((30 + at) * 3600) for at in range(10)]
    found = drawn(hours, [None] * 20, end=144_000, span=144_000, source="minute", step=60)
    assert [y for _, y in found["drawn"]].count(None) == 1


@pytest.mark.parametrize("name", ["5m", "1h", "24h", "1y"])
def test_one_sample_is_seen_at_every_range(visit, seldom, name):
    page = visit(seldom, f"/host/{next(iter(seldom.hosts))}?range={name}")
    for metric, value in (("backup", "7"), ("report", "40")):
        panel = page.locator(f".chart:has(h3:text-is('{metric}'))")
        panel.scroll_into_view_if_needed()
        expect(panel.locator(".legend-value")).to_have_text(value)
        expect(panel.locator(".plot-note")).to_be_hidden()
        where = "name => [...document.querySelectorAll('.chart h3')].findIndex("
        index = page.evaluate(where + "(each) => each.textContent === name)", metric)
        dataset = chart(page, "data.datasets[0]", index)
        assert dataset["pointRadius"] == [2, 0]
        assert dataset["data"][1]["x"] - dataset["data"][0]["x"] > 650
