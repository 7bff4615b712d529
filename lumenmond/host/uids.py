"""Numbers for accounts: each is given to one name and never to another.

The file is append-only, one ``UID NAME`` a line. A name that comes back gets its number again.
An invite's number is not given again either, although its user leaves no file behind: the journal
keeps what a user's sessions said readable for that uid, and whatever was overlooked would be
another's. There are enough for twenty invites a day over four years (in a container that maps few
ids for half a year), and a restored backup needs none of them.
"""

from __future__ import annotations

import os
import pwd
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path

from lumenmon import paths
from lumenmon.errors import LumenmonError
from lumenmond import uidrange

SUBUID = Path("/etc/subuid")
START_OVER = (
    "sudo lumenmonctl backup --host-key FILE; apt purge lumenmond; install it again; "
    "sudo lumenmonctl restore FILE"
)
"""What gives an installation its numbers back, but for those of its agents."""


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


def pick(within: range, given: Iterable[int], taken: Iterable[range]) -> int:
    """Return the first number of a range that was never given and that no other range holds."""
    number = next(free(within, given, taken), None)
    if number is None:
        raise LumenmonError(
            f"all user ids from {within[0]} to {within[-1]} are used up or belong to others",
            START_OVER,
        )
    return number


def free(within: range, given: Iterable[int], taken: Iterable[range]) -> Iterator[int]:
    """Yield the numbers of a range that can be given, in order."""
    ranges = sorted(taken, key=lambda each: each.start)
    used = set(given)
    number = within.start
    while number in within:
        while ranges and ranges[0].start <= number:
            number = max(number, ranges.pop(0).stop)
        if number in within and number not in used:
            yield number
        number += 1


def take(name: str, file: Path | None = None) -> int:
    """Return the number of ``name``, given out and on the disk; the caller holds the lock.

    One that this host does not map (the host became an unprivileged container) is given up.
    """
    file = file or paths.UIDS
    text = file.read_text() if file.exists() else ""
    given = parse(text)
    if name in given and is_mapped(given[name]):
        return given[name]
    number = pick(uidrange.chosen(), given.values(), _others())
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


def is_mapped(number: int) -> bool:
    """Return whether an account with this number can log in on this host."""
    return any(number in each for each in uidrange.mapped())


def _others() -> list[range]:
    """Return the numbers that belong to other users of this host, or to their subuids."""
    ranges = [range(each.pw_uid, each.pw_uid + 1) for each in pwd.getpwall()]
    ranges += uidrange.reserved()
    with suppress(FileNotFoundError):
        ranges += parse_subuid(SUBUID.read_text())
    return ranges


def left() -> int:
    """Return how many numbers can still be given."""
    given = parse(paths.UIDS.read_text()) if paths.UIDS.exists() else {}
    return sum(1 for _ in free(uidrange.chosen(), given.values(), _others()))


def sync_directory(path: Path) -> None:
    """Make a new or renamed file of a directory durable."""
    descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
