from pathlib import Path

import pytest

from lumenmon import paths, run
from lumenmond.host import leftovers

ACTIVE = ("user-66000.journal", "user-66001.journal")
ROTATED = "user-66000@0b7f1c5d2d8e4d1fa1b2c3d4e5f60718-00000000000004d2-000661498a2b3c4d.journal"
DAMAGED = "user-66001@00066149aabbccdd-1122334455667788.journal~"
OTHERS = ("system.journal", "user-1000.journal", "user-6600.journal", "user-660000.journal")


@pytest.fixture
def journal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(paths, "UIDS", tmp_path / "uids")
    monkeypatch.setattr(leftovers, "JOURNAL", tmp_path)
    monkeypatch.setattr(leftovers, "MACHINE", tmp_path / "machine-id")
    leftovers.MACHINE.write_text("0f2aea3c5b28b8ce95aa5f5cf1eed7c8\n")
    place = tmp_path / "0f2aea3c5b28b8ce95aa5f5cf1eed7c8"
    place.mkdir()
    for name in (*ACTIVE, ROTATED, DAMAGED, *OTHERS):
        (place / name).touch()
    return place


def test_the_journals_of_our_users_go_and_no_others(
    journal: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[list[str]] = []
    monkeypatch.setattr(run, "run", lambda argv, **_: told.append(argv))
    paths.UIDS.write_text("66000 reg_1795818292938\n66001 id_71f6896f287a3014\n")
    leftovers.forget_journals()
    assert {file.name for file in journal.iterdir()} == set(OTHERS)
    assert told == [["journalctl", "--relinquish-var"], ["journalctl", "--flush"]]
    leftovers.forget_journals()
    assert len(told) == 2, "journald is left alone when there is nothing to do"


def test_the_journals_of_containers_stay(journal: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run, "run", lambda *_, **__: None)
    paths.UIDS.write_text("66000 reg_1795818292938\n66001 id_71f6896f287a3014\n")
    container = journal.with_name("9d0e5bc8a1f54b0a8a1e6b7c1c5b2f10")
    container.mkdir()
    (container / ACTIVE[0]).touch()
    (journal.parent / "a-link").symlink_to(container)
    (journal / ACTIVE[0]).unlink()
    (journal / ACTIVE[0]).symlink_to(container / ACTIVE[0])
    (journal / ACTIVE[1]).unlink()
    (journal / ACTIVE[1]).mkdir()
    leftovers.forget_journals()
    assert (container / ACTIVE[0]).is_file()
    assert {file.name for file in journal.iterdir()} == {*OTHERS, ACTIVE[1]}


def test_a_console_that_gave_no_numbers_touches_no_journal(
    journal: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(run, "run", lambda *_, **__: pytest.fail("journald was asked"))
    leftovers.forget_journals()
    assert len(list(journal.iterdir())) == len((*ACTIVE, ROTATED, DAMAGED, *OTHERS))


def test_journald_goes_on_when_a_file_cannot_be_deleted(
    journal: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[list[str]] = []
    monkeypatch.setattr(run, "run", lambda argv, **_: told.append(argv))
    paths.UIDS.write_text("66000 reg_1795818292938\n")

    def refuse(*_: object, **__: object) -> None:
        raise PermissionError

    monkeypatch.setattr(Path, "unlink", refuse)
    with pytest.raises(PermissionError):
        leftovers.forget_journals()
    assert told[-1] == ["journalctl", "--flush"]
