"""The ssh client that carries the uplink: its command line, and its stderr as our errors."""

from __future__ import annotations

import re

from lumenmon.errors import LumenmonError
from lumenmon_agentd.identity import Console, Files


class UplinkError(LumenmonError):
    """The connection to the console ended or never came to be."""


class HostKeyChanged(UplinkError):
    """The console shows another host key than the one that was pinned."""


class Refused(UplinkError):
    """The console does not know this agent's key."""


class Unreachable(UplinkError):
    """No connection to the console's address."""


_REGISTER = "is it still your console? then register again: lumenmonctl register --force LINK"
_ERRORS: tuple[tuple[str, type[UplinkError], str, str], ...] = (
    (
        r"HOST IDENTIFICATION HAS CHANGED|Host key verification failed|no matching host key"
        r"|host key is known for",
        HostKeyChanged,
        "the console's host key is not the one that was pinned",
        _REGISTER,
    ),
    (
        r"Permission denied|Too many authentication failures|Received disconnect.*Too many",
        Refused,
        "the console refuses this agent's key",
        "was it removed there? register again: lumenmonctl register --force LINK",
    ),
    (
        r"Could not resolve|Name or service not known|Connection refused|timed out|No route"
        r"|unreachable|Connection reset|kex_exchange_identification|Connection closed by"
        r"|not responding|Broken pipe|closed by remote host",
        Unreachable,
        "the console cannot be reached",
        "",
    ),
)


def argv(console: Console, files: Files) -> list[str]:
    """Return the command line of the uplink's ssh; nothing of a user's configuration counts."""
    options = {
        "BatchMode": "yes",
        "ConnectTimeout": "10",
        "ControlMaster": "yes",
        "ControlPath": str(files.control),
        "ControlPersist": "no",
        "GlobalKnownHostsFile": "none",
        "HostKeyAlgorithms": "ssh-ed25519",
        "IdentitiesOnly": "yes",
        "IdentityFile": str(files.key),
        "PreferredAuthentications": "publickey",
        "ServerAliveCountMax": "2",
        "ServerAliveInterval": "5",
        "StrictHostKeyChecking": "yes",
        "UpdateHostKeys": "no",
        "UserKnownHostsFile": str(files.known_hosts),
    }
    settings = [word for name, value in options.items() for word in ("-o", f"{name}={value}")]
    return [
        "ssh", "-F", "none", "-T", *settings,
        "-p", str(console.port), "-l", console.user, "--", console.host,
    ]  # fmt: skip


def explain(stderr: str, status: int | None) -> UplinkError:
    """Return our error for what ssh said before it ended with ``status``."""
    lines = [line.strip() for line in stderr.splitlines() if line.strip()]
    for pattern, kind, message, hint in _ERRORS:
        for line in reversed(lines):
            if re.search(pattern, line, re.IGNORECASE):
                said = "" if kind is HostKeyChanged else f": {line}"
                return kind(message + said, hint)
    if lines:
        return UplinkError(f"the connection ended: {lines[-1]}")
    return UplinkError(f"the console ended the connection (status {status})")
