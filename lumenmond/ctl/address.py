"""The address that other hosts can reach: what an invite's link names when nobody says."""

from __future__ import annotations

import argparse
import ipaddress
import json
import socket
from dataclasses import dataclass
from typing import Any

from lumenmon import run
from lumenmon.errors import LumenmonError
from lumenmon.invite import LinkError, check_host

_LOCAL = ("lo", "docker", "br-", "veth", "virbr", "lxc", "cni", "podman")
"""Interfaces that lead to this host's own containers and guests."""


@dataclass(frozen=True)
class Address:
    """An address of this host, and why it was picked."""

    host: str
    why: str


def pick(command: str = "invite") -> Address:
    """Return the address of the default route's interface, else the first global one.

    Raises LumenmonError when this host has none; its hint names one for ``command``.
    """
    found = _global()
    for family in (4, 6):
        device = _default_device(family)
        host = _source() if family == 4 else None
        host = host or next((each for name, each in found if name == device), None)
        if device and host:
            return Address(host, f"the address of {device}, where the default route leads")
    own = [(name, host) for name, host in found if not name.startswith(_LOCAL)]
    for name, host in own:
        return Address(host, f"the first address of {name}; there is no default route")
    hint = f"name one that leads here: sudo lumenmonctl {command} --host NAME"
    raise LumenmonError("this host has no address that others can reach", hint)


def _ip(*words: str) -> list[dict[str, Any]]:
    """Return what ``ip`` shows, an entry a line; an empty list when it shows nothing."""
    try:
        shown = json.loads(run.run(["ip", "-json", *words]).stdout or "[]")
    except (LumenmonError, ValueError):
        return []
    return [entry for entry in shown if isinstance(entry, dict)]


def _default_device(family: int) -> str | None:
    """Return the interface of the default route of IPv4 or IPv6 that is preferred."""
    routes = [route for route in _ip(f"-{family}", "route", "show", "default") if "dev" in route]
    best = min(routes, key=lambda route: int(route.get("metric", 0)), default=None)
    return str(best["dev"]) if best else None


def _source() -> str | None:
    """Return the address that packets to the outside carry; connecting UDP sends none."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))  # RFC 5737: an address that is nobody's
        except OSError:
            return None
        return str(probe.getsockname()[0])


def _global() -> list[tuple[str, str]]:
    """Return interfaces and their lasting global addresses, IPv4 first."""
    found = [
        (str(link["ifname"]), str(entry["local"]))
        for link in _ip("address", "show", "scope", "global")
        for entry in link.get("addr_info", [])
        # Where it leaves addresses of another scope out, ip prints an empty entry.
        if "ifname" in link and "local" in entry
        if not entry.get("temporary") and not entry.get("deprecated")
    ]
    return sorted(found, key=lambda pair: ipaddress.ip_address(pair[1]).version)


def host_argument(parser: argparse.ArgumentParser) -> None:
    """Declare ``--host``."""
    parser.add_argument(
        "--host", type=_host, metavar="HOST", help="the console's name or address in the link"
    )


def _host(text: str) -> str:
    try:
        return check_host(text.strip("[]"))
    except LinkError:
        raise argparse.ArgumentTypeError("must be a name or an IP address") from None
