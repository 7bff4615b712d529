"""SSH public keys: one ed25519 key a line, and the agent's id that follows from it."""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from dataclasses import dataclass

from lumenmon.errors import LumenmonError

KEY_TYPE = "ssh-ed25519"
MAX_LINE = 1024
"""Bytes in a public-key line; a real one has about 100."""
_PREFIX = b"\x00\x00\x00\x0bssh-ed25519\x00\x00\x00\x20"  # RFC 8709: name, then 32 bytes
MAX_LABEL = 64
"""Characters of a key's comment that are kept."""
AGENT_ID = re.compile(r"id_[0-9a-f]{16}")


class BadKey(LumenmonError):
    """A line that is not one ed25519 public key."""


@dataclass(frozen=True, slots=True)
class PublicKey:
    """An ed25519 public key: the blob that SSH sends (RFC 8709), and the comment with it."""

    blob: bytes
    comment: str = ""

    @property
    def base64(self) -> str:
        """The blob as it stands in key files and links."""
        return base64.b64encode(self.blob).decode()

    @property
    def line(self) -> str:
        """The key as one line, without its comment."""
        return f"{KEY_TYPE} {self.base64}"

    @property
    def label(self) -> str:
        """What of the comment is kept and shown: it says which host made the key."""
        return "".join(c for c in self.comment if c.isprintable())[:MAX_LABEL]

    @property
    def fingerprint(self) -> str:
        """As ``ssh-keygen -l`` prints it."""
        digest = hashlib.sha256(self.blob).digest()
        return "SHA256:" + base64.b64encode(digest).decode().rstrip("=")

    @property
    def agent_id(self) -> str:
        """The Linux user and id of the agent that holds this key."""
        return "id_" + hashlib.sha256(self.blob).hexdigest()[:16]


def parse_public_key(line: str) -> PublicKey:
    """Read one line ``ssh-ed25519 BASE64 [COMMENT]``.

    Raises BadKey for anything else: options before the key, other types, a blob that is not
    exactly one key.
    """
    fields = line.strip().split(None, 2)
    hint = "send the one line of a file made with: ssh-keygen -t ed25519"
    if len(line) > MAX_LINE or "\n" in line.strip():
        raise BadKey("not one public-key line", hint)
    if len(fields) < 2 or fields[0] != KEY_TYPE:
        raise BadKey(f"not an {KEY_TYPE} public key", hint)
    return PublicKey(decode_blob(fields[1]), fields[2] if len(fields) > 2 else "")


def parse_key_file(text: str) -> PublicKey:
    """Read an authorized_keys file of ours: options, then one key; raises BadKey."""
    _, found, rest = text.partition(KEY_TYPE)
    return parse_public_key(found + rest)


def decode_blob(text: str) -> bytes:
    """Read the base64 of a key blob; raises BadKey unless it is exactly one ed25519 key."""
    try:
        blob = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise BadKey("the key's base64 is damaged", "copy the whole line again") from None
    if len(blob) != len(_PREFIX) + 32 or not blob.startswith(_PREFIX):
        raise BadKey(f"the blob is not one {KEY_TYPE} key", "copy the whole line again")
    return blob
