"""``lumenmonctl doctor``: look at everything that has to be right, and say what to do."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial

from lumenmon import term
from lumenmon.ctl import Check, Mark, Side, checks, common
from lumenmon.errors import EXIT_FAILED, EXIT_OK, LumenmonError


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of ``doctor``."""
    parser.add_argument("--json", action="store_true", help="print it for programs")


def doctor(args: argparse.Namespace) -> int:
    """Run all checks and print them."""
    found: list[tuple[str, Check]] = []
    for section, check in _all(common.need_sides()):
        if not args.json:
            if not found or found[-1][0] != section:
                print(term.colour(section, "bold"))
            _print(check)
        found.append((section, check))
    marks = [check.mark for _, check in found]
    if args.json:
        common.print_json(
            {
                "ok": Mark.BAD not in marks,
                "checks": [
                    {
                        "section": section,
                        "mark": common.JSON_MARKS[check.mark],
                        "text": check.text,
                        "remedy": check.remedy,
                    }
                    for section, check in found
                ],
            }
        )
    else:
        print("\n" + _summary(marks))
    return EXIT_FAILED if Mark.BAD in marks else EXIT_OK


def _all(sides: Sequence[Side]) -> Iterator[tuple[str, Check]]:
    for side in sides:
        for check in _safely(partial(checks.unit_checks, side)):
            yield "units", check
    for check in _safely(checks.host_checks):
        yield "host", check
    for side in sides:
        for check in _safely(side.checks):
            yield side.name, check


def _safely(look: Callable[[], Iterable[Check]]) -> Iterator[Check]:
    try:
        yield from look()
    except LumenmonError as error:
        yield Check(Mark.BAD, error.message, error.hint)
    except OSError as error:
        yield Check(Mark.BAD, f"cannot look: {error}", "run it with sudo")


def _print(check: Check) -> None:
    print(f"  {common.mark(check.mark)} {check.text}", flush=True)
    if check.remedy and check.mark is not Mark.GOOD:
        print(common.remedy(check.remedy, 4), flush=True)


def _summary(marks: list[Mark]) -> str:
    bad, warn = marks.count(Mark.BAD), marks.count(Mark.WARN)
    if bad:
        return common.mark(Mark.BAD, f"{bad} of {len(marks)} checks failed")
    if warn:
        text = f"nothing is broken; {warn} of {len(marks)} checks want a look"
        return common.mark(Mark.WARN, text)
    return common.mark(Mark.GOOD, f"all {len(marks)} checks are well")
