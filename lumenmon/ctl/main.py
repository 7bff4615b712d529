"""``lumenmonctl``: find the command in the table, read its arguments, run it, report once."""

from __future__ import annotations

import argparse
import difflib
import errno
import io
import os
import re
import stat
import sys
from collections.abc import Sequence
from contextlib import suppress
from typing import IO

from lumenmon import __version__, term
from lumenmon.ctl import Command, Side, common, doctor, service, status, uninstall, update
from lumenmon.errors import EXIT_FAILED, EXIT_OK, EXIT_USAGE, AccessError, LumenmonError, UsageError

PROGRAM = "lumenmonctl"
EXIT_INTERRUPTED = 130
_NEGATIVE = re.compile(r"-\.?[0-9].*", re.ASCII)


def show_help(args: argparse.Namespace) -> int:
    """Print the list of commands, or one command's help."""
    sides = common.sides()
    if args.command:
        parser(find(args.command, sides)).print_help()
    else:
        print("\n".join(overview(sides)))
    return EXIT_OK


def show_version(_args: argparse.Namespace) -> int:
    """Print the version."""
    print(f"lumenmon {__version__}")
    return EXIT_OK


def _help_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("command", nargs="?", metavar="COMMAND", help="the command to explain")


COMMANDS = (
    Command(
        "status", "s", status.status, "show how every part is, worst first", status.arguments,
        "Exits with 1 when a part is down. Runs also without a command, where the\n"
        "dashboard can't: on an agent, and without a terminal.",
    ),
    Command("start", "", service.start, "start all units of lumenmon on this host"),
    Command("stop", "", service.stop, "stop all units until the next boot"),
    Command("restart", "", service.restart, "restart all units; agents stay connected"),
    Command("logs", "l", service.logs, "follow the journal of all units", service.logs_arguments),
    Command(
        "doctor", "", doctor.doctor, "check everything and name the remedies", doctor.arguments,
        "Exits with 1 when a check failed. Sees more with sudo.",
    ),
    Command(
        "update", "u", update.update, "bring the packages up to date through apt",
        update.arguments, update.DETAILS,
    ),
    Command(
        "uninstall", "", uninstall.uninstall, "take lumenmon off this host",
        uninstall.arguments, uninstall.DETAILS,
    ),
    Command("help", "h", show_help, "explain a command", _help_arguments),
    Command("version", "", show_version, "print the version"),
)  # fmt: skip
"""The commands that every host has; a side brings its own."""


ELSEWHERE = {
    "lumenmond": (
        "console", "dashboard invite agents show query watch rename tag remove backup restore"
        " login passwd token logout i a q w",
    ),
    "lumenmon-agentd": ("agent", "register unregister submit"),
}  # fmt: skip
"""The commands that a side brings where its package is installed, for who looks for them here."""


def commands(sides: Sequence[Side]) -> list[Command]:
    """Return all commands on this host."""
    return [*COMMANDS, *(command for side in sides for command in side.commands)]


def find(word: str, sides: Sequence[Side]) -> Command:
    """Return the command of that name or alias; raises UsageError that suggests the nearest."""
    table = commands(sides)
    for command in table:
        if word == command.name or (command.alias and word == command.alias):
            return command
    for package, (side, words) in ELSEWHERE.items():
        if word in words.split():
            raise UsageError(
                f"{word} is a command of the {side}, which is not installed on this host",
                f"type it on a host that has the package {package}",
            )
    near = difflib.get_close_matches(word, [command.name for command in table], 1)
    hint = f"did you mean: {PROGRAM} {near[0]}" if near else f"all commands: {PROGRAM} help"
    raise UsageError(f"unknown command: {term.printable(word)}", hint)


