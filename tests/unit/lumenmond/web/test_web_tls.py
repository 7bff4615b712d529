"""TLS: whoever begins many handshakes waits for himself."""

import socket
import ssl
import subprocess
import threading

import pytest
from served import Served

from lumenmond.web import tls

CLIENTS = 20
REQUEST = b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
CLIENT = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
CLIENT.check_hostname, CLIENT.verify_mode = False, ssl.CERT_NONE


@pytest.fixture
def served(tmp_path, monkeypatch):
    subprocess.run(
        [
            "openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256",
            "-nodes", "-subj", "/CN=console", "-days", "2", "-keyout", tmp_path / "tls_key",
            "-out", tmp_path / "tls_certificate",
        ],
        check=True, capture_output=True,
    )  # fmt: skip
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(tmp_path))
    made = Served(tmp_path)
    yield made
    made.close()


class Browser:
    """A client that has sent the first message of a handshake, and waits."""

    def __init__(self, port, source="127.0.0.1"):
        self._from, self._to = ssl.MemoryBIO(), ssl.MemoryBIO()
        self._tls = CLIENT.wrap_bio(self._from, self._to)
        self._socket = socket.socket()
        self._socket.bind((source, 0))
        self._socket.connect(("127.0.0.1", port))
        self._socket.settimeout(60)
        with pytest.raises(ssl.SSLWantReadError):
            self._tls.do_handshake()
        self._socket.sendall(self._to.read())

    def get(self):
        """Finish the handshake and ask; return the status line."""
        self._exchange(self._tls.do_handshake)
        self._tls.write(REQUEST)
        self._socket.sendall(self._to.read())
        line = self._exchange(lambda: self._tls.read(4096)).partition(b"\r\n")[0]
        self._socket.close()
        return line

    def _exchange(self, step):
        while True:
            try:
                return step()
            except ssl.SSLWantReadError:
                self._socket.sendall(self._to.read())
                self._from.write(self._socket.recv(65536))


def test_a_crowd_of_handshakes_goes_on_by_rounds(served, monkeypatch):
    """However many begin at once, a round of events has a few steps of each source."""
    order, steps = [], []
    greet, readable = tls.TlsChannel._greet, tls.TlsChannel.readable
    monkeypatch.setattr(
        tls.TlsChannel, "_greet", lambda self: order.append(self.origin) or greet(self)
    )
    monkeypatch.setattr(
        tls.TlsChannel, "readable",
        lambda self: steps.append(max(self.steps.values(), default=0)) or readable(self),
    )  # fmt: skip
    entered, leave = threading.Event(), threading.Event()
    served.web._servers[0].trigger.pull_trigger(lambda: (entered.set(), leave.wait(60)))
    assert entered.wait(60)
    crowd = [Browser(served.port) for _ in range(CLIENTS)]
    guest = Browser(served.port, "127.0.0.2")
    leave.set()
    assert guest.get() == b"HTTP/1.1 200 OK"
    assert [each.get() for each in crowd] == [b"HTTP/1.1 200 OK"] * CLIENTS
    assert max(steps) == tls.STEPS
    assert order.index("127.0.0.2") <= tls.STEPS, "others do not wait for the crowd"


def test_plain_http_is_told_what_this_port_speaks(served):
    with socket.create_connection(("127.0.0.1", served.port)) as client:
        client.sendall(REQUEST)
        client.settimeout(60)
        assert b"This port speaks https" in client.recv(4096)
