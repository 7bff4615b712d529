"""The agent's half of the talk with its console: what to send next, and what an answer means.

No clock, process or descriptor of its own: ``now`` is monotonic seconds, bytes go in and out.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from dataclasses import dataclass

from lumenmon.wire import quote
from lumenmon_agentd.spool import Position, Spool

SYNC_EVERY = 1.0
"""Seconds between two ``@sync``, as long as something is not acknowledged."""
PATIENCE = 300.0
"""Seconds without an answer to a ``@sync`` after which the connection is made again."""
MAX_ANSWER = 64 * 1024

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Acknowledged:
    """All before one of our ``@sync`` is durable; ``moved`` when that is more than before."""

    moved: bool


@dataclass(frozen=True, slots=True)
class Rejected:
    """A line, or ``count`` of them, that the console does not store. That is final."""

    line: str
    reason: str
    count: int


@dataclass(frozen=True, slots=True)
class Broken:
    """What the console sends is no answer: the connection cannot go on."""

    reason: str


Answer = Acknowledged | Rejected | Broken


class Protocol:
    """What one connection after another says about ``spool``."""

    def __init__(self, spool: Spool) -> None:
        self._spool = spool
        self._sent = self._synced = spool.acked
        self._first = b""
        self._answer = b""
        self._sync_at = 0.0
        self._heard = 0.0
        self._unanswered = False

    def begin(self, now: float) -> None:
        """A new connection is there."""
        self._answer = b""
        self._heard = now
        self._rewind(b"")

    def due(self) -> float:
        """Return the time at which ``send`` has something although no sample comes."""
        return self._sync_at if self._sent > self._synced else float("inf")

    def silent(self, now: float) -> bool:
        """Return whether an answer is overdue."""
        return self._unanswered and now - self._heard > PATIENCE

    def send(self, now: float) -> bytes:
        """Return what is to be sent next, empty while there is nothing."""
        if self._first:
            text, self._first = self._first, b""
            return text
        text, self._sent = self._spool.read(self._sent)
        if self._sent > self._synced and now >= self._sync_at:
            text += f"@sync {self._sent}\n".encode()
            self._synced, self._sync_at = self._sent, now + SYNC_EVERY
            if not self._unanswered:
                self._unanswered = True
                self._heard = now
        return text

    def receive(self, data: bytes, now: float) -> Iterator[Answer]:
        """Yield what the console's bytes say; the spool has moved on by then."""
        *lines, self._answer = (self._answer + data).split(b"\n")
        if len(self._answer) > MAX_ANSWER:
            self._answer = b""
            yield Broken("the console sent an endless line")
        for line in lines:
            yield from self._line(line.decode(errors="replace").rstrip("\r"), now)

    def _rewind(self, first: bytes) -> None:
        """Begin as on a new connection: header first, from the last acknowledged position.

        The ``@sync`` before it is answered at once, so that a connection shows that it lives.
        """
        self._sent = self._synced = self._spool.acked
        self._first = first + f"@sync {self._sent}\n".encode() + self._spool.header_at(self._sent)
        self._sync_at, self._unanswered = 0.0, True

    def _line(self, line: str, now: float) -> Iterator[Answer]:
        word, _, rest = line.partition(" ")
        if word == "@ok":
            yield from self._acknowledged(rest, now)
        elif word == "@reject":
            yield _rejected(rest)
        elif word == "@resume":
            # The empty line ends whatever was cut; all before the echo is ignored there.
            self._rewind(f"\n@resume {rest}\n".encode())
            self._heard = now
        else:
            log.warning("the console said %s, ignoring", quote(line))

    def _acknowledged(self, token: str, now: float) -> Iterator[Answer]:
        try:
            position = Position.parse(token)
        except ValueError:
            log.warning("the console acknowledged %s, ignoring", quote(token))
            return
        if position > self._synced:
            log.warning("the console acknowledged what was not sent: %s, ignoring", quote(token))
            return
        moved = position > self._spool.acked
        self._spool.ack(position)
        self._heard = now
        self._unanswered = position < self._synced
        yield Acknowledged(moved)


def _rejected(rest: str) -> Rejected:
    line, _, reason = rest.partition(" ")
    words = reason.split()
    many = len(words) == 3 and (words[0], words[2]) == ("and", "more") and words[1].isdigit()
    return Rejected(line, reason, int(words[1]) if many else 1)
