"""Values as the dashboard writes them: short, coloured by how bad they are."""

from __future__ import annotations

from lumenmon import live, metrics, term
from lumenmon.live import Agent, State, Value
from lumenmond.ctl.agents import NOTHING

GLYPHS = {State.ONLINE: "●", State.STALE: "▲", State.OFFLINE: "✗", State.NEVER: "○"}
COLOURS = {
    State.ONLINE: "green", State.STALE: "yellow", State.OFFLINE: "red", State.NEVER: "dim",
}  # fmt: skip
BAD, WARN = 90.0, 75.0
"""Percent from which on a share that is used up is called bad, or worth a look."""
_ORDER = {State.OFFLINE: 0, State.STALE: 1, State.ONLINE: 2, State.NEVER: 3}
_USED = ("generic_disk", "generic_mem")
FAILED = "generic_sys_failed_units"
"""The metric that is trouble from one on."""


def number(value: Value | None) -> float | None:
    """Return a value that is a number."""
    if value is None or isinstance(value.value, str):
        return None
    return float(value.value)


def short(value: float) -> str:
    """Return a number of bytes in at most four characters: 0, 999, 1.2K, 34M."""
    for prefix in ("", "K", "M", "G", "T"):
        if abs(value) < 999.5 or prefix == "T":
            break
        value /= 1024
    if prefix and abs(value) < 9.95:
        return f"{value:z.1f}{prefix}"
    return f"{value:z.0f}{prefix}"


def brief(seconds: float | None) -> str:
    """Return a span in one unit: 5 s, 3 min, 2 d; "never" for None, "now" below 3 s."""
    if seconds is None:
        return "never"
    if seconds < 3:
        return "now"
    for name, size in (("y", 31536000), ("d", 86400), ("h", 3600), ("min", 60)):
        if seconds >= size:
            return f"{int(seconds // size)} {name}"
    return f"{int(seconds)} s"


def grade(value: float | None) -> str:
    """Return the colour of a share in percent."""
    if value is None:
        return "dim"
    return "red" if value >= BAD else "yellow" if value >= WARN else "text"


def overdue(value: Value, now: float) -> bool:
    """Tell whether the next sample should have come by now."""
    return bool(value.interval) and now - value.timestamp > 2 * value.interval + 15


def value(newest: Value) -> str:
    """Return a value with its unit, harmless."""
    if isinstance(newest.value, str):
        return term.printable(newest.value) or NOTHING
    return term.amount(newest.value, newest.unit)


def group(name: str) -> str:
    """Return the group that a metric is listed in."""
    return metrics.group(name)


def rank(agent: Agent) -> tuple[int, int, str]:
    """Return a key that sorts the agents in trouble first; it holds still while all is well."""
    shares = [number(agent.latest.get(metric)) or 0.0 for metric in _USED]
    trouble = sum((share >= BAD) * 2 + (BAD > share >= WARN) for share in shares)
    trouble += 3 * bool(number(agent.latest.get(FAILED)))
    return _ORDER[agent.state], -trouble, agent.name.casefold()


def matches(agent: live.Agent, text: str) -> bool:
    """Tell whether an agent fits a filter: each word in its name, state, address or a tag.

    A word may begin its id, too. ``#word`` looks at the tags alone, ``-word`` means the agents
    that it does not fit.
    """
    return all(_fits(agent, word) for word in text.casefold().split())


def _fits(agent: live.Agent, word: str) -> bool:
    if word.startswith("-") and len(word) > 1:
        return not _fits(agent, word[1:])
    tags = [tag.casefold() for tag in agent.tags]
    if word.startswith("#"):
        return any(tag.startswith(word[1:]) for tag in tags)
    # A piece of an id says nothing: every other host's has some "db" or "42" in it.
    if agent.id.startswith(word) or agent.id.removeprefix("id_").startswith(word):
        return True
    places = [agent.name.casefold(), agent.state.value, agent.address, *tags]
    return any(word in place for place in places)


__all__ = [
    "BAD", "COLOURS", "GLYPHS", "NOTHING", "WARN", "brief", "grade", "group", "matches", "number",
    "overdue", "rank", "short", "value",
]  # fmt: skip
