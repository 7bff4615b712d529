"""The uplink: sends the spool through one ssh and moves it on as the console acknowledges.

Driven by the daemon's loop: ``tick`` gets the time, the pipes are read and written when the
selector says so; nothing here waits. What ssh could not bring over is simply sent again from
the last acknowledged position, so nothing is lost, and to send twice changes nothing.
"""

from __future__ import annotations

import logging
import os
import random
import selectors
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path

from lumenmon import journal, run
from lumenmon.wire import quote
from lumenmon_agentd import ssh
from lumenmon_agentd.pipes import fd, read
from lumenmon_agentd.position import Position
from lumenmon_agentd.spool import Spool

SYNC_EVERY = 1.0
"""Seconds between two ``@sync``, as long as something is not acknowledged."""
BACKOFF = (1.0, 60.0)
"""Seconds: the first and the largest wait before the next try."""
PATIENCE = 300.0
"""Seconds without an answer to a ``@sync`` after which the connection is made anew."""
LINGER = 2.0
"""Seconds that ssh may take to end once its output has ended."""
MAX_ANSWER = 64 * 1024
MAX_STDERR = 16 * 1024

log = logging.getLogger(__name__)


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
        pause: Callable[[float], float] = lambda ceiling: random.uniform(0, ceiling),  # noqa: S311
    ) -> None:
        self._spool = spool
        self._argv = argv
        self._selector = selector
        self._control = control
        self._changed = changed
        self._pause = pause
        self._process: run.Process[bytes] | None = None
        self._pidfd = -1
        self._failures = 0
        self._start_at = 0.0
        self._kill_at = float("inf")
        self._out = b""
        self._answer = b""
        self._stderr = b""
        self._sent = self._synced = spool.acked
        self._sync_at = 0.0
        self._heard = 0.0
        self._unanswered = False
        self._writing = False
        self.connected_since: float | None = None
        self.last_ack: float | None = None
        self.error: ssh.UplinkError | None = None
        self.rejected = 0

    def next(self) -> float:
        """Return the monotonic time at which ``tick`` has something to do."""
        if self._process is None:
            return self._start_at
        # While something waits to be written, or all is over, a descriptor wakes the loop.
        due = self._sent > self._synced and not self._out and self._kill_at == float("inf")
        return self._sync_at if due else self._kill_at

    def tick(self, now: float) -> None:
        """Start ssh when it is due, and send what is there."""
        if self._process is None:
            if now >= self._start_at:
                self._start(now)
        elif now >= self._kill_at:
            self._process.kill()
            self._kill_at = now + LINGER
        elif self._unanswered and now - self._heard > PATIENCE:
            self._stderr += f"no acknowledgement for {PATIENCE:.0f} s\n".encode()
            self._end()
        else:
            self._fill(now)

    def stop(self) -> None:
        """End the connection; what is not acknowledged stays in the spool."""
        if self._process is None:
            return
        self._process.terminate()
        try:
            self._process.wait(LINGER)
        except Exception:
            self._process.kill()
            self._process.wait()
        self._release()

    def _start(self, now: float) -> None:
        if self._control:
            with suppress(OSError):  # of a killed ssh: the next one would not take it over
                self._control.unlink(missing_ok=True)
        try:
            process = run.spawn(self._argv, stdin=run.PIPE, stdout=run.PIPE, stderr=run.PIPE)
        except run.CommandError as error:
            self._failed(ssh.UplinkError(error.message), now)
            return
        self._process = process
        self._stderr = self._answer = b""
        self._kill_at, self._heard = float("inf"), now
        for pipe in (process.stdin, process.stdout, process.stderr):
            os.set_blocking(fd(pipe), False)
        self._pidfd = os.pidfd_open(process.pid)
        self._selector.register(fd(process.stdout), selectors.EVENT_READ, self._read_answers)
        self._selector.register(fd(process.stderr), selectors.EVENT_READ, self._read_stderr)
        self._selector.register(self._pidfd, selectors.EVENT_READ, self._reap)
        self._rewind(b"")
        self._fill(now)

    def _rewind(self, first: bytes) -> None:
        """Begin as on a new connection: header first, from the last acknowledged position.

        The ``@sync`` before it is answered at once, so that a connection shows that it lives.
        """
        self._sent = self._synced = self._spool.acked
        self._out = first + f"@sync {self._sent}\n".encode() + self._spool.header_at(self._sent)
        self._sync_at, self._unanswered = 0.0, True

    def _fill(self, now: float) -> None:
        """Hand ssh what fits, with a ``@sync`` whenever one is due."""
        while self._process is not None and self._kill_at == float("inf"):
            if not self._out:
                self._out, self._sent = self._spool.read(self._sent)
                unsynced = self._sent > self._synced
                if unsynced and now >= self._sync_at:
                    self._out += f"@sync {self._sent}\n".encode()
                    self._synced, self._sync_at = self._sent, now + SYNC_EVERY
                    if not self._unanswered:
                        self._unanswered = True
                        self._heard = now
            if not self._out or not self._write():
                break
        self._watch_stdin(wanted=bool(self._out) and self._kill_at == float("inf"))

    def _write(self) -> bool:
        assert self._process
        try:
            self._out = self._out[os.write(fd(self._process.stdin), self._out) :]
        except BlockingIOError:
            return False
        except OSError:  # ssh ended; its exit says why
            self._out = b""
            return False
        return True

    def _watch_stdin(self, *, wanted: bool) -> None:
        if self._process is None or wanted == self._writing:
            return
        if wanted:
            writable = lambda: self._fill(time.monotonic())  # noqa: E731
            self._selector.register(fd(self._process.stdin), selectors.EVENT_WRITE, writable)
        else:
            self._selector.unregister(fd(self._process.stdin))
        self._writing = wanted

    def _read_answers(self) -> None:
        assert self._process
        data = read(fd(self._process.stdout))
        if data == b"":
            self._end()
        self._consume(data or b"")

    def _consume(self, data: bytes) -> None:
        *lines, self._answer = (self._answer + data).split(b"\n")
        if len(self._answer) > MAX_ANSWER:
            self._answer = b""
            self._stderr += b"the console sent an endless line\n"
            self._end()
        for line in lines:
            self._handle(line.decode(errors="replace").rstrip("\r"))

    def _handle(self, line: str) -> None:
        word, _, rest = line.partition(" ")
        if word == "@ok":
            self._acknowledged(rest)
        elif word == "@reject":
            self._reject(rest)
        elif word == "@resume":
            # The empty line ends whatever was cut; all before the echo is ignored there.
            self._rewind(f"\n@resume {rest}\n".encode())
            self._heard = time.monotonic()
            self._fill(self._heard)
        else:
            log.warning("the console said %s, ignoring", quote(line))

    def _acknowledged(self, token: str) -> None:
        try:
            position = Position.parse(token)
        except ValueError:
            log.warning("the console acknowledged %s, ignoring", quote(token))
            return
        if position > self._synced:
            log.warning("the console acknowledged what was not sent: %s, ignoring", quote(token))
            return
        news = self.connected_since is None
        if position > self._spool.acked:
            news = news or self.last_ack is None
            self.last_ack = time.time()
        self._spool.ack(position)
        self._heard = time.monotonic()
        self._unanswered = position < self._synced
        self._failures = 0
        if self.connected_since is None:
            self.connected_since = time.time()
            self.error = None
            journal.event(logging.INFO, "uplink-connected", "connected")
        if news:
            self._changed()

    def _reject(self, rest: str) -> None:
        """A reject is final: the next ``@ok`` covers the line, it is not sent again."""
        number, _, reason = rest.partition(" ")
        words = reason.split()
        many = len(words) == 3 and (words[0], words[2]) == ("and", "more") and words[1].isdigit()
        self.rejected += int(words[1]) if many else 1
        journal.event(
            logging.WARNING, "sample-rejected", "the console rejected line %s: %s",
            quote(number), quote(reason, 300),
        )  # fmt: skip
        self._changed()

    def _read_stderr(self) -> None:
        assert self._process
        data = read(fd(self._process.stderr))
        if data == b"":
            self._selector.unregister(fd(self._process.stderr))
        self._stderr = (self._stderr + (data or b""))[-MAX_STDERR:]

    def _end(self) -> None:
        """Nothing more is to be expected of this ssh: let it go."""
        assert self._process
        if self._kill_at < float("inf"):
            return
        self._selector.unregister(fd(self._process.stdout))
        self._watch_stdin(wanted=False)
        if self._process.stdin:
            self._process.stdin.close()
        self._kill_at = time.monotonic() + LINGER

    def _reap(self) -> None:
        assert self._process
        # What it said last is still in the pipes.
        while more := read(fd(self._process.stdout)):
            self._consume(more)
        while more := read(fd(self._process.stderr)):
            self._stderr = (self._stderr + more)[-MAX_STDERR:]
        status = self._process.wait()
        self._release()
        self._failed(ssh.explain(self._stderr.decode(errors="replace"), status), time.monotonic())

    def _release(self) -> None:
        assert self._process
        self._watch_stdin(wanted=False)
        for pipe in (self._process.stdout, self._process.stderr, self._process.stdin):
            if pipe is not None and not pipe.closed:
                with suppress(KeyError):
                    self._selector.unregister(pipe.fileno())
                pipe.close()
        self._selector.unregister(self._pidfd)
        os.close(self._pidfd)
        self._process = None
        self._out = b""

    def _failed(self, error: ssh.UplinkError, now: float) -> None:
        first, largest = BACKOFF
        pause = self._pause(min(first * 2**self._failures, largest))
        if isinstance(error, ssh.Refused | ssh.HostKeyChanged):
            pause += largest
        self._failures = min(self._failures + 1, 10)
        self._start_at = now + max(pause, 0.1)
        if self.error is None or error.message != self.error.message or self.connected_since:
            journal.event(logging.WARNING, "uplink-lost", "%s, retrying", error.message)
        self.error = error
        self.connected_since = None
        self._changed()
