"""The agent's half of the talk with its console: what to send next, and what an answer means.

No clock, process or descriptor of its own: ``now`` is monotonic seconds, bytes go in and out. The
console is a stranger here: what it may cause is bounded by what was sent to it.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass

from lumenmon.greeting import AGENT, AgentGreeting, ConsoleGreeting, GreetingError
from lumenmon.wire import TOKEN, quote
from lumenmon_agentd.spool import Position, Spool

SYNC_EVERY = 1.0
"""Seconds between two ``@sync``, as long as something is not acknowledged."""
PATIENCE = 300.0
"""Seconds without an answer to a ``@sync`` after which the connection is made again."""
MAX_ANSWER = 4096
"""Bytes in one answer."""
SLACK = 100
"""Answers that a console may give beyond one for each line that it got."""
MAX_STRANGE = 20
"""Lines on one connection that are no answer to anything."""
MAX_RESUMES = 10
RESUMES_WITHIN = 60.0
"""Seconds in which a console may start again ``MAX_RESUMES`` times."""


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
class Strange:
    """A line that is no answer to anything; ``text`` is quoted."""

    text: str


@dataclass(frozen=True, slots=True)
class Broken:
    """What the console sends cannot be borne: the connection is to end."""

    reason: str


@dataclass(frozen=True, slots=True)
class Held:
    """The console takes nothing of this connection for now, and says why; ``reason`` is quoted."""

    reason: str


Answer = Acknowledged | Rejected | Strange | Broken | Held


class Protocol:
    """What one connection after another says about ``spool``; ``hello`` is our greeting."""

    def __init__(self, spool: Spool, hello: AgentGreeting | None = None) -> None:
        self._spool = spool
        self._hello = hello
        self._opening = False  # until the first answer, which may be a greeting
        self._sent = spool.acked
        self._asked: deque[Position] = deque()  # each @sync that may still be answered
        self._first = b""
        self._answer = b""
        self._sync_at = 0.0
        self._heard = 0.0
        self._unanswered = False
        self._broken = False
        self._credit = 0
        self._strange = 0
        self._resumes: deque[float] = deque(maxlen=MAX_RESUMES)

    def begin(self, now: float) -> None:
        """A new connection is there."""
        self._answer = b""
        self._heard = now
        self._broken = False
        self._credit, self._strange = SLACK, 0
        self._resumes.clear()
        self._rewind(b"")

    def due(self) -> float:
        """Return the time at which ``send`` has something although no sample comes."""
        return self._sync_at if self._sent > self._synced else float("inf")

    def silence(self, now: float) -> float:
        """Return for how many seconds an answer has been due, 0 while none is."""
        return now - self._heard if self._unanswered else 0.0

    def send(self, now: float) -> bytes:
        """Return what is to be sent next, empty while there is nothing."""
        if self._first:
            text, self._first = self._first, b""
        elif self._opening:
            return b""
        else:
            text, self._sent = self._spool.read(self._sent)
            if self._sent > self._synced and now >= self._sync_at:
                text += self._sync(self._sent)
                self._sync_at = now + SYNC_EVERY
                if not self._unanswered:
                    self._unanswered = True
                    self._heard = now
        self._credit += text.count(b"\n")
        return text

    def receive(self, data: bytes, now: float) -> Iterator[Answer]:
        """Yield what the console's bytes say; the spool has moved on by then."""
        *lines, self._answer = (self._answer + data).split(b"\n")
        if len(self._answer) > MAX_ANSWER:
            self._answer = b""
            yield from self._break("the console sent an endless line")
        for line in lines:
            if self._broken:
                return
            self._credit -= 1
            if self._credit < 0:
                yield from self._break("the console answers more than it was asked")
                return
            yield from self._line(line.decode(errors="replace").rstrip("\r"), now)

    @property
    def _synced(self) -> Position:
        return self._asked[-1] if self._asked else self._spool.acked

    def _sync(self, position: Position) -> bytes:
        self._asked.append(position)
        return f"@sync {position}\n".encode()

    def _rewind(self, first: bytes) -> None:
        """Begin as on a new connection: header first, from the last acknowledged position.

        The ``@sync`` before it is answered at once, so that a connection shows that it lives. A
        greeting comes first where the console has one, and ours goes before all samples.
        """
        self._sent = self._spool.acked
        self._asked.clear()
        self._first = first + self._sync(self._sent)
        self._opening = True
        self._sync_at, self._unanswered = 0.0, True

    def _open(self, greeting: bytes) -> None:
        if self._opening:
            self._opening = False
            self._first += greeting + self._spool.header_at(self._sent)

    def _line(self, line: str, now: float) -> Iterator[Answer]:
        word, _, rest = line.partition(" ")
        if word == "@ok":
            yield from self._acknowledged(rest, now)
        elif word == "@reject":
            yield _rejected(rest)
        elif word == "@console" and self._opening:
            yield from self._greeted(line, rest)
        elif word == "@wait":
            self._heard = now
            yield Held(quote(rest, 200))
        elif word == "@resume" and TOKEN.fullmatch(rest):
            yield from self._resume(rest, now)
        else:
            yield from self._odd(line)

    def _acknowledged(self, token: str, now: float) -> Iterator[Answer]:
        try:
            position = Position.parse(token)
        except ValueError:
            position = None
        if position not in self._asked:  # only what was asked for is a place between two lines
            yield from self._odd(f"@ok {token}")
            return
        while self._asked[0] != position:  # one may stand for all earlier ones
            self._asked.popleft()
        if len(self._asked) > 1:
            self._asked.popleft()
            self._unanswered = True
        else:
            self._unanswered = False
        self._open(b"")
        moved = position > self._spool.acked
        self._spool.ack(position)
        self._heard = now
        yield Acknowledged(moved)

    def _greeted(self, line: str, rest: str) -> Iterator[Answer]:
        try:
            console = ConsoleGreeting.parse(rest)
        except GreetingError:
            yield from self._odd(line)
            return
        takes_ours = self._hello is not None and AGENT in console.capabilities
        self._open(f"{self._hello.line}\n".encode() if self._hello and takes_ours else b"")

    def _resume(self, nonce: str, now: float) -> Iterator[Answer]:
        if len(self._resumes) == MAX_RESUMES and now - self._resumes[0] < RESUMES_WITHIN:
            yield from self._break("the console starts again and again")
            return
        self._resumes.append(now)
        # The empty line ends whatever was cut; all before the echo is ignored there.
        self._rewind(f"\n@resume {nonce}\n".encode())
        self._heard = now

    def _odd(self, line: str) -> Iterator[Answer]:
        self._strange += 1
        if self._strange > MAX_STRANGE:
            yield from self._break(f"the console sends what is no answer: {quote(line)}")
        else:
            yield Strange(quote(line))

    def _break(self, reason: str) -> Iterator[Answer]:
        self._broken = True
        yield Broken(reason)


def _rejected(rest: str) -> Rejected:
    line, _, reason = rest.partition(" ")
    words = reason.split()
    many = len(words) == 3 and (words[0], words[2]) == ("and", "more")
    count = int(words[1]) if many and words[1].isascii() and words[1].isdigit() else 1
    return Rejected(line, reason, min(count, 10**9))
