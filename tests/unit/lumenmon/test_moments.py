"""Times as people write them."""

import time
from datetime import datetime

import pytest

from lumenmon import moments

NOW = 1_792_886_400 + 12 * 3600
"""2026-10-25 13:00 in Berlin, where the clocks were set back that night."""


@pytest.fixture(autouse=True)
def berlin(monkeypatch):
    monkeypatch.setenv("TZ", "Europe/Berlin")
    time.tzset()
    monkeypatch.setattr("time.time", lambda: NOW)
    yield
    monkeypatch.undo()
    time.tzset()


@pytest.fixture
def today(monkeypatch):
    """Make the calendar agree with the clock of the test."""

    class Day(datetime):
        @classmethod
        def now(cls, tz=None):
            return cls.fromtimestamp(NOW, tz)

    monkeypatch.setattr(moments, "datetime", Day)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("90s", 90), ("1h30m", 5400), ("5min", 300), ("2 days", 172800), ("1w 1d", 691200),
     ("5", None), ("", None), ("5x", None), ("m", None), ("1h!", None), ("1h 2", None)],
)  # fmt: skip
def test_a_span(text, seconds):
    assert moments.span(text) == seconds


@pytest.mark.parametrize(
    ("text", "local"),
    [
        ("5min", "2026-10-25T12:55"),
        ("-1h30m", "2026-10-25T11:30"),
        ("10 min ago", "2026-10-25T12:50"),
        ("now", "2026-10-25T13:00"),
        ("today", "2026-10-25T00:00"),
        ("yesterday", "2026-10-24T00:00"),
        ("9:30", "2026-10-25T09:30"),
        ("19:00", "2026-10-24T19:00"),
        ("yesterday 19:00", "2026-10-24T19:00"),
        ("2026-10-20", "2026-10-20T00:00"),
        ("2026-10-20 07:00:05", "2026-10-20T07:00:05"),
        ("2026-10-20T07:00+00:00", "2026-10-20T09:00"),
    ],
)
def test_a_moment(today, text, local):
    assert moments.moment(text) == datetime.fromisoformat(local).timestamp()


@pytest.mark.parametrize("text", ["soon", "25:00", "2026-13-01", "", "12:", "-", "99999999999999"])
def test_what_is_no_moment(today, text):
    with pytest.raises(ValueError, match=r"time|iso|month|must|date|hour|minute|Invalid"):
        moments.moment(text)


def test_an_end_that_comes_twice_is_the_second():
    first, second = (
        moments.moment("2026-10-25T02:10"),
        moments.moment("2026-10-25T02:10", is_end=True),
    )
    assert second - first == 3600
    assert moments.moment("2026-10-25T02:10+02:00", is_end=True) == first


def test_an_hour_that_comes_twice_is_shown_with_its_offset():
    assert moments.shown(1_792_886_400) == "2026-10-25 02:00:00+02:00"
    assert moments.shown(1_792_890_000) == "2026-10-25 02:00:00+01:00"
    assert moments.shown(1_792_893_600) == "2026-10-25 03:00:00"
