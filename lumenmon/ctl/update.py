"""``lumenmonctl update``: bring lumenmon's packages up to date, from wherever apt gets them."""

from __future__ import annotations

import argparse
import gzip
import re
import tempfile
from collections.abc import Sequence
from pathlib import Path

from lumenmon import run, term
from lumenmon.ctl import common, packages
from lumenmon.ctl.packages import Change
from lumenmon.errors import EXIT_OK, LumenmonError

DETAILS = """\
Takes the packages from whatever source apt has on this host, shows what would
change and why, and asks. Data, configuration and enrolment stay as they are;
agents stay connected while their console is updated, and keep what they
measure meanwhile."""
LINES = 40
"""Lines of the changelog that are shown."""
_ENTRY = re.compile(r"^\S+ \((?P<version>[^)]+)\) ")
_KEEP = ("-o", "Dpkg::Options::=--force-confdef", "-o", "Dpkg::Options::=--force-confold")
"""Configuration that was changed here stays; what was not is brought up to date."""


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of ``update``."""
    parser.add_argument("-y", "--yes", action="store_true", help="do not ask")


def update(args: argparse.Namespace) -> int:
    """Update the packages."""
    common.need_root()
    here = packages.need_installed()
    _fetch_lists()
    changes = packages.upgrade(list(here))
    ours = [change for change in changes if change.name in here]
    if not ours:
        return _nothing_newer(here)
    print("\n".join(_table(changes)))
    if news := _news(ours[0]):
        print("\n".join(["", *news]))
    if kept := " ".join(packages.held([change.name for change in ours])):
        raise LumenmonError(f"apt holds {kept} back", f"sudo apt-mark unhold {kept}")
    print()
    common.confirm("Update?", yes=args.yes, why="this changes packages")
    names = [change.name for change in ours]
    argv = [*packages.APT, "-y", *_KEEP, "--only-upgrade", "install", *names]
    print(term.colour(f"[#] apt-get install --only-upgrade {' '.join(names)}", "dim"), flush=True)
    if status := packages.show(argv):
        raise LumenmonError(
            f"apt-get ended with status {status}",
            "to mend what it says above: sudo apt-get --fix-broken install",
        )
    print(f"{term.colour('updated', 'green')} to {ours[0].new}; how it is: lumenmonctl status")
    return EXIT_OK


def _fetch_lists() -> None:
    """Have apt look for newer packages; it goes on with what it knows when a source is away."""
    print(term.colour("[#] apt-get update", "dim"), flush=True)
    done = run.run([*packages.APT, "update"], timeout=600, check=False)
    said = [line for line in done.stderr.splitlines() if line.startswith(("W: ", "E: "))]
    for line in said[:5]:
        print(f"{term.colour('!', 'yellow')} {term.printable(line[3:])}")
    if done.status != 0 or said:
        print(
            f"{term.colour('!', 'yellow')} not every source of apt answers; going on with the rest"
        )


def _nothing_newer(here: dict[str, str]) -> int:
    if not any(packages.sources(name) for name in here):
        words = "no source of apt on this host has lumenmon's packages"
        if "lumenmond" in here:
            raise LumenmonError(
                words, "install newer ones with what lies beside them: sudo ./install.sh"
            )
        hint = (
            "on the console: sudo lumenmonctl invite; here, paste its line: it brings the packages"
        )
        raise LumenmonError(words, hint)
    versions = sorted(set(here.values()))
    print(f"lumenmon {', '.join(versions)} is installed, and apt knows nothing newer")
    return EXIT_OK


def _table(changes: Sequence[Change]) -> list[str]:
    rows = [
        (change.name, change.old or "–", term.colour(change.new, "green")) for change in changes
    ]
    return term.table(("PACKAGE", "INSTALLED", "NEW"), rows)


def _news(change: Change) -> list[str]:
    """Return what the changelog in the new package says since the version that is installed.

    Empty when the package can't be fetched without being installed.
    """
    with tempfile.TemporaryDirectory() as place:
        wanted = f"{change.name}={change.new}"
        run.run(
            ["env", f"--chdir={place}", *packages.APT, "download", wanted],
            timeout=600, check=False,
        )  # fmt: skip
        for deb in Path(place).glob("*.deb"):
            run.run(["dpkg-deb", "--extract", str(deb), f"{place}/tree"], check=False, timeout=60)
        for file in Path(place).glob("tree/usr/share/doc/*/changelog*.gz"):
            text = gzip.decompress(file.read_bytes()).decode(errors="replace")
            return since(text, change.old)
    return []


def since(changelog: str, version: str) -> list[str]:
    """Return the lines of a Debian changelog above the entry of ``version``, without signatures."""
    lines = []
    for line in changelog.splitlines():
        if (entry := _ENTRY.match(line)) and entry["version"] == version:
            break
        if entry:
            lines.append(term.colour(f"changes in {entry['version']}", "bold"))
        elif line.strip() and not line.startswith(" -- "):
            lines.append(term.printable(line))
    return lines if len(lines) <= LINES else [*lines[:LINES], "  …"]
