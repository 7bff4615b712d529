"""What apt has noted of its own doing: which packages came with ours, and what came since."""

from __future__ import annotations

import gzip
import re
import zlib
from collections.abc import Collection, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

LOGS = Path("/var/log/apt")
_ROTATED = re.compile(r"history\.log\.([0-9]{1,9})\.gz", re.ASCII)
_PACKAGE = re.compile(r"([^\s:,]+):\S+ \(([^)]*)\)")


@dataclass(frozen=True)
class Came:
    """The packages that came with ours of themselves, and whether others came afterwards."""

    along: frozenset[str]
    others_since: bool


def logs(directory: Path = LOGS) -> Iterator[str]:
    """Yield the texts of apt's history, the oldest first; what cannot be read is left out."""
    old = [(int(found[1]), path) for path in directory.glob("history.log.*.gz")
           if (found := _ROTATED.fullmatch(path.name))]  # fmt: skip
    for path in [*(path for _, path in sorted(old, reverse=True)), directory / "history.log"]:
        with suppress(OSError, EOFError, zlib.error):
            raw = path.read_bytes()
            yield (gzip.decompress(raw) if path.suffix == ".gz" else raw).decode(errors="replace")


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
