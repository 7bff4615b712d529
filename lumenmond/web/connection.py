"""waitress' connections with what it lacks: bounds for strangers, our own end's address, TLS.

A connection has one request at a time. What a client sends ahead waits unread until the answer has
left for the kernel, so a client that does not read gets no further request answered and holds no
thread. If it takes less than LEAST bytes in STALLED seconds of what waits for it, it is cut.

A TLS connection is one whose socket speaks it: waitress reads and writes it as any other. Two
threads may be at the same connection, and OpenSSL wants one at a time.
"""

from __future__ import annotations

import logging
import math
import socket
import ssl
import struct
import threading
import time
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import Any

from waitress.channel import HTTPChannel
from waitress.task import WSGITask

from lumenmon import journal
from lumenmon.errors import LumenmonError
from lumenmond.web import names
from lumenmond.web.limits import source_of

ABSENT = b"none"
"""What the unit sets in place of a certificate that is not there."""
TOLD_FOR = 600.0
"""Seconds for which the log is not told the same again."""
AHEAD = 16
"""Requests in a row that a client may send before it has the answer; then the connection ends."""
STALLED = 30.0
LEAST = 4096
"""Bytes that a client has to take in STALLED seconds while something waits for it: a phone on a
poor network takes as many in a second or two."""
_AT_ONCE = struct.pack("ii", 1, 0)  # socket(7): SO_LINGER
_HANDSHAKE = b"\x16"  # RFC 8446: the first record's type
_WRONG_TEXT = "This port speaks https: put https:// before the address.\n"
_WRONG = (
    "HTTP/1.1 400 Bad Request\r\nConnection: close\r\nContent-Type: text/plain\r\n"
    f"Content-Length: {len(_WRONG_TEXT)}\r\n\r\n{_WRONG_TEXT}"
).encode()


class Task(WSGITask):  # type: ignore[misc]
    """A request that knows at which of our addresses it arrived."""

    def get_environment(self) -> dict[str, Any]:
        """Return the WSGI environment."""
        environ: dict[str, Any] = super().get_environment()
        environ["lumenmon.local"] = self.channel.local
        environ["lumenmon.cut"] = self.channel.cut
        if isinstance(self.channel, TlsChannel):
            environ["wsgi.url_scheme"] = "https"
        return environ


class Channel(HTTPChannel):  # type: ignore[misc]
    """A connection that has one request at a time."""

    task_class = Task

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


class TlsChannel(Channel):
    """A connection that speaks TLS."""

    context: ssl.SSLContext
    socket: Any

    def __init__(self, server: Any, sock: socket.socket, addr: Any, adj: Any, map: Any) -> None:
        self._tls_lock = threading.Lock()
        self._greeted = False
        super().__init__(server, sock, addr, adj, map)

    def recv(self, size: int) -> bytes:
        """Read what there is; waitress takes b"" for the end, so nothing yet raises."""
        with self._tls_lock:
            found = self._read(size) if self._greeted or self._greet() else b""
        if not found:  # not under the lock: who sends holds waitress' own and waits for ours
            self.handle_close()
        return found

    def _greet(self) -> bool:
        first = self.socket.recv(1, socket.MSG_PEEK)
        if first != _HANDSHAKE:
            with suppress(OSError):
                self.socket.send(_WRONG if first else b"")
            return False
        self.socket = self.context.wrap_socket(
            self.socket, server_side=True, do_handshake_on_connect=False
        )
        self._greeted = True
        return True

    def _read(self, size: int) -> bytes:
        found = b""
        try:
            # What TLS holds back is not seen by poll(): take all of it.
            while chunk := self.socket.recv(max(size, 16384)):
                found += chunk
                if not self.socket.pending():
                    break
        except (ssl.SSLWantReadError, ssl.SSLWantWriteError):
            if not found:
                raise NothingYet from None
        except OSError:
            pass
        return found

    def handle_read(self) -> None:
        """Read, unless only TLS itself had something to say."""
        with suppress(NothingYet):
            super().handle_read()

    def _send(self, data: bytes, do_close: bool) -> int:
        try:
            with self._tls_lock:
                return int(self.socket.send(data))
        except (ssl.SSLWantReadError, ssl.SSLWantWriteError):
            return 0
        except OSError:
            if not do_close:
                raise
        self.handle_close()
        return 0


def cut_stalled(servers: Iterable[Any], now: float) -> None:
    """Close connections whose clients do not take what waits for them; where room.py says."""
    channels = [each for server in servers for each in server.active_channels.values()]
    stalled = [each for each in channels if each.is_stalled(now)]
    if stalled and is_news("web-stalled"):
        text = "%d connections are closed: their clients do not read"
        journal.event(logging.WARNING, "web-stalled", text, len(stalled))
    for channel in stalled:
        channel.cut()
        channel.handle_close()


_told_at: dict[str, float] = {}


def is_news(event: str) -> bool:
    """Return whether the log has not been told of ``event`` for a while; now it is told."""
    now = time.monotonic()
    if now - _told_at.get(event, -math.inf) <= TOLD_FOR:
        return False
    _told_at[event] = now
    return True


class NothingYet(Exception):
    """Bytes came, but no data: a handshake is going on."""


def context(certificate: Path, key: Path) -> ssl.SSLContext | None:
    """Return what TLS needs, None when there is no certificate; raises LumenmonError."""
    try:
        if certificate.stat().st_size == len(ABSENT) and certificate.read_bytes() == ABSENT:
            return None
        made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        made.load_cert_chain(certificate, key)
    except FileNotFoundError:
        return None
    except (OSError, ValueError) as error:
        raise LumenmonError(
            f"the TLS certificate and its key cannot be used: {error}",
            "look at tls_certificate and tls_key in lumenmond-web(8)",
        ) from error
    made.set_alpn_protocols(["http/1.1"])
    return made
