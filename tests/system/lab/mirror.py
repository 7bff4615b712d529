"""Where Debian's packages come from: this machine's own apt sources, whatever they are."""

from __future__ import annotations

import re
from pathlib import Path

from .errors import LabError
from .process import execute

KEYRING = Path("/usr/share/keyrings/debian-archive-keyring.gpg")

FORMAT = "$(REPO_URI) $(RELEASE) $(COMPONENT) $(ORIGIN)"


def sources(release: str) -> str:
    """A sources.list for `release` (a codename) from the mirrors that this machine uses.

    Raises LabError when this machine has no source of Debian itself to go by.
    """
    targets = execute(["apt-get", "indextargets", "--format", FORMAT, "Created-By: Packages"])
    lines = translate(targets.stdout, release, names_of_this_machine())
    if not lines:
        raise LabError("no source of Debian in this machine's apt sources to take a mirror from")
    return "".join(f"{line}\n" for line in lines)


def translate(targets: str, release: str, names: frozenset[str]) -> list[str]:
    """The sources.list lines for `release`, from lines in FORMAT for the releases in `names`."""
    lines = set()
    for target in targets.splitlines():
        uri, suite, component, *origin = target.split()
        base, dash, pocket = suite.partition("-")
        ours = base in names and component == "main" and pocket in ("", "updates", "security")
        # ORIGIN stays "$(ORIGIN)" until the first apt-get update.
        if ours and (not origin or origin[0] in ("Debian", "$(ORIGIN)")):
            lines.add(f"deb [signed-by={KEYRING}] {uri} {release}{dash}{pocket} main")
    return sorted(lines)


def names_of_this_machine() -> frozenset[str]:
    """The codename of this machine's Debian and the suite names that may stand for it."""
    codename = re.search(r"^VERSION_CODENAME=(\w+)$", Path("/etc/os-release").read_text(), re.M)
    return frozenset({"stable", "oldstable", codename.group(1) if codename else "stable"})


def proxies() -> list[str]:
    """This machine's apt proxy settings, as apt options."""
    dump = execute(["apt-config", "dump", "--format", "%f %v%n", "Acquire"]).stdout
    settings = (line.partition(" ") for line in dump.splitlines())
    return [
        f'{name} "{value}"'
        for name, _, value in settings
        if re.fullmatch(r"Acquire::https?::Proxy", name) and value
    ]
