"""The columns of the fleet's table: what each shows, how it sorts, and which fit."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from lumenmon import term
from lumenmon.live import Agent, State
from lumenmond import plot
from lumenmond.plot import Glyphs
from lumenmond.tui.model import Model
from lumenmond.tui.paint import Segment, fit
from lumenmond.tui.words import (
    COLOURS,
    FAILED,
    GLYPHS,
    NOTHING,
    brief,
    grade,
    number,
    overdue,
    rank,
    short,
)

Cell = Callable[[Agent, Model, int, Glyphs], Segment]
Key = Callable[[Agent, Model], Any]


@dataclass(frozen=True)
class Column:
    """One column: ``least`` to ``most`` columns wide; a low ``priority`` stays longest."""

    title: str
    least: int
    most: int
    priority: int
    cell: Cell
    key: Key | None = None
    right: bool = False


def _percent(metric: str, digits: int = 0) -> Cell:
    def cell(agent: Agent, model: Model, _wide: int, _glyphs: Glyphs) -> Segment:
        value = agent.latest.get(metric)
        share = number(value)
        if value is None or share is None:
            return "dim", NOTHING
        text = f"{share:z.{digits if share < 99.95 else 0}f}%"
        return ("dim" if overdue(value, model.now()) else grade(share)), text

    return cell


def _by(metric: str) -> Key:
    def key(agent: Agent, _model: Model) -> float:
        value = number(agent.latest.get(metric))
        return -1.0 if value is None else value

    return key


def _state(agent: Agent, _model: Model, wide: int, _glyphs: Glyphs) -> Segment:
    glyph, colour = GLYPHS[agent.state], COLOURS[agent.state]
    # What ranks it above others that are online has to show also where there is no room for NOTE.
    failed = agent.state is State.ONLINE and number(agent.latest.get(FAILED))
    shown = f"{glyph} {agent.state.value}{'!' if failed else ''}" if wide > 2 else glyph
    return "yellow" if failed else colour, shown


def _name(agent: Agent, _model: Model, _wide: int, _glyphs: Glyphs) -> Segment:
    return "bold", term.printable(agent.name)


def _spark(agent: Agent, _model: Model, wide: int, glyphs: Glyphs) -> Segment:
    shown = agent.recent[-wide * glyphs.across :]
    top = plot.ceiling([25.0, *shown], "%")
    colour = "blue" if agent.state is State.ONLINE else "dim"
    return colour, plot.sparkline(shown, wide, top, glyphs)


def _load(agent: Agent, model: Model, _wide: int, _glyphs: Glyphs) -> Segment:
    value = agent.latest.get("generic_load_1")
    load = number(value)
    if value is None or load is None:
        return "dim", NOTHING
    text = f"{load:z.2f}" if load < 100 else f"{load:.0f}"
    return ("dim" if overdue(value, model.now()) else "text"), text


def _net(agent: Agent, model: Model, _wide: int, _glyphs: Glyphs) -> Segment:
    values = [agent.latest.get(f"generic_net_{way}_bytes_per_second") for way in ("rx", "tx")]
    rates = [number(value) for value in values]
    if None in rates:
        return "dim", NOTHING
    down, up = (short(rate) for rate in rates if rate is not None)
    dull = any(value is not None and overdue(value, model.now()) for value in values)
    return ("dim" if dull else "teal"), f"↓{down:>4} ↑{up:>4}"


def _net_key(agent: Agent, _model: Model) -> float:
    ways = ("generic_net_rx_bytes_per_second", "generic_net_tx_bytes_per_second")
    return sum(max(number(agent.latest.get(way)) or 0.0, 0.0) for way in ways)


def _age(agent: Agent, model: Model, _wide: int, _glyphs: Glyphs) -> Segment:
    age = model.age(agent)
    return ("text" if age is not None and age < 20 else "dim"), brief(age)


def _age_key(agent: Agent, model: Model) -> float:
    age = model.age(agent)
    return float("inf") if age is None else round(age / 5)


def _tags(agent: Agent, _model: Model, _wide: int, _glyphs: Glyphs) -> Segment:
    return "mauve", term.printable(" ".join(f"#{tag}" for tag in agent.tags))


def _up(agent: Agent, _model: Model, _wide: int, _glyphs: Glyphs) -> Segment:
    seconds = number(agent.latest.get("generic_sys_uptime"))
    return "dim", NOTHING if seconds is None else brief(seconds)


def _address(agent: Agent, _model: Model, _wide: int, _glyphs: Glyphs) -> Segment:
    return "dim", term.printable(agent.address) or NOTHING


def _system(agent: Agent, _model: Model, _wide: int, _glyphs: Glyphs) -> Segment:
    value = agent.latest.get("generic_sys_os")
    return "dim", term.printable(str(value.value)) if value else NOTHING


def _why(agent: Agent, _model: Model, _wide: int, _glyphs: Glyphs) -> Segment:
    failed = number(agent.latest.get(FAILED))
    if agent.state is not State.ONLINE:
        return COLOURS[agent.state], term.printable(agent.why)
    if failed:
        return "red", term.counted(round(failed), "failed unit")
    if number(agent.latest.get("generic_sys_reboot_required")):
        return "yellow", "wants a reboot"
    updates = number(agent.latest.get("generic_sys_security_updates"))
    if updates:
        return "yellow", term.counted(round(updates), "security update")
    return "dim", ""


COLUMNS = (
    Column("STATE", 9, 9, 2, _state, lambda agent, _: rank(agent)),
    Column("NAME", 12, 32, 0, _name, lambda agent, _: agent.name.casefold()),
    Column("CPU", 6, 6, 1, _percent("generic_cpu", 1), _by("generic_cpu"), right=True),
    Column("", 8, 30, 5, _spark),
    Column("MEM", 4, 4, 4, _percent("generic_mem"), _by("generic_mem"), right=True),
    Column("DISK", 4, 4, 6, _percent("generic_disk"), _by("generic_disk"), right=True),
    Column("LOAD", 5, 5, 7, _load, _by("generic_load_1"), right=True),
    Column("NET", 11, 11, 8, _net, _net_key, right=True),
    Column("AGE", 6, 6, 3, _age, _age_key, right=True),
    Column("TAGS", 10, 24, 9, _tags, lambda agent, _: sorted(agent.tags)),
    Column("UP", 6, 6, 11, _up, _by("generic_sys_uptime"), right=True),
    Column("NOTE", 18, 36, 10, _why),
    Column("ADDRESS", 15, 25, 12, _address, lambda agent, _: agent.address),
    Column("SYSTEM", 20, 32, 13, _system, lambda agent, _: _system(agent, _, 0, Glyphs.ASCII)[1]),
)
"""All columns, in the order in which they stand."""
SORTS = [column for column in COLUMNS if column.key]
FALLING = ("CPU", "MEM", "DISK", "LOAD", "NET", "AGE", "UP")
"""Columns that sort with the highest value first."""


def layout(room: int) -> list[tuple[Column, int]]:
    """Return the columns that fit, with their widths; one blank is between two."""
    chosen: list[Column] = []
    left = room + 1
    for column in sorted(COLUMNS, key=lambda each: each.priority):
        if column.least + 1 <= left:
            chosen.append(column)
            left -= column.least + 1
        else:
            break
    chosen.sort(key=COLUMNS.index)
    widths = {column.title: column.least for column in chosen}
    growing = sorted(chosen, key=lambda each: each.priority)
    while left > 0 and (some := [c for c in growing if widths[c.title] < c.most]):
        for column in some[:left]:
            widths[column.title] += 1
            left -= 1
    return [(column, widths[column.title]) for column in chosen]


def row(
    columns: Sequence[tuple[Column, int]], agent: Agent, model: Model, glyphs: Glyphs
) -> list[Segment]:
    """Return an agent's line."""
    line: list[Segment] = []
    for column, wide in columns:
        attribute, text = column.cell(agent, model, wide, glyphs)
        line.append((attribute, fit(text, wide, right=column.right) + " "))
    return line


def ordered(agents: Sequence[Agent], model: Model, title: str, *, turned: bool) -> list[Agent]:
    """Return agents sorted by a column, those of the same value by name."""
    column = next(each for each in SORTS if each.title == title)
    key = column.key
    assert key is not None
    by_name = sorted(agents, key=lambda agent: (agent.name.casefold(), agent.id))
    return sorted(
        by_name, key=lambda agent: key(agent, model), reverse=(title in FALLING) != turned
    )
