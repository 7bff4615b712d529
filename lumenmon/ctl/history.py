"""What apt has noted of its own doing: which packages came with ours, and what came since."""

from __future__ import annotations

import gzip
import re
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

LOGS = Path("/var/log/apt")
_PACKAGE = re.compile(r"([^\s:,]+):\S+ \(([^)]*)\)")


@dataclass(frozen=True)
class Came:
    """The packages that came with ours of themselves, and whether others came afterwards."""

    along: frozenset[str]
    others_since: bool


def logs(directory: Path = LOGS) -> Iterator[str]:
    """Yield the texts of apt's history, the oldest first."""
    old = directory.glob("history.log.*.gz")
    for path in sorted(old, key=lambda path: -int(path.name.split(".")[2])):
        yield gzip.decompress(path.read_bytes()).decode(errors="replace")
    if (newest := directory / "history.log").exists():
        yield newest.read_text(errors="replace")


def read(texts: Iterable[str], ours: Collection[str]) -> Came:
    """Read apt's history for what came with the packages ``ours``."""
    along: set[str] = set()
    began = others = False
    for text in texts:
        for stanza in text.split("\n\n"):
            fields = dict(line.split(": ", 1) for line in stanza.splitlines() if ": " in line)
            new = dict(_PACKAGE.findall(fields.get("Install", "")))
            touched = {*new, *dict(_PACKAGE.findall(fields.get("Upgrade", "")))}
            if touched & {*ours}:
                began = True
                along |= {name for name, note in new.items() if note.endswith("automatic")}
            elif new:
                others = began
    return Came(frozenset(along - {*ours}), others)
