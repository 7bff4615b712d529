"""Checks that both sides use: units, clock, disk, permissions."""

from __future__ import annotations

import contextlib
import grp
import os
import pwd
import socket
import stat
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from itertools import islice
from pathlib import Path

from lumenmon import files, request, run, term
from lumenmon.ctl import Check, Mark, Part, Side
from lumenmon.errors import LumenmonError

SHOWN = 5
"""Units that are named one by one."""
MOST = 1000
"""Entries of a directory that are looked at."""
LOW_DISK = 0.10
"""Share of a file system that should stay free."""
_EXPECTED = {stat.S_IFREG, stat.S_IFDIR, stat.S_IFSOCK}
_START_AGAIN = "sudo lumenmonctl stop; sudo lumenmonctl start"
_LISTENS = 0x10000  # __SO_ACCEPTCON in the flags of /proc/net/unix, proc(5)
LITTLE_DISK = 100 * 2**20
"""Bytes below which nothing can be stored for long."""


def of_units(parts: Iterable[Part], side: Side) -> Iterator[Check]:
    """Yield the units among the parts of a side; those that are well share one line."""
    well = 0
    for part in parts:
        if part.name not in side.units:
            continue
        if part.mark is Mark.GOOD:
            well += 1
        else:
            yield Check(part.mark, f"{part.name}: {part.text}", part.remedy)
    if well:
        yield Check(Mark.GOOD, f"{well} of {len(side.units)} units are active ({side.name})")


def failed_units(known: Collection[str]) -> Iterator[Check]:
    """Look for units of this host that have failed, but for the ``known``, which have a line."""
    done = run.run(["systemctl", "list-units", "--state=failed", "--plain", "--no-legend"])
    names = [line.split()[0] for line in done.stdout.splitlines() if line.strip()]
    names = [name for name in names if name not in known]
    ours = [name for name in names if name.startswith("lumenmon")]
    others = [name for name in names if name not in ours]
    for group, whose in ((ours, "of lumenmon"), (others, "of this host")):
        if group:
            shown = f"{' '.join(group[:SHOWN])}{' …' if len(group) > SHOWN else ''}"
            text = f"{term.counted(len(group), 'unit')} {whose} failed: {shown}"
            why = f"why: systemctl status {group[0]}; once that is mended:"
            yield Check(Mark.BAD, text, f"{why} sudo systemctl reset-failed {group[0]}")
    if not names:
        yield Check(Mark.GOOD, "no unit of this host has failed")


def clock() -> Check:
    """Look whether the clock is set from outside: timestamps come from it.

    A container has its host's clock. Nothing that is installed in it could set that.
    """
    if run.run(["systemd-detect-virt", "--quiet", "--container"], check=False).status == 0:
        return Check(Mark.GOOD, "the clock is that of this container's host")
    try:
        done = run.run(["timedatectl", "show", "--property=NTPSynchronized", "--value"])
        synchronised = done.stdout.strip() == "yes"
    except LumenmonError:
        synchronised = Path("/run/systemd/timesync/synchronized").exists()
    if synchronised:
        return Check(Mark.GOOD, "the clock is synchronised")
    return Check(
        Mark.WARN,
        "the clock is not synchronised",
        "sudo apt install systemd-timesyncd; sudo timedatectl set-ntp true",
    )


def disk(path: Path) -> Check:
    """Look how much room is left where ``path`` is."""
    try:
        room = os.statvfs(path)
    except FileNotFoundError:
        return Check(Mark.BAD, f"{path} is not there", _START_AGAIN)
    except OSError as error:
        return Check(Mark.WARN, f"{path}: {error.strerror}", "sudo lumenmonctl doctor")
    free, total = room.f_bavail * room.f_frsize, room.f_blocks * room.f_frsize
    text = f"{path}: {term.amount(free, 'B')} free of {term.amount(total, 'B')}"
    remedy = f"make room: sudo du -xh {path} | sort -h | tail"
    if free < LITTLE_DISK:
        return Check(Mark.BAD, text, remedy)
    if free < total * LOW_DISK:
        return Check(Mark.WARN, text, remedy)
    return Check(Mark.GOOD, text)


