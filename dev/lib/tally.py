"""Add up results: tally.py FILE… prints "PASSED FAILED SKIPPED" over junit XML files."""

from __future__ import annotations

import sys
import xml.etree.ElementTree as ElementTree
from pathlib import Path


def count(path: Path) -> tuple[int, int, int]:
    """Passed, failed and skipped tests in one file; a file that can't be read is one failure."""
    try:
        suites = list(ElementTree.parse(path).getroot().iter("testsuite"))
    except (OSError, ElementTree.ParseError):
        return 0, 1, 0

    def total(name: str) -> int:
        return sum(int(suite.get(name, "0")) for suite in suites)

    failed, skipped = total("failures") + total("errors"), total("skipped")
    return total("tests") - failed - skipped, failed, skipped


if __name__ == "__main__":
    counts = [count(Path(name)) for name in sys.argv[1:]]
    print(*(sum(column) for column in zip((0, 0, 0), *counts, strict=True)))
