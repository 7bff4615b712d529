"""The live socket's messages: a snapshot first, then every change, one JSON object a line.

A client says what it wants (``Want``). It gets the ``Console``, one ``Agent`` line per agent, then
``Ready``, then ``Samples``, ``Agent``, ``Gone`` and ``Console`` as things happen. ``seq`` rises by
one with each message of the daemon; a reader that is cut starts again with a snapshot.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict, dataclass, field, is_dataclass
from enum import StrEnum
from types import UnionType
from typing import Any, get_args, get_origin, get_type_hints

from lumenmon.errors import LumenmonError

MAX_LINE = 64 * 1024
MAX_BEHIND = 1024 * 1024
"""Bytes that may wait for a reader before it is cut."""
SPARKLINE = 60
"""Values of the CPU's recent past that a fleet snapshot carries for each agent."""
FLEET_METRICS = (
    "generic_cpu", "generic_mem", "generic_disk", "generic_hostname", "generic_load_1",
    "generic_net_rx_bytes_per_second", "generic_net_tx_bytes_per_second",
    "generic_sys_uptime", "generic_sys_os", "generic_sys_updates",
    "generic_sys_security_updates", "generic_sys_reboot_required", "generic_sys_failed_units",
    "generic_swap_percent", "generic_temp_max_celsius",
    "lumenmon_agent_version", "lumenmon_spool_bytes", "lumenmon_dropped_samples",
)  # fmt: skip
"""What a fleet view shows of each agent; an agent view gets every metric."""


class LiveError(LumenmonError):
    """A line that is not a message of the live socket."""


class State(StrEnum):
    """How an agent is doing; unless it is online, ``why`` beside it says the reason in words."""

    ONLINE = "online"  # its values arrive in time
    STALE = "stale"  # connected, but its values are overdue
    OFFLINE = "offline"  # not connected and its values are overdue
    NEVER = "never"  # enrolled, not seen yet


@dataclass(frozen=True, slots=True)
class Value:
    """The newest sample of one metric: type and unit as in the registry, times in seconds."""

    timestamp: int
    interval: int
    value: float | int | str
    type: str
    unit: str


@dataclass(frozen=True, slots=True)
class Want:
    """What a client asks for: the fleet, or one agent with all its metrics."""

    want: str = "fleet"
    id: str = ""


@dataclass(frozen=True, slots=True)
class Agent:
    """All that is known of one agent; times in seconds since 1970 by the console's clock.

    ``address`` is where its connection comes from, ``skew`` the agent's clock minus ours in
    seconds as far as it can be told, ``recent`` the last CPU values for a sparkline, oldest
    first. ``latest`` maps a metric to its newest value. ``size`` is about how many bytes of the
    database are its, ``rate`` the bytes a second that it sent over the last minute, ``slowed`` when
    it last sent more than it may, ``limited`` when it last had more stored than it may.
    ``version`` and ``boot`` (a boot id) are of the agent's greeting; ``rivals`` are the addresses
    of other machines that send with its key, whose samples are not taken.
    """

    seq: int
    id: str
    name: str
    state: State
    why: str
    tags: list[str] = field(default_factory=list)
    address: str = ""
    fingerprint: str = ""
    enrolled: float = 0.0
    connected: float | None = None
    last_seen: float | None = None
    skew: float | None = None
    rejected: int = 0
    last_reject: str = ""
    metrics: int = 0
    size: int = 0
    rate: float = 0.0
    slowed: float | None = None
    limited: float | None = None
    latest: dict[str, Value] = field(default_factory=dict)
    recent: list[float] = field(default_factory=list)
    version: str = ""
    boot: str = ""
    rivals: str = ""


@dataclass(frozen=True, slots=True)
class Ready:
    """The snapshot is complete."""

    seq: int
    now: float


@dataclass(frozen=True, slots=True)
class Samples:
    """New samples of one agent, each ``[metric, timestamp, interval, value, type, unit]``."""

    seq: int
    id: str
    samples: list[list[Any]]


@dataclass(frozen=True, slots=True)
class Gone:
    """An agent was removed."""

    seq: int
    id: str


@dataclass(frozen=True, slots=True)
class Console:
    """How the console itself is: what is wrong with its database, empty while all is well."""

    seq: int
    trouble: str


Message = Want | Agent | Ready | Samples | Gone | Console
_TAGS: dict[type[Message], str] = {
    Want: "want", Agent: "agent", Ready: "ready", Samples: "samples", Gone: "gone",
    Console: "console",
}  # fmt: skip


def encode(message: Message) -> bytes:
    """Return the message's line; raises LiveError when it is too long for one."""
    value = asdict(message)
    if not isinstance(message, Want):
        value = {"t": _TAGS[type(message)], **value}
    try:
        line = json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"
    except UnicodeEncodeError:
        raise LiveError("message holds text that is not Unicode") from None
    if len(line) > MAX_LINE:
        raise LiveError(f"message is longer than {MAX_LINE} bytes")
    return line


def decode(line: bytes) -> Message:
    """Read a message's line; raises LiveError for anything else."""
    try:
        value = json.loads(line)
        tag = value.pop("t", "want")
        if tag == "agent":
            value["state"] = State(value["state"])
            value["latest"] = {name: Value(**raw) for name, raw in value["latest"].items()}
        kind = next(kind for kind, name in _TAGS.items() if name == tag)
        message = kind(**value)
        if not _CHECKS[kind](message):
            raise TypeError
        return message
    except (ValueError, TypeError, KeyError, AttributeError, StopIteration, RecursionError):
        raise LiveError(
            "not a message of the live socket", "update lumenmon's packages together"
        ) from None


def _check(hint: Any) -> Callable[[Any], bool]:
    """Return a function that tells whether a value is of an annotated type."""
    origin, parts = get_origin(hint), [_check(part) for part in get_args(hint)]
    if origin is UnionType:
        return lambda value: any(part(value) for part in parts)
    if origin is list:
        return lambda value: isinstance(value, list) and all(map(parts[0], value))
    if origin is dict:
        return lambda value: isinstance(value, dict) and all(map(parts[1], value.values()))
    if is_dataclass(hint):
        fields = {name: _check(part) for name, part in get_type_hints(hint).items()}
        return lambda value: all(
            is_right(getattr(value, name)) for name, is_right in fields.items()
        )
    kinds = (int, float) if hint is float else hint
    return lambda value: isinstance(value, kinds) and not isinstance(value, bool)


_ROWS = {(str, int, int, kind, str, str) for kind in (int, float, str)}
_CHECKS: dict[type[Message], Callable[[Any], bool]] = {
    kind: _check(kind) for kind in _TAGS if kind is not Samples
}
_CHECKS[Samples] = lambda message: (
    isinstance(message.seq, int)
    and isinstance(message.id, str)
    and isinstance(message.samples, list)
    and all(isinstance(row, list) and tuple(map(type, row)) in _ROWS for row in message.samples)
)
