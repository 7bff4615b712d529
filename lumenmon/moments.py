"""Times and spans as people write them: ``1h30m``, ``5min``, ``19:00``, ``yesterday``, and back."""

from __future__ import annotations

import re
import time
from datetime import date, datetime, timedelta

UNITS = {
    "s": 1, "sec": 1, "second": 1, "seconds": 1,
    "m": 60, "min": 60, "minute": 60, "minutes": 60,
    "h": 3600, "hr": 3600, "hour": 3600, "hours": 3600,
    "d": 86400, "day": 86400, "days": 86400,
    "w": 604800, "week": 604800, "weeks": 604800,
    "y": 31536000, "year": 31536000, "years": 31536000,
}  # fmt: skip
LATEST = 253_402_214_400
"""The end of the year 9999, the last that a calendar can name."""
_PIECE = re.compile(r"\s*([0-9]{1,9})\s*([a-z]+)")


def span(text: str) -> int | None:
    """Read a span such as ``90s``, ``1h30m`` or ``2 days``; returns seconds, None for others."""
    seconds, end = 0, 0
    for found in _PIECE.finditer(text):
        if found.start() != end or found[2] not in UNITS:
            return None
        seconds, end = seconds + int(found[1]) * UNITS[found[2]], found.end()
    return seconds if end and not text[end:].strip() else None


def moment(text: str, *, is_end: bool = False) -> int:
    """Read a time; returns seconds since 1970.

    It is an age (``6h``, ``-5m``, ``5 min ago``), ``now``, ``today``, ``yesterday``, a time of
    day, which is the last that has passed, a local date and time, or seconds since 1970. Of a
    local time that comes twice it is the first, but for an end of a stretch the second. Raises
    ValueError.
    """
    words = text.strip().lower()
    age = span(words.removeprefix("-").removesuffix(" ago"))
    if age is not None:
        return max(int(time.time()) - age, 0)
    if words == "now":
        return int(time.time())
    if words.isascii() and words.isdigit():
        seconds = int(words[:20])
    else:
        seconds = _local(text.strip(), is_end=is_end)
    if not 0 <= seconds < LATEST:
        raise ValueError("must be a time between the years 1970 and 9999")
    return seconds


def _local(text: str, *, is_end: bool) -> int:
    today = datetime.now().date()
    days = {"today": today, "yesterday": today - timedelta(1)}
    word, _, clock = text.replace("T", " ", 1).partition(" ")
    if ":" in word and not clock:
        seconds = _seconds(today, word, is_end=is_end)
        if is_end or seconds <= time.time():
            return seconds
        return _seconds(days["yesterday"], word, is_end=is_end)
    day = days.get(word.lower()) or datetime.fromisoformat(word).date()
    return _seconds(day, clock.strip() or "00:00", is_end=is_end)


def _seconds(day: date, clock: str, *, is_end: bool) -> int:
    padded = f"0{clock}" if clock[1:2] == ":" else clock
    return int(datetime.fromisoformat(f"{day}T{padded}").replace(fold=is_end).timestamp())


def shown(seconds: float) -> str:
    """Return a local time; with its offset from UTC where that time of day comes twice."""
    moment = datetime.fromtimestamp(seconds).astimezone()
    whole = moment.isoformat(" ", "seconds")
    return whole if is_twice(seconds) else whole[:19]


def is_twice(seconds: float) -> bool:
    """Return whether the local time of day at a moment comes twice, as in autumn."""
    wall = datetime.fromtimestamp(seconds)
    return wall.replace(fold=0).timestamp() != wall.replace(fold=1).timestamp()


def offset(seconds: float) -> int:
    """Return how many seconds local time is ahead of UTC at a moment."""
    return time.localtime(seconds).tm_gmtoff
