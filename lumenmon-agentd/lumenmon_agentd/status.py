"""What the daemon says of itself: to systemd, and in status.json to lumenmonctl."""

from __future__ import annotations

import json
import logging
import time
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path

import sdnotify

from lumenmon import term
from lumenmon.errors import LumenmonError
from lumenmon.files import read_small
from lumenmon.invite import LinkError, check_host
from lumenmon.keys import AGENT_ID

MAX_BYTES = 64 * 1024
"""Bytes of status.json."""
MAX_TEXT = 2000
"""Characters of each of its texts."""
LATEST = 2.0**40
"""Seconds since 1970 beyond which no time is taken for one."""
_HINT = "sudo systemctl restart lumenmon-agentd"

log = logging.getLogger(__name__)

NOT_REGISTERED = "not registered: run sudo lumenmonctl register 'ssh://...'"


class StatusError(LumenmonError):
    """Something else than the agent's status stands in its place."""


@dataclass(frozen=True)
class Status:
    """The agent at one moment; times are seconds since 1970.

    ``kind`` names the class of ``error``: a reader looks the remedy up by it, since a command that
    root is to run never is the agent's text. ``spool_trouble`` is why samples wait in memory
    instead of on the disk, ``damaged`` the number of the spool's files that could not be read,
    ``strange`` the number of the console's lines that are no answer to anything, ``held`` why the
    console takes nothing of us although it is there. ``unanswered_since`` is when a console that
    takes our login began to acknowledge nothing. ``rejected_at``, ``dropped_at`` and ``strange_at``
    are when the last of those that are counted came.
    """

    console: str = ""
    user: str = ""
    connected_since: float | None = None
    last_ack: float | None = None
    waiting_bytes: int = 0
    rejected: int = 0
    rejected_at: float | None = None
    dropped: int = 0
    dropped_at: float | None = None
    error: str = ""
    kind: str = ""
    troubles: str = ""
    """What is wrong with collectors, a line each."""
    spool_trouble: str = ""
    damaged: int = 0
    strange: int = 0
    strange_at: float | None = None
    held: str = ""
    unanswered_since: float | None = None

    @property
    def registered(self) -> bool:
        """Whether the agent knows a console."""
        return self.console != ""

    @property
    def text(self) -> str:
        """One line for ``systemctl status``."""
        if not self.registered:
            return f"cannot start: {self.error}" if self.error else NOT_REGISTERED
        waiting = f"{term.amount(self.waiting_bytes, 'B')} waiting"
        if self.spool_trouble:
            waiting += f" in memory ({self.spool_trouble})"
        if self.held and self.connected_since is not None:
            return f"registered with {self.console}, held ({self.held}), {waiting}"
        if self.unanswered_since is not None:
            since = _local(self.unanswered_since)
            return f"registered with {self.console}, no acknowledgement since {since}, {waiting}"
        if self.connected_since is not None:
            since = _local(self.connected_since)
            return f"registered with {self.console}, connected since {since}, {waiting}"
        if self.error:
            return f"registered with {self.console}, not connected ({self.error}), {waiting}"
        return f"registered with {self.console}, connecting, {waiting}"

    def write(self, path: Path) -> None:
        """Write it for everyone on the host to read."""
        temporary = path.with_suffix(".new")
        short = replace(self, error=self.error[:MAX_TEXT])
        temporary.write_text(json.dumps(asdict(short)) + "\n")
        temporary.chmod(0o644)
        temporary.rename(path)

    def publish(self, path: Path, notify: sdnotify.SystemdNotifier) -> None:
        """Say it to systemd, and to lumenmonctl through ``path``."""
        # sdnotify writes Latin-1, systemd reads UTF-8: hand it bytes that come out as UTF-8.
        notify.notify("STATUS=" + term.printable(self.text).encode().decode("latin-1"))
        try:
            self.write(path)
        except OSError as error:
            log.warning("%s cannot be written: %s, ignoring", path, error.strerror)

    @classmethod
    def read(cls, path: Path) -> Status | None:
        """Return what the agent last wrote; None when it never ran.

        Raises StatusError for what the agent does not write. Nothing waits for a reader or a
        writer, whatever stands in the place of the file.
        """
        try:
            return cls.decode(read_small(path, MAX_BYTES))
        except FileNotFoundError:
            return None
        except OSError as error:
            raise StatusError(f"{path} cannot be read: {error.strerror}", _HINT) from None
        except (ValueError, TypeError, RecursionError) as error:
            reason = term.printable(str(error))[:MAX_TEXT]
            raise StatusError(f"{path} is damaged: {reason}", _HINT) from None
        except LumenmonError as error:
            raise StatusError(error.message, _HINT) from None

    @classmethod
    def decode(cls, text: str) -> Status:
        """Read the text of status.json; raises ValueError or TypeError for anything else.

        Its texts are printable: what a console or a taken-over agent puts in reaches terminals.
        """
        status = cls(**json.loads(text))
        for field in fields(status):
            value, kind = getattr(status, field.name), type(field.default)
            if kind is str and isinstance(value, str) and len(value) <= MAX_TEXT:
                continue
            if kind is int and type(value) is int and 0 <= value < 2**63:
                continue
            if kind is bool and type(value) is bool:
                continue
            if kind in (float, type(None)) and (value is field.default or _is_time(value)):
                continue
            raise ValueError(f"{field.name} is not of its type")
        if status.console:
            address(status.console)
            if not AGENT_ID.fullmatch(status.user):
                raise ValueError("user is not the id of an agent")
        error = term.printable(status.error)
        troubles = "\n".join(map(term.printable, status.troubles.split("\n")))
        return replace(status, error=error, troubles=troubles)


def address(text: str) -> tuple[str, int]:
    """Read an address as ``Console.address`` gives it; raises ValueError."""
    host, _, port = text.rpartition(":")
    if not port.isascii() or not port.isdigit() or not 0 < int(port) < 65536:
        raise ValueError("console has no port")
    try:
        return check_host(host.strip("[]")), int(port)
    except LinkError as error:
        raise ValueError(error.message) from None


def _local(moment: float) -> str:
    return time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(moment))


def _is_time(value: object) -> bool:
    return type(value) in (int, float) and 0 <= float(str(value)) < LATEST
