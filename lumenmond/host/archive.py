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
from collections.abc import Callable, Iterator, Sequence
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
STAGING = ".staging-"
"""Begins the name of a directory, which its process's number ends."""
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


@dataclass(frozen=True)
class Member:
    """A file that goes into a backup: its name there, its bytes, and how it is opened."""

    name: str
    size: int
    open: Callable[[], IO[bytes]]

    @classmethod
    def of(cls, name: str, path: Path) -> Member:
        """Return the member for a file in a directory of root's."""

        def opened() -> IO[bytes]:
            return os.fdopen(os.open(path, os.O_RDONLY | os.O_NOFOLLOW), "rb")

        return cls(name, path.stat().st_size, opened)


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


def contents(*, host_key: bool) -> Iterator[Member]:
    """Yield what goes into a backup beside the databases."""
    if paths.UIDS.exists():
        yield Member.of(UIDS, paths.UIDS)
    for directory in sorted(paths.KEYS.iterdir()) if paths.KEYS.is_dir() else []:
        if AGENT_ID.fullmatch(directory.name) and (directory / "authorized_keys").is_file():
            yield Member.of(f"host/keys/{directory.name}", directory / "authorized_keys")
    if (paths.CONFIG / "lumenmond.toml").is_file():
        yield Member.of(CONFIG, (paths.CONFIG / "lumenmond.toml").resolve())  # it may be a link
    if host_key:
        text = sshd.PORT_CONFIG.read_text() if sshd.PORT_CONFIG.exists() else ""
        yield Member.of(HOST_KEY, hostkey.current_file(text))


def pack(target: Path, members: Sequence[Member], progress: Progress) -> Manifest:
    """Write a backup of these files; it gets its name when it is complete, and root's alone."""
    part = target.with_name(target.name + ".part")
    part.unlink(missing_ok=True)
    total, done = sum(member.size for member in members), 0

    def told(count: int) -> None:
        nonlocal done
        done += count
        progress("packing", done, total)

    sums: dict[str, str] = {}
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW
    try:
        with os.fdopen(os.open(part, flags, 0o600), "wb") as raw:
            with tarfile.open(fileobj=raw, mode="w:gz", compresslevel=1) as tar:
                for member in members:
                    with member.open() as file:
                        counting = _Counting(file, told)
                        tar.addfile(_info(member.name, os.fstat(file.fileno()).st_size), counting)
                        sums[member.name] = counting.sum.hexdigest()
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
    strange = ""
    try:
        with source.open("rb") as raw, tarfile.open(fileobj=raw, mode="r:gz") as tar:
            for count, member in enumerate(tar):
                if count > MAX_MEMBERS:
                    raise ArchiveError(f"{source} has too many members", _HINT)
                if not member.isreg() or not _NAMES.fullmatch(member.name) or member.name in sums:
                    strange = strange or member.name  # a newer version's, if the manifest says so
                    continue
                if member.size > MAX_SMALL and member.name not in _DATABASES:
                    raise ArchiveError(f"{source}: {member.name} is too large", _HINT)
                file = tar.extractfile(member)
                assert file is not None
                sums[member.name] = _write(file, into / member.name)
                progress("reading", raw.tell(), source.stat().st_size)
    except LumenmonError:
        raise
    except (FileNotFoundError, PermissionError, IsADirectoryError) as error:
        raise LumenmonError(f"{source} cannot be read: {error.strerror}") from None
    except OSError as error:
        if error.errno is None:  # gzip's own
            raise ArchiveError(f"{source} is no whole backup: {error}", _HINT) from error
        hint = f"it is unpacked below {into.parent}"
        raise LumenmonError(f"{source} cannot be unpacked: {error.strerror}", hint) from error
    except Exception as error:  # tarfile and zlib have many words for a damaged file
        raise ArchiveError(f"{source} is no whole backup: {error}", _HINT) from error
    return _check(source, into, sums, strange)


_HINT = "give it a file that was made with: sudo lumenmonctl backup FILE"


def _write(file: IO[bytes], target: Path) -> str:
    target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    found = hashlib.sha256()
    with os.fdopen(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as out:
        while chunk := file.read(_CHUNK):
            found.update(chunk)
            out.write(chunk)
    return found.hexdigest()


def _check(source: Path, into: Path, sums: dict[str, str], strange: str) -> Manifest:
    manifest = _manifest(source, into / MANIFEST) if MANIFEST in sums else None
    if strange:
        raise ArchiveError(f"{source} holds what no backup of lumenmon does", _HINT)
    if manifest is None or DATABASE not in sums:
        raise ArchiveError(f"{source} is no whole backup: its end is missing", _HINT)
    del sums[MANIFEST]
    if sums != manifest.sums:
        raise ArchiveError(f"{source} is damaged: its check sums differ", "take another backup")
    return manifest


def _manifest(source: Path, file: Path) -> Manifest:
    try:
        found = json.loads(file.read_bytes())
        if isinstance(found["format"], int) and found["format"] > FORMAT:
            raise ArchiveError(
                f"{source} was written by lumenmon {found['version']}, which is newer than this",
                "update this console first: sudo lumenmonctl update",
            )
        manifest = Manifest(**found)
        fitting = [manifest.format == FORMAT, isinstance(manifest.created, int)]
        fitting += [isinstance(text, str) for text in (manifest.version, manifest.host)]
        if not all(fitting) or not isinstance(manifest.sums, dict):
            raise ValueError
    except (ValueError, TypeError, KeyError):
        raise ArchiveError(f"{source} has a manifest that cannot be read", _HINT) from None
    return manifest


def abandoned(directory: Path, prefix: str) -> list[Path]:
    """Return what processes that were killed have left: a prefix and the number of its process."""
    pids = {
        path: path.name[len(prefix) :].partition(".")[0] for path in directory.glob(f"{prefix}*")
    }
    return [path for path, pid in pids.items() if not Path("/proc", pid or "0").exists()]


@contextmanager
def staging() -> Iterator[Path]:
    """Make a directory that only root can look into; it is gone afterwards."""
    paths.HOST_STATE.mkdir(mode=0o711, parents=True, exist_ok=True)
    for old in abandoned(paths.HOST_STATE, STAGING):
        shutil.rmtree(old, ignore_errors=True)
    place = paths.HOST_STATE / f"{STAGING}{os.getpid()}"
    shutil.rmtree(place, ignore_errors=True)
    place.mkdir(mode=0o700)
    try:
        yield place
    finally:
        shutil.rmtree(place, ignore_errors=True)
