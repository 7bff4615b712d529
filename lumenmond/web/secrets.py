"""Secrets: how they are made, and how they are kept so that a thief of the database has none."""

from __future__ import annotations

import hashlib
import hmac
import secrets
import threading

_LOG_N, _R, _P = 15, 8, 3
"""scrypt's costs (RFC 7914): 32 MiB and about a quarter of a second."""
_MEMORY = 64 * 2**20
_AT_A_TIME = threading.BoundedSemaphore(2)
MIN_PASSWORD = 10
MAX_PASSWORD = 1024
TOKEN_PREFIX = "lumenmon_"  # noqa: S105
"""Begins every API token, so that a leaked one is recognised."""


def new() -> str:
    """Return 256 random bits that go into an address or a cookie as they are."""
    return secrets.token_urlsafe(32)


def digest(secret: str) -> str:
    """Return what is kept of a random secret: nobody can guess it, so a plain hash is enough."""
    return hashlib.sha256(secret.encode(errors="replace")).hexdigest()


def csrf(session: str) -> str:
    """Return the CSRF token of a session: known to its pages, of no use to find the session."""
    return hashlib.sha256(b"csrf:" + session.encode(errors="replace")).hexdigest()


def same(one: str, other: str) -> bool:
    """Compare in a time that says nothing of where they differ."""
    return hmac.compare_digest(one.encode(errors="replace"), other.encode(errors="replace"))


def hash_password(password: str) -> str:
    """Return what is kept of a password."""
    salt = secrets.token_bytes(16)
    return f"scrypt:{_LOG_N}:{_R}:{_P}:{salt.hex()}:{_scrypt(password, salt, _LOG_N, _R, _P)}"


def check_password(password: str, kept: str) -> bool:
    """Say whether it is the password of which ``kept`` was kept."""
    _, log_n, r, p, salt, hashed = kept.split(":")
    found = _scrypt(password, bytes.fromhex(salt), int(log_n), int(r), int(p))
    return same(found, hashed)


def _scrypt(password: str, salt: bytes, log_n: int, r: int, p: int) -> str:
    with _AT_A_TIME:
        return hashlib.scrypt(
            password.encode(errors="replace"), salt=salt, n=2**log_n, r=r, p=p, maxmem=_MEMORY
        ).hex()
