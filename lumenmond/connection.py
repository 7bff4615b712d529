"""One connection of an agent: bytes in, answers out, never waiting."""

from __future__ import annotations

import os
import secrets
import socket
import time
from collections.abc import Callable, Iterator

from lumenmon import __version__
from lumenmon.greeting import AGENT, AgentGreeting, ConsoleGreeting
from lumenmon.wire import MAX_REJECTS, Decoder, Event, Reject, Resume
from lumenmond.relay import Relay

MAX_ANSWERS = 64 * 1024
"""Bytes of answers that may wait for an agent; beyond half of it we stop reading from it."""
MAX_REASONS = 16 * 1024

_GREETING = ConsoleGreeting(__version__, (AGENT,)).line

STORED = 0
REJECTED = 1
NOT_STORED = 75
"""Exit statuses of the gateway; 75 is EX_TEMPFAIL of sysexits.h(3head): send it again."""


class Connection:
    """The descriptors that a gateway handed over, and what is known of their sender.

    ``dirty`` says that samples of it are not durable yet, ``token`` is the newest sync that is
    not answered yet, ``ended`` that its stream is at its end, ``held`` that nothing
    more is to be read of it. ``hello`` is the agent's greeting, ``waiting_since`` the monotonic
    time since when another machine's connection keeps it from being read, ``heard`` when the last
    bytes came, ``received`` how many came, ``announced`` that the journal has told of it.
    """

    def __init__(
        self,
        agent: str,
        address: str,
        gateway: socket.socket,
        fds: tuple[int, int, int],
        relay: Relay,
        now: Callable[[], float],
        resume: bool,
    ) -> None:
        self.agent = agent
        self.address = address
        self.gateway = gateway
        self.input, self.output, self.errors = fds
        self._relay = relay
        self.out = bytearray()
        self.received = 0
        self.token: str | None = None
        self.dirty = False
        self.ended = False
        self.held = False
        self.announced = False
        self.young = True
        self.hello: AgentGreeting | None = None
        self.waiting_since: float | None = None
        self.heard = time.monotonic()
        self._has_greeted = False
        self._feed: Iterator[Event] = iter(())
        self.status = STORED
        self.rejects = 0
        self._unsaid = 0
        self._unsaid_last = 0
        self._reasons: list[str] = []
        nonce = secrets.token_hex(8) if resume else None
        self._decoder = Decoder(now, nonce)
        if nonce:
            self.say(f"@resume {nonce}")

    def say(self, line: str) -> None:
        """Queue one line of answer."""
        self.out += line.encode() + b"\n"

    def read(self) -> Iterator[Event]:
        """Yield what the next bytes say; raises BlockingIOError when there are none yet.

        Where the caller stopped in the midst of it, the next call goes on.
        """
        rest = False
        for event in self._feed:
            rest = True
            yield event
        if rest:
            return
        try:
            data = self._relay.read(self.input)
        except BlockingIOError:
            raise
        except OSError:
            data, self.status = b"", NOT_STORED  # what came before it counts
        self.received += len(data)
        if data:
            self.heard = time.monotonic()
            self._feed = self._decoder.feed(data)
            for event in self._feed:
                yield event
            return
        self.ended = True
        if self._decoder.awaiting is not None:
            self.status = NOT_STORED
        yield from self._decoder.close()

    @property
    def line(self) -> int:
        """The number of the line read last."""
        return self._decoder.line

    def resumed(self, _: Resume) -> None:
        """Start counting anew, as on a new connection."""
        self.rejects = self._unsaid = 0
        self._reasons.clear()
        self._has_greeted = False

    def reject(self, event: Reject) -> None:
        """Answer a line that is not stored; from the hundredth on they are only counted."""
        self.status = REJECTED
        self.rejects += 1
        if self.rejects > MAX_REJECTS:
            self._unsaid += 1
            self._unsaid_last = event.line
            return
        self.say(f"@reject {event.line} {event.reason}")
        self._reason(f"line {event.line}: {event.reason}")

    def _reason(self, text: str) -> None:
        if sum(map(len, self._reasons)) < MAX_REASONS:
            self._reasons.append(text)

    def settle(self) -> None:
        """A sync or the end was read: say how many rejects were not spelled out."""
        if self._unsaid:
            self.say(f"@reject {self._unsaid_last} and {self._unsaid} more")
            self._reason(f"line {self._unsaid_last}: and {self._unsaid} more")
        self.rejects = self._unsaid = 0

    def durable(self) -> None:
        """All that was read is durable: answer the newest sync."""
        self.dirty = False
        if self.token is not None:
            if not self._has_greeted:
                self.say(_GREETING)
                self._has_greeted = True
            self.say(f"@ok {self.token}")
            self.token = None

    def flush(self) -> bool:
        """Write what can be written; says whether all is. Raises OSError when nobody reads."""
        while self.out:
            try:
                del self.out[: self._relay.write(self.output, self.out)]
            except BlockingIOError:
                return False
        return True

    def finish(self) -> None:
        """Say the reasons and the exit status, and close everything."""
        try:
            if self._reasons:
                # sshd may not read: a pipe takes this much at once, or it is lost.
                text = "".join(f"lumenmon: {reason}\n" for reason in self._reasons)
                self._relay.write(self.errors, text.encode())
        except OSError:
            pass
        dismiss(self.gateway, self.status)
        self.close()

    def cut(self) -> None:
        """End it in the middle: what is not acknowledged is to be sent again."""
        dismiss(self.gateway, NOT_STORED)
        self.close()

    def close(self) -> None:
        """Close everything without a word."""
        for fd in {self.input, self.output, self.errors}:
            os.close(fd)
        self.gateway.close()


def dismiss(gateway: socket.socket, status: int) -> None:
    """Tell a gateway its exit status; without one it would hand its session over again."""
    try:
        gateway.send(f"{status}\n".encode(), socket.MSG_DONTWAIT)
    except OSError:
        pass
