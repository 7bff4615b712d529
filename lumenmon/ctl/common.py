"""What the commands share: the sides installed here, rights, questions, and JSON."""

from __future__ import annotations

import importlib
import os
import shlex
import sys
from collections.abc import Sequence
from contextlib import suppress
from typing import Any

from lumenmon import run, term
from lumenmon.ctl import Mark, Side
from lumenmon.errors import AccessError, LumenmonError

SIDES = ("lumenmond.ctl", "lumenmon_agentd.ctl")
"""The modules that bring a ``SIDE`` where their package is installed: console, agent."""
INDENT = 4
"""Columns before what belongs to the line above it."""
JSON_MARKS = {
    Mark.GOOD: "good", Mark.WARN: "warn", Mark.BAD: "bad", Mark.UNSEEN: "unseen", Mark.OFF: "off",
}  # fmt: skip
WORST_FIRST = (Mark.BAD, Mark.WARN, Mark.UNSEEN, Mark.GOOD, Mark.OFF)
_COLOURS = {
    Mark.GOOD: "green", Mark.WARN: "yellow", Mark.BAD: "red", Mark.UNSEEN: "cyan", Mark.OFF: "dim",
}  # fmt: skip


def sides() -> tuple[Side, ...]:
    """Return the sides that are installed on this host, the console's first."""
    found = []
    for name in SIDES:
        try:
            module = importlib.import_module(name)
        except ModuleNotFoundError as error:
            if error.name in (name, name.partition(".")[0]):
                continue
            raise LumenmonError(
                f"a library is missing: {error.name}", "sudo apt install --fix-broken"
            ) from error
        found.append(module.SIDE)
    return tuple(found)


def need_sides() -> tuple[Side, ...]:
    """Return the sides installed here; raises LumenmonError when there is none."""
    if found := sides():
        return found
    raise LumenmonError(
        "neither the console nor the agent is installed on this host",
        "sudo apt install lumenmond (the console) or lumenmon-agentd (the agent)",
    )


def need_root() -> None:
    """Raise AccessError that names the line to type, unless the caller is root."""
    if os.geteuid() != 0:
        raise AccessError("this needs root", with_sudo())


def typed(*options: str) -> str:
    """Return the line that was typed, as root is to type it with these options too."""
    words = sys.argv[1:]
    return shlex.join(
        ["sudo", "lumenmonctl", *words, *(each for each in options if each not in words)]
    )


def with_sudo() -> str:
    """Return the hint for what only root may do."""
    return f"run it with sudo: {typed()}"


def change(argv: Sequence[str], timeout: float = 90) -> None:
    """Run a program that changes the host, saying first what is run; also when nobody listens."""
    with suppress(OSError):
        print(term.colour(f"[#] {shlex.join(argv)}", "dim"), flush=True)
    done = run.run(argv, timeout=timeout, check=False)
    if done.status != 0:
        said = (done.stderr.strip() or f"exit status {done.status}").splitlines()[0]
        raise run.CommandError(
            f"{argv[0]}: {said}", "lumenmonctl status; why: sudo lumenmonctl logs"
        )


def confirm(question: str, *, yes: bool, why: str = "this can't be undone") -> None:
    """Ask before a change, ``why`` saying what for; raises LumenmonError when it is not to be."""
    if yes:
        return
    if not sys.stdin.isatty():
        raise LumenmonError(
            f"{why}, and no terminal is there to ask", f"without a question: {typed('--yes')}"
        )
    if input(term.guarded(f"{question} [y/N] ")).strip().lower() not in ("y", "yes"):
        raise LumenmonError("nothing was changed")


def print_json(value: Any) -> None:
    """Print a value for programs."""
    print(term.json_text(value, indent=2))


def mark(which: Mark, text: str | None = None) -> str:
    """Return a mark, or ``text``, in the mark's colour."""
    return term.colour(str(which) if text is None else text, _COLOURS[which])


def remedy(text: str, indent: int = 2) -> str:
    """Return the line that says what to do; it may quote a stranger.

    It stays one line, to be copied: where it is too long, it begins further left.
    """
    text = term.printable(text)
    if indent + 2 + term.width(text) > term.columns():
        indent = min(indent, INDENT)
    return f"{' ' * indent}{term.colour('→', 'dim')} {text}"
