from pathlib import Path

import pytest

from lumenmon.errors import LumenmonError
from lumenmond.host import uids


def test_numbers_follow_all_that_were_ever_given() -> None:
    assert uids.pick([], []) == uids.FIRST
    assert uids.pick([uids.FIRST + 4, uids.FIRST], []) == uids.FIRST + 5


def test_ranges_of_subuid_are_stepped_over_in_any_order() -> None:
    text = "web:66002:10\nbuild:66000:2\nbad line\nx:y:z\n"
    assert uids.pick([], list(uids.parse_subuid(text))) == 66012


def test_an_exhausted_range_is_an_error() -> None:
    assert uids.pick([uids.LAST - 1], []) == uids.LAST
    with pytest.raises(LumenmonError, match="used up"):
        uids.pick([uids.LAST], [])


def test_a_name_keeps_its_number_and_a_cut_line_counts_for_nobody(tmp_path: Path) -> None:
    file = tmp_path / "uids"
    first = uids.take("id_a", file)
    assert uids.take("id_b", file) > first
    assert uids.take("id_a", file) == first
    with file.open("a") as out:
        out.write("99")  # a crash in the middle of a line
    third = uids.take("id_c", file)
    assert third not in (99, first)
    assert uids.parse(file.read_text())["id_c"] == third
