"""What is known of one agent beside its values: the head of its page, and the facts."""

from __future__ import annotations

import time

from lumenmon import term
from lumenmon.live import Agent
from lumenmond import flood
from lumenmond.tui import paint
from lumenmond.tui.paint import Line
from lumenmond.tui.words import COLOURS, GLYPHS, brief, value

_TOLD = {
    "system": "generic_sys_os",
    "kernel": "generic_sys_kernel",
    "host name": "generic_hostname",
    "up for": "generic_sys_uptime",
    "agent": "lumenmon_agent_version",
    "updates": "generic_sys_updates",
    "security": "generic_sys_security_updates",
    "failed units": "generic_sys_failed_units",
    "reboot": "generic_sys_reboot_required",
    "spooled": "lumenmon_spool_bytes",
    "dropped": "lumenmon_dropped_samples",
}
_LABEL = 13
"""Columns of a fact's name."""
_LEAST_WHY = 12
"""Columns below which a reason tells nothing."""
_QUIET = {"failed units", "dropped", "reboot"}
"""Facts that are shown only when they are not zero."""


def title(agent: Agent, age: float | None, columns: int) -> Line:
    """Return the first line of an agent's page: what there is room for, the state in any case."""
    colour = COLOURS[agent.state]
    state = f"  {GLYPHS[agent.state]} {agent.state.value}"
    name = term.printable(agent.name)
    heard = "never heard of" if age is None else f"heard of {_ago(age)}"
    room = columns - 1 - paint.width(state)
    if paint.width(name) + len(heard) + 2 > room:
        heard = brief(age)
    if paint.width(name) + len(heard) + 2 > room:
        heard = ""
    line: Line = [
        ("dim", " "),
        ("bold", paint.fit(name, max(min(paint.width(name), room), 1))),
        (colour, state),
    ]
    end = f" {heard} " if heard else ""
    left = columns - paint.length(line) - len(end)
    if agent.why and left > _LEAST_WHY:
        why = f": {term.printable(agent.why)}"
        line.append((colour, paint.fit(why, min(paint.width(why), left))))
    left = columns - paint.length(line) - len(end)
    tags = term.printable(" ".join(f"#{tag}" for tag in agent.tags))
    if tags and paint.width(tags) + 2 <= left:
        line.append(("mauve", f"  {tags}"))
    return [*paint.cut(line, 0, max(columns - len(end), 0)), ("dim", end)]


def _ago(seconds: float) -> str:
    said = brief(seconds)
    return "just now" if said == "now" else f"{said} ago"


def facts(agent: Agent, now: float, columns: int) -> list[Line]:
    """Return a line of at most ``columns`` for each fact."""
    rows: list[tuple[str, str, str]] = [
        ("id", agent.id, "text"),
        ("key", term.printable(agent.fingerprint), "text"),
        ("address", term.printable(agent.address), "text"),
        ("boot", agent.boot, "text"),
        ("copies", f"{term.printable(agent.rivals)}: not stored" if agent.rivals else "", "yellow"),
        ("tags", term.printable(", ".join(agent.tags)), "mauve"),
        ("enrolled", _date(agent.enrolled), "text"),
        ("connected", f"for {term.span(int(max(now - agent.connected, 0)))}"
         if agent.connected else "", "text"),
        ("metrics", str(agent.metrics or len(agent.latest)), "text"),
        ("database", flood.stored(agent), "text"),
        ("too much", flood.excess(agent, now), "yellow"),
    ]  # fmt: skip
    for name, metric in _TOLD.items():
        known = agent.latest.get(metric)
        if known is None or (name in _QUIET and not known.value):
            continue
        told = "wanted" if name == "reboot" else value(known)
        names = agent.latest.get("generic_sys_failed_unit_names")
        if name == "failed units" and names is not None and names.value:
            told += f": {value(names)}"
        rows.append((name, told, "yellow" if name in _QUIET else "text"))
    if agent.skew is not None and abs(agent.skew) >= 2:
        rows.append(("clock", f"{agent.skew:+.0f} s against the console's", "yellow"))
    if agent.rejected:
        why = term.printable(agent.last_reject)
        rows.append(("rejected", f"{agent.rejected}: {why}", "yellow"))
    return [
        [("dim", f" {name:<{_LABEL}}"), (colour, paint.fit(text, columns - _LABEL - 1))]
        for name, text, colour in rows
        if text
    ]


def _date(moment: float) -> str:
    return time.strftime("%d %b %Y %H:%M", time.localtime(moment)) if moment else ""
