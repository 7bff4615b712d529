"""The frame of lumenmonctl: what a command is, and what each side brings along.

``lumenmond.ctl`` and ``lumenmon_agentd.ctl`` each export ``SIDE``; the frame loads those that
are installed and merges their commands, units, checks and status lines.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import StrEnum


@dataclass(frozen=True)
class Command:
    """One command: ``run`` gets the parsed arguments and returns the exit status.

    ``arguments`` declares them on the command's parser. ``text`` is one line for the list of
    commands; ``details`` goes below it in ``--help``.
    """

    name: str
    alias: str
    run: Callable[[argparse.Namespace], int]
    text: str
    arguments: Callable[[argparse.ArgumentParser], None] = lambda _parser: None
    details: str = ""


class Mark(StrEnum):
    """How a check ended."""

    GOOD = "✓"
    WARN = "!"
    BAD = "✗"
    UNSEEN = "?"
    """It could not be looked at, so it counts neither as well nor as broken."""
    OFF = "○"
    """The administrator switched it off, which is no fault."""


@dataclass(frozen=True)
class Check:
    """One line of ``doctor``: what was looked at, how it is, and the remedy where it is not."""

    mark: Mark
    text: str
    remedy: str = ""


@dataclass(frozen=True)
class Part:
    """One line of ``status``: a part of the installation and how it is, worst first.

    ``doctor`` prints it as well, so a fault that a part names needs no check of its own.
    """

    mark: Mark
    name: str
    text: str
    remedy: str = ""


@dataclass(frozen=True)
class Probe:
    """Checks that belong together: ``status`` names those that are not well by ``name``.

    ``needs_root`` leaves them out for others, said as such. ``only_doctor`` marks those that take
    too long for ``status``, or that advise where nothing is broken.
    """

    name: str
    look: Callable[[], Iterable[Check]]
    needs_root: bool = False
    only_doctor: bool = False
    limit: float = 20.0
    """Seconds in which it has to be done; what it asks has a shorter limit of its own."""


@dataclass(frozen=True)
class Side:
    """What the console or the agent brings to lumenmonctl on a host where it is installed.

    ``units`` are those that ``start``, ``stop`` and ``logs`` mean; the ``optional`` ones may be
    disabled without a fault. ``parts`` gives the lines of ``status`` beyond the units' own,
    ``probes`` the checks of both ``doctor`` and ``status``. ``agent_id`` finds the id of an agent
    by its name, where that is known.
    """

    name: str
    package: str
    units: tuple[str, ...]
    commands: tuple[Command, ...]
    parts: Callable[[], Iterable[Part]]
    probes: tuple[Probe, ...] = ()
    optional: tuple[str, ...] = ()
    agent_id: Callable[[str], str] | None = None
