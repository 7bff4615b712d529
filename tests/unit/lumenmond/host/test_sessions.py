from pathlib import Path

import pytest

from lumenmond.host.sessions import belongs, find

NAME, UID = "reg_0000000000001", 66001
OTHER = "id_0123456789abcdef"


def status(uid: int, state: str = "S (sleeping)") -> str:
    return f"Name:\tx\nState:\t{state}\nUid:\t{uid}\t{uid}\t{uid}\t{uid}\n"


@pytest.mark.parametrize(
    ("uid", "title", "found"),
    [
        (UID, "sh -c anything", True),
        (0, f"sshd: {NAME} [priv]", True),
        (0, f"sshd-session: {NAME} [priv]", True),
        (0, f"sshd: {NAME}1 [priv]", False),
        (0, "sshd: root [priv]", False),
        (0, f"vi sshd: {NAME} [priv]", False),
        (1000, f"sshd: {NAME} [priv]", False),  # anyone can choose such a title
    ],
)
def test_whose_process_it_is(uid: int, title: str, found: bool) -> None:
    assert belongs(status(uid), title, {NAME, OTHER}, {UID, UID + 1}) is found


def test_a_zombie_is_nobodys() -> None:
    assert not belongs(status(UID, "Z (zombie)"), "", {NAME}, {UID})


def test_any_of_the_four_uids_counts() -> None:
    text = f"State:\tS\nUid:\t0\t{UID}\t0\t0\n"
    assert belongs(text, "", {NAME}, {UID})


def test_one_look_finds_the_processes_of_all_accounts(tmp_path: Path) -> None:
    processes = {
        "2": (UID, "sh"), "3": (UID + 1, "sh"), "4": (UID + 2, "sh"), "5": (0, "systemd"),
        "6": (0, f"sshd: {OTHER} [priv]"), "7": (0, f"sshd-session: {NAME}@notty"),
    }  # fmt: skip
    for pid, (uid, title) in processes.items():
        (tmp_path / pid).mkdir()
        (tmp_path / pid / "status").write_text(status(uid))
        (tmp_path / pid / "cmdline").write_bytes(title.encode())
    (tmp_path / "8").mkdir()  # just ended
    (tmp_path / "self").mkdir()
    assert sorted(find({NAME: UID, OTHER: UID + 1}, tmp_path)) == [2, 3, 6, 7]
    assert list(find({}, tmp_path)) == []
