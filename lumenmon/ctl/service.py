"""``start``, ``stop``, ``restart`` and ``logs``: systemctl and journalctl with our units named."""

from __future__ import annotations

import argparse
import os
from collections.abc import Sequence

from lumenmon import run, term
from lumenmon.ctl import common, units
from lumenmon.errors import EXIT_OK, AccessError, LumenmonError, UsageError, joining
from lumenmon.keys import AGENT_ID

LINES = 50
"""Lines of the past that ``logs`` shows first."""


def _units() -> list[str]:
    return [unit for side in common.need_sides() for unit in side.units]


def _wanted() -> tuple[list[str], list[units.Unit]]:
    """Return the units to start, and those that cannot be, for they are masked.

    Those that the administrator switched off are in neither.
    """
    optional = {unit for side in common.need_sides() for unit in side.optional}
    wanted = [
        unit for unit in units.show(_units()) if not (unit.name in optional and units.is_off(unit))
    ]
    masked = [unit for unit in wanted if unit.load == "masked"]
    return [unit.name for unit in wanted if unit not in masked], masked


def _change_each(steps: Sequence[Sequence[str]], masked: Sequence[units.Unit]) -> None:
    """Take each step, also after one that failed; raises LumenmonError for what is not done."""
    failed = []
    for argv in steps:
        try:
            common.change(argv)
        except LumenmonError as error:
            failed.append(error)
    if failed:
        raise LumenmonError("; ".join(error.message for error in failed), failed[0].hint)
    if masked:
        names = ", ".join(unit.name for unit in masked)
        verb = "is" if len(masked) == 1 else "are"
        unmask = "; ".join(units.unmasking(unit) for unit in masked)
        text = f"{names} {verb} masked; all other units were started"
        raise LumenmonError(text, f"{unmask}; sudo lumenmonctl start")


def _forget_restarts(names: Sequence[str]) -> None:
    """Have systemd count again from 0: what was mended must not be called failing for its past."""
    run.run(["systemctl", "reset-failed", *names], check=False)


def start(_args: argparse.Namespace) -> int:
    """Start all units but those that were switched off."""
    common.need_root()
    names, masked = _wanted()
    _forget_restarts(names)
    _change_each([["systemctl", "start", *names]], masked)
    print(f"{term.colour('started', 'green')}; how it is: lumenmonctl status")
    return EXIT_OK


def stop(_args: argparse.Namespace) -> int:
    """Stop all units, and the connections that their sockets accepted."""
    common.need_root()
    stop_units(_units())
    print("stopped until the next boot or: sudo lumenmonctl start")
    return EXIT_OK


def stop_units(names: Sequence[str]) -> None:
    """Stop units with all their processes, the sessions that outlive their listener included."""
    lasting = units.lasting(names)
    common.change(["systemctl", "stop", *names, *units.instances(names)])
    if lasting:
        common.change(["systemctl", "kill", *lasting])


def restart(_args: argparse.Namespace) -> int:
    """Restart all services; sockets go on listening, so connected agents stay connected."""
    common.need_root()
    names, masked = _wanted()
    services = [name for name in names if name.endswith(".service")]
    _forget_restarts(services)
    # A socket that is made again fails when a connection comes at that moment (EADDRINUSE).
    others = ["systemctl", "start", *(name for name in names if name not in services)]
    _change_each([others, ["systemctl", "restart", *services]], masked)
    print(f"{term.colour('restarted', 'green')}; how it is: lumenmonctl status")
    return EXIT_OK


def logs_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of ``logs``."""
    parser.add_argument(
        "-n", "--lines", type=_lines, default=LINES, metavar="N",
        help=f"begin with the last N lines, or with all ({LINES})",
    )  # fmt: skip
    follow = parser.add_mutually_exclusive_group()
    follow.add_argument("-f", "--follow", action="store_true", help="wait for new lines (default)")
    follow.add_argument(
        "--no-follow", action="store_true", help="end there instead of waiting for new lines"
    )
    parser.add_argument(
        "-u", "--unit", action="append", metavar="UNIT",
        help="only this unit of lumenmon, as in lumenmond or lumenmond-web; may be repeated",
    )  # fmt: skip
    parser.add_argument(
        "-p", "--priority", metavar="LEVEL", help="as journalctl has it: err, warning, notice"
    )
    parser.add_argument("--since", metavar="TIME", help='as journalctl has it: "10 min ago"')
    parser.add_argument("--agent", metavar="NAME", help="only one agent's story, by name or id")


def _lines(text: str) -> str:
    if text == "all" or (text.isascii() and text.isdigit()):
        return text
    raise argparse.ArgumentTypeError("must be a whole number or all")


def logs(args: argparse.Namespace) -> int:
    """Become journalctl for all units."""
    names = _chosen(args.unit) if args.unit else _units()
    argv = ["journalctl", "--quiet", f"--lines={args.lines}"]
    if not args.no_follow:
        argv.append("--follow")
    limits = [f"--since={args.since}"] if args.since else []
    limits += [f"--priority={args.priority}"] if args.priority else []
    _try_journal(limits, args)
    argv += [*limits, *(f"--unit={name}" for name in [*names, *units.instances(names)])]
    if args.agent:
        argv.append(f"LUMENMON_AGENT={_agent(args.agent)}")
    run.become(argv)


def _chosen(words: Sequence[str]) -> list[str]:
    """Return the units that are named, in full or in short; raises UsageError for others."""
    known = _units()
    found = []
    for word in words:
        fitting = [name for name in known if word in (name, name.rpartition(".")[0])]
        if not fitting:
            shown = ", ".join(dict.fromkeys(name.rpartition(".")[0] for name in known))
            raise UsageError(f"{term.printable(word)} is not a unit of lumenmon here", shown)
        found += fitting
    return found


def _try_journal(limits: Sequence[str], args: argparse.Namespace) -> None:
    """Raise what keeps journalctl from showing anything: a missing right, or a bad argument."""
    done = run.run(["journalctl", "--quiet", "--lines=0", *limits], check=False)
    if done.status == 0:
        return
    said = (done.stderr.strip() or "journalctl failed").splitlines()[-1]
    if args.since and "timestamp" in said:
        hint = 'as in "2025-01-31 12:00", "10 min ago", yesterday'
        raise UsageError(f"--since is no time: {term.printable(args.since)}", hint)
    if args.priority and "level" in said:
        hint = "one of emerg, alert, crit, err, warning, notice, info, debug, or 0 to 7"
        raise UsageError(f"--priority is no level: {term.printable(args.priority)}", hint)
    if os.geteuid() != 0 and "permission" in said:
        raise AccessError("no right to read the journal", joining("systemd-journal"))
    raise LumenmonError(term.printable(said), "look at: systemctl status systemd-journald")


def _agent(word: str) -> str:
    """Return the id of the agent that ``word`` names."""
    if AGENT_ID.fullmatch(word):  # one that was removed has no name any more
        return word
    for side in common.need_sides():
        if side.agent_id is not None:
            return side.agent_id(word)
    raise LumenmonError(
        f"no agent is called {term.printable(word)} here", "only a console knows their names"
    )
