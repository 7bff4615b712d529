"""The ssh process: started, fed and read through pipes that never make the loop wait."""

from __future__ import annotations

import os
import selectors
import time
from collections.abc import Callable, Sequence
from contextlib import suppress

from lumenmon import run
from lumenmon_agentd.uplink.pipes import fd, read

LINGER = 2.0
"""Seconds that ssh may take to end once its output has ended."""
MAX_STDERR = 16 * 1024
"""Bytes of the console's standard error that are kept, the last ones."""


class Child:
    """One ssh. ``answers`` gets what it prints, ``writable`` is called when it takes more,
    ``gone`` with its exit status once it ended and all is read.
    """

    def __init__(
        self,
        argv: Sequence[str],
        selector: selectors.BaseSelector,
        answers: Callable[[bytes], None],
        writable: Callable[[], None],
        gone: Callable[[int], None],
    ) -> None:
        self._selector = selector
        self._answers = answers
        self._writable = writable
        self._gone = gone
        self._writing = False
        self.stderr = b""
        self.stderr_bytes = 0
        self.kill_at = float("inf")
        process = run.spawn(argv, stdin=run.PIPE, stdout=run.PIPE, stderr=run.PIPE)
        self._process = process
        for pipe in (process.stdin, process.stdout, process.stderr):
            os.set_blocking(fd(pipe), False)
        self._pidfd = os.pidfd_open(process.pid)
        selector.register(fd(process.stdout), selectors.EVENT_READ, self._read_answers)
        selector.register(fd(process.stderr), selectors.EVENT_READ, self._read_stderr)
        selector.register(self._pidfd, selectors.EVENT_READ, self._reap)

    @property
    def ending(self) -> bool:
        """Whether nothing more is sent."""
        return self.kill_at < float("inf")

    def write(self, data: bytes) -> bytes | None:
        """Hand over what fits and return the rest; None when nothing does."""
        try:
            return data[os.write(fd(self._process.stdin), data) :]
        except BlockingIOError:
            return None
        except OSError:  # ssh ended; its exit says why
            self.end()
            return None

    def watch_stdin(self, *, wanted: bool) -> None:
        """Call ``writable`` when there is room, or no longer."""
        if wanted == self._writing:
            return
        if wanted:
            self._selector.register(fd(self._process.stdin), selectors.EVENT_WRITE, self._writable)
        else:
            self._selector.unregister(fd(self._process.stdin))
        self._writing = wanted

    def end(self) -> None:
        """Nothing more is to be expected of this ssh: let it go, and read no more."""
        if self.ending:
            return
        for pipe in (self._process.stdout, self._process.stderr):
            with suppress(KeyError):  # it has ended
                self._selector.unregister(fd(pipe))
        self.watch_stdin(wanted=False)
        if self._process.stdin:
            self._process.stdin.close()
        self.kill_at = time.monotonic() + LINGER

    def kill(self, now: float) -> None:
        """End an ssh that does not end."""
        self._process.kill()
        self.kill_at = now + LINGER

    def stop(self) -> None:
        """End it and wait for it."""
        self._process.terminate()
        try:
            self._process.wait(LINGER)
        except Exception:
            self._process.kill()
            self._process.wait()
        self._release()

    def _read_answers(self) -> None:
        data = read(fd(self._process.stdout))
        if data == b"":
            self.end()
        self._answers(data or b"")

    def _read_stderr(self) -> None:
        data = read(fd(self._process.stderr))
        if data == b"":
            self._selector.unregister(fd(self._process.stderr))
        self._hear(data or b"")

    def _hear(self, data: bytes) -> None:
        self.stderr_bytes += len(data)
        self.stderr = (self.stderr + data)[-MAX_STDERR:]

    def _reap(self) -> None:
        # What it said last is still in the pipes.
        while more := read(fd(self._process.stdout)):
            self._answers(more)
        while more := read(fd(self._process.stderr)):
            self._hear(more)
        status = self._process.wait()
        self._release()
        self._gone(status)

    def _release(self) -> None:
        self.watch_stdin(wanted=False)
        for pipe in (self._process.stdout, self._process.stderr, self._process.stdin):
            if pipe is not None and not pipe.closed:
                with suppress(KeyError):
                    self._selector.unregister(pipe.fileno())
                pipe.close()
        self._selector.unregister(self._pidfd)
        os.close(self._pidfd)
