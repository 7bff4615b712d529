"""Requests over our own sockets: one JSON line asks, one JSON line answers.

Used by lumenmond's control socket, the root helper and the dashboard's control socket. The
server learns who asks from the kernel (``peer``), never from the request.
"""

from __future__ import annotations

import json
import math
import os
import pwd
import socket
import struct
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from lumenmon import paths
from lumenmon.errors import AccessError, LumenmonError
from lumenmon.term import printable

VERSION = 1
MAX_REQUEST = 8 * 1024
MAX_REPLY = 64 * 1024
TIMEOUT = 10.0
"""Seconds that a request may take from connecting to the answer."""
AGAIN = 0.01
"""Seconds between two tries to connect where all connections are taken."""
LEAST = 0.1
"""Seconds that the last try has."""
_UNMAPPED = 65534
"""The uid that a user namespace shows for every user that it does not map (user_namespaces(7))."""


class RequestError(LumenmonError):
    """A request that is not understood, or one that could not be delivered."""


class AbsentError(RequestError):
    """Nothing listens where the request was to go."""


class StrangerError(LumenmonError):
    """Another user than the right one answers at a socket."""


class Refused(LumenmonError):
    """The server understood the request and said no."""


@dataclass(frozen=True, slots=True)
class Peer:
    """Who is at the other end of a Unix socket, as the kernel says (SO_PEERCRED, unix(7))."""

    pid: int
    uid: int
    gid: int


@dataclass(frozen=True, slots=True)
class Request:
    """A verb and its arguments."""

    verb: str
    args: Mapping[str, Any] = field(default_factory=dict)

    def encode(self) -> bytes:
        """Return the request's line; raises RequestError when it is too long."""
        return _line({"v": VERSION, "verb": self.verb, "args": dict(self.args)}, MAX_REQUEST)

    @classmethod
    def decode(cls, line: bytes) -> Request:
        """Read a request's line; raises RequestError for anything else."""
        if len(line) > MAX_REQUEST:
            raise RequestError(f"request is longer than {MAX_REQUEST} bytes")
        value = _object(line)
        if set(value) != {"v", "verb", "args"} or value["v"] != VERSION:
            raise RequestError(
                f"request is not of version {VERSION}", "update lumenmon's packages together"
            )
        if not isinstance(value["verb"], str) or not isinstance(value["args"], dict):
            raise RequestError("request has no verb or no arguments")
        return cls(value["verb"], value["args"])


@dataclass(frozen=True, slots=True)
class Reply:
    """What the server answers: a result, or an error with its hint."""

    ok: bool
    result: Any = None
    error: str = ""
    hint: str = ""

    def encode(self) -> bytes:
        """Return the reply's line; raises RequestError when it is too long."""
        if self.ok:
            return _line({"ok": True, "result": self.result}, MAX_REPLY)
        return _line({"ok": False, "error": self.error, "hint": self.hint}, MAX_REPLY)

    @classmethod
    def decode(cls, line: bytes) -> Reply:
        """Read a reply's line; raises RequestError for anything else."""
        value = _object(line)
        if value.get("ok") is True:
            return cls(True, value.get("result"))
        said, hint = (str(value.get(name, "")) for name in ("error", "hint"))
        return cls(False, error=printable(said) or "no reason was given", hint=printable(hint))

    @classmethod
    def failure(cls, error: LumenmonError) -> Reply:
        """Return the reply that carries ``error`` to the caller."""
        return cls(False, error=error.message, hint=error.hint)


def peer(connection: socket.socket) -> Peer:
    """Return who connected, as the kernel saw it at connect time."""
    raw = connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, struct.calcsize("3i"))
    return Peer(*struct.unpack("3i", raw))


def connect(connection: socket.socket, path: Path) -> None:
    """Connect to the server at ``path``, and check whose it is before anything is sent.

    ``paths.SERVERS`` names its user; what is not in there has to be a socket of the caller's own.
    Raises OSError as connect(2) does, and StrangerError when another user listens.
    """
    connection.connect(str(path))
    owner = paths.SERVERS.get(path)
    try:
        expected = pwd.getpwnam(owner).pw_uid if owner else os.getuid()
    except KeyError:
        raise StrangerError(
            f"cannot use {path}: there is no user {owner}", "sudo systemd-sysusers"
        ) from None
    found = peer(connection).uid
    if found != _as_shown(expected):
        raise StrangerError(
            f"cannot use {path}: uid {found} answers there, not {owner or f'uid {expected}'}",
            f"see who it is: sudo ss -xlp src {path}",
        )


def _as_shown(uid: int) -> int:
    """Return what the kernel shows for ``uid`` in our user namespace.

    A service with PrivateUsers=yes sees its own user and root; it cannot tell the others apart, and
    there the directory of the socket, which nobody else may write in, says whose it is.
    """
    for line in Path("/proc/self/uid_map").read_text().splitlines():
        first, _, count = map(int, line.split())
        if first <= uid < first + count:
            return uid
    return _UNMAPPED


