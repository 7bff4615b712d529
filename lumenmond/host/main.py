"""The root helper's program: one request from a socket on stdin, or one command of the package."""

from __future__ import annotations

import logging
import os
import socket
import sys
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path

from lumenmon import journal, request, term
from lumenmon.errors import EXIT_FAILED, EXIT_OK, EXIT_USAGE, LumenmonError
from lumenmond.host import accounts, callers, inforce, invites, leftovers, sshd, verbs

SYSTEMD = Path("/run/systemd/system")
"""Is there where systemd was booted: sd_booted(3)."""
SILENCE = 5.0
"""Seconds that a caller has to send its request."""
HANG_UP = 5.0
"""Seconds that a caller has to hang up after its answer."""
USAGE = (
    "usage: host [enroll|accounts|sweep|apply-sshd|remove-sshd|restore|remove-accounts|"
    "clear-leftovers]"
)


def main(argv: list[str] | None = None) -> int:
    """Run what the arguments say; a request when they say nothing."""
    words = sys.argv[1:] if argv is None else argv
    word = words[0] if words else "request"
    os.umask(0o022)
    journal.setup("lumenmond-host")
    if not os.environ.get("JOURNAL_STREAM"):
        # A person looks on, or apt does: a thousand accounts are no thousand lines.
        logging.getLogger().setLevel(logging.WARNING)
    command = COMMANDS.get(word)
    if command is None or len(words) > 1:
        print(USAGE, file=sys.stderr)
        return EXIT_USAGE
    try:
        command()
    except (LumenmonError, OSError) as error:
        journal.event(logging.ERROR, "host-failed", "%s: %s", word, _words(error).message)
        return EXIT_FAILED
    return EXIT_OK


def serve(table: Mapping[str, verbs.Verb]) -> None:
    """Answer the one request of the connection on stdin."""
    try:
        connection = socket.socket(fileno=os.dup(0))
    except OSError:
        raise LumenmonError("stdin is not a connection", USAGE) from None
    with connection:
        answer(connection, table)


def answer(connection: socket.socket, table: Mapping[str, verbs.Verb]) -> None:
    """Read one request, reply, and do what comes after the caller has hung up."""
    connection.settimeout(SILENCE)
    after: Callable[[], object] | None = None
    try:
        uid = request.peer(connection).uid
        verbs.check_caller(table, uid)
        callers.take_turn(uid)
        asked = request.Request.decode(request.read_line(connection, request.MAX_REQUEST))
        done = verbs.dispatch(table, asked, uid)
        reply, after = request.Reply(True, done.result), done.after
    except TimeoutError:
        reply = request.Reply(False, error=f"no request came within {SILENCE:g} s")
    except (LumenmonError, OSError) as error:
        said = _words(error)
        journal.event(logging.WARNING, "request-failed", "%s", said.message)
        reply = request.Reply.failure(said)
    except Exception:
        logging.getLogger(__name__).exception("a request failed")
        reply = request.Reply(False, error="internal error", hint="see: sudo journalctl -e")
    try:
        with suppress(OSError):
            connection.sendall(reply.encode())
            if after:
                _wait_for_end(connection)
    finally:
        if after:
            after()


def _words(error: LumenmonError | OSError) -> LumenmonError:
    """Return an error of ours; the system's, a full disk say, names its file and its reason."""
    if isinstance(error, LumenmonError):
        return error
    return LumenmonError(f"{error.filename}: {error.strerror}" if error.filename else str(error))


def _wait_for_end(connection: socket.socket) -> None:
    deadline = time.monotonic() + HANG_UP
    while (left := deadline - time.monotonic()) > 0:
        connection.settimeout(left)
        if not connection.recv(4096):
            return


def _apply() -> None:
    for note in sshd.apply():
        print(f"lumenmond: {note}", file=sys.stderr)
    if SYSTEMD.is_dir():
        with suppress(LumenmonError):  # doctor says what is the matter, ignoring
            for place in inforce.unread():
                print(f"lumenmond: {inforce.not_read(place)}: {inforce.RELOAD}", file=sys.stderr)


def _restore() -> None:
    _say(accounts.restore(), "added")


def _remove_accounts() -> None:
    _say(accounts.remove_all(), "removed")


def _say(names: list[str], what: str) -> None:
    if names:
        print(f"lumenmond: {term.counted(len(names), 'account')} {what}")


COMMANDS: dict[str, Callable[[], object]] = {
    "request": lambda: serve(verbs.HOST_VERBS),
    "enroll": lambda: serve(verbs.ENROLL_VERBS),
    "accounts": lambda: serve(verbs.ACCOUNT_VERBS),
    "sweep": invites.sweep,
    "apply-sshd": _apply,
    "remove-sshd": sshd.remove,
    "restore": _restore,
    "remove-accounts": _remove_accounts,
    "clear-leftovers": leftovers.clear,
}

if __name__ == "__main__":
    sys.exit(main())
