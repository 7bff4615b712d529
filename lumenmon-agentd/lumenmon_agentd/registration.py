"""The agent's key and console on the disk: root changes them with the agent's own rights."""

from __future__ import annotations

import os
import pwd
import socket
from contextlib import suppress
from pathlib import Path

from lumenmon import asuser, run
from lumenmon.errors import LumenmonError
from lumenmon.files import removal
from lumenmon.invite import Link
from lumenmon.keys import PublicKey, parse_public_key
from lumenmon.term import printable
from lumenmon_agentd.identity import Console, Files

USER = "lumenmon-agentd"


def console(files: Files) -> Console | None:
    """Return the console, None while unregistered; raises IdentityError when damaged."""
    text = asuser.call(USER, files.read_console)
    return None if text is None else files.decode_console(str(text))


def console_of(link: Link, files: Files) -> Console | None:
    """Return the console if this host is registered with the one of ``link``, by its host key."""
    found = console(files)
    pinned = str(asuser.call(USER, files.read_known_hosts)).split()[1:]
    return found if pinned == link.host_key.line.split() else None


def make_key(files: Files) -> PublicKey:
    """Return the agent's public key, making the pair where there is none."""
    with suppress(FileExistsError):
        files.state.mkdir(mode=0o700, parents=True)
    with suppress(KeyError):  # then there is no such user, which the next line says
        account = pwd.getpwnam(USER)
        os.chown(files.state, account.pw_uid, account.pw_gid, follow_symlinks=False)
    try:
        return parse_public_key(str(asuser.call(USER, lambda: _make_key(files))))
    except OSError as error:
        name = error.filename or files.key
        raise LumenmonError(f"{name}: {error.strerror}", removal(name)) from error


def _make_key(files: Files) -> str:
    if not files.key.exists():
        files.public_key.unlink(missing_ok=True)
        comment = printable(socket.gethostname())
        run.run(
            ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", comment, "-f", str(files.key)]
        )
    elif not files.public_key.exists():
        line = run.run(["ssh-keygen", "-y", "-f", str(files.key)]).stdout
        _replace(files.public_key, line, 0o644)
    return files.read_public_key()


def pin(files: Files, console: Console, known_hosts: str) -> None:
    """Write the console and its host key; from now on the agent is registered."""

    def write() -> None:
        _replace(files.known_hosts, known_hosts, 0o600)
        _replace(files.console, console.encode(), 0o600)

    _change(write)


def forget(files: Files) -> None:
    """Delete the console and its host key; the key stays, so that the id would be the same."""

    def delete() -> None:
        files.console.unlink(missing_ok=True)
        files.known_hosts.unlink(missing_ok=True)

    _change(delete)


def _change(work: asuser.Work) -> None:
    try:
        asuser.call(USER, work)
    except OSError as error:
        raise LumenmonError(f"{error.filename} cannot be changed: {error.strerror}") from error


def _replace(path: Path, text: str, mode: int) -> None:
    temporary = path.with_name(path.name + ".new")
    temporary.unlink(missing_ok=True)
    flags = os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_CLOEXEC
    with os.fdopen(os.open(temporary, flags, mode), "w") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    temporary.rename(path)
