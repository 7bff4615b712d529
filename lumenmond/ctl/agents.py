"""``lumenmonctl agents`` and ``show``: the fleet as a table, one agent in full."""

from __future__ import annotations

import argparse
from collections.abc import Iterable, Sequence
from dataclasses import asdict, replace

from lumenmon import __version__, live, metrics, term
from lumenmon.ctl import common
from lumenmon.errors import EXIT_FAILED, EXIT_OK
from lumenmon.live import State
from lumenmond import flood
from lumenmond.ctl import fleet

STATE_COLOURS = {
    State.ONLINE: "green", State.STALE: "yellow", State.OFFLINE: "red", State.NEVER: "dim",
}  # fmt: skip
_HEAD = (
    "NAME", "STATE", "LAST SEEN", "ADDRESS", "CPU", "MEM", "DISK", "LOAD", "UP", "TAGS", "VERSION",
)  # fmt: skip
_NUMBERS = ("generic_cpu", "generic_mem", "generic_disk", "generic_load_1", "generic_sys_uptime")
_VERSION = "lumenmon_agent_version"
NOTHING = "–"
Table = tuple[Sequence[str], Sequence[Sequence[str]]]
"""A head and its rows."""
NAMED = 5
"""Agents that a check names one by one."""
LONGEST, SHORTEST = 32, 12
"""Columns that a long name gets in the table, on a wide terminal and on a narrow one."""
DROPPED = ("VERSION", "ADDRESS", "TAGS", "UP", "LOAD", "LAST SEEN", "DISK", "MEM", "CPU")
"""What a narrow terminal does without, in this order."""


def agents_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of ``agents``."""
    parser.add_argument(
        "--tag", action="append", default=[], metavar="TAG",
        help="only those with this tag; repeated, with all of them",
    )  # fmt: skip
    parser.add_argument(
        "--state", action="append", default=[], choices=[state.value for state in State],
        metavar="STATE", help="only those that are online, stale, offline or never; repeatable",
    )  # fmt: skip
    form = parser.add_mutually_exclusive_group()
    form.add_argument("--check", action="store_true", help="one line; exit 1 if one is not online")
    form.add_argument("--json", action="store_true", help="print it for programs")


def agents(args: argparse.Namespace) -> int:
    """Print the agents that match."""
    found = fleet.snapshot()
    chosen = [agent for agent in found.agents if _matches(agent, args)]
    if args.json:
        common.print_json([_plain(agent) for agent in chosen])
    elif args.check:
        return _check(chosen, narrowed=bool(args.tag or args.state))
    elif chosen:
        rows = [_row(agent, found.now) for agent in chosen]
        right = ("CPU", "MEM", "DISK", "LOAD", "UP")
        print("\n".join(term.table(*_fleet_table(rows, term.columns()), right=right)))
        print(f"\n{_tally(chosen)}; one in full: lumenmonctl show NAME")
        for agent in chosen:
            if agent.rivals:
                print(fleet.doubled(agent))
        if others := sum(_differs(agent) for agent in chosen):
            runs, where = ("runs", "its host") if others == 1 else ("run", "their hosts")
            shown = term.counted(others, "agent")
            print(f"{shown} {runs} another version than this console ({__version__})")
            print(common.remedy(f"on {where}: sudo lumenmonctl update", 0))
    elif found.agents:
        print(f"None of {term.counted(len(found.agents), 'agent')} matches.")
    else:
        print("No agents yet.")
        print(common.remedy(fleet.INVITE_HINT, 0))
    return EXIT_OK


def _matches(agent: live.Agent, args: argparse.Namespace) -> bool:
    wanted = {tag.removeprefix("#") for tag in args.tag}
    return wanted <= {*agent.tags} and (not args.state or agent.state.value in args.state)


def _check(chosen: Sequence[live.Agent], *, narrowed: bool) -> int:
    """Print one line for cron or a monitor: who is not online; no agent at all is a failure too."""
    if not chosen:
        print("CRITICAL: no agent matches" if narrowed else "CRITICAL: no agents")
        return EXIT_FAILED
    away = [agent for agent in chosen if agent.state is not State.ONLINE]
    if doubled := [fleet.doubled(agent) for agent in chosen if agent.rivals]:
        print(f"CRITICAL: {'; '.join(doubled[:NAMED])}")
        return EXIT_FAILED
    if not away:
        print(f"OK: {_tally(chosen)}")
        return EXIT_OK
    names = [f"{term.printable(agent.name)} ({agent.state.value})" for agent in away[:NAMED]]
    rest = f" and {len(away) - NAMED} more" if len(away) > NAMED else ""
    print(f"CRITICAL: {_tally(chosen)}: {', '.join(names)}{rest}")
    return EXIT_FAILED


def _plain(agent: live.Agent) -> dict[str, object]:
    value = asdict(agent)
    del value["seq"]
    return value


def _tally(agents: Iterable[live.Agent]) -> str:
    states = [agent.state for agent in agents]
    words = [f"{states.count(state)} {state}" for state in State if state in states]
    return f"{term.counted(len(states), 'agent')}: {', '.join(words)}"


def _fleet_table(rows: Sequence[list[str]], room: int) -> Table:
    longest = min(max(room // 4, SHORTEST), LONGEST)
    rows = [[term.clip(row[0], longest), *row[1:]] for row in rows]
    return _fitting(_HEAD, rows, room, DROPPED)


def _fitting(
    head: Sequence[str], rows: Sequence[list[str]], room: int, dropped: Sequence[str]
) -> Table:
    """Return the head and the rows without those ``dropped`` that ``room`` columns do not take."""
    kept = list(range(len(head)))
    wide = [max(term.width(row[i]) for row in [head, *rows]) + 2 for i in kept]
    for name in dropped:
        if sum(wide[i] for i in kept) - 2 <= room:
            break
        kept.remove(head.index(name))
    return [head[i] for i in kept], [[row[i] for i in kept] for row in rows]


def _row(agent: live.Agent, now: float) -> list[str]:
    version = term.printable(_version(agent)) or NOTHING
    return [
        term.printable(agent.name),
        state(agent),
        ago(agent.last_seen, now),
        term.printable(agent.address) or NOTHING,
        *(value(agent.latest.get(metric), now) for metric in _NUMBERS),
        term.clip(term.printable(", ".join(agent.tags)), LONGEST) or NOTHING,
        term.colour(version, "yellow") if _differs(agent) else version,
    ]


def _version(agent: live.Agent) -> str:
    """Return the version that an agent runs; plain clients have none."""
    if agent.version:
        return agent.version
    newest = agent.latest.get(_VERSION)
    return str(newest.value) if newest else ""


def _differs(agent: live.Agent) -> bool:
    return _version(agent) not in ("", __version__)


def state(agent: live.Agent) -> str:
    """Return an agent's state with its colour."""
    return term.colour(agent.state.value, STATE_COLOURS[agent.state])


