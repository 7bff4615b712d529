"""A console in one file: its database, its agents' keys and numbers, and what goes with them.

The file is a gzipped tar. Its last member, ``manifest.json``, has the SHA-256 of all others.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import socket
import tarfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from io import BytesIO
from pathlib import Path
from typing import IO

from lumenmon import __version__, paths
from lumenmon.errors import LumenmonError
from lumenmon.keys import AGENT_ID
from lumenmond.host import hostkey, sshd

FORMAT = 1
MANIFEST = "manifest.json"
DATABASE = "metrics.db"
UIDS = "host/uids"
WEB = "web/auth.db"
HOST_KEY = "ssh/ssh_host_ed25519_key"
CONFIG = "config/lumenmond.toml"
MAX_MEMBERS = 100_000
MAX_SMALL = 16 * 1024 * 1024
"""Bytes of any member that is no database."""
_NAMES = re.compile(
    rf"{MANIFEST}|metrics\.db|host/uids|host/keys/{AGENT_ID.pattern}|web/auth\.db"
    r"|ssh/ssh_host_ed25519_key|config/lumenmond\.toml"
)
_DATABASES = (DATABASE, WEB)
_CHUNK = 1024 * 1024

Progress = Callable[[str, int, int], None]
"""What is being done, and how many bytes of how many are."""


class ArchiveError(LumenmonError):
    """A file that is not a whole backup."""


@dataclass(frozen=True)
class Manifest:
    """What a backup says of itself."""

    format: int
    version: str
    host: str
    created: int
    sums: dict[str, str]

    @property
    def agents(self) -> list[str]:
        """The ids of the agents whose keys it holds."""
        return [name.rpartition("/")[2] for name in self.sums if name.startswith("host/keys/")]


class _Counting:
    """A file that sums up and counts what is read from it."""

    def __init__(self, file: IO[bytes], told: Callable[[int], None]) -> None:
        self._file, self._told = file, told
        self.sum = hashlib.sha256()

    def read(self, size: int = -1) -> bytes:
        data = self._file.read(size)
        self.sum.update(data)
        self._told(len(data))
        return data


def contents(*, host_key: bool) -> Iterator[tuple[str, Path]]:
    """Yield what goes into a backup beside the databases."""
    if paths.UIDS.exists():
        yield UIDS, paths.UIDS
    for directory in sorted(paths.KEYS.iterdir()) if paths.KEYS.is_dir() else []:
        if AGENT_ID.fullmatch(directory.name) and (directory / "authorized_keys").is_file():
            yield f"host/keys/{directory.name}", directory / "authorized_keys"
    if (paths.CONFIG / "lumenmond.toml").is_file():
        yield CONFIG, paths.CONFIG / "lumenmond.toml"
    if host_key:
        text = sshd.PORT_CONFIG.read_text() if sshd.PORT_CONFIG.exists() else ""
        yield HOST_KEY, hostkey.current_file(text)


def pack(target: Path, members: list[tuple[str, Path]], progress: Progress) -> Manifest:
    """Write a backup of these files; it gets its name when it is complete, and root's alone."""
    part = target.with_name(target.name + ".part")
    part.unlink(missing_ok=True)
    total, done = sum(path.stat().st_size for _, path in members), 0

    def told(count: int) -> None:
        nonlocal done
        done += count
        progress("packing", done, total)

    sums: dict[str, str] = {}
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW
    try:
        with os.fdopen(os.open(part, flags, 0o600), "wb") as raw:
            with tarfile.open(fileobj=raw, mode="w:gz", compresslevel=1) as tar:
                for name, path in members:
                    with os.fdopen(os.open(path, os.O_RDONLY | os.O_NOFOLLOW), "rb") as file:
                        counting = _Counting(file, told)
                        tar.addfile(_info(name, os.fstat(file.fileno()).st_size), counting)
                        sums[name] = counting.sum.hexdigest()
                manifest = Manifest(
                    FORMAT, __version__, socket.gethostname(), int(time.time()), sums
                )
                text = json.dumps(asdict(manifest), indent=1).encode()
                tar.addfile(_info(MANIFEST, len(text)), BytesIO(text))
            raw.flush()
            os.fsync(raw.fileno())
        part.replace(target)
    except OSError as error:
        raise LumenmonError(f"{target} cannot be written: {error.strerror}") from error
    finally:
        part.unlink(missing_ok=True)
    return manifest


def _info(name: str, size: int) -> tarfile.TarInfo:
    info = tarfile.TarInfo(name)
    info.size, info.mode, info.mtime = size, 0o600, int(time.time())
    return info


def unpack(source: Path, into: Path, progress: Progress) -> Manifest:
    """Read a backup into an empty directory; raises ArchiveError unless all of it is whole.

    Only the members that a backup has are written, by their own names, as plain files.
    """
    sums: dict[str, str] = {}
    try:
        with source.open("rb") as raw, tarfile.open(fileobj=raw, mode="r:gz") as tar:
            for member in tar:
                if not member.isreg() or not _NAMES.fullmatch(member.name) or member.name in sums:
                    raise ArchiveError(f"{source} holds what no backup of lumenmon does", _HINT)
                if member.size > MAX_SMALL and member.name not in _DATABASES:
                    raise ArchiveError(f"{source}: {member.name} is too large", _HINT)
                file = tar.extractfile(member)
                assert file is not None
                sums[member.name] = _write(file, into / member.name)
                progress("reading", raw.tell(), source.stat().st_size)
                if len(sums) > MAX_MEMBERS:
                    raise ArchiveError(f"{source} has too many members", _HINT)
    except (tarfile.TarError, EOFError, OSError) as error:
        if isinstance(error, FileNotFoundError | PermissionError):
            raise LumenmonError(f"{source} cannot be read: {error.strerror}") from None
        raise ArchiveError(f"{source} is no whole backup: {error}", _HINT) from error
    except Exception as error:
        if isinstance(error, LumenmonError):
            raise
        raise ArchiveError(f"{source} is no whole backup: {error}", _HINT) from error
    return _check(source, into, sums)


_HINT = "a backup is what lumenmonctl backup wrote"


def _write(file: IO[bytes], target: Path) -> str:
    target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    found = hashlib.sha256()
    with target.open("xb") as out:
        while chunk := file.read(_CHUNK):
            found.update(chunk)
            out.write(chunk)
        out.flush()
        os.fsync(out.fileno())
    return found.hexdigest()


def _check(source: Path, into: Path, sums: dict[str, str]) -> Manifest:
    if MANIFEST not in sums or DATABASE not in sums:
        raise ArchiveError(f"{source} is no whole backup: its end is missing", _HINT)
    try:
        manifest = Manifest(**json.loads((into / MANIFEST).read_text()))
    except (ValueError, TypeError):
        raise ArchiveError(f"{source} has a manifest that cannot be read", _HINT) from None
    if manifest.format != FORMAT:
        raise ArchiveError(
            f"{source} was written by lumenmon {manifest.version}", "update this console first"
        )
    del sums[MANIFEST]
    if sums != manifest.sums:
        raise ArchiveError(f"{source} is damaged: its check sums differ", "take another backup")
    return manifest


@contextmanager
def staging() -> Iterator[Path]:
    """Make a directory that only root can look into; it is gone afterwards."""
    paths.HOST_STATE.mkdir(mode=0o711, parents=True, exist_ok=True)
    place = paths.HOST_STATE / f".staging-{os.getpid()}"
    shutil.rmtree(place, ignore_errors=True)
    place.mkdir(mode=0o700)
    try:
        yield place
    finally:
        shutil.rmtree(place, ignore_errors=True)
