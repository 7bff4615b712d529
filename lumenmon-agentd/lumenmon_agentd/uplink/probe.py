"""Whether the ssh process itself is alive: its control socket greets whoever connects to it.

An answer of the console may be long in coming: its disk is full, its database large, the line slow.
ssh sees a dead network by its own keep-alives; only ssh itself has nobody who watches it.
"""

from __future__ import annotations

import selectors
import socket
from enum import Enum
from pathlib import Path


class Health(Enum):
    """What the control socket showed."""

    UNKNOWN = "unknown"
    ALIVE = "alive"
    ABSENT = "absent"  # nobody listens: ssh has not logged in yet
    HUNG = "hung"


TIMEOUT = 10.0
"""Seconds that ssh has for its greeting."""
EVERY = 10.0
"""Seconds until it is asked again."""


class Probe:
    """Asks one ssh after another at the socket ``control``."""

    def __init__(self, control: Path, selector: selectors.BaseSelector) -> None:
        self._control = control
        self._selector = selector
        self._socket: socket.socket | None = None
        self._asked_at = float("-inf")

    def ask(self, now: float) -> Health:
        """Ask, unless it is too soon; return what is known by now."""
        if self._socket is not None:
            return Health.HUNG if now - self._asked_at > TIMEOUT else Health.UNKNOWN
        if now - self._asked_at < EVERY:
            return Health.ALIVE
        asking = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM | socket.SOCK_NONBLOCK)
        try:
            asking.connect(str(self._control))
        except BlockingIOError:  # it takes no connections any more
            pass
        except OSError:
            asking.close()
            return Health.ABSENT
        self._socket, self._asked_at = asking, now
        self._selector.register(asking, selectors.EVENT_READ, self._answered)
        return Health.UNKNOWN

    def close(self) -> None:
        """Forget the question."""
        self._asked_at = float("-inf")
        self._answered()

    def _answered(self) -> None:
        """Whatever it was: its loop runs, or it is gone."""
        if self._socket is not None:
            self._selector.unregister(self._socket)
            self._socket.close()
            self._socket = None
