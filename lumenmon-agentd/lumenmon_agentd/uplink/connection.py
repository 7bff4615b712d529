"""One persistent connection to the console, made again whenever it ends.

Driven by the daemon's loop: ``tick`` gets the time, the pipes are read and written when the
selector says so; nothing here waits.
"""

from __future__ import annotations

import logging
import selectors
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path

from lumenmon import journal, run
from lumenmon.greeting import AgentGreeting
from lumenmon.wire import quote
from lumenmon_agentd.spool import Spool
from lumenmon_agentd.uplink import ssh
from lumenmon_agentd.uplink.backoff import Backoff
from lumenmon_agentd.uplink.child import Child
from lumenmon_agentd.uplink.probe import Health, Probe
from lumenmon_agentd.uplink.protocol import (
    PATIENCE,
    Acknowledged,
    Answer,
    Broken,
    Held,
    Protocol,
    Rejected,
    Strange,
)

QUIET = 10.0
"""Seconds without an answer from which ssh itself is asked whether it lives."""
LATE = 30.0
"""Seconds without an answer from which a console that ssh has logged in to is said to give none."""
LOGIN = 30.0
"""Seconds that ssh may take to log in."""
MAX_NOISE = 64 * 1024
"""Bytes that a console may send to standard error, or make ssh log, on one connection."""
LOGGED = 20
"""Rejects that the journal gets in a minute; all of them are counted."""


