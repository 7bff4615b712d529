"""Images: directory trees that hosts boot from and never change.

A base image comes from mmdebstrap; a derived one adds an overlay layer. Both are named after a
digest of their recipe, so a changed recipe makes a new image, and are built beside their final name
and renamed, so what has the name is whole.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from .errors import LabError
from .mirror import KEYRING, proxies, sources
from .paths import DISKS, IMAGES, RUN, locked
from .process import execute, namespaced

RELEASES = ("bookworm", "trixie")

NEXT = "testing"
"""The Debian to come. It moves: an image of it is a week old at most."""

BARE = (
    "dbus",
    "iproute2",
    "libpam-systemd",
    "netbase",
    "openssh-server",
    "procps",
    "systemd-sysv",
)
"""What a freshly installed server has, besides minbase."""

RECIPE = r"""
: >"$1/etc/machine-id"
: >"$1/etc/resolv.conf"
rm -f "$1"/etc/ssh/ssh_host_*
ln -s /dev/null "$1/etc/systemd/system/console-getty.service"
"""
"""What is done to a base image after the packages are in; the console is a log, not a terminal."""

KEEP = 6
"""How many images of one name and release stay, newest first; images in use stay anyway."""

RESTING = 2 * 3600.0
"""Seconds that an image stays after it was last used: a run in progress may boot it again."""

BUILD_TIMEOUT = 900.0


@dataclass(frozen=True)
class Image:
    """A tree to boot from: overlay layers, topmost first."""

    release: str
    layers: tuple[Path, ...]

    @property
    def key(self) -> str:
        """A name that no other image has."""
        return self.layers[0].parent.name

    @classmethod
    def get(cls, release: str, packages: Sequence[str] = ()) -> Image:
        """The base image of a Debian release with BARE and `packages`, made if there is none."""
        if release not in (*RELEASES, NEXT):
            raise LabError(f"no such release: {release}; known: {', '.join([*RELEASES, NEXT])}")
        wanted = sorted({*BARE, *packages})
        week = [time.strftime("%G-%V", time.gmtime())] if release == NEXT else []
        place = _place(f"base-{release}", [RECIPE, *week, *wanted])
        with locked(IMAGES / ".locks" / place.name):
            if not place.exists():
                _bootstrap(release, wanted, place)
        os.utime(place)
        return cls(release, (place / "layer",))

    def derive(
        self,
        name: str,
        *,
        debs: Sequence[Path] = (),
        packages: Sequence[str] = (),
        commands: Sequence[str] = (),
    ) -> Image:
        """This image with more in it, made if there is none with the same ingredients.

        `packages` are installed. `debs` are put into /debs with all they depend on in apt's cache,
        so that `apt-get install /debs/*.deb` works on a host that reaches no mirror. `commands`
        are shell lines run in a chroot at the end.
        """
        digests = [hashlib.sha256(deb.read_bytes()).hexdigest() for deb in debs]
        recipe = [self.key, *sorted(packages), "--", *sorted(digests), "--", *commands]
        place = _place(f"{name}-{self.release}", recipe)
        with locked(IMAGES / ".locks" / place.name):
            if not place.exists():
                self._add_layer(place, _script(debs, packages, commands), debs)
        os.utime(place)
        return Image(self.release, (place / "layer", *self.layers))

    def _add_layer(self, place: Path, script: str, debs: Sequence[Path]) -> None:
        """Build the layer that `script` makes on top of this image."""
        with _Building(place) as building:
            if debs:
                (building / "layer" / "debs").mkdir(parents=True)
                for deb in debs:
                    shutil.copy(deb, building / "layer" / "debs")
            lower = ":".join(map(str, self.layers))
            namespaced(
                "build", str(building), lower, str(building), script=script, timeout=BUILD_TIMEOUT
            )
            shutil.rmtree(building / "work")
            (building / "root").rmdir()


def adopt(name: str, image: Image, ingredients: Sequence[str], layer: Path) -> Image:
    """Make an image of the writes that a host booted from `image` left in `layer`."""
    place = place_of(name, image, ingredients)
    if not place.exists():
        with _Building(place) as building:
            layer.rename(building / "layer")
    return Image(image.release, (place / "layer", *image.layers))


def adopted(name: str, image: Image, ingredients: Sequence[str]) -> Image | None:
    """The image that `adopt` made of the same things before, if it is still there."""
    place = place_of(name, image, ingredients)
    if not place.exists():
        return None
    os.utime(place)
    return Image(image.release, (place / "layer", *image.layers))


def place_of(name: str, image: Image, ingredients: Sequence[str]) -> Path:
    """The directory of the image that `adopt` makes."""
    return _place(f"{name}-{image.release}", [image.key, *ingredients])


class _Building:
    """A directory beside the image's final place, moved there at a good end."""

    def __init__(self, place: Path) -> None:
        self.place = place
        place.parent.mkdir(parents=True, exist_ok=True)
        self.directory = Path(tempfile.mkdtemp(prefix=".building-", dir=place.parent))

    def __enter__(self) -> Path:
        return self.directory

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if kind is None:
            self.directory.chmod(0o755)
            self.directory.rename(self.place)
            prune(self.place)
        else:
            shutil.rmtree(self.directory, ignore_errors=True)


