"""Terminal text: widths, tables, units, and a stranger's text made harmless."""

from __future__ import annotations

import io
import json
import sys
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lumenmon import term
from lumenmon.errors import LumenmonError


class Terminal(io.StringIO):
    """A stream that is a terminal."""

    def isatty(self) -> bool:
        return True


@given(st.text())
def test_printable_text_stays_on_its_line_and_moves_nothing(text: str) -> None:
    shown = term.printable(text)
    assert len(shown) == len(text)
    assert shown.splitlines() in ([], [shown])
    assert not [c for c in shown if unicodedata.category(c) == "Cc"]


@pytest.mark.parametrize(
    "hostile",
    ["\x1b", "\x9b", "\n", "\r", "\b", "\x7f", "\0", "\u202e", "\u2066", "\u200f", "\u061c",
     "\u2028", "\u2029", "\ufeff", "\u200b", "\ud800", "\U000e0041"],
)  # fmt: skip
def test_hostile_characters_are_replaced(hostile: str) -> None:
    assert term.printable(f"a{hostile}b") == "a\ufffdb"


@pytest.mark.parametrize(
    "text", ["server-1", "Grüße", "日本", "naïve e\u0301", "👩\u200d💻", "עברית"]
)
def test_honest_text_stays(text: str) -> None:
    assert term.printable(text) == text


@pytest.mark.parametrize(
    ("text", "columns"),
    [("", 0), ("abc", 3), ("日本", 4), ("e\u0301", 1), ("\x1b[31mred\x1b[0m", 3), ("✓", 1),
     ("a\ufe0f", 1), ("1\u20e3", 1)],
)  # fmt: skip
def test_width(text: str, columns: int) -> None:
    assert term.width(text) == columns


@pytest.mark.parametrize(
    ("text", "columns", "shown"),
    [("server", 6, "server"), ("server", 5, "serv…"), ("日本語", 6, "日本語"),
     ("日本語", 5, "日本…"), ("日本語", 4, "日…"),
     ("e\u0301tudes", 3, "e\u0301t…"), ("👩\u200d💻 lab", 4, "👩…"),
     ("a�b�c", 4, "a�b…"), ("עברית", 4, "עבר…")],
)  # fmt: skip
def test_clip(text: str, columns: int, shown: str) -> None:
    assert term.clip(text, columns) == shown
    assert term.width(shown) <= columns


def test_table(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = [["日本", "1"], ["a", "22.5"], [term.colour("x", "red", Terminal()), "3"]]
    lines = term.table(["NAME", "CPU"], rows, right=["CPU"])
    assert lines[0] == "NAME   CPU"
    assert lines[1] == "日本     1"
    assert [term.width(line) for line in lines] == [10] * 4
    assert term.table(["A", "B"], []) == ["A  B"]
    assert term.table(["A", "B"], [["x", ""]])[1] == "x", "no spaces at the end"


def test_colour_is_for_terminals_that_want_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("TERM", "xterm")
    assert term.colour("x", "red", Terminal()) == "\x1b[31mx\x1b[0m"
    assert term.colour("x", "red", io.StringIO()) == "x"
    monkeypatch.setenv("TERM", "dumb")
    assert term.colour("x", "red", Terminal()) == "x"
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("NO_COLOR", "1")
    assert term.colour("x", "red", Terminal()) == "x"


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [
        (23.44, "%", "23.4 %"), (0, "%", "0.0 %"), (100, "%", "100.0 %"), (0, "B", "0 B"),
        (999, "B", "999 B"), (1000, "B", "1.0 KiB"), (1536, "B/s", "1.5 KiB/s"),
        (150 * 2**30, "B", "150 GiB"), (5000 * 2**40, "B", "5000 TiB"), (-2048, "B", "-2.0 KiB"),
        (90061, "s", "1 d 1 h"), (61, "", "61"), (0.5, "", "0.50"), (12.34, "", "12.3"),
        (61.0, "°C", "61.0 °C"), (-0.001, "", "0.00"), (-0.0, "", "0"), (-0.04, "%", "0.0 %"),
        (-0.4, "B", "0 B"), (-0.04, "s", "0.0 s"), (-0.4, "s", "-0.4 s"),
        (-90.5, "s", "-1 min 30 s"),
    ],
)  # fmt: skip
def test_amount(value: float, unit: str, text: str) -> None:
    assert term.amount(value, unit) == text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0, "0 s"), (0.44, "0.4 s"), (-1, "-1 s"), (59, "59 s"), (60, "1 min"), (302, "5 min 2 s"),
     (86400, "1 d"), (86461, "1 d"), (31536000 + 86400, "1 y 1 d")],
)  # fmt: skip
def test_span(seconds: float, text: str) -> None:
    assert term.span(seconds) == text


def test_report(capsys: pytest.CaptureFixture[str]) -> None:
    term.report(LumenmonError("it broke", "mend it"))
    assert capsys.readouterr().err == "lumenmonctl: it broke\n  → mend it\n"
    term.report(LumenmonError("it broke"), "x")
    assert capsys.readouterr().err == "x: it broke\n"


@pytest.mark.parametrize("text", ["👩‍💻", "👩🏽‍🚀", "❤️‍🔥", "é", "日本"])
def test_what_people_write_stays(text: str) -> None:
    assert term.printable(text) == text


@pytest.mark.parametrize(
    "text", ["a\u200db", "\u200d", "a\u200d💻", "💻\u200d", "a\ufe00", "\u3164"]
)
def test_nothing_unseen_tells_two_names_apart(text: str) -> None:
    assert term.printable(text) != text
    assert "\u200d" not in term.printable(text)


OURS = "\x1b[31mred\x1b[0m\r\x1b[K\n\tnext"


def test_a_terminal_gets_our_colours_and_nothing_else(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal, pipe = Terminal(), io.StringIO()
    monkeypatch.setattr("sys.stdout", terminal)
    monkeypatch.setattr("sys.stderr", pipe)
    term.guard()
    term.guard()
    print(OURS, "\x1b[2J\x1b]0;t\a\x9b1m\u202e\x1b[38;5;1m\r", end="")
    assert terminal.getvalue() == f"{OURS} �[2J�]0;t��1m��[38;5;1m�"
    assert sys.stderr is pipe
    term.unguard()
    assert sys.stdout is terminal


@given(st.recursive(st.text() | st.integers(), lambda inner: st.lists(inner) | st.dictionaries(
    st.text(), inner)))  # fmt: skip
def test_json_is_the_same_to_a_program_and_harmless_to_a_terminal(value: object) -> None:
    for indent in (None, 2):
        shown = term.json_text(value, indent)
        assert json.loads(shown) == value
        assert term.guarded(shown) == shown


def test_json_keeps_what_a_terminal_can_show() -> None:
    assert term.json_text("ü\x9b\u202e") == '"ü\\u009b\\u202e"'


def test_an_error_is_one_line_and_its_hint_another(capsys: pytest.CaptureFixture[str]) -> None:
    term.report(LumenmonError("no\n  → sudo reboot\x1b[2J", "look\nthere"))
    assert capsys.readouterr().err == "lumenmonctl: no�  → sudo reboot�[2J\n  → look�there\n"
