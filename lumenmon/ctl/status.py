"""``lumenmonctl status``: one screen that says how every part is, worst first."""

from __future__ import annotations

import argparse
import socket
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from lumenmon import __version__, term
from lumenmon.ctl import Check, Mark, Part, Probe, Side, common, probes
from lumenmon.errors import EXIT_FAILED, EXIT_OK

_DOTS = {Mark.GOOD: "●", Mark.WARN: "▲", Mark.BAD: "×", Mark.UNSEEN: "?", Mark.OFF: "○"}
NARROW = 30
"""Columns that what is wrong needs beside its name; where there are fewer, it stands below."""
WITH_ROOT = "sudo lumenmonctl status"
"""The remedy of what only root may look at."""
_WORDS = {
    Mark.GOOD: "all is well",
    Mark.WARN: "has a warning",
    Mark.BAD: "needs attention",
    Mark.UNSEEN: "nothing wrong was seen",
}


@dataclass(frozen=True)
class Report:
    """A side and its parts, worst first."""

    side: Side
    parts: list[Part]

    @property
    def worst(self) -> Mark:
        """The worst mark of all parts."""
        marks = [part.mark for part in self.parts if part.mark is not Mark.OFF]
        return min(marks, key=common.WORST_FIRST.index, default=Mark.GOOD)


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of ``status``."""
    parser.add_argument("--json", action="store_true", help="print it for programs")


def status(args: argparse.Namespace) -> int:
    """Print how every part is."""
    reports = _reports(common.need_sides())
    if args.json:
        common.print_json(_json(reports))
    else:
        for i, report in enumerate(reports):
            print("\n".join([*([""] if i else []), *_lines(report)]))
    bad = any(report.worst is Mark.BAD for report in reports)
    return EXIT_FAILED if bad else EXIT_OK


def worst_first(parts: Iterable[Part]) -> list[Part]:
    """Sort by mark; parts with the same mark keep their order."""
    return sorted(parts, key=lambda part: common.WORST_FIRST.index(part.mark))


def _reports(sides: Sequence[Side]) -> list[Report]:
    """Look at all sides at once; what concerns the whole host stands with the first."""
    waiting = []
    for index, side in enumerate(sides):
        chosen = [probe for probe in side.probes if not probe.only_doctor]
        host = [] if index else [*probes.of_host(sides)]
        waiting.append((side, probes.parts(side), probes.found([*chosen, *host])))
    return [Report(side, worst_first(_shown(parts(), found))) for side, parts, found in waiting]


def _shown(parts: Iterable[Part], found: Iterable[tuple[Probe, Iterable[Check]]]) -> Iterator[Part]:
    """Yield a line for each check that is not well, then all parts, then what needs root.

    The checks come first, for they name the cause where a part shows what came of it.
    """
    unseen: dict[str, None] = {}
    for probe, checks in found:
        for check in checks:
            if check.mark is Mark.UNSEEN:
                unseen[probe.name] = None
            elif check.mark in (Mark.BAD, Mark.WARN):
                text = check.text.removeprefix(f"{probe.name}: ")
                yield Part(check.mark, probe.name, text, check.remedy)
    for part in parts:
        if part.mark is Mark.UNSEEN and part.remedy == WITH_ROOT:
            unseen[part.name] = None
        else:
            yield part
    if unseen:
        yield Part(Mark.UNSEEN, "not looked at", ", ".join(unseen), WITH_ROOT)


def _lines(report: Report) -> Iterable[str]:
    host = socket.gethostname()
    worst = report.worst
    dot = common.mark(worst, _DOTS[worst])
    title = term.colour(f"lumenmon {report.side.name}", "bold")
    yield f"{dot} {title} {__version__} on {host}: {common.mark(worst, _WORDS[worst])}"
    wide = max((term.width(part.name) for part in report.parts), default=0)
    following = [part.remedy for part in report.parts[1:]] + [""]
    for part, next_remedy in zip(report.parts, following, strict=True):
        yield from _part(part, wide, term.columns())
        if part.remedy and part.remedy != next_remedy:
            yield common.remedy(part.remedy, wide + 6)


def _part(part: Part, wide: int, columns: int) -> Iterator[str]:
    """Yield a part's lines: one on any terminal where it is well, all that is wrong where not."""
    text = term.printable(part.text)
    head = f"  {common.mark(part.mark, _DOTS[part.mark])} {part.name}"
    gap = " " * (wide - term.width(part.name) + 2)
    room = columns - wide - 6
    if part.mark in (Mark.GOOD, Mark.OFF):
        yield f"{head}{gap}{term.clip(text, room)}"
    elif room >= NARROW:
        first, *more = term.wrapped(text, room)
        yield f"{head}{gap}{first}"
        yield from (f"{' ' * (wide + 6)}{line}" for line in more)
    else:
        yield head
        lines = term.wrapped(text, columns - common.INDENT)
        yield from (f"{' ' * common.INDENT}{line}" for line in lines)


def _json(reports: list[Report]) -> dict[str, object]:
    return {
        "version": __version__,
        "ok": all(report.worst is not Mark.BAD for report in reports),
        "sides": {
            report.side.name: [
                {
                    "name": part.name,
                    "mark": common.JSON_MARKS[part.mark],
                    "text": part.text,
                    "remedy": part.remedy,
                }
                for part in report.parts
            ]
            for report in reports
        },
    }
