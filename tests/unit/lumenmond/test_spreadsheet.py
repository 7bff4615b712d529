"""CSV: what a spreadsheet would calculate stays text, numbers stay numbers."""

from __future__ import annotations

import csv
import io

import pytest

from lumenmond import spreadsheet


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "  =1", "\u00a0=1", "＝1"])
def test_a_text_never_is_a_formula(text: str) -> None:
    ((stamp, found),) = csv.reader(io.StringIO(spreadsheet.lines([(1, text)]), newline=""))
    assert (stamp, found) == ("1", f"'{text}")


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("a;=1+1", "a;'=1+1"),  # the separator where the comma is the decimal point
        ("a; =1;+2", "a;' =1;'+2"),
        ("a\t@SUM(A1)", "a\t'@SUM(A1)"),
        ("a-b", "a-b"),
        ("2 = 2", "2 = 2"),
    ],
)
def test_a_formula_cannot_begin_behind_another_separator(text: str, kept: str) -> None:
    ((found,),) = csv.reader(io.StringIO(spreadsheet.lines([(text,)]), newline=""))
    assert found == kept


@pytest.mark.parametrize("text", ["a\x1b[2J", "\x9b31m", "a\u202eb", "a\rb", "a\u2028b"])
def test_a_text_moves_no_terminal(text: str) -> None:
    written = spreadsheet.lines([(text,)], "\n")
    assert written.count("\n") == 1
    assert written.count("�") == 1
    assert not set(text) & set("\x1b\x9b\u202e\r\u2028") & set(written)


def test_numbers_and_other_texts_stay() -> None:
    rows = [("time", "value"), (-1, -2.5), (None, 'a "b", c')]
    assert spreadsheet.lines(rows, "\n") == 'time,value\n-1,-2.5\n,"a ""b"", c"\n'
