"""What ``status`` and ``doctor`` say of a configuration file and of the daemons that read it."""

from __future__ import annotations

import stat
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from lumenmon.ctl import Check, Mark, units
from lumenmon.errors import LumenmonError


def look(path: Path, load: Callable[[], object], services: Sequence[str]) -> Iterator[Check]:
    """Look whether a file is valid, and whether its ``services`` run with what is in it.

    ``load`` reads the file as they do, and raises LumenmonError.
    """
    running = [unit for unit in units.show(services) if unit.active == "active"]
    names = " and ".join(unit.name.removesuffix(".service") for unit in running)
    restart = "sudo systemctl restart " + " ".join(services)
    edit = f"sudoedit {path}; then: sudo lumenmonctl restart"
    try:
        load()
    except LumenmonError as error:
        verb = "runs" if len(running) == 1 else "run"
        now = f"; {names} still {verb} with the old values, and cannot be started with these"
        text = error.message + (now if running else "")
        yield Check(Mark.BAD, text, f"correct it (man {path.name}): {edit}")
        return
    if hidden := _hidden(path):
        yield hidden
        return
    old = [unit for unit in running if _older(unit, path)]
    if old:
        names = " and ".join(unit.name.removesuffix(".service") for unit in old)
        text = f"{path} was changed after {names} started, and is not in force yet"
        yield Check(Mark.WARN, text, restart)
    else:
        yield Check(Mark.GOOD, f"{path} is valid")


def _hidden(path: Path) -> Check | None:
    """Return what keeps a daemon, which is not root, from reading the file; root itself can."""
    for place, needed in ((path.parent, stat.S_IXOTH), (path, stat.S_IROTH)):
        try:
            mode = place.stat().st_mode
        except FileNotFoundError:  # the defaults hold
            return None
        if not mode & needed:
            word = "755" if stat.S_ISDIR(mode) else "644"
            text = f"{place} cannot be read by lumenmon: mode {stat.S_IMODE(mode):04o}"
            return Check(Mark.BAD, text, f"sudo chmod {word} {place}")
    return None


def _older(unit: units.Unit, path: Path) -> bool:
    """Return whether a unit has run since before the file was changed."""
    try:
        changed = path.stat().st_mtime
    except OSError:
        return False
    return unit.since is not None and time.time() - unit.since + 1 < changed
