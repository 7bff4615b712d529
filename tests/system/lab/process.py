"""Start, find and end processes: the lab's only door to other programs on this machine."""

from __future__ import annotations

import os
import shlex
import signal
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from .errors import LabError

TAIL = 4000
"""Characters of a failed command's output that its error shows."""

NAMESPACE = str(Path(__file__).with_name("namespace.sh"))


@dataclass(frozen=True)
class Result:
    """What a finished command printed and returned."""

    stdout: str
    stderr: str
    returncode: int

    @property
    def ok(self) -> bool:
        """Whether the command returned 0."""
        return self.returncode == 0


@dataclass(frozen=True)
class Process:
    """A process of this machine, told from a later one with the same pid by its start time."""

    pid: int
    start: int
    """Clock ticks after boot, as in /proc/PID/stat."""

    @classmethod
    def of(cls, pid: int) -> Process | None:
        """The process that has this pid now, if any."""
        fields = _stat(pid)
        return cls(pid, int(fields[19])) if fields else None

    @property
    def alive(self) -> bool:
        """Whether it still runs; a zombie does not."""
        fields = _stat(self.pid)
        return fields is not None and int(fields[19]) == self.start and fields[0] != "Z"

    def signal(self, number: int) -> None:
        """Send a signal, unless the process is gone."""
        if self.alive:
            with suppress(ProcessLookupError):
                os.kill(self.pid, number)

    def gone(self, timeout: float) -> bool:
        """Wait for its end up to `timeout` seconds and say whether it came."""
        end = time.monotonic() + timeout
        while self.alive:
            if time.monotonic() > end:
                return False
            time.sleep(0.02)
        with suppress(ChildProcessError):
            os.waitpid(self.pid, os.WNOHANG)
        return True

    def children(self) -> Iterator[Process]:
        """Its direct children."""
        for entry in Path("/proc").iterdir():
            if entry.name.isdigit():
                fields = _stat(int(entry.name))
                if fields and int(fields[1]) == self.pid:
                    yield Process(int(entry.name), int(fields[19]))


def me() -> Process:
    """This very process."""
    process = Process.of(os.getpid())
    assert process is not None
    return process


def execute(
    command: Sequence[str],
    *,
    check: bool = True,
    input: str | None = None,
    timeout: float = 180,
    env: Mapping[str, str] | None = None,
    label: str = "",
) -> Result:
    """Run a command to its end, killing it and all it started after `timeout` seconds.

    Raises LabError on a timeout and, with `check`, on a status other than 0; the error shows
    `label`, or the command, and the end of the output.
    """
    shown = label or shlex.join(command)
    with subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL if input is None else subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        encoding="utf-8",
        errors="replace",
        env=env,
        start_new_session=True,
    ) as child:
        try:
            stdout, stderr = child.communicate(input, timeout)
        except subprocess.TimeoutExpired:
            os.killpg(child.pid, signal.SIGKILL)
            stdout, stderr = child.communicate()
            raise LabError(
                f"no end within {timeout} s: {shown}\n{stdout[-TAIL:]}{stderr[-TAIL:]}"
            ) from None
        except BaseException:
            os.killpg(child.pid, signal.SIGKILL)
            raise
    result = Result(stdout, stderr, child.returncode)
    if check and not result.ok:
        raise LabError(f"status {result.returncode}: {shown}\n{stdout[-TAIL:]}{stderr[-TAIL:]}")
    return result


def spawn(command: Sequence[str], log: Path, *, pass_fds: Sequence[int] = ()) -> Process:
    """Start a command that outlives this call, its output appended to `log`."""
    with log.open("ab") as output:
        child = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            pass_fds=pass_fds,
            start_new_session=True,
        )
    # The lab waits by pid and start time, since another process may be the one that ends it.
    child.returncode = 0
    process = Process.of(child.pid)
    if process is None:
        raise LabError(f"ended at once: {shlex.join(command)}\n{log.read_text()[-TAIL:]}")
    return process


def namespaced(*arguments: str, script: str | None = None, timeout: float = 180) -> Result:
    """Run a verb of namespace.sh in a mount namespace of its own."""
    return execute(in_namespace(*arguments), input=script, timeout=timeout, label=arguments[0])


def in_namespace(*arguments: str) -> list[str]:
    """The command line of a verb of namespace.sh in a mount namespace of its own."""
    return ["unshare", "--mount", "--propagation", "unchanged", NAMESPACE, *arguments]


def _stat(pid: int) -> list[str] | None:
    """The fields of /proc/PID/stat from the state on, or None without such a process."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return None
    return text.rpartition(")")[2].split()