def parser(command: Command) -> argparse.ArgumentParser:
    """Return the parser of one command's arguments."""
    made = argparse.ArgumentParser(
        prog=f"{PROGRAM} {command.name}",
        description=command.text[:1].upper() + command.text[1:] + ".",
        epilog=command.details or None,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    command.arguments(made)
    return made


def overview(sides: Sequence[Side]) -> list[str]:
    """Return the list of commands, by side."""
    lines = [f"usage: {PROGRAM} [COMMAND] [ARGUMENTS]", ""]
    groups = [("this host", COMMANDS), *((f"the {side.name}", side.commands) for side in sides)]
    wide = max(len(command.name) for _, group in groups for command in group)
    for title, group in groups:
        lines.append(term.colour(title, "bold"))
        for command in group:
            alias = f"{command.alias}," if command.alias else "  "
            head = f"  {alias:<3}{command.name:<{wide}}  "
            text = term.wrapped(command.text, term.columns() - len(head))
            lines.append(head + f"\n{' ' * len(head)}".join(text))
        lines.append("")
    more = f"More on one of them: {PROGRAM} COMMAND --help; the manual: man {PROGRAM}"
    return [*lines, *term.wrapped(more, term.columns())]


def default(sides: Sequence[Side]) -> str:
    """Return the command for no command: the dashboard on a console's terminal, else status."""
    terminal = sys.stdin.isatty() and sys.stdout.isatty()
    if terminal and os.environ.get("TERM", "dumb") != "dumb":
        names = [command.name for command in commands(sides)]
        return "dashboard" if "dashboard" in names else "status"
    return "status"


def with_negatives(words: Sequence[str]) -> list[str]:
    """Return arguments so that argparse takes -1e-5 and -5m for values, not for options.

    A value gets a blank before it, which who reads numbers and times passes over.
    """
    kept: list[str] = []
    for word in words:
        before = kept[-1] if kept else ""
        if "--" in words or not _NEGATIVE.fullmatch(word) or re.fullmatch("-[A-Za-z]", before):
            kept.append(word)
        elif before.startswith("--") and "=" not in before:
            kept[-1] = f"{before}={word}"
        else:
            kept.append(f" {word}")
    return kept


def _main(argv: Sequence[str]) -> int:
    word, *rest = argv or [default(common.sides())]
    if word in ("-h", "--help"):
        word = "help"
    elif word in ("-V", "--version"):
        word = "version"
    elif word.startswith("-"):
        word, rest = "status", list(argv)
    command = find(word, common.sides())
    return command.run(parser(command).parse_args(with_negatives(rest)))


def main(argv: Sequence[str] | None = None) -> int:
    """Run lumenmonctl and return its exit status."""
    _have_streams()
    try:
        status = _reported(sys.argv[1:] if argv is None else argv)
    except (KeyboardInterrupt, EOFError):
        status = EXIT_INTERRUPTED
    except OSError as error:
        status = _failed(error)
    return _flushed(status)


def _reported(argv: Sequence[str]) -> int:
    """Run it; an error is told after what was printed before it."""
    try:
        return _main(argv)
    except LumenmonError as error:
        sys.stdout.flush()
        if isinstance(error, AccessError) and not error.hint:
            error.hint = common.with_sudo()
        term.report(error)
        return error.exit_status
    except SystemExit as error:  # argparse has printed its help or its complaint
        return error.code if isinstance(error.code, int) else EXIT_USAGE


def _have_streams() -> None:
    """Make up for standard streams that the caller closed, or that don't take every character."""
    for name, way in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        stream = getattr(sys, name)
        if stream is None:
            setattr(sys, name, open(os.devnull, way))  # noqa: SIM115, PTH123
        elif way == "w" and isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")
    term.guard()


def _failed(error: OSError) -> int:
    """Tell of an error that no command expected, an output that is full say."""
    _discard(sys.stdout)
    if isinstance(error, BrokenPipeError):  # the reader has gone
        return EXIT_OK
    where = f"{error.filename}: " if error.filename else ""
    with suppress(OSError):
        term.report(LumenmonError(f"{where}{error.strerror or error}"))
    return EXIT_FAILED


def _flushed(status: int) -> int:
    """Write out what is left; what a command did stays true when its terminal has hung up."""
    try:
        sys.stdout.flush()
    except OSError as error:
        if error.errno == errno.EIO and stat.S_ISCHR(os.fstat(sys.stdout.fileno()).st_mode):
            _discard(sys.stdout)
        else:
            status = _failed(error)
    try:
        sys.stderr.flush()
    except OSError:
        _discard(sys.stderr)
    return status


def _discard(stream: IO[str]) -> None:
    """Keep what is left from being flushed at exit, where it would fail once more."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


if __name__ == "__main__":
    raise SystemExit(main())
