"""Which agents fill the database, and which are slowed or at their limit."""

from __future__ import annotations

import os
import shlex
from collections.abc import Iterator, Sequence

from lumenmon import live, paths, term
from lumenmon.ctl import Check, Mark
from lumenmon.errors import LumenmonError
from lumenmond import flood
from lumenmond.ctl import fleet

SHOWN = 3
"""Agents that are named."""
FULL = 0.8
"""Share of the disk in use from which on those that fill most of it are named."""
_FILE = paths.CONFIG / "lumenmond.toml"


def checks() -> Iterator[Check]:
    """Look who is over a bound, and who fills most when the disk gets full."""
    try:
        known = fleet.snapshot()
    except LumenmonError:
        return  # the agents' own line tells
    over = [agent for agent in known.agents if flood.excess(agent, known.now)]
    for agent in sorted(over, key=lambda each: -each.size)[:SHOWN]:
        yield _over(agent, known.now)
    if len(over) > SHOWN:
        text = f"{term.counted(len(over) - SHOWN, 'more agent')} over their bounds"
        yield Check(Mark.WARN, text, "see: lumenmonctl agents --json")
    yield _largest(known.agents, used())


def used() -> float:
    """Return which share of the database's disk is in use, 0 when that is not known."""
    try:
        room = os.statvfs(paths.STATE)
    except OSError:
        return 0.0
    return 1 - room.f_bavail / room.f_blocks if room.f_blocks else 0.0


def _over(agent: live.Agent, now: float) -> Check:
    name = term.printable(agent.name)
    text = f"{name} ({flood.stored(agent)}) {flood.excess(agent, now)}"
    remedy = (
        f"see what it sends: lumenmonctl show {shlex.quote(name)}; if that is right, raise"
        f" agent_rate or agent_size in {_FILE}; if not: sudo lumenmonctl remove {agent.id}"
    )
    return Check(Mark.WARN, text, remedy)


def _largest(agents: Sequence[live.Agent], share: float) -> Check:
    largest = sorted(agents, key=lambda each: -each.size)[:SHOWN]
    names = ", ".join(
        f"{term.printable(each.name)} {term.amount(each.size, 'B')}" for each in largest
    )
    if not names:
        return Check(Mark.GOOD, "no agent fills the database")
    if share >= FULL:
        text = f"the disk is {share:.0%} full; most of the database: {names}"
        remedy = f"keep less: retention_raw and agent_size in {_FILE}; or give it a larger disk"
        return Check(Mark.WARN, text, remedy)
    return Check(Mark.GOOD, f"most of the database: {names}")
