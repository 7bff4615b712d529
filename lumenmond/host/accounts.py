"""The Linux accounts of agents and invites, and the agents' keys."""

from __future__ import annotations

import fcntl
import grp
import logging
import os
import pwd
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path

from lumenmon import journal, paths
from lumenmon.errors import LumenmonError
from lumenmon.invite import USER
from lumenmon.keys import AGENT_ID, PublicKey, parse_key_file
from lumenmond.host import passwd, progress, sessions, uids
from lumenmond.host.passwd import AGENTS, ENROLL, GATEWAYS
from lumenmond.uidrange import is_ours

LOCK_TIMEOUT = 20.0
"""Seconds to wait for another request that changes accounts: who asks waits 30 s for all of it."""
END_ALL_TIMEOUT = 60.0
"""Seconds within which the sessions of all accounts have to be gone."""


@contextmanager
def lock(timeout: float = LOCK_TIMEOUT) -> Iterator[None]:
    """Let one process at a time change accounts, or sshd's configuration."""
    prepare()
    deadline = time.monotonic() + timeout
    descriptor = os.open(paths.HOST_STATE / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        while True:
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if time.monotonic() > deadline:
                    raise LumenmonError("other changes are under way", "try again") from None
                time.sleep(0.05)
        _mend()
        yield
    finally:
        os.close(descriptor)


def _mend() -> None:
    """Complete what a useradd or userdel that was killed has left half done.

    Both write /etc/passwd first, and /etc/shadow a moment later. An account in the one alone cannot
    log in, or cannot be made again.
    """
    try:
        known, kept = listed(), passwd.in_shadow()
    except OSError as error:
        journal.log.warning("cannot look for half accounts: %s, ignoring", error)
        return
    for name in sorted({name for name in kept if not _exists(name)} | (known.keys() - kept)):
        delete_or_log(name, partial(_end_half, name, known=name in known))


def _end_half(name: str, *, known: bool) -> None:
    if not known:
        passwd.add(name, AGENTS if AGENT_ID.fullmatch(name) else ENROLL, uids.take(name))
    passwd.delete(name)
    if known and (paths.KEYS / name).is_dir():
        create(name, AGENTS)


def prepare() -> None:
    """Make the directories; sshd reads the keys as the user who logs in."""
    for path, mode in ((paths.HOST_STATE, 0o711), (paths.KEYS, 0o711), (paths.INVITES, 0o700)):
        path.mkdir(mode=mode, parents=True, exist_ok=True)
        path.chmod(mode)


def create(name: str, group: str) -> None:
    """Add an account that has no password yet; leaves none behind when that fails.

    The caller holds the lock.
    """
    if not (AGENT_ID.fullmatch(name) or USER.fullmatch(name)):
        raise LumenmonError(f"not the name of an agent or an invite: {name}")
    uid = uids.take(name)
    try:
        passwd.add(name, group, uid)
    except LumenmonError:
        with suppress(LumenmonError):
            delete(name)
        raise
    journal.event(
        journal.NOTICE, "account-created", "user %s (uid %d) added", name, uid, agent=_agent(name)
    )


def delete(name: str) -> bool:
    """End an account's sessions and delete it; false when there was none.

    The caller holds the lock, and has taken an agent's key away: a new session could start while
    the old ones are ended. An account of that name that is not ours is left alone.
    """
    account = find(name)
    if account is None:
        return False
    with suppress(LumenmonError):
        passwd.void([name])
    sessions.end({name: account.pw_uid})
    _userdel(name, account.pw_uid)
    return True


def _userdel(name: str, uid: int) -> None:
    passwd.delete(name)
    journal.event(
        journal.NOTICE, "account-removed", "user %s (uid %d) removed", name, uid, agent=_agent(name)
    )


def delete_or_log(name: str, how: Callable[[], object] | None = None) -> bool:
    """Delete an account, or log why it stays, so that others can be deleted all the same."""
    try:
        (how or partial(delete, name))()
    except LumenmonError as error:
        journal.event(
            logging.WARNING, "account-not-removed", "user %s not removed: %s", name, error.message,
            agent=_agent(name),
        )  # fmt: skip
        return False
    return True


def find(name: str) -> pwd.struct_passwd | None:
    """Return the account of that name if it is ours."""
    try:
        account = pwd.getpwnam(name)
    except KeyError:
        return None
    return account if _ours(account, _groups()) else None


def listed() -> dict[str, int]:
    """Return the names of all our accounts, and the uid of each."""
    groups = _groups()
    found = {each.pw_name: each.pw_uid for each in pwd.getpwall() if _ours(each, groups)}
    return dict(sorted(found.items()))


def _ours(account: pwd.struct_passwd, groups: set[int]) -> bool:
    name = account.pw_name
    return (
        (AGENT_ID.fullmatch(name) or USER.fullmatch(name)) is not None
        and is_ours(account.pw_uid)
        and account.pw_gid in groups
    )


def _groups() -> set[int]:
    found = set()
    for group in (AGENTS, ENROLL):
        with suppress(KeyError):
            found.add(grp.getgrnam(group).gr_gid)
    return found


def _agent(name: str) -> str:
    return name if AGENT_ID.fullmatch(name) else ""


def add_agent(key: PublicKey) -> str:
    """Give a key its account and return its id; the same key gives the same again.

    The caller holds the lock.
    """
    id = key.agent_id
    known = find(id) is not None
    if not known and _exists(id):
        raise LumenmonError(
            f"a user {id} exists that is not lumenmon's", f"remove it: sudo userdel {id}"
        )
    try:
        write_key(id, key)
        if not known:
            create(id, AGENTS)
    except (LumenmonError, OSError):
        if not known:
            shutil.rmtree(paths.KEYS / id, ignore_errors=True)
        raise
    journal.event(
        journal.NOTICE, "agent-enrolled", "agent %s enrolled, key %s", id, key.fingerprint, agent=id
    )
    return id


def _exists(name: str) -> bool:
    with suppress(KeyError):
        pwd.getpwnam(name)
        return True
    return False


def write_key(id: str, key: PublicKey) -> None:
    """Write the key file of an agent, durable and whole or not at all."""
    directory = paths.KEYS / id
    directory.mkdir(mode=0o711, exist_ok=True)
    directory.chmod(0o711)
    line = f'restrict,command="{GATEWAYS[AGENTS]}" {key.line} {key.label}'
    replace(directory / "authorized_keys", f"{line.rstrip()}\n", 0o644)


def replace(path: Path, text: str, mode: int) -> None:
    """Write a file beside its place and move it there."""
    temporary = path.with_name(f".{path.name}.new")
    temporary.unlink(missing_ok=True)
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW
    with os.fdopen(os.open(temporary, flags, mode), "w") as file:
        file.write(text)
        file.flush()
        os.fchmod(file.fileno(), mode)
        os.fsync(file.fileno())
    temporary.rename(path)
    uids.sync_directory(path.parent)


def remove_agent(id: str) -> bool:
    """Delete an agent's key and account; false when it had neither."""
    directory = paths.KEYS / id
    with lock():
        known = directory.is_dir()
        if known:  # first: without it no new session can start
            shutil.rmtree(directory)
        found = delete(id)
    if found or known:
        journal.event(journal.NOTICE, "agent-removed", "agent %s removed", id, agent=id)
    return found or known


def read_key(id: str) -> PublicKey:
    """Return an agent's key as it is kept; raises OSError, ValueError or LumenmonError."""
    key = parse_key_file((paths.KEYS / id / "authorized_keys").read_text())
    if key.agent_id != id:
        raise LumenmonError("the key is another agent's")
    return key


def kept() -> list[str]:
    """Return the ids of the agents of which there are keys."""
    return sorted(each.name for each in paths.KEYS.iterdir() if AGENT_ID.fullmatch(each.name))


def missing() -> list[str]:
    """Return the ids of the agents that have a key and no account."""
    return [id for id in kept() if not _exists(id)]


def restore() -> list[str]:
    """Add the accounts that are missing for keys from before; returns their names."""
    added = []
    with lock():
        for id in progress.shown("adding accounts", missing()):
            try:
                key = read_key(id)
                write_key(id, key)
                create(id, AGENTS)
                added.append(id)
            except (OSError, ValueError, LumenmonError) as error:
                journal.event(
                    logging.WARNING, "agent-not-restored",
                    "agent %s not restored: %s, ignoring", id, error, agent=id,
                )  # fmt: skip
    return added


def remove_all() -> list[str]:
    """Delete all our accounts; keys and numbers stay for a reinstall.

    All sessions are ended at once, with one look at the host's processes and not one for each.
    """
    with lock():
        paths.KEYS.chmod(0o700)  # sshd reads no key any more; prepare() opens them again
        found = listed()
        with suppress(LumenmonError):
            passwd.void(found)
        with suppress(LumenmonError):  # userdel refuses those that are still in use
            sessions.end(found, END_ALL_TIMEOUT)
        left = [
            name
            for name in progress.shown("removing accounts", list(found))
            if not delete_or_log(name, partial(_userdel, name, found[name]))
        ]
        for file in paths.INVITES.iterdir():
            file.unlink()
    if left:
        raise LumenmonError(f"not removed: {' '.join(left)}", f"userdel {left[0]}, and so on")
    return list(found)
