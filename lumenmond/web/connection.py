"""waitress' connections with what it lacks: bounds for strangers, our own end's address.

A connection has one request at a time. What a client sends ahead waits unread until the answer has
left for the kernel, so a client that does not read gets no further request answered and holds no
thread. If it takes less than LEAST bytes in STALLED seconds of what waits for it, it is cut.
"""

from __future__ import annotations

import logging
import socket
import struct
import time
from collections.abc import Iterable
from contextlib import suppress
from typing import Any

from waitress.channel import HTTPChannel
from waitress.task import WSGITask

from lumenmon import journal
from lumenmond.web import names
from lumenmond.web.limits import source_of

TOLD_EVERY = 600.0
"""Seconds for which the log is not told the same again."""
SELDOM = journal.Limit(1, TOLD_EVERY)
"""Of what strangers do to connections, for the thread that serves them."""
AHEAD = 16
"""Requests in a row that a client may send before it has the answer; then the connection ends."""
STALLED = 30.0
LEAST = 4096
"""Bytes that a client has to take in STALLED seconds while something waits for it: a phone on a
poor network takes as many in a second or two."""
_AT_ONCE = struct.pack("ii", 1, 0)  # socket(7): SO_LINGER


class Task(WSGITask):  # type: ignore[misc]
    """A request that knows at which of our addresses it arrived."""

    def get_environment(self) -> dict[str, Any]:
        """Return the WSGI environment."""
        environ: dict[str, Any] = super().get_environment()
        environ["lumenmon.local"] = self.channel.local
        environ["lumenmon.cut"] = self.channel.cut
        environ["wsgi.url_scheme"] = self.channel.scheme
        return environ


class Channel(HTTPChannel):  # type: ignore[misc]
    """A connection that has one request at a time."""

    task_class = Task
    scheme = "http"

    request: Any = None
    sent_continue = False
    local = ""
    proxies: tuple[str, ...] = ()
    """The reverse proxies whose X-Forwarded-For names the source."""

    def __init__(self, server: Any, sock: socket.socket, addr: Any, adj: Any, map: Any) -> None:
        self.peer = names.plain(str(addr[0]))
        self.origin = source_of(self.peer)  # once: room.py asks all of them
        self._ahead = b""
        self._ahead_count = 0
        self._sent = 0
        self._seen_sent, self._seen_at = 0, time.monotonic()
        with suppress(OSError):
            self.local = str(sock.getsockname()[0])
        super().__init__(server, sock, addr, adj, map=map)

    def source(self) -> str:
        """Return what the request in hand comes from, as sources are told from each other."""
        headers = self.requests[0].headers if self.requests else {}
        forwarded = headers.get("X_FORWARDED_FOR", "")
        return source_of(names.client(self.peer, forwarded, self.proxies))

    def received(self, data: bytes) -> bool:
        """Take what a client sent; what follows a request waits until that is answered."""
        with self.requests_lock:
            if self.will_close or self.close_when_flushed:
                return False
            if not self._busy:
                self._ahead_count = 0
            self._ahead += data
            self._begin_request()
        return bool(data)

    def readable(self) -> bool:
        """Return whether there is room for what a client sends."""
        return self.connected and bool(super().readable()) and not self._ahead

    def writable(self) -> bool:
        """Return whether something is to be sent, or the next request to begin."""
        return self.connected and bool(super().writable() or (self._ahead and not self._busy))

    def handle_write(self) -> None:
        """Send what waits, then begin the request that was sent ahead."""
        super().handle_write()
        if self.connected and self._ahead and not self._busy:
            with self.requests_lock:
                self._ahead_count += 1
                self._begin_request()

    def send(self, data: bytes, do_close: bool = True) -> int:
        """Send what fits; return how much that was."""
        sent = self._send(data, do_close)
        self._sent += sent
        return sent

    def _send(self, data: bytes, do_close: bool) -> int:
        return int(super().send(data, do_close))

    def cut(self) -> None:
        """End the connection, from any thread: the server's own sees its end and closes it."""
        # The kernel is not to keep for minutes what the client has not taken.
        with suppress(OSError):
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _AT_ONCE)
            # Not TLS's own, which would go on in plain text.
            socket.socket.shutdown(self.socket, socket.SHUT_RDWR)

    def is_stalled(self, now: float) -> bool:
        """Return whether what waits is not taken; to be asked every few seconds."""
        if not self.total_outbufs_len or self._sent - self._seen_sent >= LEAST:
            self._seen_sent, self._seen_at = self._sent, now
        return now - self._seen_at >= STALLED

    def service(self) -> None:
        """Answer the request in hand; in one of the dispatcher's threads."""
        try:
            super().service()
        finally:
            self.server.task_dispatcher.end_turn()  # of what the application never saw

    @property
    def _busy(self) -> bool:
        return bool(self.requests or self.total_outbufs_len)

    def _begin_request(self) -> None:
        """Parse up to the end of one request, and let it be answered; with their lock held."""
        while self._ahead and not self._busy:
            if self.request is None:
                self.request = self.parser_class(self.adj)
            request = self.request
            used = request.received(self._ahead)
            self._ahead = self._ahead[used:]
            if request.expect_continue and request.headers_finished and not self.sent_continue:
                self.send_continue()
            if request.completed:
                self.sent_continue = False
                self.request = None
                if not request.empty:
                    if self._ahead_count >= AHEAD:
                        request.headers["CONNECTION"] = "close"
                    self.requests.append(request)
                    self.server.add_task(self)


def cut_stalled(servers: Iterable[Any], now: float) -> None:
    """Close connections whose clients do not take what waits for them; where room.py says."""
    channels = [each for server in servers for each in server.active_channels.values()]
    stalled = [each for each in channels if each.is_stalled(now)]
    if stalled:
        text = "%d connections are closed: their clients do not read"
        journal.event(logging.WARNING, "web-stalled", text, len(stalled), limit=SELDOM)
    for channel in stalled:
        channel.cut()
        channel.handle_close()
