"""Checks that both sides use: units, clock, disk, permissions."""

from __future__ import annotations

import contextlib
import grp
import os
import pwd
import socket
import stat
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from lumenmon import request, run, term
from lumenmon.ctl import Check, Mark, Side, units
from lumenmon.errors import LumenmonError

LOW_DISK = 0.10
"""Share of a file system that should stay free."""
_ANEW = "sudo lumenmonctl stop; sudo lumenmonctl start"
_LISTENS = 0x10000  # __SO_ACCEPTCON in the flags of /proc/net/unix, proc(5)
LITTLE_DISK = 100 * 2**20
"""Bytes below which nothing can be stored for long."""


def unit_checks(side: Side) -> Iterator[Check]:
    """Look at each of a side's units; those that are well share one line."""
    well = 0
    for unit in units.show(side.units):
        part = units.part(unit, side.package)
        if part.mark is Mark.GOOD:
            well += 1
        else:
            yield Check(part.mark, f"{part.name}: {part.text}", part.remedy)
    if well:
        yield Check(Mark.GOOD, f"{well} of {len(side.units)} units are active ({side.name})")


def host_checks() -> Iterator[Check]:
    """Look at what concerns the whole host: the clock, and units that have failed."""
    yield clock()
    yield failed_units()


def failed_units() -> Check:
    """Look for failed units of ours, per-connection ones included."""
    done = run.run(
        ["systemctl", "list-units", "--state=failed", "--plain", "--no-legend", "lumenmon*"]
    )
    names = [line.split()[0] for line in done.stdout.splitlines() if line.strip()]
    if not names:
        return Check(Mark.GOOD, "no unit has failed")
    shown = " ".join(names[:5])
    return Check(Mark.BAD, f"failed: {shown}", f"why: journalctl -e -u {names[0]}")


def clock() -> Check:
    """Look whether the clock is set from outside: timestamps come from it."""
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
        return Check(Mark.BAD, f"{path} is not there", _ANEW)
    except OSError as error:
        return Check(Mark.WARN, f"{path}: {error.strerror}", "run it with sudo")
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
        return Check(Mark.BAD, f"{path} is not there", _ANEW)
    except PermissionError:
        return Check(Mark.WARN, f"{path}: no right to look", "run it with sudo")
    is_mode = stat.S_IMODE(found.st_mode)
    is_owner, is_group = _name(pwd.getpwuid, found.st_uid), _name(grp.getgrgid, found.st_gid)
    if (is_mode, is_owner, is_group) == (mode, owner, group):
        return Check(Mark.GOOD, f"{path}: {mode:04o} {owner}:{group}")
    return Check(
        Mark.BAD,
        f"{path}: {is_mode:04o} {is_owner}:{is_group} instead of {mode:04o} {owner}:{group}",
        f"sudo chown {owner}:{group} {path}; sudo chmod {mode:04o} {path}",
    )


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
    return Check(Mark.BAD, f"{path}: nothing listens", _ANEW)


def answers(path: Path) -> Check:
    """Look whether something accepts connections at a Unix socket."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
        connection.settimeout(2)
        try:
            request.connect(connection, path)
        except request.StrangerError as error:
            return Check(Mark.BAD, error.message, error.hint)
        except PermissionError:
            return Check(Mark.WARN, f"{path}: no right to connect", "run it with sudo")
        except OSError as error:
            return Check(Mark.BAD, f"{path}: nothing listens ({error.strerror})", _ANEW)
    return Check(Mark.GOOD, f"{path} answers")
