from pathlib import Path

import pytest

from lumenmon.errors import LumenmonError
from lumenmond import uidrange
from lumenmond.uidrange import NORMAL, SMALL


def root(tmp_path: Path, uid_map: str, dynamic: tuple[str, ...] = ()) -> Path:
    file = tmp_path / "proc/self/uid_map"
    file.parent.mkdir(parents=True)
    file.write_text(uid_map)
    for name in dynamic:
        place = tmp_path / "run/systemd/dynamic-uid" / name
        place.parent.mkdir(parents=True, exist_ok=True)
        place.touch()
    return tmp_path


@pytest.mark.parametrize(
    ("uid_map", "wanted"),
    [
        ("         0          0 4294967295\n", NORMAL),
        ("         0     100000      65536\n", SMALL),
        ("0 1000000 65536\n65536 2000000 65536\n", NORMAL),
        ("0 1000000 70000\n", SMALL),
    ],
)
def test_the_range_is_the_one_that_is_mapped(tmp_path: Path, uid_map: str, wanted: range) -> None:
    assert uidrange.chosen(root(tmp_path, uid_map)) == wanted


def test_a_host_without_a_range_is_told(tmp_path: Path) -> None:
    with pytest.raises(LumenmonError, match="neither user ids 66000 to 99999 nor 61184"):
        uidrange.chosen(root(tmp_path, "0 1000 1\n1 100000 50000\n"))


def test_what_others_use_is_reserved(tmp_path: Path) -> None:
    there = root(tmp_path, "", ("61200", "direct:web", "65000"))
    taken = {uid for each in uidrange.reserved(there) for uid in each}
    assert {61200, 65000, 63434, 64055} <= taken
    assert not taken & set(NORMAL)


def test_whose_an_id_is_does_not_depend_on_the_host() -> None:
    for uid in (66000, 99999, 61184, 65519):
        assert uidrange.is_ours(uid)
    for uid in (0, 1000, 61183, 63434, 64055, 65520, 65534, 65535, 65999, 100000):
        assert not uidrange.is_ours(uid)
