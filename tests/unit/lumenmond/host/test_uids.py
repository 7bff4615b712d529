from pathlib import Path

import pytest

from lumenmon.errors import LumenmonError
from lumenmond import uidrange
from lumenmond.host import uids
from lumenmond.uidrange import NORMAL, SMALL

FIRST, LAST = NORMAL[0], NORMAL[-1]


def test_a_number_that_was_ever_given_is_not_given_again() -> None:
    assert uids.pick(NORMAL, [], []) == FIRST
    assert uids.pick(NORMAL, [FIRST + 1, FIRST], []) == FIRST + 2
    # What a restored backup left out was never given on this host.
    assert uids.pick(NORMAL, [LAST, FIRST, LAST + 7], []) == FIRST + 1


def test_ranges_of_subuid_are_stepped_over_in_any_order() -> None:
    text = "web:66002:10\nbuild:66000:2\nbad line\nx:y:z\n"
    assert uids.pick(NORMAL, [], list(uids.parse_subuid(text))) == 66012


def test_an_exhausted_range_is_an_error() -> None:
    whole = range(FIRST, LAST)
    assert uids.pick(NORMAL, whole, []) == LAST
    assert list(uids.free(NORMAL, [LAST], [whole, range(FIRST + 1)])) == []
    with pytest.raises(LumenmonError, match="used up") as caught:
        uids.pick(NORMAL, whole, [range(LAST, LAST + 65536)])
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


def test_a_number_that_is_not_mapped_is_given_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "uids"
    file.write_text(f"{FIRST} id_a\n")
    monkeypatch.setattr(uidrange, "mapped", lambda *_: [range(65536)])
    assert uids.take("id_a", file) in SMALL
    assert uids.take("id_a", file) == uids.parse(file.read_text())["id_a"]
