"""Who this agent is and where its console is: the files in the agent's state directory."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path

from lumenmon import paths
from lumenmon.errors import LumenmonError
from lumenmon.files import read_small
from lumenmon.invite import LinkError, check_host
from lumenmon.keys import AGENT_ID

MAX_FILE = 64 * 1024
"""Bytes of any file of the identity."""
_REGISTER = "register again: sudo lumenmonctl register --force LINK"


class IdentityError(LumenmonError):
    """A file of the agent's identity is missing or damaged."""


@dataclass(frozen=True)
class Console:
    """Where the console is, and the Linux user that this agent is there."""

    host: str
    port: int
    user: str

    @property
    def address(self) -> str:
        """Host and port, as people read them."""
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"

    def encode(self) -> str:
        """Return the text of console.json."""
        return json.dumps(asdict(self)) + "\n"

    @classmethod
    def decode(cls, text: str) -> Console:
        """Read the text of console.json; raises ValueError for anything else."""
        value = json.loads(text)
        if not isinstance(value, dict) or set(value) != {"host", "port", "user"}:
            raise ValueError("it must have host, port and user")
        host, port, user = value["host"], value["port"], value["user"]
        if not isinstance(port, int) or not 0 < port < 65536:
            raise ValueError("port must be a number from 1 to 65535")
        if not isinstance(user, str) or not AGENT_ID.fullmatch(user):
            raise ValueError("user must be the id of an agent")
        try:
            return cls(check_host(str(host)), port, user)
        except LinkError as error:
            raise ValueError(error.message) from None


@dataclass(frozen=True)
class Files:
    """The files of an agent's state directory and of its runtime directory."""

    state: Path = paths.AGENT_STATE
    run: Path = paths.AGENT_RUN

    @property
    def key(self) -> Path:
        """The private key, made by ssh-keygen."""
        return self.state / "id_ed25519"

    @property
    def public_key(self) -> Path:
        """The public key, one line."""
        return self.state / "id_ed25519.pub"

    @property
    def known_hosts(self) -> Path:
        """The console's host key, pinned."""
        return self.state / "known_hosts"

    @property
    def console(self) -> Path:
        """Where the console is; its presence is what makes the agent registered."""
        return self.state / "console.json"

    @property
    def spool(self) -> Path:
        """The directory of the spool."""
        return self.state / "spool"

    @property
    def spare(self) -> Path:
        """The spool's directory in memory, for when the disk is full."""
        return self.run / "spool"

    @property
    def status(self) -> Path:
        """What the daemon says of itself, for lumenmonctl."""
        return self.run / "status.json"

    @property
    def control(self) -> Path:
        """The control socket of the uplink's ssh."""
        return self.run / "ssh.sock"

    @property
    def ssh_log(self) -> Path:
        """What the uplink's ssh itself has to say, apart from what the console sends."""
        return self.run / "ssh.log"

    @property
    def submit(self) -> Path:
        """The socket that takes samples of other programs."""
        return self.run / "submit.sock"

    def load_console(self) -> Console | None:
        """Return the console, None while unregistered; raises IdentityError when damaged."""
        text = self.read_console()
        return None if text is None else self.decode_console(text)

    def read_console(self) -> str | None:
        """Return the text of console.json, None while unregistered; raises IdentityError."""
        try:
            return read_small(self.console, MAX_FILE)
        except FileNotFoundError:
            return None
        except LumenmonError as error:
            raise IdentityError(error.message, _REGISTER) from None

    def decode_console(self, text: str) -> Console:
        """Read the text of console.json; raises IdentityError when it is damaged."""
        try:
            return Console.decode(text)
        except (ValueError, TypeError, RecursionError) as error:
            raise IdentityError(f"{self.console} is damaged: {error}", _REGISTER) from None

    def read_known_hosts(self) -> str:
        """Return the line that pins the console's host key, empty when there is none."""
        try:
            return read_small(self.known_hosts, MAX_FILE)
        except (OSError, LumenmonError):
            return ""

    def read_public_key(self) -> str:
        """Return the line of the agent's public key; raises IdentityError."""
        try:
            return read_small(self.public_key, MAX_FILE)
        except OSError as error:
            raise IdentityError(f"{self.public_key}: {error.strerror}") from None
