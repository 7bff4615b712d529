"""``lumenmonctl dashboard``: the fleet in the terminal."""

from __future__ import annotations

import argparse
import os
import socket
import sys

from lumenmon import paths, term
from lumenmon.errors import EXIT_OK, AccessError, LumenmonError
from lumenmond.ctl.fleet import JOIN_HINT

DETAILS = """\
Runs when no command is given on a terminal. The key ? explains all others; q
ends it. Inviting, renaming, tagging and removing need root: sudo lumenmonctl.
NO_COLOR=1 shows it without colour."""


def dashboard(_args: argparse.Namespace) -> int:
    """Open the dashboard on this terminal."""
    if not (sys.stdin.isatty() and sys.stdout.isatty()) or os.environ.get("TERM", "") in (
        "", "dumb",
    ):  # fmt: skip
        raise LumenmonError(
            "the dashboard needs a terminal",
            f"over ssh: ssh -t {socket.gethostname()} lumenmonctl; without one: lumenmonctl agents",
        )
    if paths.LIVE_SOCKET.exists() and not os.access(paths.LIVE_SOCKET, os.W_OK):
        raise AccessError(f"no right to read {paths.LIVE_SOCKET}", JOIN_HINT)
    term.unguard()  # the dashboard draws by itself, and passes strangers' text on printable
    try:
        # Here, so that no other command pays for loading it.
        from lumenmond.tui import app
    except ModuleNotFoundError as error:
        raise LumenmonError(
            f"a library is missing: {error.name}", "sudo apt install python3-urwid"
        ) from error
    app.run(dict(os.environ))
    return EXIT_OK