def access(path: Path, mode: int, owner: str, group: str) -> Check:
    """Look whether ``path`` has the mode, owner and group that it should."""
    try:
        found = path.lstat()
    except FileNotFoundError:
        return Check(Mark.BAD, f"{path} is not there", _START_AGAIN)
    except PermissionError:
        return Check(Mark.UNSEEN, f"{path}: no right to look", "sudo lumenmonctl doctor")
    is_mode = stat.S_IMODE(found.st_mode)
    is_owner, is_group = _name(pwd.getpwuid, found.st_uid), _name(grp.getgrgid, found.st_gid)
    if (is_mode, is_owner, is_group) == (mode, owner, group):
        return Check(Mark.GOOD, f"{path}: {mode:04o} {owner}:{group}")
    return Check(
        Mark.BAD,
        f"{path}: {is_mode:04o} {is_owner}:{is_group} instead of {mode:04o} {owner}:{group}",
        mending(path, mode, owner, group),
    )


def owned(directory: Path, user: str) -> Iterator[Check]:
    """Look whether everything in ``directory`` belongs to ``user`` and nobody else may change it.

    It looks at ``MOST`` entries at most, and follows no link.
    """
    uid = pwd.getpwnam(user).pw_uid
    wrong, strange = [], []
    with os.scandir(directory) as entries:
        for entry in islice(entries, MOST):
            with contextlib.suppress(FileNotFoundError):
                found = entry.stat(follow_symlinks=False)
                others = stat.S_IMODE(found.st_mode) & (stat.S_IWGRP | stat.S_IWOTH)
                if stat.S_IFMT(found.st_mode) not in _EXPECTED:
                    strange.append(entry.path)
                elif found.st_uid != uid or (others and not stat.S_ISSOCK(found.st_mode)):
                    wrong.append(entry.path)
    for path in strange[:1]:  # no change of owner or mode makes a file of a link
        rest = f" and {len(strange) - 1} more" if len(strange) > 1 else ""
        text = f"{path}{rest}: neither a file nor a directory"
        yield Check(Mark.BAD, text, files.removal(path))
    if not (wrong or strange):
        yield Check(Mark.GOOD, f"{directory}: all in it is {user}'s alone to change")
    if not wrong:
        return
    rest = f" and {len(wrong) - 1} more" if len(wrong) > 1 else ""
    remedy = f"sudo chown -Rh {user}: {directory}; {_sudo(user)} chmod -R go-w {directory}"
    yield Check(Mark.BAD, f"{wrong[0]}{rest} in {directory}: not {user}'s alone to change", remedy)


def mending(path: Path, mode: int, owner: str, group: str) -> str:
    """Return the commands that mend ``path``; they follow a link with its owner's rights alone."""
    return f"sudo chown -h {owner}:{group} {path}; {_sudo(owner)} chmod {mode:04o} {path}"


def _sudo(user: str) -> str:
    return "sudo" if user == "root" else f"sudo -u {user}"


def _name(look: Callable[[int], Sequence[object]], number: int) -> str:
    try:
        return str(look(number)[0])
    except KeyError:
        return str(number)


def listening(path: Path, root: Path = Path("/")) -> Check:
    """Look whether systemd listens at a Unix socket, without waking what is behind it."""
    with contextlib.suppress(OSError):
        for line in (root / "proc/net/unix").read_text().splitlines():
            fields = line.split()
            if len(fields) > 7 and fields[7] == str(path) and int(fields[3], 16) & _LISTENS:
                return Check(Mark.GOOD, f"{path} listens")
    return Check(Mark.BAD, f"{path}: nothing listens", _START_AGAIN)


def answers(path: Path) -> Check:
    """Look whether something accepts connections at a Unix socket."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
        connection.settimeout(2)
        try:
            request.connect(connection, path)
        except request.StrangerError as error:
            return Check(Mark.BAD, error.message, error.hint)
        except PermissionError:
            return Check(Mark.UNSEEN, f"{path}: no right to connect", "sudo lumenmonctl doctor")
        except OSError as error:
            return Check(Mark.BAD, f"{path}: nothing listens ({error.strerror})", _START_AGAIN)
    return Check(Mark.GOOD, f"{path} answers")
