"""A listening socket in the loop: no user's connections keep those of others out."""

from __future__ import annotations

import errno
import logging
import socket
import time
from collections import Counter
from collections.abc import Callable
from functools import partial

from lumenmon import journal
from lumenmon.request import peer
from lumenmond.loop import PAUSE, READ, Loop

_AT_ONCE = 64
"""Connections that are accepted in one turn of the loop."""
_SHORT = (errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM)


class Listener:
    """Accepts connections and gives each to ``serve``, at most ``most`` of one user at a time.

    A connection counts until it is closed here. One that is not ``settled`` within ``patience``
    seconds is given to ``late``, one too many to ``refuse`` and then closed.
    """

    def __init__(
        self,
        loop: Loop,
        listener: socket.socket,
        serve: Callable[[socket.socket], None],
        *,
        most: int,
        patience: float,
        late: Callable[[socket.socket], None] | None = None,
        refuse: Callable[[socket.socket, int], None] = lambda *_: None,
    ) -> None:
        self._loop = loop
        self._listener = listener
        self._serve = serve
        self._most = most
        self._patience = patience
        self._late = late or self.close
        self._refuse = refuse
        self._uids: dict[socket.socket, int] = {}
        self._counts: Counter[int] = Counter()
        self._unsettled: dict[socket.socket, float] = {}
        self._shortages = journal.Limit(1)
        listener.setblocking(False)
        self._listen()
        loop.every(PAUSE, self.tick)

    def _listen(self) -> None:
        self._loop.watch(self._listener.fileno(), READ, self._accept)

    def _accept(self, _: int) -> None:
        for _attempt in range(_AT_ONCE):
            try:
                connection, _address = self._listener.accept()
            except OSError as error:
                if error.errno in _SHORT:
                    self._pause(error)
                return
            self._loop.guard(partial(self._take, connection), partial(self.close, connection))

    def _pause(self, error: OSError) -> None:
        """Stop for a moment: a connection that cannot be accepted would wake the loop for ever."""
        self._loop.forget(self._listener.fileno())
        self._loop.after(PAUSE, self._listen)
        words = "cannot accept a connection: %s, retrying"
        journal.event(
            logging.ERROR, "descriptors-short", words, error.strerror, limit=self._shortages
        )

    def _take(self, connection: socket.socket) -> None:
        connection.setblocking(False)
        uid = peer(connection).uid
        if self._counts[uid] >= self._most:
            self._refuse(connection, uid)
            connection.close()
            return
        self._counts[uid] += 1
        self._uids[connection] = uid
        self._unsettled[connection] = time.monotonic()
        self._serve(connection)

    def settle(self, connection: socket.socket) -> None:
        """It has said what it wants: it may stay."""
        self._unsettled.pop(connection, None)

    def release(self, connection: socket.socket) -> None:
        """Count it no longer: somebody else looks after it."""
        self.settle(connection)
        uid = self._uids.pop(connection, None)
        if uid is not None:
            self._counts[uid] -= 1
            if not self._counts[uid]:
                del self._counts[uid]

    def close(self, connection: socket.socket) -> None:
        """End it."""
        self.release(connection)
        if connection.fileno() >= 0:
            self._loop.forget(connection.fileno())
            connection.close()

    def tick(self) -> None:
        """End those that have been silent for too long."""
        late = time.monotonic() - self._patience
        for connection, since in list(self._unsettled.items()):
            if since > late:
                break  # they stand in the order in which they came
            self._loop.guard(partial(self._late, connection), partial(self.close, connection))
