import pytest

from lumenmond.host.sessions import belongs

NAME, UID = "reg_0000000000001", 66001


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
    assert belongs(status(uid), title, NAME, UID) is found


def test_a_zombie_is_nobodys() -> None:
    assert not belongs(status(UID, "Z (zombie)"), "", NAME, UID)


def test_any_of_the_four_uids_counts() -> None:
    text = f"State:\tS\nUid:\t0\t{UID}\t0\t0\n"
    assert belongs(text, "", NAME, UID)
