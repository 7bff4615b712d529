"""``lumenmonctl watch``: one metric's values as they arrive."""

from __future__ import annotations

import argparse
import os
import shutil
import sys
import time
from typing import Any

from lumenmon import live, term
from lumenmon.errors import EXIT_OK, AccessError, LumenmonError
from lumenmond import plot
from lumenmond.ctl import figure, fleet
from lumenmond.tui import look

RETRY = 1.0
"""Seconds between two tries while lumenmond is away."""
_BEFORE = 32
"""Columns for the time and the value before a bar."""
DETAILS = """\
The newest value there is comes first, however old it is. On a terminal with a
bar for each value, else as `SECONDS VALUE`. Goes on until Ctrl-C, also while
lumenmond is restarted. Every metric of an agent: lumenmonctl show NAME"""


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of ``watch``."""
    parser.add_argument("agent", metavar="NAME", help="its name or id, or the beginning of one")
    parser.add_argument("metric", metavar="METRIC", help="such as cpu, or generic_cpu")
    parser.add_argument("-n", "--count", type=_count, metavar="N", help="end after N values")
    parser.add_argument("--json", action="store_true", help="print an object a line for programs")


def _count(text: str) -> int:
    if text.isascii() and text.isdigit() and int(text) > 0:
        return int(text)
    raise argparse.ArgumentTypeError("must be a whole number from 1")


def watch(args: argparse.Namespace) -> int:
    """Print values until interrupted."""
    agent = fleet.one(args.agent, fleet.snapshot())
    whole = fleet.snapshot(live.Want("agent", agent.id)).agents
    known = next((each.latest for each in whole if each.id == agent.id), {})
    metric = fleet.metric(args.metric, known)
    left = args.count
    told = False
    screen = _Screen(args.json)
    screen.show(known[metric])
    if left is not None and (left := left - 1) == 0:
        return EXIT_OK
    while True:
        try:
            for message in fleet.follow(live.Want("agent", agent.id)):
                told = False
                for value in _values(message, agent.id, metric):
                    screen.show(value)
                    left = None if left is None else left - 1
                    if left == 0:
                        return EXIT_OK
        except (AccessError, Removed):
            raise
        except LumenmonError as error:
            if not told:
                print(f"{error.message}, trying again", file=sys.stderr, flush=True)
            told = True
            time.sleep(RETRY)


class Removed(LumenmonError):
    """The agent is gone, so nothing will arrive any more."""


def _values(message: live.Message, id: str, metric: str) -> list[live.Value]:
    if isinstance(message, live.Gone) and message.id == id:
        raise Removed("the agent was removed")
    if isinstance(message, live.Samples) and message.id == id:
        return [live.Value(*rest) for name, *rest in message.samples if name == metric]
    return []


class _Screen:
    """Prints a value a line, in the form that was asked for."""

    def __init__(self, as_json: bool) -> None:
        self._json = as_json
        self._bars = sys.stdout.isatty() and not as_json
        self._top = 0.0
        self._glyphs = look.detect(os.environ).glyphs

    def show(self, value: live.Value) -> None:
        if self._json:
            found = {"time": value.timestamp, "value": value.value}
            print(term.json_text(found), flush=True)
        elif self._bars:
            print(self._line(value), flush=True)
        else:
            text = value.value if not isinstance(value.value, str) else term.printable(value.value)
            print(f"{value.timestamp} {text}", flush=True)

    def _line(self, value: live.Value) -> str:
        clock = term.colour(time.strftime("%H:%M:%S", time.localtime(value.timestamp)), "dim")
        found: Any = value.value
        if isinstance(found, str):
            return f"{clock}  {term.printable(found)}"
        self._top = max(self._top, plot.ceiling([found], value.unit))
        columns = max(shutil.get_terminal_size().columns - _BEFORE, 8)
        bar = figure.bar(found, self._top, columns, self._glyphs)
        return f"{clock}  {term.amount(found, value.unit):>14}  {term.colour(bar, 'blue')}"
