"""Browsers that logged in before: the wrong guesses of others do not slow them down.

Such a browser has a cookie: a random name, and a proof of it made with what is kept of the
passwords. It lets nobody in: guesses with it count for its name alone, and end with the password.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping

from lumenmond.web import secrets

LIFETIME = 365 * 86400
"""Seconds that a browser keeps the cookie."""


def new(kept: Mapping[str, str]) -> str:
    """Return a cookie's value for a browser that has just logged in."""
    name = secrets.new()
    return f"{name}.{_proof(name, kept)}"


def known(value: str, kept: Mapping[str, str]) -> str:
    """Return the name of the browser that has this cookie; empty when it is none of ours."""
    name, _, proof = value.partition(".")
    return name if kept and secrets.same(proof, _proof(name, kept)) else ""


def _proof(name: str, kept: Mapping[str, str]) -> str:
    key = "\n".join(sorted(kept.values())).encode()
    return hmac.new(key, name.encode(errors="replace"), hashlib.sha256).hexdigest()
