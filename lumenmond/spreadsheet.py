"""CSV that a spreadsheet or a terminal may show: numbers stay, a stranger's text does nothing.

A pipe is no promise that no terminal follows: ``ssh console lumenmonctl query …`` ends at one.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Sequence

from lumenmon.term import printable

_FORMULA = re.compile(r"(^|[;\t])(?=\s*[=+\-@＝＋－＠])")
"""Where a formula can begin: also after a separator, which depends on the reader's language."""


def lines(rows: Iterable[Sequence[object]], ending: str = "\r\n") -> str:
    """Return rows as CSV; an apostrophe keeps a text from being a formula."""
    out = io.StringIO()
    csv.writer(out, lineterminator=ending).writerows([_cell(each) for each in row] for row in rows)
    return out.getvalue()


def _cell(value: object) -> object:
    if not isinstance(value, str):
        return value
    return _FORMULA.sub(r"\1'", "\t".join(map(printable, value.split("\t"))))
