"""CSV that a spreadsheet may open: numbers as they are, and no formula out of a stranger's text."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence

_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
"""A spreadsheet takes a text that begins so for a formula."""


def lines(rows: Iterable[Sequence[object]], ending: str = "\r\n") -> str:
    """Return rows as CSV; an apostrophe before a text keeps it one."""
    out = io.StringIO()
    csv.writer(out, lineterminator=ending).writerows([_cell(each) for each in row] for row in rows)
    return out.getvalue()


def _cell(value: object) -> object:
    return f"'{value}" if isinstance(value, str) and value.startswith(_FORMULA) else value
