"""The greeting both ways (lumenmon-wire(7)): the console's first answer, then the agent's line.

``@console VERSION CAPABILITY...`` stands before a connection's first ``@ok``, so a client without
``@sync`` never sees it. Only to a console that greets and names ``agent`` the agent answers
``@agent VERSION BOOT-ID``. What comes from the other end is a stranger's text: bounded, and of few
characters.
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID, uuid5

AGENT = "agent"
"""The capability of a console that takes ``@agent``."""
MAX_CAPABILITIES = 32
_VERSION = re.compile(r"[0-9A-Za-z.+~:-]{1,64}", re.ASCII)
_CAPABILITY = re.compile(r"[a-z0-9-]{1,32}", re.ASCII)
_BOOT = re.compile(r"[0-9a-f-]{8,64}", re.ASCII)
_FIRST_NAMESPACE = "pid:[4026531836]"
"""The host's own namespace of processes, PROC_PID_INIT_INO of the kernel."""


class GreetingError(ValueError):
    """A greeting that is none."""


@dataclass(frozen=True, slots=True)
class ConsoleGreeting:
    """What a console is: its version, and what it understands beyond 1.0.0."""

    version: str
    capabilities: tuple[str, ...] = ()

    @property
    def line(self) -> str:
        """The line, without its LF."""
        return " ".join(("@console", self.version, *self.capabilities))

    @classmethod
    def parse(cls, rest: str) -> ConsoleGreeting:
        """Read what follows ``@console``; raises GreetingError."""
        version, *words = rest.split(" ")
        if (
            not _VERSION.fullmatch(version)
            or len(words) > MAX_CAPABILITIES
            or not all(map(_CAPABILITY.fullmatch, words))
        ):
            raise GreetingError("not VERSION and CAPABILITIES")
        return cls(version, tuple(words))


@dataclass(frozen=True, slots=True)
class AgentGreeting:
    """What an agent is: its version, and the boot of its machine, which tells copies apart."""

    version: str
    boot: str

    @property
    def line(self) -> str:
        """The line, without its LF."""
        return f"@agent {self.version} {self.boot}"

    @classmethod
    def parse(cls, rest: str) -> AgentGreeting:
        """Read what follows ``@agent``; raises GreetingError."""
        version, _, boot = rest.partition(" ")
        if not _VERSION.fullmatch(version) or not _BOOT.fullmatch(boot):
            raise GreetingError("not VERSION and BOOT-ID")
        return cls(version, boot)


def boot_id(proc: Path = Path("/proc")) -> str:
    """Return the id of this machine's boot; a container, which shares the kernel's, has its own.

    Raises OSError or ValueError when the kernel does not tell.
    """
    kernel = UUID((proc / "sys/kernel/random/boot_id").read_text().strip())
    namespace = os.readlink(proc / "self/ns/pid")  # noqa: PTH115
    return str(kernel if namespace == _FIRST_NAMESPACE else uuid5(kernel, namespace))
