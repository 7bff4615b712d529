"""The one door to other programs: no other module of the packages starts a process."""

from __future__ import annotations

import os
import selectors
import signal
import subprocess
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import IO, NoReturn

from lumenmon.errors import LumenmonError

DEFAULT_TIMEOUT = 10.0
"""Seconds that a program may take unless the caller knows better."""

CLEAN_ENV = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL": "C.UTF-8"}
"""What programs get as their environment, so that no caller's locale or PATH changes them."""

Process = subprocess.Popen
PIPE = subprocess.PIPE
DEVNULL = subprocess.DEVNULL


class CommandError(LumenmonError):
    """A program could not be started, took too long, or said that it failed."""


@dataclass(frozen=True)
class Result:
    """What a program answered: its exit status and both of its outputs, as text."""

    status: int
    stdout: str
    stderr: str


def run(
    argv: Sequence[str],
    *,
    stdin: str = "",
    timeout: float = DEFAULT_TIMEOUT,
    check: bool = True,
    env: Mapping[str, str] | None = None,
) -> Result:
    """Run a program to its end and return what it answered.

    ``stdin`` is the way for secrets: arguments can be read by everyone on the host. Raises
    CommandError when the program is missing, runs longer than ``timeout`` seconds or, unless
    ``check`` is false, ends with a status other than 0.
    """
    try:
        done = subprocess.run(
            argv,
            input=stdin,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=timeout,
            env={**CLEAN_ENV, **(env or {})},
            check=False,
        )
    except FileNotFoundError:
        raise CommandError(f"{argv[0]} is not installed") from None
    except OSError as error:
        raise CommandError(f"{argv[0]} cannot be run: {error.strerror}") from error
    except subprocess.TimeoutExpired:
        raise CommandError(f"{argv[0]} took longer than {timeout:g} s") from None
    if check and done.returncode != 0:
        said = done.stderr.strip() or done.stdout.strip() or f"exit status {done.returncode}"
        raise CommandError(f"{argv[0]}: {said.splitlines()[-1]}")
    return Result(done.returncode, done.stdout, done.stderr)


def run_limited(argv: Sequence[str], *, timeout: float, most: int) -> Result:
    """Run somebody else's program to its end, with no more room and time than it is given.

    Raises CommandError when it cannot be started, runs longer than ``timeout`` seconds or prints
    more than ``most`` bytes; it is then ended with all that it started.
    """
    process = spawn(argv, stdout=PIPE, stderr=PIPE, new_session=True)
    assert process.stdout
    assert process.stderr
    with process.stdout, process.stderr:
        try:
            out, err = _outputs(process, time.monotonic() + timeout, most)
        except (subprocess.TimeoutExpired, OverflowError) as error:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()
            slow = isinstance(error, subprocess.TimeoutExpired)
            what = f"took longer than {timeout:g} s" if slow else f"printed over {most} bytes"
            raise CommandError(f"{argv[0]} {what}") from None
    return Result(process.returncode, out, err)


def _outputs(process: Process[bytes], deadline: float, most: int) -> tuple[str, str]:
    held = {pipe.fileno(): b"" for pipe in (process.stdout, process.stderr) if pipe}
    with selectors.DefaultSelector() as selector:
        for fd in held:
            selector.register(fd, selectors.EVENT_READ)
        while selector.get_map():
            left = deadline - time.monotonic()
            if left <= 0:
                raise subprocess.TimeoutExpired(process.args, 0)
            for key, _ in selector.select(left):
                data = os.read(key.fd, 65536)
                held[key.fd] += data
                if len(held[key.fd]) > most:
                    raise OverflowError
                if not data:
                    selector.unregister(key.fd)
    process.wait(max(deadline - time.monotonic(), 0))
    out, err = (text.decode(errors="replace") for text in held.values())
    return out, err


def spawn(
    argv: Sequence[str],
    *,
    stdin: int | IO[bytes] = DEVNULL,
    stdout: int | IO[bytes] = DEVNULL,
    stderr: int | IO[bytes] = DEVNULL,
    env: Mapping[str, str] | None = None,
    new_session: bool = False,
) -> Process[bytes]:
    """Start a program that goes on while the caller does something else.

    ``new_session`` makes it the leader of a process group of its own, so that the caller can
    end it with all its children. Raises CommandError when it cannot be started.
    """
    try:
        return subprocess.Popen(
            argv,
            stdin=stdin,
            stdout=stdout,
            stderr=stderr,
            env={**CLEAN_ENV, **(env or {})},
            start_new_session=new_session,
        )
    except OSError as error:
        raise CommandError(f"{argv[0]} cannot be run: {error.strerror}") from error


def become(argv: Sequence[str], env: Mapping[str, str] | None = None) -> NoReturn:
    """Become another program, in the caller's terminal and environment; never returns."""
    try:
        os.execvpe(argv[0], list(argv), {**os.environ, **(env or {})})
    except OSError as error:
        raise CommandError(f"{argv[0]} cannot be run: {error.strerror}") from error
