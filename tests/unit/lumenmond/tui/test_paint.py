from __future__ import annotations

import pytest
import urwid
from hypothesis import given
from hypothesis import strategies as st

from lumenmon import term
from lumenmond.plot import Glyphs
from lumenmond.tui import look, paint

HOSTILE = [
    "", "web1", "漢字サーバー", "e\u0301e\u0301", "👩‍💻x", "\u200d\u200d", "a\u0300" * 30,
    "ｆｕｌｌ",
]  # fmt: skip


@pytest.fixture(autouse=True)
def utf8() -> None:
    urwid.set_encoding("utf-8")


def test_text_is_padded_or_cut_with_an_ellipsis() -> None:
    assert paint.fit("ab", 4) == "ab  "
    assert paint.fit("ab", 4, right=True) == "  ab"
    assert paint.fit("abcdef", 4) == "abc…"
    assert paint.fit("漢字漢", 4) == "漢… "
    assert paint.fit("x", 0) == ""


@given(st.text(max_size=40) | st.sampled_from(HOSTILE), st.integers(1, 30), st.booleans())
def test_fit_gives_exactly_the_columns(text: str, columns: int, right: bool) -> None:
    assert paint.width(paint.fit(term.printable(text), columns, right=right)) == columns


@given(
    st.lists(st.tuples(st.just("text"), st.text(max_size=9) | st.sampled_from(HOSTILE))),
    st.integers(0, 30), st.integers(0, 30),
)  # fmt: skip
def test_cut_gives_exactly_the_columns(line: paint.Line, start: int, more: int) -> None:
    harmless = [(attribute, term.printable(text)) for attribute, text in line]
    assert paint.length(paint.cut(harmless, start, start + more)) == more


def test_a_block_lies_over_the_lines() -> None:
    base: list[paint.Line] = [[("a", "......")], [("a", "......")]]
    paint.over(base, [[("b", "##")]], 6, 1, 2)
    assert "".join(text for _, text in base[0]) == "......"
    assert base[1] == [("a", ".."), ("b", "##"), ("a", "..")]


def test_blocks_stand_side_by_side() -> None:
    lines = paint.beside([[("a", "x")]], [[("b", "1")], [("b", "2")]], 3)
    assert ["".join(text for _, text in line) for line in lines] == ["x   1", "    2"]


@given(
    st.lists(st.lists(st.tuples(st.just("text"), st.text(max_size=30))), max_size=5),
    st.integers(1, 40), st.integers(1, 6), st.sampled_from(Glyphs),
)  # fmt: skip
def test_a_canvas_has_the_size_whatever_the_lines(
    lines: list[paint.Line], columns: int, rows: int, glyphs: Glyphs
) -> None:
    harmless = [[(a, term.printable(text)) for a, text in line] for line in lines]
    canvas = paint.canvas(harmless, columns, rows, glyphs)
    assert (canvas.cols(), canvas.rows()) == (columns, rows)


def test_plain_glyphs_where_the_terminal_has_no_others() -> None:
    shown = paint.canvas([[("text", "● ▲ ✗ … ─")]], 9, 1, Glyphs.ASCII)
    assert shown.text[0] == b"* ! x ~ -"
    for glyphs in (Glyphs.ASCII, Glyphs.BLOCKS):
        assert paint.canvas([[("text", "▸ › …")]], 5, 1, glyphs).text[0] == b"> > ~"


@pytest.mark.parametrize(
    ("env", "colours"),
    [
        ({"TERM": "xterm-256color"}, 256), ({"TERM": "linux"}, 8), ({"TERM": "vt100"}, 1),
        ({"TERM": "xterm-256color", "COLORTERM": "truecolor"}, look.TRUE), ({"TERM": "dumb"}, 1),
        ({"TERM": "xterm-256color", "NO_COLOR": "1", "COLORTERM": "truecolor"}, 1), ({}, 1),
        ({"TERM": "of-tomorrow-256color"}, 256), ({"TERM": "of-tomorrow"}, 8),
        ({"TERM": "xterm-kitty"}, 256), ({"TERM": "rxvt-16color"}, 16), ({"TERM": "screen"}, 8),
    ],
)  # fmt: skip
def test_the_environment_says_how_many_colours(env: dict[str, str], colours: int) -> None:
    assert look.detect(env).colours == colours


@pytest.mark.parametrize("colours", [1, 8, 16, 256, look.TRUE])
def test_urwid_takes_every_palette(colours: int) -> None:
    entries = look.palette(colours)
    assert len({entry[0] for entry in entries}) == len(entries)
    for _, low, low_back, plain, high, high_back in entries:
        urwid.AttrSpec(low, low_back, 16)
        urwid.AttrSpec(plain, "default", 1)
        urwid.AttrSpec(high, high_back, look.TRUE if colours == look.TRUE else 256)


@pytest.mark.parametrize("colours", [8, 16])
def test_few_colours_are_seen_on_any_background(colours: int) -> None:
    for name, front, back, *_ in look.palette(colours):
        if back == "default":
            assert "white" not in front, name
            assert not front.startswith(("light", "yellow", "black")), name
        else:
            assert (front, back) == ("black", "dark cyan"), name


def test_the_nearest_of_256_colours() -> None:
    assert look.nearest(0x000000) == 16
    assert look.nearest(0xFFFFFF) == 231
    assert look.nearest(0x1E1E2E) in range(232, 256)
    assert look.nearest(0xFF0000) == 196


def test_text_is_wrapped_between_words():
    assert paint.wrap("one two three", 7) == ["one two", "three"]
    assert paint.wrap("x" * 10, 4) == ["xxxx", "xxxx", "xx"]
    assert paint.wrap("日本語 text", 6) == ["日本語", "text"]
    assert paint.wrap("", 6) == [""]