def _place(name: str, recipe: Sequence[str]) -> Path:
    digest = hashlib.sha256(json.dumps([*recipe]).encode()).hexdigest()[:12]
    return IMAGES / f"{name}-{digest}"


def _script(debs: Sequence[Path], packages: Sequence[str], commands: Sequence[str]) -> str:
    """The shell script that makes a derived image's layer."""
    lines = []
    if debs or packages:
        lines.append("apt-get -q update")
    if packages:
        lines.append(f"apt-get -qy install {' '.join(packages)}")
        lines.append("rm -f /var/cache/apt/archives/*.deb")
    if debs:
        lines.append("apt-get -qy --download-only install /debs/*.deb")
    return "\n".join([*lines, *commands, ""])


def _bootstrap(release: str, packages: Sequence[str], place: Path) -> None:
    """Make a base image with mmdebstrap."""
    options = proxies()
    if release == NEXT:
        # A mirror may follow some weeks behind: what it has still is the Debian to come.
        options.append('Acquire::Check-Valid-Until "false"')
    with _Building(place) as building:
        command = [
            "mmdebstrap",
            "--quiet",
            "--variant=minbase",
            "--skip=cleanup/apt/lists",
            f"--keyring={KEYRING}",
            f"--include={','.join(packages)}",
            f"--customize-hook={RECIPE}",
            *(f"--aptopt={option}" for option in options),
            release,
            str(building / "layer"),
            "-",
        ]
        execute(command, input=sources(release), timeout=BUILD_TIMEOUT, label=f"make {place.name}")


def prune(place: Path) -> None:
    """Delete all but the newest images of the same name and release as `place`."""
    stem = place.name.rpartition("-")[0]
    images = sorted(IMAGES.glob(f"{stem}-????????????"), key=_age)
    used = _in_use()
    for old in images[KEEP:]:
        if _age(old) > RESTING and not any(str(old) in layers for layers in used):
            shutil.rmtree(old, ignore_errors=True)
    for leftover in IMAGES.glob(".building-*"):
        if _age(leftover) > BUILD_TIMEOUT * 2:
            shutil.rmtree(leftover, ignore_errors=True)


def _age(path: Path) -> float:
    """Seconds since an image was last asked for."""
    return time.time() - path.stat().st_mtime


def _in_use() -> list[str]:
    """The descriptions of all hosts that run or have a disk; they name their images' layers."""
    found = [*RUN.glob("*/hosts/*/host.json"), *DISKS.glob("*/*/host.json")]
    return [path.read_text() for path in found if path.exists()]
