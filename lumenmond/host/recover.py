"""Puts a backup's parts in their places: accounts, keys, the host key, configuration, databases."""

from __future__ import annotations

import errno
import os
import pwd
import shutil
from pathlib import Path

from lumenmon import asuser, config, paths
from lumenmon.errors import ConfigError, LumenmonError
from lumenmon.keys import AGENT_ID, PublicKey, parse_public_key
from lumenmond import uidrange
from lumenmond.config import Config
from lumenmond.host import accounts, archive, hostkey, uids

BEFORE = ".before-restore"
"""What a database or a configuration that was there is called afterwards."""
CONFIG = "lumenmond.toml"
COPY_TIMEOUT = 24 * 3600.0
"""Seconds that a database may take to get to its place, where that is another file system."""
COPY_BYTES = 2**20
_FILES = ("", "-wal", "-shm")


def check_uids(place: Path) -> dict[str, int]:
    """Return the numbers that a backup gives, once it is sure that they are free here.

    A number must never mean two agents, so a console that gave them to others can't take it.
    """
    file = place / archive.UIDS
    wanted = uids.parse(file.read_text()) if file.exists() else {}
    given = uids.parse(paths.UIDS.read_text()) if paths.UIDS.exists() else {}
    holders = {number: name for name, number in given.items()}
    # An invite of old never was a user of this host, so its number is not wanted. An agent whose
    # number an unprivileged container does not map gets another.
    wanted = {
        name: number
        for name, number in wanted.items()
        if AGENT_ID.fullmatch(name) and uids.is_mapped(number)
    }
    for name, number in wanted.items():
        if not uidrange.is_ours(number):
            raise archive.ArchiveError(f"the backup gives {name} the user id {number}")
        if given.get(name, number) != number or holders.get(number, name) != name:
            raise LumenmonError(
                f"user id {number} belongs to {holders.get(number, name)} on this console,"
                f" and to {name} in the backup",
                "restore on a fresh console: sudo apt purge lumenmond; then install it again",
            )
        holder = _name_of(number)
        if holder not in ("", name):
            raise LumenmonError(f"user id {number} of {name} belongs to {holder} on this host")
    return wanted


def _name_of(number: int) -> str:
    try:
        return pwd.getpwuid(number).pw_name
    except KeyError:
        return ""


def keys(place: Path, manifest: archive.Manifest) -> dict[str, PublicKey]:
    """Return the agents' keys of a backup, each of which must be the one of its id."""
    found = {}
    for id in manifest.agents:
        line = (place / "host/keys" / id).read_text(errors="replace")
        start = line.find("ssh-ed25519")
        key = parse_public_key(line[max(start, 0) :])
        if key.agent_id != id:
            raise archive.ArchiveError(f"the key of {id} in the backup is another's")
        found[id] = key
    return found


def put_agents(wanted: dict[str, int], known: dict[str, PublicKey]) -> list[str]:
    """Write numbers and keys, and make the accounts; returns the ids of those made."""
    with accounts.lock():
        given = uids.parse(paths.UIDS.read_text()) if paths.UIDS.exists() else {}
        lines = [f"{number} {name}\n" for name, number in wanted.items() if name not in given]
        if lines:
            old = paths.UIDS.read_text() if paths.UIDS.exists() else ""
            whole = old[: old.rfind("\n") + 1]
            accounts.replace(paths.UIDS, whole + "".join(lines), 0o600)
        for id, key in known.items():
            accounts.write_key(id, key)
    return accounts.restore()


def check_host_key(place: Path) -> None:
    """Raise ArchiveError when there is a host key that port 2345 could not show."""
    file = place / archive.HOST_KEY
    if file.exists() and hostkey.public(file) is None:
        raise archive.ArchiveError("the backup's host key is not one of type ed25519")


def check_config(place: Path) -> None:
    """Raise ConfigError when there is a configuration that this version does not understand."""
    file = place / archive.CONFIG
    if not file.exists():
        return
    try:
        text = file.read_text()
    except UnicodeDecodeError:
        raise ConfigError(f"{CONFIG}: not a text in UTF-8") from None
    config.parse(text, Config, CONFIG).check()


def put_config(place: Path) -> Path | None:
    """Put the backup's configuration in place; returns where the one that differed is kept.

    What is kept for how long belongs to the data: with other spans much of it would go at once.
    """
    file, target = place / archive.CONFIG, paths.CONFIG / CONFIG
    if not file.exists():
        return None
    text, before = file.read_text(), None
    if target.exists():
        if target.read_bytes() == text.encode():
            return None
        before = target.with_name(target.name + BEFORE)
        accounts.replace(before, target.read_text(errors="replace"), 0o644)
    accounts.replace(target.resolve(), text, 0o644)
    return before


def put_host_key(place: Path) -> None:
    """Let port 2345 show the backup's host key; port 22 keeps its own."""
    text = (place / archive.HOST_KEY).read_text()
    public_file = hostkey.OWN.with_name(hostkey.OWN.name + ".pub")
    public_file.unlink(missing_ok=True)  # it would be believed, and is another key's
    accounts.replace(hostkey.OWN, text, 0o600)
    public = hostkey.public(hostkey.OWN)
    assert public is not None  # check_host_key
    accounts.replace(public_file, f"{public.line}\n", 0o644)


def put_database(new: Path, target: Path, owner: str, mode: int) -> Path | None:
    """Move a database in place of another, whose new name is returned; nothing may use it.

    The directory is its owner's, so all of it is done with the owner's rights.
    """
    account = pwd.getpwnam(owner)
    with new.open("rb") as file:
        os.fchown(file.fileno(), account.pw_uid, account.pw_gid)
        os.fchmod(file.fileno(), mode)
        os.fsync(file.fileno())
        kept = asuser.call(owner, lambda: _take_place(file.fileno(), target, mode), COPY_TIMEOUT)
    new.unlink()
    return target.with_name(target.name + BEFORE) if kept else None


def _take_place(descriptor: int, target: Path, mode: int) -> bool:
    """Give the open file the name ``target``; returns whether another had it."""
    part = target.with_name(target.name + ".restored")
    part.unlink(missing_ok=True)
    _link_or_copy(descriptor, part, mode)
    had = os.path.lexists(target)
    for ending in _FILES:
        old, kept = Path(f"{target}{ending}"), Path(f"{target}{BEFORE}{ending}")
        if had:
            kept.unlink(missing_ok=True)
        # Also without a database: what a restore that was killed has left is another's log.
        if os.path.lexists(old):
            old.replace(kept)
    part.replace(target)
    uids.sync_directory(target.parent)
    return had


def _link_or_copy(descriptor: int, part: Path, mode: int) -> None:
    """Make ``part`` the open file itself or, on another file system, a copy of it."""
    directory = os.open(part.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        # With a directory's descriptor it follows the link in /proc, link(2) would not.
        os.link(f"/proc/self/fd/{descriptor}", part.name, dst_dir_fd=directory)
    except OSError as error:
        if error.errno != errno.EXDEV:
            raise
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL
        with (
            os.fdopen(os.dup(descriptor), "rb") as file,
            os.fdopen(os.open(part, flags, mode), "wb") as copy,
        ):
            shutil.copyfileobj(file, copy, COPY_BYTES)
            copy.flush()
            os.fchmod(copy.fileno(), mode)
            os.fsync(copy.fileno())
    finally:
        os.close(directory)
