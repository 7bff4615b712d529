"""What the daemon says of itself: to systemd, and in status.json to lumenmonctl."""

from __future__ import annotations

import json
import logging
import time
from dataclasses import asdict, dataclass
from pathlib import Path

import sdnotify

from lumenmon import term

log = logging.getLogger(__name__)

NOT_REGISTERED = "not registered: run sudo lumenmonctl register 'ssh://...'"


@dataclass(frozen=True)
class Status:
    """The agent at one moment; times are seconds since 1970."""

    console: str = ""
    user: str = ""
    connected_since: float | None = None
    last_ack: float | None = None
    waiting_bytes: int = 0
    rejected: int = 0
    dropped: int = 0
    error: str = ""
    hint: str = ""

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
        if self.connected_since is not None:
            since = time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(self.connected_since))
            return f"registered with {self.console}, connected since {since}, {waiting}"
        if self.error:
            return f"registered with {self.console}, not connected ({self.error}), {waiting}"
        return f"registered with {self.console}, connecting, {waiting}"

    def write(self, path: Path) -> None:
        """Write it for everyone on the host to read."""
        temporary = path.with_suffix(".new")
        temporary.write_text(json.dumps(asdict(self)) + "\n")
        temporary.chmod(0o644)
        temporary.rename(path)

    def publish(self, path: Path, notify: sdnotify.SystemdNotifier) -> None:
        """Say it to systemd, and to lumenmonctl through ``path``."""
        # sdnotify writes Latin-1, systemd reads UTF-8: hand it bytes that come out as UTF-8.
        notify.notify("STATUS=" + self.text.encode().decode("latin-1"))
        try:
            self.write(path)
        except OSError as error:
            log.warning("%s cannot be written: %s, ignoring", path, error.strerror)

    @classmethod
    def read(cls, path: Path) -> Status | None:
        """Read it; None when there is none (the daemon never ran) or it is not one."""
        try:
            return cls(**json.loads(path.read_text()))
        except (OSError, ValueError, TypeError):
            return None