def call(path: Path, verb: str, timeout: float = TIMEOUT, /, **args: Any) -> Any:
    """Ask the server at ``path`` and return its result.

    A connection that is closed unread is tried again: others may take all that there are.

    Raises Refused with the server's own words when it says no, AccessError when the caller may
    not connect, AbsentError when nothing listens there, RequestError when there is no answer
    within ``timeout`` seconds.
    """
    asked, deadline = Request(verb, args).encode(), time.monotonic() + timeout
    while True:
        try:
            line = _ask(path, asked, max(deadline - time.monotonic(), LEAST))
            break
        except ConnectionResetError:
            if time.monotonic() >= deadline:
                raise RequestError(
                    f"{path} takes no more connections", f"see who has them: sudo ss -xp src {path}"
                ) from None
            time.sleep(AGAIN)
        except PermissionError:
            raise AccessError(f"no right to use {path}") from None
        except (FileNotFoundError, ConnectionRefusedError):
            raise AbsentError(f"nothing listens on {path}", "look at: lumenmonctl status") from None
        except TimeoutError:
            raise RequestError(f"no answer from {path} within {timeout:g} s") from None
        except OSError as error:
            raise RequestError(f"{path}: {error.strerror}") from error
    reply = Reply.decode(line)
    if not reply.ok:
        raise Refused(reply.error, reply.hint)
    return reply.result


def _ask(path: Path, asked: bytes, timeout: float) -> bytes:
    """Send a request and return the answer's line; ConnectionResetError when nobody read it."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
        connection.settimeout(timeout)
        connect(connection, path)
        try:
            connection.sendall(asked)
        except BrokenPipeError:  # refused before it was read: the answer says why, if there is one
            if not connection.recv(1, socket.MSG_PEEK):
                raise ConnectionResetError from None
        return read_line(connection, MAX_REPLY)


def read_line(connection: socket.socket, limit: int) -> bytes:
    """Read up to the first LF; raises RequestError when there is none within ``limit`` bytes.

    The connection's timeout is for the whole line: a byte now and then does not prolong it.
    """
    timeout = connection.gettimeout()
    deadline = time.monotonic() + timeout if timeout else None
    line = b""
    try:
        while not line.endswith(b"\n"):
            if len(line) > limit:
                raise RequestError(f"line is longer than {limit} bytes")
            if deadline is not None:
                if (left := deadline - time.monotonic()) <= 0:
                    raise TimeoutError
                connection.settimeout(left)
            chunk = connection.recv(min(4096, limit + 2 - len(line)))
            if not chunk:
                raise RequestError("the connection ended before the line did")
            line += chunk
    finally:
        connection.settimeout(timeout)
    return line


def check_args(args: Mapping[str, Any], **types: type | tuple[type, ...]) -> dict[str, Any]:
    """Return ``args`` when they are exactly the named ones, each of its type.

    Raises RequestError that names the first that is missing, unknown or of another type.
    """
    for name in args:
        if name not in types:
            raise RequestError(f"unknown argument: {name}")
    for name, kind in types.items():
        if name not in args:
            raise RequestError(f"argument is missing: {name}")
        if not isinstance(args[name], kind):
            raise RequestError(f"argument {name} is of the wrong type")
    return dict(args)


def read_result(result: Any, **types: type | tuple[type, ...]) -> dict[str, Any]:
    """Return the named parts of a result, each of its type; raises RequestError."""
    if not isinstance(result, dict):
        raise RequestError("the answer is not an object", "update lumenmon's packages together")
    for name, kind in types.items():
        if not isinstance(result.get(name), kind):
            raise RequestError(
                f"the answer's {name} is missing or of the wrong type",
                "update lumenmon's packages together",
            )
    return {name: result[name] for name in types}


def read_list(result: Any) -> list[Any]:
    """Return a result that is a list; raises RequestError."""
    if not isinstance(result, list):
        raise RequestError("the answer is not a list", "update lumenmon's packages together")
    return result


def _line(value: dict[str, Any], limit: int) -> bytes:
    try:
        line = json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"
    except UnicodeEncodeError:
        raise RequestError("message holds text that is not Unicode") from None
    if len(line) > limit:
        raise RequestError(f"message is longer than {limit} bytes")
    return line


def _finite(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise ValueError
    return number


def _object(line: bytes) -> dict[str, Any]:
    try:
        value = json.loads(line, parse_float=_finite, parse_constant=_finite)
        json.dumps(value, ensure_ascii=False).encode()  # halves of a surrogate pair end here
    except (ValueError, RecursionError):
        raise RequestError("message is not JSON") from None
    if not isinstance(value, dict):
        raise RequestError("message is not a JSON object")
    return value
