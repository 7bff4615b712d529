from pathlib import Path

import pytest

from lumenmon.errors import LumenmonError
from lumenmond.host import uids


def test_a_number_that_was_ever_given_is_not_given_again() -> None:
    assert uids.pick([], []) == uids.FIRST
    assert uids.pick([uids.FIRST + 1, uids.FIRST], []) == uids.FIRST + 2
    # What a restored backup left out was never given on this host.
    assert uids.pick([uids.LAST, uids.FIRST, uids.LAST + 7], []) == uids.FIRST + 1


def test_ranges_of_subuid_are_stepped_over_in_any_order() -> None:
    text = "web:66002:10\nbuild:66000:2\nbad line\nx:y:z\n"
    assert uids.pick([], list(uids.parse_subuid(text))) == 66012


def test_an_exhausted_range_is_an_error() -> None:
    whole = range(uids.FIRST, uids.LAST)
    assert uids.pick(whole, []) == uids.LAST
    assert list(uids.free([uids.LAST], [whole, range(uids.FIRST + 1)])) == []
    with pytest.raises(LumenmonError, match="used up") as caught:
        uids.pick(whole, [range(uids.LAST, uids.LAST + 65536)])
    assert "backup" in caught.value.hint


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
