"""Whether a running sshd obeys our rules: sshd itself is asked, for its files may be newer.

An sshd that has not read them would let an invite's password open forwards, and refuse keys.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from lumenmon import run
from lumenmon.errors import LumenmonError
from lumenmon.keys import PublicKey
from lumenmon.term import printable
from lumenmond.host import sshd

RELOAD = "sudo systemctl reload ssh"
OPEN = "so an invite may open TCP forwards there"
"""What comes of rules that are not in force on a port of the administrator's sshd."""
TIMEOUT = 15.0
"""Seconds that sshd may take to answer which ways of login it has."""
OFFERS = {sshd.AGENT: frozenset({"publickey"}), sshd.INVITE: frozenset({"password"})}
"""What an sshd that has read our rules offers these users, and no other does."""
_OPTIONS = (
    "BatchMode=yes", "ConnectTimeout=5", "ControlPath=none", "GlobalKnownHostsFile=/dev/null",
    "LogLevel=ERROR", "PreferredAuthentications=none", "StrictHostKeyChecking=no",
    "UserKnownHostsFile=/dev/null",
)  # fmt: skip
_DENIED = re.compile(r"Permission denied \(([a-z,-]*)\)\.\s*$")
_LISTENING = re.compile(r"(?:Listen=)?(\[[0-9a-fA-F:.%\w]+\]|[0-9.]+|\*)?:?(\d+)(?: \(Stream\))?")
_LOOPBACK = {"0.0.0.0": "127.0.0.1", "*": "127.0.0.1", "": "127.0.0.1", "::": "::1"}  # noqa: S104


@dataclass(frozen=True)
class Place:
    """An address and a port where sshd listens."""

    address: str
    port: int


def places(listening: Iterable[str]) -> list[Place]:
    """Return where to reach each port of ``ADDRESS:PORT`` lines from this host, once each."""
    found: dict[int, Place] = {}
    for line in listening:
        if match := _LISTENING.fullmatch(line.strip()):
            address = (match[1] or "").strip("[]")
            place = Place(_LOOPBACK.get(address, address), int(match[2]))
            # The loopback's IPv4 address wins, for IPv6 may be off.
            if place.port not in found or place.address == "127.0.0.1":
                found[place.port] = place
    return list(found.values())


def of_ours() -> list[Place]:
    """Return where our own sshd can be reached: one port unless an administrator added some."""
    argv = ["systemctl", "show", "--property=Listen", "--", "lumenmon-ssh.socket"]
    return places(run.run(argv, check=False).stdout.splitlines())


def of_the_system() -> list[Place]:
    """Return where the administrator's sshd listens: its own ports, or its socket's."""
    socket = ["systemctl", "show", "--property=ActiveState,Listen", "--", "ssh.socket"]
    lines = run.run(socket, check=False).stdout.splitlines()
    if "ActiveState=active" in lines:
        return places(lines)
    return places(sshd.effective("root").all("listenaddress"))


def offered(user: str, place: Place) -> frozenset[str] | None:
    """Return the ways of login that sshd offers a user; None when nothing listens there.

    Raises LumenmonError when the server does not answer that: it may refuse us for a while.
    """
    answer = _ask(user, place, _OPTIONS)
    if found := _DENIED.search(answer):
        return frozenset(found[1].split(","))
    if "Connection refused" in answer:
        return None
    said = printable((answer.strip() or "nothing").splitlines()[-1])
    raise LumenmonError(
        f"port {place.port}: cannot learn which logins the server offers: {said}",
        "try again in a minute",
    )


def shows(key: PublicKey, place: Place) -> bool:
    """Return whether the running sshd has a host key; it keeps what it has read at its start."""
    line = f"[{place.address}]:{place.port} {key.line}"
    options = [
        "HostKeyAlgorithms=ssh-ed25519", "StrictHostKeyChecking=yes",
        f"KnownHostsCommand=/bin/echo {line}", *_OPTIONS,
    ]  # fmt: skip
    return "Host key verification failed" not in _ask(sshd.AGENT, place, options)


def _ask(user: str, place: Place, options: Iterable[str]) -> str:
    words = [word for option in options for word in ("-o", option)]
    argv = ["ssh", "-F", "none", *words, "-p", str(place.port), "-l", user, "--", place.address]
    return run.run([*argv, "true"], timeout=TIMEOUT, check=False).stderr


def holds(place: Place) -> bool | None:
    """Return whether the sshd at a place has read our rules; None when nothing listens there."""
    for user, wanted in OFFERS.items():
        ways = offered(user, place)
        if ways is None:
            return None
        if ways != wanted:
            return False
    return True


def unread() -> list[Place]:
    """Return the places of the administrator's sshd where our rules are not in force yet."""
    return [place for place in of_the_system() if holds(place) is False]


def not_read(place: Place) -> str:
    """Return what it means that the sshd at a place has not read our rules."""
    return f"port {place.port}: sshd has not read the rules for agents and invites yet, {OPEN}"


def holds_on(port: int) -> bool | None:
    """Return whether the sshd on a port of this host has read our rules, as `holds` does."""
    known = [place for place in of_the_system() if place.port == port]
    return holds(known[0] if known else Place("127.0.0.1", port))
