"""Look at many things side by side: one that breaks or hangs is a finding and ends no other."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from queue import Empty, SimpleQueue
from threading import Thread
from typing import TypeVar

from lumenmon.ctl import Check, Mark, Part, Probe, Side, checks, common, units
from lumenmon.errors import AccessError, LumenmonError

LIMIT = 20.0
"""Seconds in which the parts of a side have to be looked at."""
Found = TypeVar("Found", Check, Part)
Make = Callable[[Mark, str, str], Found]
"""Makes the finding that stands for a look which could not be made."""
_WHY = "why: sudo lumenmonctl logs"


def parts(side: Side) -> Callable[[], list[Part]]:
    """Start to look at the lines of ``status`` of a side; the result waits for them."""

    def make(mark: Mark, text: str, remedy: str) -> Part:
        return Part(mark, side.name, text, remedy)

    started = [_started(look, make, LIMIT) for look in (partial(_units, side), side.parts)]
    return lambda: [part for wait in started for part in wait()]


def _units(side: Side) -> Iterator[Part]:
    for unit in units.show(side.units):
        yield units.part(unit, side.package, optional=unit.name in side.optional)


def found(probes: Sequence[Probe]) -> Iterator[tuple[Probe, list[Check]]]:
    """Look at everything at once and yield what was found, in the probes' order."""
    root = os.geteuid() == 0
    started = [
        (probe, _started(partial(_unseen, probe) if probe.needs_root and not root else probe.look,
                         partial(_check, probe), probe.limit))
        for probe in probes
    ]  # fmt: skip
    for probe, wait in started:
        yield probe, wait()


def of_host(sides: Sequence[Side]) -> tuple[Probe, ...]:
    """Return the probes of what concerns the whole host, whichever sides it has."""
    known = [name for side in sides for name in side.units]
    return (
        Probe("clock", lambda: [checks.clock()]),
        Probe("host", partial(checks.failed_units, known)),
    )


def _unseen(probe: Probe) -> list[Check]:
    text = f"{probe.name}: not looked at, that needs root"
    return [Check(Mark.UNSEEN, text, "sudo lumenmonctl doctor")]


def _check(probe: Probe, mark: Mark, text: str, remedy: str) -> Check:
    return Check(mark, f"{probe.name}: {text}", remedy or _WHY)


def _started(
    look: Callable[[], Iterable[Found]], make: Make[Found], limit: float
) -> Callable[[], list[Found]]:
    """Start a look; the result waits for it, for ``limit`` seconds from now at most."""
    queue: SimpleQueue[Found | None] = SimpleQueue()
    end = time.monotonic() + limit

    def run() -> None:
        for finding in _guarded(look, make):
            queue.put(finding)
        queue.put(None)

    def wait() -> list[Found]:
        findings: list[Found] = []
        try:
            while finding := queue.get(timeout=max(end - time.monotonic(), 0.01)):
                findings.append(finding)
        except Empty:
            text = f"not looked at to the end: no answer within {limit:g} s"
            findings.append(make(Mark.BAD, text, _WHY))
        return findings

    # What hangs is left behind: a daemon thread keeps no command from its end.
    Thread(target=run, daemon=True).start()
    return wait


def _guarded(look: Callable[[], Iterable[Found]], make: Make[Found]) -> Iterator[Found]:
    """Yield what a look finds; what ends it becomes its last finding."""
    try:
        yield from look()
    except AccessError as error:
        yield make(Mark.UNSEEN, error.message, error.hint or common.with_sudo())
    except LumenmonError as error:
        yield make(Mark.BAD, error.message, error.hint)
    except PermissionError as error:
        yield make(Mark.UNSEEN, f"cannot look: {error}", "sudo lumenmonctl doctor")
    except Exception as error:  # a fault of ours or of a file: said, for all else is still true
        text = f"not looked at to the end: {type(error).__name__}: {error}"
        yield make(Mark.BAD, text, _WHY)
