"""The address that other hosts can reach: what an invite's link names when nobody says."""

from __future__ import annotations

import argparse
import ipaddress
import json
import socket
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from lumenmon import run
from lumenmon.errors import LumenmonError
from lumenmon.invite import LinkError, check_host

_UP = 0x1  # RTF_UP, route(8)
_LOCAL = ("lo", "docker", "br-", "veth", "virbr", "lxc", "cni", "podman")
"""Interfaces that lead to this host's own containers and guests."""


@dataclass(frozen=True)
class Address:
    """An address of this host, and why it was picked."""

    host: str
    why: str


def pick(root: Path = Path("/")) -> Address:
    """Return the address of the default route's interface, else the first global one.

    Raises LumenmonError when this host has none.
    """
    device = _default_device(root)
    if device and (host := _source()):
        return Address(host, f"the address of {device}, where the default route leads")
    for name, host in _global():
        return Address(host, f"the first address of {name}; there is no default route")
    raise LumenmonError("this host has no address that others can reach", "add --host NAME")


def _default_device(root: Path) -> str | None:
    try:
        lines = (root / "proc/net/route").read_text().splitlines()[1:]
    except OSError:
        return None
    best: tuple[int, str] | None = None
    for line in lines:
        fields = line.split()
        if len(fields) < 8 or fields[1] != "00000000" or fields[7] != "00000000":
            continue
        if int(fields[3], 16) & _UP:
            best = min(best or (1 << 32, ""), (int(fields[6]), fields[0]))
    return best[1] if best else None


def _source() -> str | None:
    """Return the address that packets to the outside carry; connecting UDP sends none."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))  # RFC 5737: an address that is nobody's
        except OSError:
            return None
        return str(probe.getsockname()[0])


def _global() -> Iterator[tuple[str, str]]:
    """Yield interfaces and their global addresses, IPv4 first."""
    try:
        links = json.loads(run.run(["ip", "-json", "address", "show", "scope", "global"]).stdout)
    except (LumenmonError, ValueError):
        return
    found = [
        (link["ifname"], entry["local"])
        for link in links
        if link.get("ifname") and not link["ifname"].startswith(_LOCAL)
        for entry in link.get("addr_info", [])
        if not entry.get("temporary") and not entry.get("deprecated")
    ]
    yield from sorted(found, key=lambda pair: ipaddress.ip_address(pair[1]).version)


def host_argument(parser: argparse.ArgumentParser) -> None:
    """Declare ``--host``."""
    parser.add_argument(
        "--host", type=_host, metavar="HOST", help="the console's name or address in the link"
    )


def _host(text: str) -> str:
    try:
        return check_host(text.strip("[]"))
    except LinkError:
        raise argparse.ArgumentTypeError("wants a name or an IP address") from None
