"""What is known of one agent beside its values: the head of its page, and the facts."""

from __future__ import annotations

import time

from lumenmon import term
from lumenmon.live import Agent
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
_QUIET = {"failed units", "dropped", "reboot"}
"""Facts that are shown only when they are not zero."""


def title(agent: Agent, age: float | None, columns: int) -> Line:
    """Return the first line of an agent's page."""
    colour = COLOURS[agent.state]
    line: Line = [
        ("dim", " "),
        ("bold", term.printable(agent.name)),
        (colour, f"  {GLYPHS[agent.state]} {agent.state.value}"),
    ]
    if agent.why:
        line.append((colour, f": {term.printable(agent.why)}"))
    if agent.tags:
        tags = " ".join(f"#{tag}" for tag in agent.tags)
        line.append(("mauve", f"  {term.printable(tags)}"))
    heard = "never heard of" if age is None else f"heard of {_ago(age)}"
    room = columns - len(heard) - 2
    return [*paint.cut(line, 0, max(room, 0)), ("dim", f" {heard} ")]


def _ago(seconds: float) -> str:
    said = brief(seconds)
    return "just now" if said == "now" else f"{said} ago"


def facts(agent: Agent, now: float, columns: int) -> list[Line]:
    """Return a line of at most ``columns`` for each fact."""
    rows: list[tuple[str, str, str]] = [
        ("id", agent.id, "text"),
        ("key", term.printable(agent.fingerprint), "text"),
        ("address", term.printable(agent.address), "text"),
        ("tags", term.printable(", ".join(agent.tags)), "mauve"),
        ("enrolled", _date(agent.enrolled), "text"),
        ("connected", f"for {term.span(int(max(now - agent.connected, 0)))}"
         if agent.connected else "", "text"),
        ("metrics", str(agent.metrics or len(agent.latest)), "text"),
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
