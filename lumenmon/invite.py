"""Links to a console: where it is, which host key to expect, and how to get in.

An invite gets a new key in once, by its password. The link of a key that is enrolled already
names its agent and holds no secret.
"""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass
from urllib.parse import quote, unquote, urlsplit

from lumenmon.errors import LumenmonError
from lumenmon.keys import AGENT_ID, KEY_TYPE, BadKey, PublicKey, decode_blob

DEFAULT_PORT = 2345
LIFETIME = 300
"""Seconds for which an invite is good."""
USER = re.compile(r"reg_[0-9]{13}")
_QUOTES = "'\"`‘’‚‛“”„‟«»‹› "
"""What a shell, a chat or a document put around a link that was pasted."""
_HOST = re.compile(r"[A-Za-z0-9]([A-Za-z0-9._-]{0,252})")
_ZONE = re.compile(r"[A-Za-z0-9._-]{1,15}")
HINT = "on the console, make a new link: sudo lumenmonctl invite"


class LinkError(LumenmonError):
    """A text that is not an invite link."""


@dataclass(frozen=True)
class Link:
    """``ssh://USER:PASSWORD@HOST:PORT/#ssh-ed25519_BASE64``, without a password once enrolled.

    ``host`` is a name, an IPv4 or an IPv6 address (without brackets). The password is not in
    ``repr``, so that it does not reach a log by accident.
    """

    user: str
    password: str
    host: str
    port: int
    host_key: PublicKey

    def __repr__(self) -> str:
        return f"Link({self.user}@{self.host}:{self.port})"

    def __str__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        secret = f":{quote(self.password, safe='')}" if self.password else ""
        key = f"{KEY_TYPE}_{self.host_key.base64}"
        return f"ssh://{self.user}{secret}@{host}:{self.port}/#{key}"

    @property
    def enrolled(self) -> bool:
        """Whether it is of an agent whose key the console knows, and no invite."""
        return AGENT_ID.fullmatch(self.user) is not None

    @property
    def created(self) -> float:
        """When the invite was made, by the console's clock, in seconds since 1970."""
        return int(self.user.removeprefix("reg_")) / 1000


def parse_link(text: str) -> Link:
    """Read a link, also in quotes; raises LinkError that names what is missing or damaged."""
    text = text.strip().strip(_QUOTES)
    try:
        parts = urlsplit(text)
        port = parts.port or DEFAULT_PORT
    except ValueError:  # its text may quote the password
        raise LinkError("the link's address or port cannot be read", HINT) from None
    if parts.scheme != "ssh":
        raise LinkError("the link does not start with ssh://", HINT)
    if AGENT_ID.fullmatch(parts.username or ""):
        if parts.password is not None:
            raise LinkError("the link of an enrolled key has no password", HINT)
    elif not USER.fullmatch(parts.username or ""):
        raise LinkError("the link names no invite (reg_ and 13 digits)", HINT)
    elif not parts.password:
        raise LinkError("the link carries no password", HINT)
    if not parts.fragment:
        raise LinkError("the link carries no host key (the part after #)", "quote the link: '…'")
    kind, _, blob = parts.fragment.partition("_")
    if kind != KEY_TYPE:
        raise LinkError(f"the link's host key is not of type {KEY_TYPE}", HINT)
    try:
        key = PublicKey(decode_blob(blob))
    except BadKey as error:
        raise LinkError(f"the link's host key: {error.message}", HINT) from None
    return Link(
        parts.username or "",
        unquote(parts.password or ""),
        check_host(parts.hostname or ""),
        port,
        key,
    )


def check_host(host: str) -> str:
    """Return ``host`` if it is a name or an address; raises LinkError otherwise."""
    zone = host.partition("%")[2]
    try:
        if not zone or _ZONE.fullmatch(zone):
            return str(ipaddress.ip_address(host))
    except ValueError:
        pass
    # Labels that are empty or too long make the resolver raise what nobody expects.
    if _HOST.fullmatch(host) and all(0 < len(label) < 64 for label in host.rstrip(".").split(".")):
        return host
    raise LinkError("the console's address is neither a name nor an IP address", HINT)
