"""``lumenmonctl query``: one metric's past, as a plot, a table, CSV or JSON."""

from __future__ import annotations

import argparse
import os
import shutil
import sys
from collections.abc import Sequence

from lumenmon import asuser, moments, names, paths, term
from lumenmon.ctl import common
from lumenmon.errors import EXIT_OK, UsageError
from lumenmon.keys import AGENT_ID
from lumenmond import spreadsheet
from lumenmond.ctl import buckets, figure, fleet
from lumenmond.store.reader import MetricInfo, Point, Reader
from lumenmond.tui import look

ROWS = 60
"""Lines of an answer where no step is named, at most."""
MAX_POINTS = 100_000
"""Rows of an answer: what a terminal or a spreadsheet can still hold."""
DETAILS = """\
A TIME is an age (90s, 1h30m, 5min, 7d), a time of day (19:00, the last that
has passed), today, yesterday, "yesterday 19:00", a local time such as
2025-01-31T12:00, or seconds since 1970. Where the clocks are set back and an
hour comes twice, its times are shown with their offset, as in 02:10+01:00, and
understood so. A SPAN is 10s, 5min, 1h, 1d; steps begin at the full minute or
hour, days at midnight.

The values come from the raw samples, or from minutes and hours where those are
gone already. On a terminal it is plotted: filled up to the mean, dimmed up to
the highest value. Without METRIC, it lists what there is of the agent."""


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of ``query``."""
    parser.add_argument("agent", metavar="NAME", help="its name or id, or the beginning of one")
    parser.add_argument("metric", nargs="?", metavar="METRIC", help="such as cpu, or generic_cpu")
    parser.add_argument(
        "--from", dest="start", default="1h", type=moment, metavar="TIME", help="from then on (1h)"
    )
    parser.add_argument(
        "--to", dest="end", default="now", type=end_moment, metavar="TIME", help="up to then (now)"
    )
    parser.add_argument(
        "--step", type=step, metavar="SPAN", help="one line for each 1m, 5min, 1h…; else about 60"
    )
    form = parser.add_mutually_exclusive_group()
    form.add_argument("--table", action="store_true", help="no plot, also on a terminal")
    form.add_argument("--csv", action="store_true", help="print it as CSV")
    form.add_argument("--json", action="store_true", help="print it for programs")


def moment(text: str) -> int:
    """Read a TIME; returns seconds since 1970, where an age beyond that ends."""
    return _moment(text, is_end=False)


def end_moment(text: str) -> int:
    """Read a TIME as the end of a stretch."""
    return _moment(text, is_end=True)


def _moment(text: str, *, is_end: bool) -> int:
    try:
        return moments.moment(text, is_end=is_end)
    except (ValueError, OverflowError, OSError) as error:
        said = (
            str(error) if "years" in str(error) else "must be a time: 6h, 19:00, 2025-01-31T12:00"
        )
        raise argparse.ArgumentTypeError(said) from None


def step(text: str) -> int:
    """Read a SPAN; returns seconds."""
    if seconds := moments.span(text):
        return seconds
    raise argparse.ArgumentTypeError("must be a span such as 10s, 5min, 1h30m")


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
        raise UsageError("that stretch of time is empty", "--from must be before --to")
    known = {info.metric: info for info in reader.metrics(agent)}
    info = known[fleet.metric(args.metric, known)]
    if info.type == "TEXT":
        texts = reader.text_history(agent, info.metric, start, end)
        _print(args, ("time", "value"), texts)
        return EXIT_OK
    if not args.step and _plots(args):
        found = reader.series(agent, info.metric, start, end, 2 * _columns())
    else:
        width = args.step or buckets.step_for(end - start, ROWS)
        if (end - start) // width > MAX_POINTS:
            lines = (end - start) // width
            raise UsageError(f"that makes {lines} lines", "a longer --step, or a later --from")
        found = buckets.read(reader, agent, info.metric, (start, end), width)
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
        return moments.shown(cell)
    if name in ("mean", "min", "max") and isinstance(cell, int | float):
        return term.amount(cell, unit)
    return term.printable(str(cell))
