"""The ssh client that carries the uplink: its command line, and its stderr as our errors."""

from __future__ import annotations

import re

from lumenmon.errors import LumenmonError
from lumenmon.wire import quote
from lumenmon_agentd.identity import Console, Files


class UplinkError(LumenmonError):
    """The connection to the console ended or never came to be."""


class HostKeyRefused(UplinkError):
    """ssh does not take the console's host key for the pinned one."""


class Refused(UplinkError):
    """The console does not take this agent's key."""


class Unreachable(UplinkError):
    """No connection to the console's address."""


class Misbehaving(UplinkError):
    """What the console sends cannot be borne."""


class Unanswered(UplinkError):
    """ssh has logged in, and the console acknowledges nothing."""


class Hung(UplinkError):
    """The ssh process does nothing any more."""


# ssh's own words, each from the beginning of a line to its end. A stranger on the way can make ssh
# log lines like these, so they decide no more than how long to wait and what to look at.
_ERRORS: tuple[tuple[str, type[UplinkError], str], ...] = (
    (
        r"Host key verification failed\.|No \S+ host key is known for .*",
        HostKeyRefused,
        "ssh does not accept the console's host key",
    ),
    (
        r"\S+: Permission denied \(.*\)\.",
        Refused,
        "the console refuses this agent's key",
    ),
    (
        r".*(Could not resolve|Name or service not known|Connection refused|timed out|No route"
        r"|unreachable|Connection reset|kex_exchange_identification|Connection closed by"
        r"|not responding|Broken pipe|closed by remote host).*",
        Unreachable,
        "the console cannot be reached",
    ),
)


FAILED = 255
"""ssh's exit status for a failure of its own; any other is the remote command's."""


def argv(console: Console, files: Files) -> list[str]:
    """Return the command line of the uplink's ssh; nothing of a user's configuration counts.

    ssh logs to a file, apart from what the console sends to its standard error.
    """
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
        "ssh", "-F", "none", "-T", "-E", str(files.ssh_log), *settings,
        "-p", str(console.port), "-l", console.user, "--", console.host,
    ]  # fmt: skip


def explain(log: str, said: str, status: int | None) -> UplinkError:
    """Return our error for an ssh that ended with ``status``.

    ``log`` is what ssh itself wrote; ``said`` what came from the console, which decides nothing.
    """
    lines = [line.strip() for line in log.splitlines() if line.strip()]
    if status == FAILED:
        for pattern, kind, message in _ERRORS:
            for line in reversed(lines):
                if re.fullmatch(pattern, line, re.IGNORECASE):
                    detail = "" if kind is HostKeyRefused else f": {quote(line, 200)}"
                    return kind(message + detail)
        if lines:
            return UplinkError(f"the connection ended: {quote(lines[-1], 200)}")
    words = said.split("\n")[-2:]
    detail = f": {quote(' '.join(words).strip(), 200)}" if said.strip() else ""
    return UplinkError(f"the console ended the connection (status {status}){detail}")
