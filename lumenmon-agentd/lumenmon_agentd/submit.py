"""submit.sock: other programs on the host hand in wire lines (collect, lumenmonctl submit).

A client connects, writes lines, ends its writing, and reads the answer: a line
``@reject NUMBER REASON`` for each bad line and, last, ``@ok COUNT`` of the samples taken.

An agent that is stopped or not registered has no socket. One that is being restarted leaves its
own behind until there is the next, and who has samples waits for that.
"""

from __future__ import annotations

import errno
import json
import logging
import os
import re
import selectors
import socket
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path

from lumenmon import journal, request, wire
from lumenmon.errors import AccessError, LumenmonError
from lumenmon_agentd import sampling

MAX_SUBMISSION = 4 * 2**20
"""Bytes that one client may hand in."""
MAX_ANSWER = 2**20
"""Bytes of the daemon's answer."""
TROUBLES = b"@troubles "
"""What begins a report of the collectors that run outside of the daemon."""
MAX_CLIENTS = 16
MAX_AGE = 10.0
"""Seconds that one client may take."""
REST = 1.0
"""Seconds without accepting after the process had no descriptor left for a client."""
_SHORT = (errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM)
TIMEOUT = 10.0
WAIT = 30.0
"""Seconds that a client waits for an agent that is being restarted."""
PAUSE = 0.1
"""Seconds between two looks for it."""

RESTART = "sudo systemctl restart lumenmon-agentd"
_OK = re.compile(r"@ok [0-9]{1,9}", re.ASCII)


class SubmitError(LumenmonError):
    """Samples were not taken, or not all."""


class Server:
    """Listens in the daemon's loop; ``take`` puts the samples into the spool."""

    def __init__(
        self,
        path: Path,
        selector: selectors.BaseSelector,
        take: Callable[[list[wire.Sample]], None],
        hear: Callable[[str, dict[str, str]], None] = lambda _rhythm, _troubles: None,
    ) -> None:
        self._selector = selector
        self._take = take
        self._hear = hear
        self._clients: dict[socket.socket, tuple[bytearray, float]] = {}
        self._now = 0.0
        self._rested: float | None = None
        self._faults = journal.Limit(10)
        new = path.with_name(path.name + ".new")
        new.unlink(missing_ok=True)
        self._listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM | socket.SOCK_NONBLOCK)
        old = os.umask(0o117)  # the daemon's group may submit, others may not
        try:
            self._listener.bind(str(new))
        finally:
            os.umask(old)
        self._listener.listen(MAX_CLIENTS)
        new.rename(path)  # so there is no moment without a socket
        selector.register(self._listener, selectors.EVENT_READ, self._accept)

    def tick(self, now: float) -> None:
        """Let go of clients that take too long."""
        self._now = now
        if self._rested is not None and now - self._rested >= REST:
            self._rested = None
            self._selector.register(self._listener, selectors.EVENT_READ, self._accept)
        for client, (_, since) in list(self._clients.items()):
            if now - since > MAX_AGE:
                self._drop(client)

    def close(self) -> None:
        """Stop listening."""
        for client in list(self._clients):
            self._drop(client)
        if self._rested is None:
            self._selector.unregister(self._listener)
        self._listener.close()

    def _accept(self) -> None:
        try:
            client, _ = self._listener.accept()
        except OSError as error:
            if error.errno in _SHORT:  # a client that waits would wake the loop for ever
                self._rested = self._now
                self._selector.unregister(self._listener)
            return
        if len(self._clients) >= MAX_CLIENTS:
            client.close()
            return
        client.setblocking(False)
        self._clients[client] = (bytearray(), self._now)
        self._selector.register(client, selectors.EVENT_READ, lambda: self._serve(client))

    def _serve(self, client: socket.socket) -> None:
        """Read of one client; a fault of ours in that ends this client alone."""
        try:
            self._read(client)
        except Exception as error:
            journal.event(
                logging.ERROR, "handler-failed", "a submission failed and is ended: %r", error,
                limit=self._faults, exc_info=True,
            )  # fmt: skip
            if client in self._clients:
                self._drop(client)

    def _read(self, client: socket.socket) -> None:
        held, _ = self._clients[client]
        try:
            data = client.recv(65536)
        except BlockingIOError:
            return
        except OSError:
            self._drop(client)
            return
        held += data
        if len(held) > MAX_SUBMISSION:
            self._answer(client, f"@reject 0 more than {MAX_SUBMISSION} bytes\n@ok 0\n")
        elif not data:
            self._answer(client, self._submit(bytes(held)))

    def _submit(self, text: bytes) -> str:
        if text.startswith(TROUBLES):
            return self._report(text.removeprefix(TROUBLES))
        samples, bad = sampling.check(text)
        lines = [f"@reject {reject.line} {reject.reason}\n" for reject in bad[: wire.MAX_REJECTS]]
        try:
            self._take(samples)
        except LumenmonError as error:
            return "".join([*lines, f"@reject 0 {error.message}\n@ok 0\n"])
        return "".join([*lines, f"@ok {len(samples)}\n"])

    def _report(self, text: bytes) -> str:
        try:
            rhythm, troubles = json.loads(text)
            self._hear(str(rhythm), {str(who): str(what) for who, what in troubles.items()})
        except (ValueError, TypeError, AttributeError, RecursionError):
            return "@reject 1 not a report of collectors\n@ok 0\n"
        return "@ok 0\n"

    def _answer(self, client: socket.socket, text: str) -> None:
        with suppress(OSError):
            client.sendall(text.encode())
        self._drop(client)

    def _drop(self, client: socket.socket) -> None:
        del self._clients[client]
        self._selector.unregister(client)
        client.close()


