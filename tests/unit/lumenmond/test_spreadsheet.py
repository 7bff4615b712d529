"""CSV: what a spreadsheet would calculate stays text, numbers stay numbers."""

from __future__ import annotations

import csv
import io

import pytest

from lumenmond import spreadsheet


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "＝1"])
def test_a_text_never_is_a_formula(text: str) -> None:
    ((stamp, found),) = csv.reader(io.StringIO(spreadsheet.lines([(1, text)]), newline=""))
    assert (stamp, found) == ("1", f"'{text}")


def test_numbers_and_other_texts_stay() -> None:
    rows = [("time", "value"), (-1, -2.5), (None, 'a "b", c')]
    assert spreadsheet.lines(rows, "\n") == 'time,value\n-1,-2.5\n,"a ""b"", c"\n'
