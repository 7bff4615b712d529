"""How systemd's units are doing, in words: what ``status`` and ``doctor`` say of each."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass

from lumenmon import run, term
from lumenmon.ctl import Mark, Part
from lumenmon.errors import LumenmonError

PROPERTIES = (
    "Id", "LoadState", "ActiveState", "SubState", "Result", "StatusText", "MemoryCurrent",
    "ActiveEnterTimestampMonotonic", "StateChangeTimestampMonotonic", "UnitFileState",
    "NConnections", "NRefused", "NRestarts",
)  # fmt: skip
_RUNNING = {"service": "running", "socket": "listening", "timer": "waiting"}
_OFF = {"inactive", "deactivating"}
_MASKED_UNTIL_BOOT = "masked-runtime"
LOOPING = 60.0
"""Seconds that a service which was restarted must run before it is not called failing."""
STEADY = 600.0
"""Seconds after which its restarts are history."""


@dataclass(frozen=True)
class Unit:
    """A unit as ``systemctl show`` gives it; unknown numbers are None."""

    name: str
    load: str
    active: str
    sub: str
    result: str
    status: str
    file_state: str
    memory: int | None
    since: float | None
    connections: int | None
    refused: int | None
    restarts: int | None

    @property
    def kind(self) -> str:
        """The word after the last dot: service, socket, timer."""
        return self.name.rpartition(".")[2]


def show(names: Sequence[str]) -> list[Unit]:
    """Ask systemd about units, in their order; raises CommandError when it does not answer."""
    if not names:
        return []
    try:
        done = run.run(["systemctl", "show", f"--property={','.join(PROPERTIES)}", "--", *names])
    except run.CommandError as error:
        hint = "lumenmon needs a host that was booted with systemd"
        raise LumenmonError(f"systemd does not answer: {error.message}", hint) from error
    return [_unit(block) for block in done.stdout.strip().split("\n\n") if block.strip()]


def _unit(block: str) -> Unit:
    values = dict(line.split("=", 1) for line in block.splitlines() if "=" in line)
    # A socket or a timer changes its state with each thing it starts, and stays active.
    when = "ActiveEnter" if values.get("ActiveState") == "active" else "StateChange"
    changed = _number(values.get(f"{when}TimestampMonotonic"))
    return Unit(
        values.get("Id", "?"),
        values.get("LoadState", ""),
        values.get("ActiveState", ""),
        values.get("SubState", ""),
        values.get("Result", ""),
        values.get("StatusText", ""),
        values.get("UnitFileState", ""),
        _number(values.get("MemoryCurrent")),
        time.clock_gettime(time.CLOCK_MONOTONIC) - changed / 1e6 if changed else None,
        _number(values.get("NConnections")),
        _number(values.get("NRefused")),
        _number(values.get("NRestarts")),
    )


def _number(text: str | None) -> int | None:
    if text and text.isdigit() and int(text) < 2**63:  # systemd writes "unknown" as 2^64 - 1
        return int(text)
    return None


def is_off(unit: Unit) -> bool:
    """Return whether the administrator has stopped a unit and disabled it for good."""
    return unit.active in _OFF and unit.file_state in ("disabled", "masked", _MASKED_UNTIL_BOOT)


def unmasking(unit: Unit) -> str:
    """Return the command that unmasks a unit; one masked until the next boot needs an option."""
    option = "--runtime " if unit.file_state == _MASKED_UNTIL_BOOT else ""
    return f"sudo systemctl unmask {option}{unit.name}"


def part(unit: Unit, package: str, *, optional: bool = False) -> Part:
    """Return the line of ``status`` for a unit of ``package``.

    One that is ``optional`` may be stopped and disabled without a fault.
    """
    if optional and is_off(unit):
        return Part(Mark.OFF, unit.name, f"switched off ({unit.file_state})")
    mark, word, remedy = _judge(unit, package)
    steady = unit.since is not None and unit.active in ("active", "inactive", "failed")
    words = [f"{word} for {term.span(max(int(unit.since or 0), 1))}" if steady else word]
    if unit.active == "active" and unit.file_state == "disabled":
        words.append("not at the next boot")
    if unit.connections:
        words.append(term.counted(unit.connections, "connection"))
    if unit.refused:
        words.append(f"{term.counted(unit.refused, 'connection')} refused: there were too many")
    if unit.memory and unit.active == "active":
        words.append(term.amount(unit.memory, "B"))
    if unit.restarts:
        words.append(f"restarted {term.counted(unit.restarts, 'time')}")
    if unit.status and unit.active not in _OFF:
        words.append(term.printable(unit.status))
    return Part(mark, unit.name, ", ".join(words), remedy)


def _judge(unit: Unit, package: str) -> tuple[Mark, str, str]:
    why = f"why: sudo journalctl -e -u {unit.name}"
    if unit.load == "masked":
        return Mark.BAD, "masked", f"{unmasking(unit)}; sudo lumenmonctl start"
    if unit.load != "loaded":
        return Mark.BAD, "missing", f"sudo apt install --reinstall {package}"
    if unit.active == "active":
        return _judge_active(unit, why)
    if unit.active == "failed":
        remedy = f"{why}; then: sudo lumenmonctl start"
        return Mark.BAD, f"failed ({unit.result})", remedy
    if unit.sub == "auto-restart" or (unit.restarts and unit.active == "activating"):
        ended = f" ({unit.result})" if unit.result != "success" else ""
        return Mark.BAD, f"ends again and again{ended}", why
    if unit.active in _OFF:
        return Mark.BAD, "stopped", "sudo lumenmonctl start"
    return Mark.WARN, unit.sub or unit.active, f"watch it: sudo journalctl -f -u {unit.name}"


def _judge_active(unit: Unit, why: str) -> tuple[Mark, str, str]:
    word = _RUNNING.get(unit.kind, unit.sub)
    if unit.restarts and unit.since is not None and unit.since < STEADY:
        # One end may be an accident that is over; a second one is the rule until shown otherwise.
        mark = Mark.BAD if unit.restarts > 1 and unit.since < LOOPING else Mark.WARN
        return mark, f"{word} again", why
    if unit.file_state == "disabled":
        return Mark.WARN, word, f"sudo systemctl enable {unit.name}"
    return Mark.GOOD, word, ""


def instances(names: Sequence[str]) -> list[str]:
    """Return patterns for the per-connection services of those sockets that start such."""
    return [
        f"{name.removesuffix('.socket')}@*.service"
        for name in names
        if name.endswith(".socket") and f"{name.removesuffix('.socket')}.service" not in names
    ]


def lasting(names: Sequence[str]) -> list[str]:
    """Return those services whose other processes go on when the main one is stopped."""
    services = [name for name in names if name.endswith(".service")]
    if not services:
        return []
    done = run.run(["systemctl", "show", "--property=KillMode", "--value", "--", *services])
    modes = done.stdout.split()
    return [name for name, mode in zip(services, modes, strict=True) if mode == "process"]
