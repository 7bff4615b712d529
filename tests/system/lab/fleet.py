"""lumenmon on lab hosts: install it, boot consoles and agents, enrol one with the other."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from .errors import LabError
from .host import Host
from .image import Image, adopt, adopted, place_of
from .network import Network
from .paths import IMAGES, locked
from .process import execute
from .record import disk_directory

CONSOLE = ("lumenmon-common", "lumenmond")
AGENT = ("lumenmon-common", "lumenmon-agentd")

REPOSITORY = Path(__file__).resolve().parents[3]

INSTALL_TIMEOUT = 300.0
BUILD_TIMEOUT = 900.0


def build_debs() -> list[Path]:
    """The packages of this tree, built by dev/build unless they are there already."""
    execute([str(REPOSITORY / "dev" / "build")], timeout=BUILD_TIMEOUT)
    return sorted((REPOSITORY / "dist").glob("*.deb"))


def bare_image(release: str, debs: Sequence[Path], packages: Sequence[str] = ()) -> Image:
    """A bare Debian with lumenmon's packages in /debs and their dependencies in apt's cache."""
    return Image.get(release).derive("bare", debs=debs, packages=packages)


def supplied_image(release: str, debs: Sequence[Path]) -> Image:
    """Like a bare image, with all that lumenmon's packages depend on installed already."""
    return (
        Image.get(release)
        .derive("supply", packages=dependencies(debs))
        .derive("supplied", debs=debs)
    )


def dependencies(debs: Sequence[Path]) -> list[str]:
    """The packages that lumenmon's depend on or recommend, the first of each alternative."""
    relations: list[str] = []
    for deb in debs:
        for field in ("Depends", "Recommends"):
            relations += execute(["dpkg-deb", "-f", str(deb), field]).stdout.split(",")
    names = {relation.split()[0].partition(":")[0] for relation in relations if relation.strip()}
    return sorted(name for name in names if not name.startswith("lumenmon"))


def install(host: Host, packages: Sequence[str]) -> None:
    """Install packages of ours from /debs with apt, as an administrator does."""
    files = [f"/debs/{package}_*.deb" for package in packages]
    host.run(
        f"apt-get -qy install {' '.join(files)}",
        timeout=INSTALL_TIMEOUT,
        env={"DEBIAN_FRONTEND": "noninteractive"},
    )


def installed_image(bare: Image, packages: Sequence[str]) -> Image:
    """`bare` with packages of ours installed on a booted host, shut down and kept as an image."""
    name, ingredients = packages[-1], [*packages]
    with locked(IMAGES / ".locks" / place_of(name, bare, ingredients).name):
        image = adopted(name, bare, ingredients)
        if image is None:
            with Network("install") as network:
                host = Host.boot(bare, "install", network, persistent=True)
                install(host, packages)
                host.poweroff()
                disk = disk_directory(network.name, host.name)
                image = adopt(name, bare, ingredients, disk / "layer")
    return image


def invite(console: Host) -> str:
    """A fresh invite link of a console."""
    printed = console.run(["lumenmonctl", "invite"]).stdout
    link = re.search(r"ssh://reg_\S+", printed)
    if link is None:
        raise LabError(f"{console.name}: no link in what invite printed:\n{printed}")
    return link.group()


def enrol(console: Host, agent: Host) -> str:
    """Register an agent with a console; return the agent's id."""
    link = invite(console)
    printed = agent.run(["lumenmonctl", "register"], input=f"{link}\n").stdout
    identity = re.search(r"id_[0-9a-f]{16}", printed)
    if identity is None:
        raise LabError(f"{agent.name}: no id in what register printed:\n{printed}")
    return identity.group()