def ago(moment: float | None, now: float) -> str:
    """Return how long ago ``moment`` was, in words."""
    if moment is None:
        return "never"
    seconds = max(int(now - moment), 0)
    return "now" if seconds < 2 else f"{term.span(seconds)} ago"


def value(newest: live.Value | None, now: float, most: int = LONGEST) -> str:
    """Return a value with its unit, a text in ``most`` columns; one that is overdue is dimmed."""
    if newest is None:
        return NOTHING
    if isinstance(newest.value, str):
        text = term.clip(term.printable(newest.value), most) or NOTHING
    else:
        text = term.amount(newest.value, newest.unit)
    overdue = newest.interval and now - newest.timestamp > 2 * newest.interval + 15
    return term.colour(text, "dim") if overdue else text


def show_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of ``show``."""
    parser.add_argument("agent", metavar="NAME", help="its name or id, or the beginning of one")
    parser.add_argument(
        "metric", nargs="?", metavar="METRIC", help="only this one, such as cpu, or generic_cpu"
    )
    parser.add_argument("--json", action="store_true", help="print it for programs")


def show(args: argparse.Namespace) -> int:
    """Print all that is known of one agent."""
    agent = fleet.one(args.agent, fleet.snapshot())
    found = fleet.snapshot(live.Want("agent", agent.id))
    agent = next((each for each in found.agents if each.id == agent.id), agent)
    if args.metric is not None:
        name = fleet.metric(args.metric, agent.latest)
        agent = replace(agent, latest={name: agent.latest[name]})
    if args.json:
        common.print_json(_plain(agent))
        return EXIT_OK
    print(f"{term.colour(term.printable(agent.name), 'bold')}  {state(agent)}", end="")
    print(f"  {term.printable(agent.why)}" if agent.why else "")
    facts = [(name, text) for name, text in _facts(agent, found.now) if text]
    print("\n".join(f"  {name:<12}{text}" for name, text in facts) + "\n")
    if not agent.latest:
        print("No values yet.")
        return EXIT_OK
    print("\n".join(term.table(*_metric_table(agent, found.now), right=("VALUE",))))
    return EXIT_OK


def _metric_table(agent: live.Agent, now: float) -> Table:
    room = term.columns()
    rows = [
        [name, value(newest, now, max(room // 4, SHORTEST)), ago(newest.timestamp, now),
         _every(newest)]
        for name, newest in sorted(agent.latest.items(), key=lambda item: _order(item[0]))
    ]  # fmt: skip
    head, kept = _fitting(("METRIC", "VALUE", "TAKEN", "EVERY"), rows, room, ("EVERY", "TAKEN"))
    longest = max(room - 2 - max(term.width(row[1]) for row in kept), SHORTEST)
    return head, [[term.clip(row[0], longest), *row[1:]] for row in kept]


def _order(name: str) -> tuple[str, str]:
    return metrics.group(name), name


def _every(newest: live.Value) -> str:
    return term.span(newest.interval) if newest.interval else NOTHING


def _facts(agent: live.Agent, now: float) -> list[tuple[str, str]]:
    skewed = agent.skew is not None and abs(agent.skew) >= 2
    return [
        ("id", agent.id),
        ("key", term.printable(agent.fingerprint)),
        ("tags", term.printable(", ".join(agent.tags))),
        ("address", term.printable(agent.address)),
        ("copies", f"{term.printable(agent.rivals)}: not stored" if agent.rivals else ""),
        ("agent", term.printable(_version(agent))),
        ("boot", term.printable(agent.boot)),
        ("enrolled", ago(agent.enrolled, now) if agent.enrolled else ""),
        ("connected", f"for {term.span(int(now - agent.connected))}" if agent.connected else ""),
        ("last seen", ago(agent.last_seen, now)),
        ("clock", f"{agent.skew:+.0f} s against the console's" if skewed else ""),
        ("rejected", f"{agent.rejected}: {term.printable(agent.last_reject)}"
         if agent.rejected else ""),
        ("metrics", str(agent.metrics)),
        ("database", flood.stored(agent)),
        ("too much", flood.excess(agent, now)),
    ]  # fmt: skip
