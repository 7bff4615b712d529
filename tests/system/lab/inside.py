"""What can be done inside a running host."""

from __future__ import annotations

import shlex
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence

from .errors import LabError
from .process import TAIL, Process, Result, execute

ENVIRONMENT = {
    "HOME": "/root",
    "LANG": "C.UTF-8",
    "LOGNAME": "root",
    "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
    "TERM": "dumb",
    "USER": "root",
}


class Inside(ABC):
    """The part of a host that works through its PID 1's namespaces."""

    @property
    @abstractmethod
    def name(self) -> str:
        """Its host name."""

    @property
    @abstractmethod
    def payload(self) -> str:
        """The root of its cgroup tree, as a path of this machine."""

    @property
    @abstractmethod
    def leader(self) -> Process:
        """Its PID 1, as a process of this machine; LabError when it is powered off."""

    def run(
        self,
        command: str | Sequence[str],
        *,
        check: bool = True,
        input: str | None = None,
        timeout: float = 180,
        user: str | None = None,
        env: Mapping[str, str] | None = None,
    ) -> Result:
        """Run a shell line, or a list of arguments, inside; as `user` and with `env` added.

        Raises LabError after `timeout` seconds and, with `check`, on a status other than 0.
        """
        label = command if isinstance(command, str) else shlex.join(command)
        return execute(
            self.inside(command, user=user, env=env),
            check=check,
            input=input,
            timeout=timeout,
            label=f"{self.name}: {label}",
        )

    def inside(
        self,
        command: str | Sequence[str],
        *,
        user: str | None = None,
        env: Mapping[str, str] | None = None,
    ) -> list[str]:
        """The command line on this machine that runs `command` inside, for a Popen of one's own."""
        inner = ["sh", "-c", command] if isinstance(command, str) else [*command]
        settings = dict(ENVIRONMENT)
        if user is not None:
            settings |= {"HOME": "/", "LOGNAME": user, "USER": user}
            inner = ["runuser", "-u", user, "--", *inner]
        settings |= env or {}
        # A process from outside belongs to the host's cgroups, or the kernel tells its uid and pid
        # rightly but systemd cannot say what it is.
        group = f"{self.payload}/lab"
        enter = f'mkdir -p {group}; echo $$ >{group}/cgroup.procs; exec "$@"'
        return [
            *("sh", "-c", enter, "sh"),
            *("nsenter", f"--target={self.leader.pid}", "--all", "--root", "--wd", "--"),
            *("env", "--ignore-environment", *(f"{name}={settings[name]}" for name in settings)),
            *inner,
        ]

    def write(self, path: str, text: str, mode: int = 0o644, owner: str | None = None) -> None:
        """Write a file, with its directories; `owner` is USER or USER:GROUP."""
        self.run(["install", "-D", f"--mode={mode:o}", "/dev/stdin", path], input=text)
        if owner is not None:
            self.run(["chown", owner, path])

    def read(self, path: str) -> str:
        """The text of a file; LabError if it can't be read."""
        return self.run(["cat", "--", path]).stdout

    def wait(
        self, condition: str | Callable[[], object], timeout: float = 120, interval: float = 0.2
    ) -> None:
        """Wait until a shell line returns 0, or a function something true; else LabError."""
        end = time.monotonic() + timeout
        while True:
            last: object
            if isinstance(condition, str):
                result = self.run(condition, check=False)
                last, done = f"{result.stdout}{result.stderr}"[-TAIL:], result.ok
            else:
                last = condition()
                done = bool(last)
            if done:
                return
            if time.monotonic() > end:
                raise LabError(f"{self.name}: not within {timeout} s: {condition}\n{last}")
            time.sleep(interval)

    def units_failed(self) -> list[str]:
        """The names of the failed units."""
        listing = self.run("systemctl list-units --failed --plain --no-legend").stdout
        return [line.split()[0] for line in listing.splitlines()]

    def journal(self, unit: str) -> str:
        """The messages of a unit in this boot."""
        return self.run(["journalctl", "--boot", "--output=cat", f"--unit={unit}"]).stdout

    def pids(self, unit: str) -> list[int]:
        """The processes of a unit, as numbered inside."""
        shown = self.run(["systemctl", "show", "--property=ControlGroup", "--value", unit]).stdout
        listing = self.run(
            ["sh", "-c", 'find "/sys/fs/cgroup$1" -name cgroup.procs -exec cat {} +', "sh",
             shown.strip() or "/none"], check=False
        )  # fmt: skip
        return [int(pid) for pid in listing.stdout.split()]

    def pss(self, pid: int) -> int:
        """The proportional set size of a process inside, in bytes."""
        for line in self.read(f"/proc/{pid}/smaps_rollup").splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1]) * 1024
        raise LabError(f"{self.name}: process {pid} has no PSS")

    def cpu_seconds(self, pid: int) -> float:
        """The processor time that a process inside has used, its reaped children included."""
        fields = self.read(f"/proc/{pid}/stat").rpartition(")")[2].split()
        return sum(map(int, fields[11:15])) / 100
