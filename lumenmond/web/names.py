"""By which names the dashboard may be called: against pages that point their own name at us."""

from __future__ import annotations

import functools
import ipaddress
import re
import socket
from pathlib import Path
from urllib.parse import urlsplit

from lumenmond.config import Config

_HOST = re.compile(r"(\[[0-9a-f:.]{2,45}\]|[a-z0-9._-]{1,253})(?::[0-9]{1,5})?", re.IGNORECASE)


@functools.cache
def own_names(root: Path = Path("/")) -> frozenset[str]:
    """Return this host's names: with and without its domain, those of /etc/hosts, localhost."""
    name = socket.gethostname().lower()
    short = name.partition(".")[0]
    found = {"localhost", name, short, f"{short}.local"}
    for line in _lines(root / "etc/hosts"):
        words = line.lower().split()[1:]
        if name in words or short in words:
            found.update(words)
    for line in _lines(root / "etc/resolv.conf"):
        words = line.lower().split()
        if words and words[0] in ("search", "domain"):
            found.update(f"{short}.{domain.strip('.')}" for domain in words[1:])
    return frozenset(filter(None, found))


def _lines(path: Path) -> list[str]:
    try:
        return [line.partition("#")[0] for line in path.read_text().splitlines()]
    except (OSError, UnicodeDecodeError):
        return []


def configured(config: Config) -> frozenset[str]:
    """Return the names that the configuration adds."""
    return frozenset(config.web_hosts) | {(urlsplit(config.web_url).hostname or "localhost")}


def host_of(header: str) -> str:
    """Return the name or address in a Host header, empty when it is not well-formed."""
    found = _HOST.fullmatch(header)
    return found[1].strip("[]").lower().rstrip(".") if found else ""


def allowed(header: str, names: frozenset[str], local: str) -> bool:
    """Say whether a Host header means us; ``local`` is our end of the connection.

    An address has to be the one that the connection came in at, or of the loopback: only an SSH
    tunnel or a proxy on this host calls by that.
    """
    host = host_of(header)
    if not host:
        return False
    if host in names:
        return True
    address = plain(host)
    try:
        return address == plain(local) or ipaddress.ip_address(address).is_loopback
    except ValueError:
        return False


def plain(address: str) -> str:
    """Return an address in its one form: IPv4 as IPv4, no zone."""
    try:
        parsed = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return address
    mapped = parsed.ipv4_mapped if isinstance(parsed, ipaddress.IPv6Address) else None
    return str(mapped or parsed)


def within(address: str, networks: tuple[str, ...]) -> bool:
    """Say whether an address is in one of the networks."""
    try:
        parsed = ipaddress.ip_address(plain(address))
    except ValueError:
        return False
    return any(parsed in ipaddress.ip_network(network) for network in networks)


def client(address: str, forwarded: str, proxies: tuple[str, ...]) -> str:
    """Return where a request comes from: its peer, or whom a proxy that is believed names last."""
    if not within(address, proxies):
        return address
    try:
        return plain(str(ipaddress.ip_address(forwarded.rpartition(",")[2].strip().strip("[]"))))
    except ValueError:
        return address
