"""TLS: a connection whose socket speaks it, which waitress reads and writes as any other.

Two threads may be at the same connection, and OpenSSL wants one at a time.
"""

from __future__ import annotations

import socket
import ssl
import threading
from collections import Counter
from contextlib import suppress
from pathlib import Path
from typing import Any, ClassVar

from lumenmon.errors import LumenmonError
from lumenmond.web.connection import Channel

ABSENT = b"none"
"""What the unit sets in place of a certificate that is not there."""
STEPS = 2
"""Steps in TLS handshakes with one source in one round of events."""
_HANDSHAKE = b"\x16"  # RFC 8446: the first record's type
_WRONG_TEXT = "This port speaks https: put https:// before the address.\n"
_WRONG = (
    "HTTP/1.1 400 Bad Request\r\nConnection: close\r\nContent-Type: text/plain\r\n"
    f"Content-Length: {len(_WRONG_TEXT)}\r\n\r\n{_WRONG_TEXT}"
).encode()


class TlsChannel(Channel):
    """A connection that speaks TLS."""

    scheme = "https"
    context: ssl.SSLContext
    socket: Any
    steps: ClassVar[Counter[str]] = Counter()
    """Steps in handshakes with each source in this round of events."""

    def __init__(self, server: Any, sock: socket.socket, addr: Any, adj: Any, map: Any) -> None:
        self._tls_lock = threading.Lock()
        self._greeted = False
        super().__init__(server, sock, addr, adj, map)

    def readable(self) -> bool:
        """Return whether there is room for what a client sends; asked before each round of events.

        A handshake takes the loop's time: of one source, what is over waits for the next round.
        """
        self.steps.clear()
        return super().readable()

    def recv(self, size: int) -> bytes:
        """Read what there is; waitress takes b"" for the end, so nothing yet raises."""
        with self._tls_lock:
            if not self._greeted or self.socket.version() is None:
                self._take_step()
            found = self._read(size) if self._greeted or self._greet() else b""
        if not found:  # not under the lock: who sends holds waitress' own and waits for ours
            self.handle_close()
        return found

    def _take_step(self) -> None:
        if self.steps[self.origin] >= STEPS:
            raise NothingYet
        self.steps[self.origin] += 1

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
