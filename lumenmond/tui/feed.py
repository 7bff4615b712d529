"""The connection to live.sock: read without blocking, and made anew when it is lost."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any, Protocol

from lumenmon import live, paths, request
from lumenmon.errors import AccessError, LumenmonError
from lumenmond.ctl.fleet import JOIN_HINT
from lumenmond.tui.model import Model

FIRST_WAIT, LONGEST_WAIT = 0.5, 5.0
"""Seconds between two tries."""
CHUNK = 256 * 1024
PATIENCE = 10.0
"""Seconds that a snapshot may take."""


class Loop(Protocol):
    """What is used of urwid's main loop."""

    def watch_file(self, fd: int, callback: Callable[[], Any]) -> Any:
        """Call back when there is something to read."""

    def remove_watch_file(self, handle: Any) -> bool:
        """No longer call back."""

    def set_alarm_in(self, sec: float, callback: Callable[..., Any]) -> Any:
        """Call back once, later."""

    def remove_alarm(self, handle: Any) -> bool:
        """No longer call back."""


class Feed:
    """Keeps ``model`` up to date with what ``want`` asks for.

    ``trouble`` is why there is no connection; None while there is one. ``changed`` is called
    when that changes.
    """

    def __init__(
        self,
        loop: Loop,
        model: Model,
        want: live.Want,
        changed: Callable[[], None],
        path: Path | None = None,
    ) -> None:
        self.trouble: LumenmonError | None = None
        self.retry_at = 0.0
        self._loop, self._model, self._want = loop, model, want
        self._changed = changed
        self._path = path or paths.LIVE_SOCKET
        self._connection: socket.socket | None = None
        self._watch: Any = None
        self._alarm: Any = None
        self._rest = b""
        self._wait = FIRST_WAIT

    def open(self) -> None:
        """Connect, or try again later."""
        self._alarm = None
        self._model.begin()
        self._rest = b""
        connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        connection.settimeout(0.2)
        try:
            request.connect(connection, self._path)
            connection.sendall(live.encode(self._want))
        except (OSError, LumenmonError) as error:
            connection.close()
            self._lost(_explain(error, self._path))
            return
        connection.setblocking(False)
        self._connection = connection
        self._watch = self._loop.watch_file(connection.fileno(), self._read)
        self._alarm = self._loop.set_alarm_in(PATIENCE, self._overdue)

    def close(self) -> None:
        """End the connection and try no more."""
        self._drop()

    def _drop(self) -> None:
        if self._watch is not None:
            self._loop.remove_watch_file(self._watch)
            self._watch = None
        if self._alarm is not None:
            self._loop.remove_alarm(self._alarm)
            self._alarm = None
        if self._connection is not None:
            with suppress(OSError):
                self._connection.close()
            self._connection = None

    def _overdue(self, *_: Any) -> None:
        self._lost(LumenmonError("lumenmond does not answer", "look at: sudo lumenmonctl logs"))

    def _lost(self, why: LumenmonError) -> None:
        self._drop()
        self.trouble = why
        self.retry_at = time.monotonic() + self._wait
        self._alarm = self._loop.set_alarm_in(self._wait, lambda *_: self.open())
        self._wait = min(self._wait * 2, LONGEST_WAIT)
        self._changed()

    def _read(self) -> None:
        assert self._connection is not None
        try:
            data = self._connection.recv(CHUNK)
        except BlockingIOError:
            return
        except OSError as error:
            self._lost(_explain(error, self._path))
            return
        if not data:
            self._lost(LumenmonError("lumenmond hung up", "look at: lumenmonctl status"))
            return
        *lines, self._rest = (self._rest + data).split(b"\n")
        try:
            for line in lines:
                self._take(live.decode(line))
            if len(self._rest) > live.MAX_LINE:
                raise live.LiveError("lumenmond says what is no message")
        except (live.LiveError, TypeError) as error:
            said = error if isinstance(error, LumenmonError) else live.LiveError(str(error))
            self._lost(said)

    def _take(self, message: live.Message) -> None:
        self._model.apply(message)
        if isinstance(message, live.Ready):
            if self._alarm is not None:
                self._loop.remove_alarm(self._alarm)
                self._alarm = None
            self._wait = FIRST_WAIT
            self.trouble = None
            self._changed()


def _explain(error: OSError | LumenmonError, path: Path) -> LumenmonError:
    if isinstance(error, LumenmonError):
        return error
    if isinstance(error, PermissionError):
        return AccessError(f"no right to read {path}", JOIN_HINT)
    if isinstance(error, FileNotFoundError | ConnectionError):
        return LumenmonError("lumenmond is not running", "sudo lumenmonctl start")
    return LumenmonError(f"{path}: {error.strerror or error}", "look at: lumenmonctl status")
