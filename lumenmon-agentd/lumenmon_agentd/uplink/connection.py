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
from lumenmon.wire import quote
from lumenmon_agentd.spool import Spool
from lumenmon_agentd.uplink import ssh
from lumenmon_agentd.uplink.backoff import Backoff
from lumenmon_agentd.uplink.child import Child
from lumenmon_agentd.uplink.protocol import PATIENCE, Acknowledged, Broken, Protocol, Rejected


class Uplink:
    """One persistent connection, made again whenever it ends.

    ``connected_since`` (seconds since 1970) is set by a connection's first acknowledgement;
    ``error`` is what ended the last one. ``changed`` is called when one of them is new.
    """

    def __init__(
        self,
        spool: Spool,
        argv: Sequence[str],
        selector: selectors.BaseSelector,
        control: Path | None = None,
        changed: Callable[[], None] = lambda: None,
        backoff: Backoff | None = None,
    ) -> None:
        self._protocol = Protocol(spool)
        self._argv = argv
        self._selector = selector
        self._control = control
        self._changed = changed
        self._backoff = backoff or Backoff()
        self._child: Child | None = None
        self._start_at = 0.0
        self._out = b""
        self.connected_since: float | None = None
        self.last_ack: float | None = None
        self.error: ssh.UplinkError | None = None
        self.rejected = 0

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
        elif now >= self._child.kill_at:
            self._child.kill(now)
        elif self._protocol.silent(now):
            self._child.stderr += f"no acknowledgement for {PATIENCE:.0f} s\n".encode()
            self._child.end()
        else:
            self._fill(now)

    def stop(self) -> None:
        """End the connection; what is not acknowledged stays in the spool."""
        if self._child is not None:
            self._child.stop()
            self._child = None

    def _start(self, now: float) -> None:
        if self._control:
            with suppress(OSError):  # of a killed ssh: the next one would not take it over
                self._control.unlink(missing_ok=True)
        try:
            self._child = Child(
                self._argv, self._selector, self._receive,
                lambda: self._fill(time.monotonic()), self._gone,
            )  # fmt: skip
        except run.CommandError as error:
            self._failed(ssh.UplinkError(error.message), now)
            return
        self._protocol.begin(now)
        self._out = b""
        self._fill(now)

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

    def _receive(self, data: bytes) -> None:
        now = time.monotonic()
        for answer in self._protocol.receive(data, now):
            match answer:
                case Acknowledged(moved):
                    self._acknowledged(moved=moved)
                case Rejected(line, reason, count):
                    self._rejected(line, reason, count)
                case Broken(reason) if self._child:
                    self._child.stderr += f"{reason}\n".encode()
                    self._child.end()
        self._fill(now)

    def _acknowledged(self, *, moved: bool) -> None:
        news = self.connected_since is None
        if moved:
            news = news or self.last_ack is None
            self.last_ack = time.time()
        self._backoff.reset()
        if self.connected_since is None:
            self.connected_since = time.time()
            self.error = None
            journal.event(logging.INFO, "uplink-connected", "connected")
        if news:
            self._changed()

    def _rejected(self, line: str, reason: str, count: int) -> None:
        self.rejected += count
        words = "the console rejected line %s: %s"
        journal.event(logging.WARNING, "sample-rejected", words, quote(line), quote(reason, 300))
        self._changed()

    def _gone(self, status: int) -> None:
        assert self._child
        stderr = self._child.stderr.decode(errors="replace")
        self._child = None
        self._out = b""
        self._failed(ssh.explain(stderr, status), time.monotonic())

    def _failed(self, error: ssh.UplinkError, now: float) -> None:
        refused = isinstance(error, ssh.Refused | ssh.HostKeyChanged)
        self._start_at = now + self._backoff.pause(long=refused)
        if self.error is None or error.message != self.error.message or self.connected_since:
            journal.event(logging.WARNING, "uplink-lost", "%s, retrying", error.message)
        self.error = error
        self.connected_since = None
        self._changed()
