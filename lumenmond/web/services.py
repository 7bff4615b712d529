"""What the pages and the API work with, made once for the process."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

from flask import current_app

from lumenmon import paths, request
from lumenmond.config import Config
from lumenmond.store.auth import AuthStore
from lumenmond.web.events import Hub
from lumenmond.web.limits import Limiter
from lumenmond.web.names import own_names
from lumenmond.web.places import Places
from lumenmond.web.readers import Readers

KEY = "lumenmon"
STREAMS = 128
"""Streams at a time: each has a thread for as long as it is followed."""
FOLLOWED = 192
"""Agents that all streams together follow in full, each counted for each stream: each is a
connection to the daemon, which takes 256 of ours."""
DOWNLOADS = 8
"""Exports at a time: each has a thread for as long as its reader likes, and the page needs some."""
HOST_TIMEOUT = 30.0
"""Seconds for the root helper: making and ending accounts takes its time on a busy host."""


@dataclass(frozen=True)
class Services:
    """The parts of the process; tests give their own."""

    config: Config
    hub: Hub
    auth: AuthStore
    readers: Readers
    limiter: Limiter = field(default_factory=Limiter)
    streams: Places = field(
        default_factory=lambda: Places(STREAMS, "streams", "close other windows")
    )
    followed: Places = field(
        default_factory=lambda: Places(FOLLOWED, "views of hosts", "close other windows")
    )
    downloads: Places = field(
        default_factory=lambda: Places(DOWNLOADS, "exports", "wait until one is done")
    )
    names: Callable[[], frozenset[str]] = own_names
    control: Path = paths.CONTROL_SOCKET
    host: Path = paths.HOST_SOCKET
    now: Callable[[], float] = time.time

    def ask_daemon(self, verb: str, **args: Any) -> Any:
        """Ask lumenmond; raises LumenmonError."""
        return request.call(self.control, verb, **args)

    def ask_host(self, verb: str, **args: Any) -> Any:
        """Ask the root helper; raises LumenmonError."""
        return request.call(self.host, verb, HOST_TIMEOUT, **args)


def services() -> Services:
    """Return the services of the application that serves the current request."""
    return cast(Services, current_app.extensions[KEY])
