"""What the live socket says of the agents, and finding one of them by what a person types."""

from __future__ import annotations

import difflib
import socket
import time
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from lumenmon import live, names, paths, request, term
from lumenmon.errors import AccessError, LumenmonError, joining
from lumenmon.keys import AGENT_ID

TIMEOUT = 10.0
"""Seconds without a byte of a snapshot, ..."""
SNAPSHOT = 30.0
"""... and those that all of it may take."""
INVITE_HINT = "let one in: sudo lumenmonctl invite"
COPY_HINT = (
    "on the copy: sudo lumenmonctl unregister; sudo rm /var/lib/lumenmon-agentd/id_ed25519*;"
    " then let it in: sudo lumenmonctl invite"
)
JOIN_HINT = joining("lumenmon")


def doubled(agent: live.Agent) -> str:
    """Return that more than one machine has an agent's key."""
    name, rivals = term.printable(agent.name), term.printable(agent.rivals)
    return f"two machines send as {name}: what comes from {rivals} is not stored"


@dataclass(frozen=True)
class Fleet:
    """A snapshot: every agent, and the console's clock when it was taken."""

    agents: list[live.Agent]
    now: float


def snapshot(want: live.Want | None = None, path: Path | None = None) -> Fleet:
    """Ask for the fleet, or for one agent with all its metrics."""
    with _connection(path or paths.LIVE_SOCKET, want or live.Want()) as connection:
        return _collect(connection)


def follow(want: live.Want, path: Path | None = None) -> Iterator[live.Message]:
    """Yield every message after the snapshot; raises LumenmonError when lumenmond goes away."""
    with _connection(path or paths.LIVE_SOCKET, want) as connection:
        ready = False
        for message in _messages(connection):
            if ready:
                yield message
            ready = ready or isinstance(message, live.Ready)
        raise LumenmonError("lumenmond hung up", "look at: lumenmonctl status")


@contextmanager
def _connection(path: Path, want: live.Want) -> Iterator[socket.socket]:
    """Connect, ask, and say in words what goes wrong meanwhile."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
        connection.settimeout(TIMEOUT)
        try:
            request.connect(connection, path)
            connection.sendall(live.encode(want))
            yield connection
        except PermissionError:
            raise AccessError(
                f"no right to read {path}",
                JOIN_HINT,
            ) from None
        except (FileNotFoundError, ConnectionRefusedError):
            raise LumenmonError("lumenmond is not running", "sudo lumenmonctl start") from None
        except TimeoutError:
            raise LumenmonError(
                "lumenmond gave no whole answer in time", "look at: sudo lumenmonctl logs"
            ) from None
        except OSError as error:
            raise LumenmonError(f"{path}: {error.strerror}") from error


def _collect(connection: socket.socket) -> Fleet:
    agents: dict[str, live.Agent] = {}
    for message in _messages(connection):
        if isinstance(message, live.Agent):
            agents[message.id] = message
        elif isinstance(message, live.Samples) and message.id in agents:
            # An agent whose metrics do not fit into one line comes in parts.
            latest = agents[message.id].latest
            latest.update({str(metric): live.Value(*rest) for metric, *rest in message.samples})
        elif isinstance(message, live.Gone):
            agents.pop(message.id, None)
        elif isinstance(message, live.Ready):
            return Fleet(sorted(agents.values(), key=lambda each: each.name), message.now)
    raise LumenmonError("lumenmond hung up before it was done", "try again")


def _messages(connection: socket.socket) -> Iterator[live.Message]:
    """Yield each message; whoever answers cannot make the snapshot last for ever."""
    rest, ready, deadline = b"", False, time.monotonic() + SNAPSHOT
    while chunk := connection.recv(64 * 1024):
        *lines, rest = (rest + chunk).split(b"\n")
        for message in map(live.decode, lines):
            if isinstance(message, live.Ready):
                ready = True
                connection.settimeout(None)
            yield message
        if not ready and time.monotonic() > deadline:
            raise TimeoutError
        if len(rest) > live.MAX_LINE:
            raise live.LiveError(f"message is longer than {live.MAX_LINE} bytes")


def one(word: str, fleet: Fleet, *, whole: bool = False) -> live.Agent:
    """Return the agent that ``word`` means, as ``names.one`` finds it; raises LumenmonError."""
    if not fleet.agents:
        raise LumenmonError("there are no agents yet", INVITE_HINT)
    return names.one(word, fleet.agents, whole=whole)


def metric(word: str, known: Collection[str]) -> str:
    """Return the metric that ``word`` means: its name, or the same without ``generic_``."""
    for name in (word, f"generic_{word}"):
        if name in known:
            return name
    # What nearly all begin with would make any two alike.
    short = {name.removeprefix("generic_"): name for name in known}
    near = difflib.get_close_matches(word.removeprefix("generic_"), short, 1)
    hint = f"did you mean: {short[near[0]]}" if near else "what there is: lumenmonctl show NAME"
    raise LumenmonError(f"no metric is called {term.printable(word)}", hint)


def resolve(word: str) -> tuple[str, str]:
    """Return the id and the name of an agent; an id is taken as it is when lumenmond is down."""
    try:
        known = snapshot()
    except AccessError:
        raise
    except LumenmonError:
        if AGENT_ID.fullmatch(word):
            return word, word
        raise
    found = one(word, known)
    return found.id, found.name
