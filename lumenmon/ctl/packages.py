"""lumenmon's own packages, as dpkg and apt on this host see them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from lumenmon import run
from lumenmon.errors import LumenmonError

NAMES = ("lumenmon-common", "lumenmond", "lumenmon-agentd")
"""The packages that lumenmon is made of."""
SLOW = 120.0
"""Seconds that apt may think."""
APT = ("apt-get", "-q", "-o", "DPkg::Lock::Timeout=120", "-o", "Dpkg::Use-Pty=0")
QUIET = {
    "DEBIAN_FRONTEND": "noninteractive",
    "APT_LISTCHANGES_FRONTEND": "none",
    "NEEDRESTART_MODE": "a",
}
"""What keeps apt's helpers from asking."""
_STRICT = (
    "-o", "APT::AutoRemove::SuggestsImportant=0", "-o", "APT::AutoRemove::RecommendsImportant=0",
)  # fmt: skip
_INST = re.compile(r"^Inst (?P<name>\S+)(?: \[(?P<old>[^]]+)\])? \((?P<new>\S+)")
_REMOVED = re.compile(r"^(?:Remv|Purg) (?P<name>\S+)")


@dataclass(frozen=True)
class Change:
    """A package that apt would change; ``old`` is empty where it would be new."""

    name: str
    old: str
    new: str


def installed() -> dict[str, str]:
    """Return the versions of our packages that are installed here."""
    fields = "${Package} ${Version} ${db:Status-Status}\\n"
    listed = run.run(["dpkg-query", "-W", f"-f={fields}", *NAMES], check=False)
    rows = [line.split() for line in listed.stdout.splitlines()]
    return {row[0]: row[1] for row in rows if len(row) == 3 and row[2] == "installed"}


def need_installed() -> dict[str, str]:
    """Return the same; raises LumenmonError when lumenmon did not come as packages."""
    if found := installed():
        return found
    raise LumenmonError(
        "lumenmon was not installed as Debian packages here",
        "it goes the way that it came",
    )


def upgrade(names: Sequence[str]) -> list[Change]:
    """Return what apt would change to bring packages up to date, with its lists as they are."""
    said = run.run([*APT, "--simulate", "--only-upgrade", "install", *names], timeout=SLOW)
    found = map(_INST.match, said.stdout.splitlines())
    return [Change(at["name"], at["old"] or "", at["new"]) for at in found if at]


def removal(names: Sequence[str], *, along: bool = False, strict: bool = False) -> list[str]:
    """Return what apt would remove with packages, because it needs them.

    With ``along``, that is also what nothing needs without them; when ``strict``, even if
    something else would recommend it.
    """
    words = ["--auto-remove", *_STRICT[: len(_STRICT) if strict else 2]] if along else []
    said = run.run([*APT, "--simulate", *words, "remove", *names], timeout=SLOW)
    found = map(_REMOVED.match, said.stdout.splitlines())
    return [at["name"] for at in found if at]


def sources(name: str) -> bool:
    """Tell whether apt knows a place, other than this host, to get a package from."""
    table = run.run(["apt-cache", "policy", name], timeout=SLOW).stdout.partition("Version table:")
    origins = re.findall(r"^ {6,}-?\d+ (\S+)", table[2], re.MULTILINE)
    return any(not origin.startswith("/var/lib/dpkg/") for origin in origins)


def held(names: Sequence[str]) -> list[str]:
    """Return those packages that an administrator has pinned to what is installed."""
    return run.run(["apt-mark", "showhold", *names], timeout=SLOW).stdout.split()


def show(argv: Sequence[str]) -> int:
    """Run apt in the caller's terminal, with nothing to ask there; return its exit status."""
    return run.spawn(argv, stdout=1, stderr=2, env=QUIET).wait()
