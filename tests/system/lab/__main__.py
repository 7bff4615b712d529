"""The lab by hand: python3 -m lab up|down|list|exec|clean (run it in tests/system).

up NETWORK HOST [RELEASE]   boot a host on a bare Debian; it stays until `down`
exec NETWORK HOST COMMAND…  run a command on it; without one, a shell
forward NETWORK HOST LOCAL PORT   lead 127.0.0.1:LOCAL of this machine to it
list                        all networks and hosts of the lab
down NETWORK                end a network with all its hosts and disks
clean                       end everything of the lab, also what others left
"""

from __future__ import annotations

import os
import shlex
import sys

from . import record
from .errors import LabError
from .host import Host
from .image import Image
from .network import Network, close


def up(network: str, name: str, release: str = "bookworm") -> None:
    """Boot a host that stays."""
    host = Host.boot(Image.get(release), name, Network(network, keep=True), persistent=True)
    print(f"{host.name} is up: {release}, {host.address}")


def run(network: str, name: str, *command: str) -> None:
    """Become a command on a host; a single argument is a shell line."""
    found = next((host for host in record.running_hosts(network) if host.name == name), None)
    if found is None:
        raise LabError(f"no host {name} in network {network}; see `list`")
    host = Host(Network(network, keep=True), found)
    line = shlex.join(command) if len(command) > 1 else "".join(command)
    wanted: list[str] = ["sh", "-c", line] if line else ["bash", "-l"]
    arguments = host.inside(wanted, env={"TERM": os.environ.get("TERM", "dumb")})
    os.execvp(arguments[0], arguments)


def forward(network: str, name: str, local: str, port: str) -> None:
    """Lead a port of this machine to a host."""
    there = Network(network, keep=True)
    print(f"127.0.0.1:{there.forward(int(local), there.host(name), int(port))} leads to {name}")


def show() -> None:
    """Print all networks and hosts."""
    for network in record.networks():
        print(network)
        for host in record.running_hosts(network):
            power = "on" if host.supervisor.alive else "off"
            print(f"  {host.name:16} {host.release:10} 10.23.45.{host.number:<4} {power}")


def down(network: str) -> None:
    """End one network."""
    close(network)


def clean() -> None:
    """End all networks."""
    for network in record.networks():
        print(f"ending {network}")
        close(network)


COMMANDS = {"up": up, "exec": run, "forward": forward, "list": show, "down": down, "clean": clean}


def main(arguments: list[str]) -> int:
    """Run one command; 0 when it worked."""
    if not arguments or arguments[0] not in COMMANDS:
        print(__doc__, file=sys.stderr)
        return 2
    try:
        COMMANDS[arguments[0]](*arguments[1:])  # type: ignore[operator]
    except (LabError, TypeError) as error:
        print(f"lab: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
