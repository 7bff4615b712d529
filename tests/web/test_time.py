"""Round times of the browser's zone, where clocks are changed: ticks, days, months, moments."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

TICKS = """async ([from, to]) => {
  const { timeTicks } = await import("/static/js/range.js");
  const { tick } = await import("/static/js/format.js");
  const { times, step } = timeTicks(from, to, 8);
  return times.map((time) => tick(time, step)).join(" ");
}"""
MOMENT = 'async (time) => (await import("/static/js/format.js")).moment(time)'


def stamp(text: str) -> float:
    return datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()


@pytest.fixture
def zone(browser, console):
    """Return what opens a page of a browser in a zone."""
    contexts = []

    def open_page(name):
        contexts.append(browser.new_context(timezone_id=name))
        page = contexts[-1].new_page()
        page.goto(f"{console.url}/login")
        return page

    yield open_page
    for context in contexts:
        context.close()


@pytest.mark.parametrize(("name", "begin", "end", "ticks"), [
    # Summer time ends, summer time begins.
    ("Europe/Berlin", "2026-10-22T12", "2026-10-29T12",
     "10-23 10-24 10-25 10-26 10-27 10-28 10-29"),
    ("Europe/Berlin", "2026-10-24T12", "2026-10-25T12",
     "15:00 18:00 21:00 10-25 03:00 06:00 09:00 12:00"),
    ("Europe/Berlin", "2026-10-24T23", "2026-10-25T03",
     "01:00 01:30 02:00 02:30 02:00 02:30 03:00 03:30 04:00"),
    ("America/New_York", "2026-03-05T12", "2026-03-12T12",
     "03-06 03-07 03-08 03-09 03-10 03-11 03-12"),
    ("America/New_York", "2026-03-08T00", "2026-03-08T12",
     "20:00 22:00 03-08 04:00 06:00 08:00"),
    # Weeks begin on a Monday, months on the first.
    ("Europe/Berlin", "2026-10-10", "2026-11-09", "10-12 10-19 10-26 11-02 11-09"),
    ("Europe/Berlin", "2025-10-27", "2026-10-27", "2026-01 2026-04 2026-07 2026-10"),
    ("Europe/Berlin", "2016-10-27", "2026-10-27", "2018-01 2020-01 2022-01 2024-01 2026-01"),
    # Half an hour; a midnight that is skipped, one that comes twice; a day that is skipped.
    ("Australia/Lord_Howe", "2026-04-04T13", "2026-04-04T18", "04-05 01:00 02:00 03:00 04:00"),
    ("America/Havana", "2026-03-08T02", "2026-03-08T08",
     "21:00 22:00 23:00 03-08 02:00 03:00 04:00"),
    ("America/Havana", "2026-03-07T17", "2026-03-08T17",
     "12:00 15:00 18:00 21:00 03-08 03:00 06:00 09:00 12:00"),
    ("America/Havana", "2026-11-01T02", "2026-11-01T08",
     "22:00 23:00 11-01 00:00 01:00 02:00 03:00"),
    ("Asia/Beirut", "2026-03-26T12", "2026-04-01T12", "03-27 03-28 03-29 03-30 03-31 04-01"),
    ("Pacific/Apia", "2011-12-27", "2012-01-03", "12-27 12-28 12-29 12-31 01-01 01-02 01-03"),
    ("Asia/Kolkata", "2026-10-24T12", "2026-10-25T12",
     "18:00 21:00 10-25 03:00 06:00 09:00 12:00 15:00"),
])  # fmt: skip
def test_ticks_stand_at_round_local_times(zone, name, begin, end, ticks):
    assert zone(name).evaluate(TICKS, [stamp(begin), stamp(end)]) == ticks


def test_a_month_begins_at_its_first_local_midnight(zone):
    script = """async ([from, to]) => {
      const { timeTicks } = await import("/static/js/range.js");
      return timeTicks(from, to, 14).times.map((at) => new Date(at * 1000).toString().slice(8, 24));
    }"""
    ends = [stamp("2025-10-27"), stamp("2026-10-27")]
    found = zone("America/New_York").evaluate(script, ends)
    assert len(found) == 12
    assert {each[:2] + each[7:] for each in found} == {"01 00:00:00"}


def test_a_time_that_comes_twice_is_told_with_its_offset(zone):
    page = zone("Europe/Berlin")
    times = ("2026-10-24T23:59:59", "2026-10-25T00:10", "2026-10-25T01:10", "2026-10-25T02:00")
    assert [page.evaluate(MOMENT, stamp(each)) for each in times] == [
        "2026-10-25 01:59:59", "2026-10-25 02:10:00 +02:00",
        "2026-10-25 02:10:00 +01:00", "2026-10-25 03:00:00",
    ]  # fmt: skip
    page = zone("America/St_Johns")
    assert page.evaluate(MOMENT, stamp("2026-11-01T04:00")) == "2026-11-01 01:30:00 -02:30"
