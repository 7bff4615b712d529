import os
from pathlib import Path

import pytest

from lumenmon import paths
from lumenmon.errors import LumenmonError
from lumenmon.invite import LIFETIME
from lumenmond.host import accounts, invites
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


def test_an_account_that_cannot_be_deleted_does_not_keep_the_others(
    directory: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(paths, "HOST_STATE", directory / "state")
    monkeypatch.setattr(paths, "KEYS", directory / "keys")
    monkeypatch.setattr(paths, "INVITES", directory / "invites")
    users = [f"reg_{number:013d}" for number in range(3)]
    there = set(users)

    def delete(name: str) -> bool:
        if name == users[0]:
            raise LumenmonError("process 7 cannot be ended")
        there.discard(name)
        return True

    monkeypatch.setattr(accounts, "delete", delete)
    monkeypatch.setattr(accounts, "_userdel", lambda name, _: delete(name))
    monkeypatch.setattr(accounts.passwd, "void", lambda _: None)
    monkeypatch.setattr(accounts.sessions, "end", lambda *_: None)
    monkeypatch.setattr(accounts, "listed", lambda: dict.fromkeys(sorted(there), 66000))
    accounts.prepare()
    (paths.INVITES / users[0]).write_text("{")
    (paths.INVITES / users[1]).write_text("{")
    assert invites.sweep() == [users[1], users[2]]
    assert os.listdir(paths.INVITES) == [users[0]]  # tried again at the next sweep

    there.update(users)
    with pytest.raises(LumenmonError, match=f"not removed: {users[0]}$"):
        accounts.remove_all()
    assert there == {users[0]}
    assert paths.KEYS.stat().st_mode & 0o777 == 0o700, "sshd reads no key while accounts go"
    accounts.prepare()
    assert paths.KEYS.stat().st_mode & 0o777 == 0o711


def test_unfinished_files_of_a_crash_go(directory: Path) -> None:
    (directory / f".{USER}.new").write_text("{")
    assert list(invites.read_all()) == []
    assert os.listdir(directory) == []


@pytest.mark.parametrize(
    ("ages", "words"),
    [
        ([60] * 29 + [4000] * 170, ""),
        ([60] * 30, "30 were made within an hour"),
        ([-60] * 30, "30 were made within an hour"),
        ([4000] * 200, "200 were made within a day"),
        ([90_000] * 5000, ""),
    ],
)
def test_the_dashboards_invites_are_counted(
    directory: Path, monkeypatch: pytest.MonkeyPatch, ages: list[int], words: str
) -> None:
    file = directory / "uids"
    stamps = [1_800_000_000_000 - age * 1000 + number for number, age in enumerate(ages)]
    file.write_text("".join(f"{66000 + n} reg_{s:013d}\n" for n, s in enumerate(stamps)))
    monkeypatch.setattr(paths, "UIDS", file)
    if not words:
        invites.check_rate(1_800_000_000)
        return
    with pytest.raises(LumenmonError, match=words) as caught:
        invites.check_rate(1_800_000_000)
    assert "sudo lumenmonctl invite" in caught.value.hint
