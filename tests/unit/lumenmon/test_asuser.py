"""Work with another user's rights: what comes back, what does not, and what it may touch."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from lumenmon import asuser
from lumenmon.asuser import AsUserError
from lumenmon.errors import LumenmonError
from lumenmon.files import FileError, read_small

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="needs root")
USER = "nobody"


def identity() -> list[object]:
    return [os.getresuid(), os.getresgid(), os.getgroups(), os.isatty(0), os.getsid(0)]


def test_it_has_the_rights_of_the_user_alone_and_no_terminal() -> None:
    uids, gids, groups, terminal, session = asuser.call(USER, identity)
    number = os.stat("/").st_uid
    assert number not in uids
    assert len({*uids}) == len({*gids}) == 1
    assert groups == []
    assert not terminal
    assert session != os.getsid(0)
    with pytest.raises(PermissionError) as refused:
        asuser.call(USER, lambda: Path("/etc/shadow").read_text())
    assert refused.value.filename == "/etc/shadow"


def test_errors_come_back_with_their_hints() -> None:
    def fail() -> None:
        raise LumenmonError("no room", "make room")

    with pytest.raises(LumenmonError, match="no room") as caught:
        asuser.call(USER, fail)
    assert caught.value.hint == "make room"
    with pytest.raises(AsUserError, match="ZeroDivisionError"):
        asuser.call(USER, lambda: 1 / 0)
    with pytest.raises(AsUserError, match="does not exist"):
        asuser.call("lumenmon-nobody", identity)


def test_it_takes_no_longer_and_no_more_than_it_may(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "fifo", 0o666)
    tmp_path.chmod(0o755)
    started = time.monotonic()
    with pytest.raises(AsUserError, match="no answer within"):
        asuser.call("root", lambda: (tmp_path / "fifo").read_text(), 0.3)
    assert time.monotonic() - started < 60
    with pytest.raises(AsUserError, match="without an answer"):
        asuser.call(USER, lambda: "x" * 2 * asuser.MAX_ANSWER)
    with pytest.raises(AsUserError, match="without an answer"):
        asuser.call(USER, lambda: os._exit(0))
    with pytest.raises(ChildProcessError):
        os.waitpid(-1, os.WNOHANG)


def test_a_file_is_opened_with_the_users_rights(tmp_path: Path) -> None:
    for path in (tmp_path, *tmp_path.parents):
        if path.stat().st_mode & 0o005 != 0o005:
            path.chmod(path.stat().st_mode | 0o005)
        if path == Path("/tmp"):
            break
    mine, roots = tmp_path / "mine", tmp_path / "roots"
    mine.write_text("mine")
    os.chown(mine, *asuser.call(USER, lambda: [os.getuid(), os.getgid()]))
    roots.write_text("root's")
    with asuser.open_file(USER, mine) as file:
        assert file.read() == b"mine"
    with pytest.raises(AsUserError, match="does not belong"):
        asuser.open_file(USER, roots)
    (tmp_path / "link").symlink_to(mine)
    os.mkfifo(tmp_path / "fifo")
    for name, reason in (("link", "is a link"), ("fifo", "not a regular file")):
        with pytest.raises(LumenmonError, match=reason):
            asuser.open_file("root", tmp_path / name)


def test_a_small_file_is_read_and_nothing_else(tmp_path: Path) -> None:
    good = tmp_path / "good"
    good.write_text("ä" * 8)
    assert read_small(good, 16) == "ä" * 8
    with pytest.raises(FileError, match="longer than 15 bytes"):
        read_small(good, 15)
    good.write_bytes(b"\xff")
    with pytest.raises(FileError, match="UTF-8"):
        read_small(good, 16)
    os.chown(good, 12345, 12345)
    with pytest.raises(FileError, match="owner of its directory"):
        read_small(good, 16)
    (tmp_path / "link").symlink_to("/dev/zero")
    os.mkfifo(tmp_path / "fifo")
    for path in (tmp_path / "link", tmp_path / "fifo", tmp_path, Path("/dev/zero")):
        with pytest.raises(FileError):
            read_small(path, 16)
    with pytest.raises(FileNotFoundError):
        read_small(tmp_path / "none", 16)
