"""The agent's packages that this console hands out, and the lines to paste on a new host.

The console's package holds them, with a copy of install.sh that takes these very files: it has
the SHA-256 of SHA256SUMS in it, which has the packages'. The line holds the SHA-256 of install.sh,
so nobody on the way can put other files in their place.
"""

from __future__ import annotations

import hashlib
import ipaddress
import re
import shlex
from collections.abc import Iterable
from pathlib import Path

from lumenmon import paths

SCRIPT, SUMS = "install.sh", "SHA256SUMS"
WAY = "/install"
"""Where the dashboard serves them, for everybody."""
_BASE = re.compile(r"(https?)://[][A-Za-z0-9.:_-]+")
_PACKAGE = re.compile(r"lumenmon-(?:common|agentd)_[A-Za-z0-9.+~]+(?:-[A-Za-z0-9.+~]+)*_all\.deb")
_LINE = (
    "echo {link} | $(command -v sudo) sh -c 'u={url}; cd /var/cache/apt/archives/partial &&"
    " /usr/lib/apt/apt-helper -q {options} download-file $u/{script} lumenmon.sh SHA256:{sum} &&"
    " LUMENMON_INVITE=- LUMENMON_FROM=$u sh lumenmon.sh'"
)
"""Of what every Debian has: apt's own helper, no curl; no sudo for root. The secret is echo's,
which is of the shell itself, so that it is in no list of arguments and sudo does not log it."""
_OPTIONS = {
    "http": "-o Acquire::http::Proxy=DIRECT",
    # The SHA-256 says what is right; and a bare Debian knows no authorities to check it with.
    "https": (
        "-o Acquire::https::Proxy=DIRECT -o Acquire::https::Verify-Peer=false"
        " -o Acquire::https::Verify-Host=false"
    ),
}


def files(directory: Path | None = None) -> frozenset[str]:
    """Return the names of the files to hand out; none unless the set is whole."""
    directory = directory or paths.AGENT_PACKAGES
    try:
        found = {entry.name for entry in directory.iterdir()}
    except OSError:
        return frozenset()
    debs = {name for name in found if _PACKAGE.fullmatch(name)}
    whole = len(debs) == 2 and {SCRIPT, SUMS} <= found
    return frozenset(debs | {SCRIPT, SUMS}) if whole else frozenset()


def local_only(networks: Iterable[str]) -> bool:
    """Say whether ``web_from`` lets in this host alone."""
    found = [ipaddress.ip_network(network) for network in networks]
    return bool(found) and all(network.is_loopback for network in found)


def command(link: str) -> str:
    """Return the line for a host that has the agent's package."""
    return f"sudo lumenmonctl register {shlex.quote(link)}"


def line(link: str, base: str, directory: Path | None = None) -> str | None:
    """Return the line that installs the agent on a bare Debian from the dashboard at ``base``.

    None when there are no packages to hand out.
    """
    directory = directory or paths.AGENT_PACKAGES
    safe = _BASE.fullmatch(base)  # it goes into the line as it is
    if safe is None or not files(directory):
        return None
    try:
        digest = hashlib.sha256((directory / SCRIPT).read_bytes()).hexdigest()
    except OSError:
        return None
    return _LINE.format(
        link=shlex.quote(link), url=f"{base}{WAY}", script=SCRIPT, sum=digest,
        options=_OPTIONS[safe[1]],
    )  # fmt: skip
