"""What ``status`` and ``doctor`` say of collectors: those that fail, and those that never run."""

from __future__ import annotations

import grp
import os
import shlex
import stat
from collections.abc import Iterator
from pathlib import Path

from lumenmon import paths
from lumenmon.ctl import Check, Mark
from lumenmon_agentd.identity import Files
from lumenmon_agentd.rhythm import Rhythm
from lumenmon_agentd.status import Status

USER = "lumenmon-agentd"
MOST = 200
"""Files of a directory that are looked at."""
_TIMERS = {Rhythm.CYCLE.value, Rhythm.REPORT.value}


def checks(directory: Path = paths.COLLECTORS) -> Iterator[Check]:
    """Look at the directories of executables, and at what the agent tells of its collectors."""
    bad = [*_misplaced(directory)]
    for rhythm in Rhythm:
        for path in _entries(directory / rhythm.value):
            bad += _runnable(path)
    yield from bad
    status = Status.read(Files().status)
    if status is None or not status.registered:
        return
    lines = [line for line in status.troubles.splitlines() if line]
    for line in lines:
        yield Check(Mark.BAD, f"collector {line}", _remedy(line.partition(": ")[0], directory))
    if not lines and not bad:
        yield Check(Mark.GOOD, "every collector ran well at its last turn")


def _entries(directory: Path) -> list[Path]:
    try:
        with os.scandir(directory) as entries:
            names = [entry.name for _, entry in zip(range(MOST), entries, strict=False)]
    except FileNotFoundError:
        return []
    return [directory / name for name in sorted(names) if not name.startswith(".")]


def _misplaced(directory: Path) -> Iterator[Check]:
    """Yield what lies where the agent does not look."""
    known = [rhythm.value for rhythm in Rhythm]
    for path in _entries(directory):
        if path.name in known and path.is_dir():
            continue
        what = f"{path} is no rhythm: nothing in it runs" if path.is_dir() else f"{path} never runs"
        there = f"{directory}/cycle/"
        source = f"{shlex.quote(str(path))}{'/*' if path.is_dir() else ''}"
        rest = f"; sudo rmdir {shlex.quote(str(path))}" if path.is_dir() else ""
        which = f"the rhythms are {', '.join(known)}: sudo mv {source} {there}{rest}"
        yield Check(Mark.BAD, what, which)


def _runnable(path: Path) -> Iterator[Check]:
    """Yield why the agent does not run a file, which is not root."""
    shown = shlex.quote(str(path))
    try:
        found = path.stat()
    except OSError as error:
        yield Check(Mark.BAD, f"{path}: {error.strerror}", f"sudo rm {shown}")
        return
    mode = stat.S_IMODE(found.st_mode)
    if not stat.S_ISREG(found.st_mode):
        yield Check(Mark.BAD, f"{path} is not a file: not run", f"sudo mv {shown} /root/")
    elif found.st_uid != 0 or mode & (stat.S_IWGRP | stat.S_IWOTH):
        remedy = f"sudo chown root: {shown}; sudo chmod go-w {shown}"
        yield Check(Mark.BAD, f"{path} is not root's alone to write: not run", remedy)
    elif not (mode & stat.S_IXOTH or (mode & stat.S_IXGRP and found.st_gid == _group())):
        text = f"{path} cannot be executed by {USER}: not run"
        yield Check(Mark.BAD, text, f"sudo chmod 755 {shown}")


def _group() -> int:
    try:
        return grp.getgrnam(USER).gr_gid
    except KeyError:
        return -1


def _remedy(who: str, directory: Path) -> str:
    path = Path(who)
    if path.parent.parent != directory:
        return "why: sudo journalctl -e LUMENMON_EVENT=collector-failed"
    again = f"sudo runuser -u {USER} -- {shlex.quote(who)}"
    if (rhythm := path.parent.name) in _TIMERS:
        return f"see it fail: {again}; once mended: sudo systemctl start lumenmon-collect@{rhythm}"
    return f"see it fail: {again}"