class Uplink:
    """One persistent connection, made again whenever it ends.

    ``connected_since`` (seconds since 1970) is set by a connection's first acknowledgement;
    ``error`` is what ended the last one. ``changed`` is called when one of them is new.
    ``unanswered_since`` (seconds since 1970) is when a console that ssh has logged in to began to
    owe an answer, None while it answers or is away; it goes on over connections that it ended.
    ``held`` is why the console takes nothing of us although we are connected, empty while it does.
    ``rejected`` and ``strange`` count lines that the console does not store, and lines of the
    console that are no answer; ``rejected_at`` and ``strange_at`` (seconds since 1970) are when the
    last of them came.
    """

    def __init__(
        self,
        spool: Spool,
        argv: Sequence[str],
        selector: selectors.BaseSelector,
        control: Path | None = None,
        log: Path | None = None,
        changed: Callable[[], None] = lambda: None,
        backoff: Backoff | None = None,
        hello: AgentGreeting | None = None,
    ) -> None:
        self._protocol = Protocol(spool, hello)
        self._argv = argv
        self._selector = selector
        self._control = control
        self._log = log
        self._probe = Probe(control, selector) if control else None
        self._changed = changed
        self._backoff = backoff or Backoff()
        self._child: Child | None = None
        self._why: ssh.UplinkError | None = None
        self._start_at = 0.0
        self._served_from = 0.0
        self._out = b""
        self._minute = (0.0, 0)
        self._has_strange = False
        self.connected_since: float | None = None
        self.last_ack: float | None = None
        self.unanswered_since: float | None = None
        self.error: ssh.UplinkError | None = None
        self.held = ""
        self.rejected = 0
        self.rejected_at: float | None = None
        self.strange = 0
        self.strange_at: float | None = None

    def next(self) -> float:
        """Return the monotonic time at which ``tick`` has something to do."""
        if self._child is None:
            return self._start_at
        # While something waits to be written, or all is over, a descriptor wakes the loop.
        if self._out or self._child.ending:
            return self._child.kill_at
        return self._protocol.due()

    def tick(self, now: float) -> None:
        """Start ssh when it is due, and send what is there."""
        if self._child is None:
            if now >= self._start_at:
                self._start(now)
        elif self._child.ending:
            if now >= self._child.kill_at:
                self._child.kill(now)
        elif why := self._wrong(now):
            self._end(why)
        else:
            self._fill(now)

    def stop(self) -> None:
        """End the connection; what is not acknowledged stays in the spool."""
        if self._probe:
            self._probe.close()
        if self._child is not None:
            self._child.stop()
            self._child = None

    def _start(self, now: float) -> None:
        for path in (self._control, self._log):
            if path:
                with suppress(OSError):  # of a killed ssh: the next one would not take it over
                    path.unlink(missing_ok=True)
        self._why, self._has_strange, self._out = None, False, b""
        self._served_from = now
        try:
            self._child = Child(
                self._argv, self._selector, self._receive,
                lambda: self._fill(time.monotonic()), self._gone,
            )  # fmt: skip
        except run.CommandError as error:
            self._failed(ssh.UplinkError(error.message), now)
            return
        self._protocol.begin(now)
        self._fill(now)

    def _wrong(self, now: float) -> ssh.UplinkError | None:
        """Return why this connection is to end, None while it may go on."""
        assert self._child
        if max(self._child.stderr_bytes, self._log_bytes()) > MAX_NOISE:
            return ssh.Misbehaving("the console sends nothing but noise")
        silence = self._protocol.silence(now)
        if silence > PATIENCE:
            return ssh.Unanswered(f"no acknowledgement for {PATIENCE:.0f} s")
        if self._probe is None:
            return None
        if silence < QUIET:
            self._probe.close()
            return None
        health = self._probe.ask(now)
        if health is Health.HUNG:
            return ssh.Hung("ssh hangs: ended")
        if health is Health.ABSENT and now - self._served_from > LOGIN:
            return ssh.Unreachable(f"the console cannot be reached: no login within {LOGIN:.0f} s")
        if health is Health.ALIVE and silence > LATE and self.unanswered_since is None:
            self.unanswered_since = time.time() - silence
        return None

    def _log_bytes(self) -> int:
        try:
            return self._log.stat().st_size if self._log else 0
        except OSError:
            return 0

    def _fill(self, now: float) -> None:
        """Hand ssh what fits, with a ``@sync`` whenever one is due."""
        while self._child is not None and not self._child.ending:
            self._out = self._out or self._protocol.send(now)
            if not self._out:
                break
            rest = self._child.write(self._out)
            if rest is None:
                break
            self._out = rest
        if self._child is not None:
            self._child.watch_stdin(wanted=bool(self._out) and not self._child.ending)

    def _end(self, why: ssh.UplinkError) -> None:
        self._why = why
        if self._child is not None:
            self._child.end()

    def _receive(self, data: bytes) -> None:
        if self._why is not None:
            return
        now = time.monotonic()
        for answer in self._protocol.receive(data, now):
            self._take(answer, now)
        self._fill(now)

    def _take(self, answer: Answer, now: float) -> None:
        match answer:
            case Acknowledged(moved):
                self._acknowledged(now, moved=moved)
            case Rejected(line, reason, count):
                self.rejected += count
                self.rejected_at = time.time()
                self._report(line, reason, now)
            case Strange(text):
                self.strange += 1
                self.strange_at = time.time()
                if not self._has_strange:
                    self._has_strange = True
                    words = "the console sent %s, which is no answer; more are only counted"
                    journal.event(logging.WARNING, "answer-ignored", words, text)
            case Held(reason):
                if not self.held:
                    words = "the console takes nothing of this host for now: %s"
                    journal.event(logging.WARNING, "uplink-held", words, reason)
                self.held = reason
                self.unanswered_since = None
            case Broken(reason):
                self._end(ssh.Misbehaving(reason))

    def _acknowledged(self, now: float, *, moved: bool) -> None:
        news = self.connected_since is None
        self.unanswered_since = None
        if moved:
            self.held = ""
            news = news or self.last_ack is None
            self.last_ack = time.time()
        if self.connected_since is None:
            self._served_from = now
            self.connected_since = time.time()
            self.error = None
            journal.event(logging.INFO, "uplink-connected", "connected")
        if news:
            self._changed()

    def _report(self, line: str, reason: str, now: float) -> None:
        since, count = self._minute
        since, count = (since, count + 1) if now - since < 60 else (now, 1)
        self._minute = (since, count)
        if count <= LOGGED:
            more = "; more of this minute are only counted" if count == LOGGED else ""
            journal.event(
                logging.WARNING, "sample-rejected", "the console rejected line %s: %s%s",
                quote(line), quote(reason, 300), more,
            )  # fmt: skip

    def _gone(self, status: int) -> None:
        assert self._child
        said = self._child.stderr.decode(errors="replace")
        self._child = None
        self._out = b""
        self._failed(self._why or ssh.explain(self._read_log(), said, status), time.monotonic())

    def _read_log(self) -> str:
        try:
            with self._log.open("rb") as file:  # type: ignore[union-attr]
                return file.read(MAX_NOISE).decode(errors="replace")
        except (OSError, AttributeError):
            return ""

    def _failed(self, error: ssh.UplinkError, now: float) -> None:
        if self._probe:
            self._probe.close()
        held = now - self._served_from if self.connected_since else 0.0
        long = isinstance(error, ssh.Refused | ssh.HostKeyRefused | ssh.Misbehaving)
        self._start_at = now + self._backoff.pause(held=held, long=long)
        if self.error is None or error.message != self.error.message or self.connected_since:
            journal.event(logging.WARNING, "uplink-lost", "%s, retrying", error.message)
        self.error = error
        if not isinstance(error, ssh.Unanswered):
            self.unanswered_since = None
        self.connected_since = None
        self._changed()
