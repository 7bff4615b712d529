import os
from pathlib import Path

import pytest

from lumenmon import paths
from lumenmon.errors import LumenmonError
from lumenmon.invite import LIFETIME
from lumenmond.host import invites
from lumenmond.host.invites import Moment

MADE = Moment(1000.0, 50.0, "boot")
USER = "reg_0000000000001"


@pytest.mark.parametrize(
    ("now", "expired"),
    [
        (Moment(1000.0, 50.0, "boot"), False),
        (Moment(1000.0 + LIFETIME - 1, 50.0 + LIFETIME - 1, "boot"), False),
        (Moment(1000.0 + LIFETIME, 51.0, "boot"), True),  # the clock was set forward
        (Moment(10.0, 50.0 + LIFETIME, "boot"), True),  # it was set back: no longer life
        (Moment(10.0, 60.0, "boot"), False),
        (Moment(1010.0, 2.0, "next"), False),
        (Moment(10.0, 2.0, "next"), True),  # rebooted with a wrong clock
        (Moment(1000.0 + LIFETIME, 2.0, "next"), True),
    ],
)
def test_an_invite_expires_by_either_clock(now: Moment, expired: bool) -> None:
    assert MADE.expired(now) is expired


@pytest.fixture
def directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(paths, "INVITES", tmp_path)
    return tmp_path


def put(directory: Path, now: Moment) -> None:
    invites_text = f'{{"wall": {now.wall}, "boottime": {now.boottime}, "boot": "{now.boot}"}}'
    (directory / USER).write_text(invites_text)


def test_an_invite_is_claimed_once(directory: Path) -> None:
    put(directory, Moment.now())
    taken = invites.claim(USER)
    assert taken.exists()
    with pytest.raises(LumenmonError, match="used already"):
        invites.claim(USER)
    (left,) = invites.read_all()
    assert left.claimed
    assert left.user == USER


def test_an_expired_or_damaged_invite_cannot_be_claimed(directory: Path) -> None:
    now = Moment.now()
    put(directory, Moment(now.wall, now.boottime - LIFETIME, now.boot))
    with pytest.raises(LumenmonError, match="expired"):
        invites.claim(USER)
    (directory / USER).write_text("{")
    with pytest.raises(LumenmonError, match="expired"):
        invites.claim(USER)


@pytest.mark.parametrize("user", ["root", "../x", "reg_1", "id_0123456789abcdef", USER + "\n"])
def test_only_the_name_of_an_invite_is_looked_up(directory: Path, user: str) -> None:
    with pytest.raises(LumenmonError):
        invites.claim(user)


def test_unfinished_files_of_a_crash_go(directory: Path) -> None:
    (directory / f".{USER}.new").write_text("{")
    assert list(invites.read_all()) == []
    assert os.listdir(directory) == []
