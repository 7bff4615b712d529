"""Whether the dashboard's certificate can be used, is valid today, and is the one in use."""

from __future__ import annotations

import contextlib
import socket
import ssl
import stat
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from lumenmon import paths, term
from lumenmon.ctl import Check, Mark
from lumenmon.errors import LumenmonError
from lumenmond.ctl import web, webchecks

DIRECTORY = paths.CONFIG / "tls"
CERTIFICATE, KEY = DIRECTORY / "certificate.pem", DIRECTORY / "key.pem"
SOON = 14 * 86400
"""Seconds before its end from which a certificate is a warning."""
MAX_PEM = 2**20
EXPIRED, NOT_YET = 10, 9
"""X509_V_ERR_CERT_HAS_EXPIRED and X509_V_ERR_CERT_NOT_YET_VALID of OpenSSL."""
_TIMEOUT = 5.0
_RESTART = "sudo systemctl restart lumenmond-web"
_REPLACE = f"put a certificate and its key in place of them, or remove both files; then: {_RESTART}"


def checks() -> Iterator[Check]:
    """Look at the certificate and its key; no line where there are none."""
    present = [path for path in (CERTIFICATE, KEY) if path.exists()]
    if not present:
        return
    if len(present) == 1:
        missing = KEY if present == [CERTIFICATE] else CERTIFICATE
        text = f"{missing} is missing beside {present[0].name}: the dashboard has no TLS"
        yield Check(Mark.BAD, text, f"put it there, or remove {present[0]}; then: {_RESTART}")
        return
    if stat.S_IMODE(KEY.stat().st_mode) & 0o077:
        yield Check(Mark.BAD, f"{KEY} can be read by others", f"sudo chmod 600 {KEY}")
    try:
        first = _first(CERTIFICATE)
        subject, fault = judge(CERTIFICATE, KEY, first)
    except (OSError, ValueError) as error:
        yield Check(
            Mark.BAD, f"{CERTIFICATE} and {KEY.name} cannot be used: {_reason(error)}", _REPLACE
        )
        return
    if fault:
        yield Check(Mark.BAD, f"{CERTIFICATE} {fault}: browsers refuse it", _REPLACE)
        return
    yield _until(subject)
    if webchecks.runs():
        yield _in_use(first)


def _reason(error: Exception) -> str:
    if isinstance(error, ssl.SSLError) and "KEY_VALUES_MISMATCH" in str(error):
        return "the key is not the certificate's"
    if isinstance(error, ssl.SSLError):
        return "this is not a certificate with its key in PEM"
    return str(error)


def _first(path: Path) -> bytes:
    """Return the first certificate of a PEM file; raises ValueError when there is none."""
    with path.open(errors="replace") as file:
        text = file.read(MAX_PEM)
    end = "-----END CERTIFICATE-----"
    head, found, _ = text.partition(end)
    start = head.find("-----BEGIN CERTIFICATE-----")
    if not found or start < 0:
        raise ValueError("the file has no certificate in PEM")
    return ssl.PEM_cert_to_DER_cert(head[start:] + end)


def judge(certificate: Path, key: Path, first: bytes) -> tuple[dict[str, Any], str]:
    """Return what is in a certificate, and what is wrong with its dates, empty when nothing is.

    It does a handshake with itself: ssl shows what is in a certificate only to a client that
    trusts it. Raises OSError when the certificate or the key cannot be used.
    """
    server, client = (
        ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER),
        ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT),
    )
    server.load_cert_chain(certificate, key, password="")
    client.check_hostname = False
    client.load_verify_locations(cadata=first)
    client.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
    ways = ssl.MemoryBIO(), ssl.MemoryBIO()
    there = server.wrap_bio(ways[0], ways[1], server_side=True)
    here = client.wrap_bio(ways[1], ways[0])
    for _ in range(8):
        done = 0
        for end in (here, there):
            with contextlib.suppress(ssl.SSLWantReadError):
                try:
                    end.do_handshake()
                    done += 1
                except ssl.SSLCertVerificationError as error:
                    return {}, _dates(error)
        if done == 2:
            break
    return here.getpeercert() or {}, ""


def _dates(error: ssl.SSLCertVerificationError) -> str:
    if error.verify_code == EXPIRED:
        return "has expired"
    if error.verify_code == NOT_YET:
        return "is not valid yet (is the clock right?)"
    return f"is refused: {error.verify_message}"


def _until(subject: dict[str, Any]) -> Check:
    left = ssl.cert_time_to_seconds(str(subject["notAfter"])) - time.time()
    names = ", ".join(str(name) for _, name in subject.get("subjectAltName", ()))
    text = f"the certificate is valid for {term.span(left)}"
    if left < SOON:
        return Check(Mark.WARN, f"{text} only", f"renew it, then: {_RESTART}")
    return Check(Mark.GOOD, f"{text}; names: {term.printable(names) or 'none'}")


def _in_use(first: bytes) -> Check:
    """Ask the dashboard which certificate it shows to browsers."""
    listen = web.listens()
    asking = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    asking.check_hostname, asking.verify_mode = False, ssl.CERT_NONE
    try:
        address = (listen.host or "127.0.0.1", listen.port)
        with socket.create_connection(address, _TIMEOUT) as plain, asking.wrap_socket(plain) as tls:
            shown = tls.getpeercert(binary_form=True)
    except (OSError, LumenmonError) as error:
        return Check(Mark.BAD, f"the dashboard shows no certificate: {error}", _RESTART)
    if shown != first:
        text = f"the dashboard still uses another certificate than {CERTIFICATE}"
        return Check(Mark.WARN, text, _RESTART)
    return Check(Mark.GOOD, "the dashboard uses this certificate")
