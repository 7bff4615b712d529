"""A daemon that cannot start: said to the journal and to systemd, and not tried again at once."""

from __future__ import annotations

import logging
import os
import time
from collections.abc import Callable
from contextlib import suppress

from lumenmon import journal
from lumenmon.errors import LumenmonError

PAUSE = 5.0
"""Seconds before a start that only a person can mend is given up, for systemd makes the next."""


def failed(error: LumenmonError, wait: Callable[[float], object] = time.sleep) -> int:
    """Report why a daemon cannot start, wait under systemd, and return its exit status."""
    journal.event(logging.ERROR, "start-failed", "%s", error.message)
    if error.hint:
        journal.event(logging.ERROR, "start-failed", "%s", error.hint)
    if "NOTIFY_SOCKET" in os.environ:
        from systemd import daemon  # here, for no daemon that starts pays for it

        with suppress(OSError):
            daemon.notify(f"STATUS=cannot start: {error.message}")
        wait(PAUSE)
    return error.exit_status
