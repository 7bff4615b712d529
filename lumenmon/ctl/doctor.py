"""``lumenmonctl doctor``: look at everything that has to be right, and say what to do."""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence

from lumenmon import term
from lumenmon.ctl import Check, Mark, Side, checks, common, probes
from lumenmon.errors import EXIT_FAILED, EXIT_OK


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of ``doctor``."""
    parser.add_argument("--json", action="store_true", help="print it for programs")


def doctor(args: argparse.Namespace) -> int:
    """Run all checks side by side and print them."""
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
    waiting = [probes.parts(side) for side in sides]
    host = probes.found(probes.of_host(sides))
    looks = [probes.found(side.probes) for side in sides]
    named = {name for side in sides for name in side.units}
    shown = [wait() for wait in waiting]
    for side, parts in zip(sides, shown, strict=True):
        for check in checks.of_units(parts, side):
            yield "units", check
    for _, found in host:
        for check in found:
            yield "host", check
    for side, parts, look in zip(sides, shown, looks, strict=True):
        for part in parts:
            if part.name not in named:
                yield side.name, Check(part.mark, f"{part.name}: {part.text}", part.remedy)
        for _, found in look:
            for check in found:
                yield side.name, check


def _print(section: str, check: Check, last: tuple[str, Check] | None) -> None:
    """Print a check; checks in a row with the same remedy share its line, after the last."""
    if last and (section, check.remedy) != (last[0], last[1].remedy):
        _print_remedy(last[1])
    if last is None or section != last[0]:
        print(term.colour(section, "bold"))
    first, *more = term.wrapped(term.printable(check.text), term.columns() - common.INDENT)
    print("\n    ".join([f"  {common.mark(check.mark)} {first}", *more]), flush=True)


def _print_remedy(check: Check) -> None:
    if check.remedy and check.mark is not Mark.GOOD:
        print(common.remedy(check.remedy, common.INDENT), flush=True)


def _summary(marks: list[Mark]) -> str:
    bad, warn, unseen = (marks.count(mark) for mark in (Mark.BAD, Mark.WARN, Mark.UNSEEN))
    rest = f"; {term.counted(unseen, 'check')} could not be made" if unseen else ""
    if bad:
        return common.mark(Mark.BAD, f"{bad} of {term.counted(len(marks), 'check')} failed{rest}")
    if warn:
        needs = "needs" if warn == 1 else "need"
        text = f"nothing is broken; {warn} of {term.counted(len(marks), 'check')} {needs} a look"
        return common.mark(Mark.WARN, f"{text}{rest}")
    if unseen:
        return common.mark(Mark.UNSEEN, f"nothing wrong was seen{rest}")
    return common.mark(Mark.GOOD, f"all {len(marks)} checks are well")
