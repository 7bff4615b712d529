"""``lumenmonctl query``: one metric's past, as a plot, a table, CSV or JSON."""

from __future__ import annotations

import argparse
import os
import re
import shutil
import sys
import time
from collections.abc import Sequence
from datetime import datetime

from lumenmon import asuser, names, paths, term
from lumenmon.ctl import common
from lumenmon.errors import EXIT_OK, UsageError
from lumenmon.keys import AGENT_ID
from lumenmond import spreadsheet
from lumenmond.ctl import figure, fleet
from lumenmond.store.reader import MetricInfo, Point, Reader
from lumenmond.tui import look

MAX_POINTS = 100_000
"""Rows of an answer: what a terminal or a spreadsheet can still hold."""
_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604800, "y": 31536000}
_AGO = re.compile(r"([0-9]{1,9})([smhdwy])")
_LATEST = 253_402_214_400
"""The end of the year 9999, the last that a calendar can name."""
DETAILS = """\
A TIME is an age (90s, 15m, 6h, 7d), seconds since 1970, or a local time such
as 2025-01-31T12:00. The values come from the raw samples, or from minutes and
hours where those are gone already. On a terminal it is plotted: filled up to
the mean, dimmed up to the highest value. Without METRIC, it lists what there
is of the agent."""


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of ``query``."""
    parser.add_argument("agent", metavar="NAME", help="its name or id, or the beginning of one")
    parser.add_argument("metric", nargs="?", metavar="METRIC", help="such as cpu, or generic_cpu")
    parser.add_argument(
        "--from", dest="start", default="1h", type=moment, metavar="TIME", help="from then on (1h)"
    )
    parser.add_argument(
        "--to", dest="end", default="0s", type=moment, metavar="TIME", help="up to then (now)"
    )
    parser.add_argument(
        "--step", type=step, metavar="SPAN", help="one line for each 1m, 5m, 1h…; else about 60"
    )
    form = parser.add_mutually_exclusive_group()
    form.add_argument("--table", action="store_true", help="no plot, also on a terminal")
    form.add_argument("--csv", action="store_true", help="print it as CSV")
    form.add_argument("--json", action="store_true", help="print it for programs")


def moment(text: str) -> int:
    """Read a TIME; returns seconds since 1970, where an age beyond that ends."""
    if found := _AGO.fullmatch(text):
        return max(int(time.time()) - int(found[1]) * _UNITS[found[2]], 0)
    if text == "now":
        return int(time.time())
    try:
        seconds = int(text) if text.isascii() and text.isdigit() else _local(text)
    except (ValueError, OverflowError, OSError):
        raise argparse.ArgumentTypeError("wants 6h, 2025-01-31T12:00 or seconds") from None
    if 0 <= seconds < _LATEST:
        return seconds
    raise argparse.ArgumentTypeError("wants a time between the years 1970 and 9999")


def _local(text: str) -> int:
    return int(datetime.fromisoformat(text).timestamp())


def step(text: str) -> int:
    """Read a SPAN; returns seconds."""
    found = _AGO.fullmatch(text)
    if found and int(found[1]) > 0:
        return int(found[1]) * _UNITS[found[2]]
    raise argparse.ArgumentTypeError("wants a span such as 10s, 1m, 1h")


def query(args: argparse.Namespace) -> int:
    """Print a metric's past."""
    asuser.become("lumenmon")  # what reads the database in the daemon's directory is not root
    reader = Reader(paths.DATABASE)
    agent = _agent(args.agent, reader)
    if args.metric is None:
        infos = reader.metrics(agent)
        _print(args, ("metric", "type", "unit"), [(i.metric, i.type, i.unit) for i in infos])
        return EXIT_OK
    start, end = args.start, args.end + 1
    if end <= start:
        raise UsageError("that stretch of time is empty", "--from has to lie before --to")
    known = {info.metric: info for info in reader.metrics(agent)}
    info = known[fleet.metric(args.metric, known)]
    if info.type == "TEXT":
        texts = reader.text_history(agent, info.metric, start, end)
        _print(args, ("time", "value"), texts)
        return EXIT_OK
    points = max(1, (end - start) // args.step) if args.step else 60
    if not args.step and _plots(args):
        points = 2 * _columns()
    if points > MAX_POINTS:
        raise UsageError(f"that makes {points} lines", "a longer --step, or a later --from")
    found = reader.series(agent, info.metric, start, end, points)
    if found and _plots(args):
        _plot(args.agent, info, found, (start, end))
        return EXIT_OK
    head = ("time", "mean", "min", "max", "count")
    _print(args, head, [(p.timestamp, p.mean, p.min, p.max, p.count) for p in found], info)
    return EXIT_OK


def _plots(args: argparse.Namespace) -> bool:
    return sys.stdout.isatty() and not (args.csv or args.json or args.table)


def _columns() -> int:
    return shutil.get_terminal_size().columns


def _plot(name: str, info: MetricInfo, points: Sequence[Point], span: tuple[int, int]) -> None:
    print(term.colour(f"{info.metric} of {term.printable(name)}", "bold"))
    glyphs = look.detect(os.environ).glyphs
    print("\n".join(figure.figure(points, span, info.unit, _columns(), glyphs)))


def _agent(word: str, reader: Reader) -> str:
    """Return the id of the agent that ``word`` names; also while lumenmond is down."""
    return word if AGENT_ID.fullmatch(word) else names.one(word, reader.agents()).id


def _print(
    args: argparse.Namespace,
    head: Sequence[str],
    rows: Sequence[Sequence[object]],
    info: MetricInfo | None = None,
) -> None:
    if args.json:
        common.print_json([dict(zip(head, row, strict=True)) for row in rows])
    elif args.csv:
        print(spreadsheet.lines([head, *rows], "\n"), end="")
    elif not rows:
        print("nothing there; a longer stretch: --from 7d")
    else:
        unit = info.unit if info else ""
        shown = [[_cell(name, cell, unit) for name, cell in zip(head, row, strict=True)]
                 for row in rows]  # fmt: skip
        titles = [name.upper() for name in head]
        print("\n".join(term.table(titles, shown, right=("MEAN", "MIN", "MAX", "COUNT"))))


def _cell(name: str, cell: object, unit: str) -> str:
    if name == "time" and isinstance(cell, int):
        return datetime.fromtimestamp(cell).astimezone().strftime("%Y-%m-%d %H:%M:%S")
    if name in ("mean", "min", "max") and isinstance(cell, int | float):
        return term.amount(cell, unit)
    return term.printable(str(cell))
