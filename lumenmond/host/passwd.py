"""The four changes to /etc/passwd and its neighbours: the only ones that root makes in /etc itself.

The shadow tools make and rename files in /etc, and a process that may do that can make
/etc/ld.so.preload. So the helper that talks to others has a read-only /etc and asks another process
for each change (lumenmond-accounts@.service), which takes the names of agents and invites alone.
"""

from __future__ import annotations

import os
import pwd
import re
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from lumenmon import paths, request, run
from lumenmon.errors import LumenmonError
from lumenmon.invite import USER
from lumenmon.keys import AGENT_ID
from lumenmond.uidrange import is_ours

AGENTS, ENROLL = "lumenmon-agents", "lumenmon-enroll"
GATEWAYS = {AGENTS: "/usr/lib/lumenmon/ingest", ENROLL: "/usr/lib/lumenmon/enroll"}
"""What sshd runs for a group; also its login shell, for an sshd that has not read our rules yet."""
TOOL_TIMEOUT = 20.0
TIMEOUT = TOOL_TIMEOUT + request.TIMEOUT
"""Seconds for a change that another process makes."""
ETC = Path("/etc")
SHADOW = ETC / "shadow"
_PASSWORD = re.compile(r"[A-Za-z0-9_-]{20,100}")


def add(name: str, group: str, uid: int) -> None:
    """Add an account without a password.

    The password is ``*`` and not ``!``: without PAM, sshd takes the latter for a locked account
    that may not even use a key.
    """
    _change("add", name=name, group=group, uid=uid)


def set_password(name: str, password: str) -> None:
    """Set the password of an invite."""
    _change("password", name=name, password=password)


def void(names: Iterable[str]) -> None:
    """Take the passwords of invites away; an agent has none."""
    for name in names:
        if USER.fullmatch(name):
            _change("void", name=name)


def delete(name: str) -> None:
    """Delete an account; fails while a process of it runs."""
    _change("delete", name=name)


def in_shadow() -> set[str]:
    """Return the names of agents and invites that /etc/shadow has; raises OSError."""
    names = {line.partition(":")[0] for line in SHADOW.read_text().splitlines()}
    return {name for name in names if AGENT_ID.fullmatch(name) or USER.fullmatch(name)}


def _change(change: str, **args: Any) -> None:
    """Make the change here where /etc may be written, else have it made; raises LumenmonError."""
    if os.access(ETC, os.W_OK):
        CHANGES[change](**args)
    else:
        request.call(paths.ACCOUNTS_SOCKET, change, TIMEOUT, **args)


def _add(name: str, group: str, uid: int) -> None:
    if group not in GATEWAYS or not is_ours(uid):
        raise LumenmonError(f"not the group or the uid of an agent or an invite: {group}, {uid}")
    argv = ["useradd", "-K", "SUB_UID_COUNT=0", "-K", "SUB_GID_COUNT=0", "-l", "-M", "-N"]
    argv += ["-d", "/", "-s", GATEWAYS[group], "-g", group, "-u", str(uid), "-p", "*", _named(name)]
    run.run(argv, timeout=TOOL_TIMEOUT)


def _password(name: str, password: str) -> None:
    if not _PASSWORD.fullmatch(password):
        raise LumenmonError("not a password of an invite")
    _chpasswd(["-c", "YESCRYPT"], name, password)


def _void(name: str) -> None:
    _chpasswd(["-e"], name, "*")


def _chpasswd(options: list[str], name: str, password: str) -> None:
    if not USER.fullmatch(name):
        raise LumenmonError(f"not the name of an invite: {name}")
    _check_account(name)
    run.run(["chpasswd", *options], stdin=f"{name}:{password}\n", timeout=TOOL_TIMEOUT)


def _delete(name: str) -> None:
    _check_account(name)
    run.run(["userdel", _named(name)], timeout=TOOL_TIMEOUT)


def _named(name: str) -> str:
    if not (AGENT_ID.fullmatch(name) or USER.fullmatch(name)):
        raise LumenmonError(f"not the name of an agent or an invite: {name}")
    return name


def _check_account(name: str) -> None:
    try:
        uid = pwd.getpwnam(name).pw_uid
    except KeyError:
        raise LumenmonError(f"there is no user {name}") from None
    if not is_ours(uid):
        raise LumenmonError(f"user {name} is not lumenmon's")


CHANGES: dict[str, Callable[..., None]] = {
    "add": _add,
    "password": _password,
    "void": _void,
    "delete": _delete,
}
ARGUMENTS: dict[str, dict[str, type]] = {
    "add": {"name": str, "group": str, "uid": int},
    "password": {"name": str, "password": str},
    "void": {"name": str},
    "delete": {"name": str},
}
"""The arguments of each change, in their order."""
