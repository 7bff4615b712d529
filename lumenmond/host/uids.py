"""Numbers for accounts: each is given to one name and never to another.

The file is append-only, one ``UID NAME`` a line. A name that comes back gets its number again.
"""

from __future__ import annotations

import os
import pwd
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path

from lumenmon import paths
from lumenmon.errors import LumenmonError

FIRST, LAST = 66000, 99999
"""The range; 65536 and below belongs to the system, 100000 and up to ordinary users' subuids."""
SUBUID = Path("/etc/subuid")


def parse(text: str) -> dict[str, int]:
    """Return the number of each name; an unfinished last line was never given out."""
    whole = text[: text.rfind("\n") + 1]
    found: dict[str, int] = {}
    for line in whole.splitlines():
        number, _, name = line.partition(" ")
        if number.isdigit() and name:
            found[name] = int(number)
    return found


def parse_subuid(text: str) -> Iterator[range]:
    """Yield the ranges that /etc/subuid gives to users (subuid(5))."""
    for line in text.splitlines():
        fields = line.split(":")
        if len(fields) == 3 and fields[1].isdigit() and fields[2].strip().isdigit():
            yield range(int(fields[1]), int(fields[1]) + int(fields[2]))


def pick(given: Iterable[int], taken: list[range]) -> int:
    """Return the first number after all given ones that no range holds."""
    candidate = max([FIRST - 1, *given]) + 1
    moved = True
    while moved:
        moved = False
        for each in taken:
            if candidate in each:
                candidate, moved = each.stop, True
    if candidate > LAST:
        raise LumenmonError(
            f"all user ids from {FIRST} to {LAST} are used up or belong to /etc/subuid",
            "start over, with no agents and no data: apt purge lumenmond, then install it again",
        )
    return candidate


def take(name: str, file: Path | None = None) -> int:
    """Return the number of ``name``, given out and on the disk; the caller holds the lock."""
    file = file or paths.UIDS
    text = file.read_text() if file.exists() else ""
    given = parse(text)
    if name in given:
        return given[name]
    taken: list[range] = []
    with suppress(FileNotFoundError):
        taken = list(parse_subuid(SUBUID.read_text()))
    taken += [range(each.pw_uid, each.pw_uid + 1) for each in pwd.getpwall()]
    number = pick([each for each in given.values() if each <= LAST], taken)
    line = f"{number} {name}\n"
    if text and not text.endswith("\n"):
        line = "\n" + line
    new = not file.exists()
    descriptor = os.open(file, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        os.write(descriptor, line.encode())
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
    if new:
        sync_directory(file.parent)
    return number


def sync_directory(path: Path) -> None:
    """Make a new or renamed file of a directory durable."""
    descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