def report(path: Path, rhythm: str, troubles: Mapping[str, str]) -> None:
    """Tell the daemon what was wrong with a rhythm's collectors; raises as ``submit`` does."""
    submit(path, TROUBLES + json.dumps([rhythm, troubles]).encode())


def submit(
    path: Path, text: bytes, timeout: float = TIMEOUT, wait: float = WAIT
) -> tuple[int, list[str]]:
    """Hand wire lines to the daemon; return the number of samples taken and the rejects.

    What a restart of the daemon cuts off is handed in again, for up to ``wait`` seconds. Raises
    SubmitError or AccessError when the daemon does not take any.
    """
    if len(text) > MAX_SUBMISSION:
        raise SubmitError(f"these are more than {MAX_SUBMISSION} bytes", "hand them in in parts")
    end = time.monotonic() + wait
    while True:
        try:
            lines = _exchange(path, text, timeout)
            break
        except PermissionError:
            raise AccessError(f"no right to use {path}") from None
        except (FileNotFoundError, ConnectionError, BlockingIOError) as error:
            if isinstance(error, FileNotFoundError) or time.monotonic() > end:
                raise SubmitError(
                    "the agent does not take samples",
                    "is it registered and running? look at: lumenmonctl status",
                ) from None
        except OSError as error:
            raise SubmitError(f"{path}: {error.strerror or error}") from error
        time.sleep(PAUSE)
    rejects = [line.removeprefix("@reject ") for line in lines[:-1]]
    return int(lines[-1].removeprefix("@ok ")), rejects


def _exchange(path: Path, text: bytes, timeout: float) -> list[str]:
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
        connection.settimeout(timeout)
        request.connect(connection, path)
        connection.sendall(text)
        connection.shutdown(socket.SHUT_WR)
        answer, end = b"", time.monotonic() + timeout
        while chunk := connection.recv(65536):
            answer += chunk
            if len(answer) > MAX_ANSWER or time.monotonic() > end:
                raise SubmitError(f"the answer of {path} does not end", RESTART)
    lines = answer.decode(errors="replace").splitlines()
    if not lines or not _OK.fullmatch(lines[-1]):
        raise ConnectionResetError
    return lines
