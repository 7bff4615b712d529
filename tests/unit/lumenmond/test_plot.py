from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lumenmond.plot import Glyphs, area, ceiling, sparkline, spread


def test_braille_has_two_by_four_dots_a_character() -> None:
    assert area([0.0, 100.0, 50.0, None], 1, 100, Glyphs.BRAILLE) == ["⣸⡄"]


def test_the_topmost_line_comes_first() -> None:
    assert area([100.0, 60.0], 2, 100, Glyphs.BLOCKS) == ["█ ", "██"]
    assert area([75.0], 2, 100, Glyphs.BLOCKS) == ["▄", "█"]
    assert area([75.0], 2, 100, Glyphs.ASCII) == [".", ":"]


@pytest.mark.parametrize("glyphs", Glyphs)
def test_a_value_that_is_there_is_seen_and_a_gap_is_not(glyphs: Glyphs) -> None:
    across = glyphs.across
    line = area([0.0] * across + [None] * across, 1, 100, glyphs)[0]
    assert line[0] != " "
    assert line[1] == " "


@given(
    st.lists(st.none() | st.floats(), max_size=50), st.integers(1, 20), st.floats(0, 1e300),
    st.sampled_from(Glyphs),
)  # fmt: skip
def test_any_values_make_a_plot_of_the_size(
    values: list[float | None], height: int, top: float, glyphs: Glyphs
) -> None:
    lines = area(values, height, top, glyphs)
    assert len(lines) == height
    assert {len(line) for line in lines} == {-(-len(values) // glyphs.across)}


def test_a_sparkline_ends_with_the_newest() -> None:
    assert sparkline([100.0, 100.0], 3, 100, Glyphs.BRAILLE) == "  ⣿"
    assert sparkline([1.0, 1.0, 100.0], 1, 100, Glyphs.BLOCKS) == "█"
    assert sparkline([], 2, 100, Glyphs.BRAILLE) == "  "


@pytest.mark.parametrize(
    ("values", "unit", "top"),
    [
        ([], "", 1), ([0.0], "", 1), ([3.0], "%", 5), ([60.0], "%", 100), ([130.0], "%", 200),
        ([100.00000000000001], "%", 100), ([100.4], "%", 100), ([100.5], "%", 200),
        ([0.7], "", 1), ([2.1], "", 2.5), ([42.0], "", 50), ([900.0], "B/s", 1024),
        ([1025.0], "B", 2048),
    ],
)  # fmt: skip
def test_the_upper_edge_is_a_round_value(values: list[float], unit: str, top: float) -> None:
    assert ceiling(values, unit) == top


@given(
    st.lists(st.floats(allow_nan=False, allow_infinity=False), min_size=1),
    st.sampled_from(["", "%", "B", "s"]),
)
def test_no_value_is_above_the_edge(values: list[float], unit: str) -> None:
    rounding = 0.005 if unit == "%" else 1e-9
    assert ceiling(values, unit) >= max(values) / (1 + rounding)


def test_spread_means_what_meets_in_a_column_and_leaves_gaps() -> None:
    points = [(0.0, 10.0, 1.0, 2.0), (10.0, 20.0, 3.0, 9.0), (30.0, 50.0, 5.0, 5.0)]
    means, most = spread(points, 0, 50, 5)
    assert means == [1.0, 3.0, None, 5.0, 5.0]
    assert most == [2.0, 9.0, None, 5.0, 5.0]
    assert spread(points, 0, 20, 1) == ([2.0], [9.0])


@given(
    st.lists(st.tuples(st.floats(-100, 200), st.floats(0.1, 100), st.floats(0, 9)), max_size=9),
    st.integers(1, 60),
)
def test_spread_takes_points_of_any_time(
    points: list[tuple[float, float, float]], columns: int
) -> None:
    found = spread([(at, at + wide, v, v) for at, wide, v in points], 0, 100, columns)
    assert [len(each) for each in found] == [columns, columns]
    assert all(value is None or math.isfinite(value) for value in found[0])
