"""Which user ids are those of agents and invites: decided here for the daemon and the root helper.

Normally 66000 to 99999: up to 65535 belongs to the system, from 100000 on to ordinary users'
subuids. An unprivileged container maps ids up to 65535 alone, and an account above cannot log in
there. Its range is the one of systemd's DynamicUser=, less what Debian and systemd use of it.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from lumenmon.errors import LumenmonError

NORMAL = range(66000, 100000)
SMALL = range(61184, 65520)
"""systemd's dynamic users; 65520 and up is reserved, 65534 is nobody (Debian Policy 9.2.2)."""
_DEBIAN = (range(63434, 63435), range(64000, 64100))
"""Ids that Debian gives to packages in SMALL, and room for the next (base-passwd's README)."""
_DYNAMIC = Path("run/systemd/dynamic-uid")


def is_ours(uid: int) -> bool:
    """Return whether a user id is in a range of agents and invites, whichever this host uses now.

    An account keeps its id when its host is moved into a container that maps fewer, or out of it.
    """
    return uid in NORMAL or (uid in SMALL and not any(uid in taken for taken in _DEBIAN))


def mapped(root: Path = Path("/")) -> list[range]:
    """Return the user ids that exist on this host (user_namespaces(7))."""
    lines = (root / "proc/self/uid_map").read_text().splitlines()
    fields = [[int(word) for word in line.split()] for line in lines]
    return [range(first, first + count) for first, _, count in fields]


def chosen(root: Path = Path("/")) -> range:
    """Return the range from which this host's new accounts get their user ids."""
    there = mapped(root)
    for candidate in (NORMAL, SMALL):
        if any(candidate[0] in each and candidate[-1] in each for each in there):
            return candidate
    raise LumenmonError(
        f"this container maps neither user ids {NORMAL[0]} to {NORMAL[-1]} nor {SMALL[0]} to"
        f" {SMALL[-1]}",
        "let its manager map 65536 user ids, better 100000; see lumenmond(8)",
    )


def reserved(root: Path = Path("/")) -> Iterator[range]:
    """Yield what belongs to Debian's packages and to systemd's dynamic users that run now."""
    yield from _DEBIAN
    directory = root / _DYNAMIC
    if directory.is_dir():
        for file in directory.iterdir():
            # An id is a file, a user's name a link "direct:NAME"; the latter is passed over.
            if file.name.isdecimal():
                yield range(int(file.name), int(file.name) + 1)
