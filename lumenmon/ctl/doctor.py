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
            _print(section, check, found[-1] if found else None)
        found.append((section, check))
    marks = [check.mark for _, check in found]
    if args.json:
        common.print_json(_json(found))
    else:
        if found:
            _print_remedy(found[-1][1])
        print("\n" + _summary(marks))
    return EXIT_FAILED if Mark.BAD in marks else EXIT_OK


def _json(found: list[tuple[str, Check]]) -> dict[str, object]:
    return {
        "ok": all(check.mark is not Mark.BAD for _, check in found),
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


def _print(section: str, check: Check, last: tuple[str, Check] | None) -> None:
    """Print a check; checks in a row with the same remedy share its line, after the last."""
    if last and (section, check.remedy) != (last[0], last[1].remedy):
        _print_remedy(last[1])
    if last is None or section != last[0]:
        print(term.colour(section, "bold"))
    print(f"  {common.mark(check.mark)} {check.text}", flush=True)


def _print_remedy(check: Check) -> None:
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
