"""``lumenmonctl status``: one screen that says how every part is, worst first."""

from __future__ import annotations

import argparse
import socket
from collections.abc import Iterable
from dataclasses import dataclass

from lumenmon import __version__, term
from lumenmon.ctl import Mark, Part, Side, common, units
from lumenmon.errors import EXIT_FAILED, EXIT_OK, LumenmonError

_DOTS = {Mark.GOOD: "●", Mark.WARN: "▲", Mark.BAD: "×"}


@dataclass(frozen=True)
class Report:
    """A side and its parts, worst first."""

    side: Side
    parts: list[Part]

    @property
    def worst(self) -> Mark:
        """The worst mark of all parts."""
        return self.parts[0].mark if self.parts else Mark.GOOD


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of ``status``."""
    parser.add_argument("--json", action="store_true", help="print it for programs")


def status(args: argparse.Namespace) -> int:
    """Print how every part is."""
    reports = [Report(side, worst_first(_parts(side))) for side in common.need_sides()]
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


def _parts(side: Side) -> Iterable[Part]:
    try:
        for unit in units.show(side.units):
            yield units.part(unit, side.package)
        yield from side.parts()
    except LumenmonError as error:
        yield Part(Mark.BAD, side.name, error.message, error.hint)


def _lines(report: Report) -> Iterable[str]:
    host = socket.gethostname()
    words = {Mark.GOOD: "all is well", Mark.WARN: "has a warning", Mark.BAD: "needs attention"}
    worst = report.worst
    dot = common.mark(worst, _DOTS[worst])
    title = term.colour(f"lumenmon {report.side.name}", "bold")
    yield f"{dot} {title} {__version__} on {host}: {common.mark(worst, words[worst])}"
    wide = max((term.width(part.name) for part in report.parts), default=0)
    columns = term.columns()
    following = [part.remedy for part in report.parts[1:]] + [""]
    for part, next_remedy in zip(report.parts, following, strict=True):
        gap = " " * (wide - term.width(part.name))
        # What is well is one line on any terminal; what is wrong is said in full.
        text = term.clip(part.text, columns - wide - 6) if part.mark is Mark.GOOD else part.text
        yield f"  {common.mark(part.mark, _DOTS[part.mark])} {part.name}{gap}  {text}"
        if part.remedy and part.remedy != next_remedy:
            yield common.remedy(part.remedy, wide + 6)


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
