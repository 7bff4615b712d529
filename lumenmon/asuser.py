"""Root's work in a directory of another user: a child process does it with that user's rights.

The owner of a directory can exchange a name in it for a link, a FIFO or another file at any
moment. So root opens, makes, renames and deletes nothing there. The child can do no more than the
owner could, and what it answers is a stranger's text. It has no terminal: what the owner runs
could put words into it.
"""

from __future__ import annotations

import json
import os
import pwd
import select
import signal
import socket
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import IO, Any, NoReturn

from lumenmon import files
from lumenmon.errors import LumenmonError

TIMEOUT = 10.0
"""Seconds that the work may take unless the caller knows better."""
MAX_ANSWER = 4 * 2**20
"""Bytes of an answer."""

Work = Callable[[], Any]
Answer = tuple[Any, Sequence[int]]
"""A value for JSON, and open descriptors."""


class AsUserError(LumenmonError):
    """The work could not be done with another user's rights."""


def call(user: str, work: Work, timeout: float = TIMEOUT) -> Any:
    """Return the value of ``work``, which runs with the rights of ``user``.

    The value must fit into JSON and 4 MiB. A LumenmonError or OSError of ``work`` is raised here
    again. Raises AsUserError when there is no such user, or no answer within ``timeout`` seconds.
    A caller that is not root does the work with its own rights.
    """
    if os.geteuid() != 0:
        return work()
    return _run(user, lambda: (work(), ()), timeout)[0]


def open_file(user: str, path: Path) -> IO[bytes]:
    """Open a regular file that ``user`` owns and may read; raises as ``call`` does."""
    if os.geteuid() != 0:
        return os.fdopen(files.open_regular(path), "rb")
    _, descriptors = _run(user, lambda: (None, [files.open_regular(path)]), TIMEOUT)
    file = os.fdopen(descriptors[0], "rb")
    if os.fstat(file.fileno()).st_uid != _account(user).pw_uid:
        file.close()
        raise AsUserError(f"{path} does not belong to {user}")
    return file


def become(user: str) -> None:
    """Give root's rights up for those of ``user``, for good; no change for other callers."""
    if os.geteuid() == 0:
        _become(_account(user))


def _account(user: str) -> pwd.struct_passwd:
    try:
        return pwd.getpwnam(user)
    except KeyError:
        raise AsUserError(f"the user {user} does not exist", "sudo systemd-sysusers") from None


def _become(account: pwd.struct_passwd) -> None:
    os.setgroups([])
    os.setresgid(account.pw_gid, account.pw_gid, account.pw_gid)
    os.setresuid(account.pw_uid, account.pw_uid, account.pw_uid)


def _run(user: str, work: Callable[[], Answer], timeout: float) -> tuple[Any, list[int]]:
    account = _account(user)
    here, there = socket.socketpair()
    with here:
        with there:
            child = os.fork()
            if child == 0:
                _answer(there, account, work)
        try:
            line, descriptors = _receive(here, time.monotonic() + timeout)
        except TimeoutError:
            raise AsUserError(f"no answer within {timeout:g} s with the rights of {user}") from None
        finally:
            os.kill(child, signal.SIGKILL)
            os.waitpid(child, 0)
    return _value(line, user), descriptors


def _answer(
    pipe: socket.socket, account: pwd.struct_passwd, work: Callable[[], Answer]
) -> NoReturn:
    descriptors: Sequence[int] = ()
    try:
        os.setsid()
        null = os.open(os.devnull, os.O_RDWR)
        for number in range(3):
            os.dup2(null, number)
        _become(account)
        value, descriptors = work()
        said = {"value": value}
    except LumenmonError as error:
        said = {"error": [error.message, error.hint]}
    except OSError as error:
        said = {"system": [error.errno, error.strerror or str(error), str(error.filename or "")]}
    except BaseException as error:
        said = {"error": [f"{type(error).__name__}: {error}", ""]}
    try:
        line = json.dumps(said).encode() + b"\n"
        sent = socket.send_fds(pipe, [line], list(descriptors))
        pipe.sendall(line[sent:])
    finally:
        os._exit(0)


def _receive(pipe: socket.socket, deadline: float) -> tuple[bytes, list[int]]:
    line, descriptors = b"", []
    while not line.endswith(b"\n"):
        if not select.select([pipe], [], [], max(deadline - time.monotonic(), 0))[0]:
            raise TimeoutError
        data, received, _flags, _address = socket.recv_fds(pipe, 65536, 1)
        descriptors += received
        line += data
        if not data or len(line) > MAX_ANSWER:
            break
    return line, descriptors


def _value(line: bytes, user: str) -> Any:
    said: Any = None
    with suppress(ValueError, RecursionError):
        said = json.loads(line)
    if isinstance(said, dict):
        if "value" in said:
            return said["value"]
        if "system" in said:
            number, text, name = said["system"]
            raise OSError(number, text, name or None)
        if "error" in said:
            raise AsUserError(*said["error"])
    raise AsUserError(f"the work with the rights of {user} ended without an answer")
