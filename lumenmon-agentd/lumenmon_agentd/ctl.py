"""What the agent brings to lumenmonctl: register, unregister, submit, its status and checks."""

from __future__ import annotations

import argparse
import os
import sys
import time

from lumenmon import term, wire
from lumenmon.ctl import Command, Side
from lumenmon.errors import EXIT_FAILED, EXIT_OK, UsageError
from lumenmon.invite import parse_link
from lumenmon_agentd import checks, register, registration
from lumenmon_agentd.identity import Files
from lumenmon_agentd.submit import submit


def run_register(args: argparse.Namespace) -> int:
    """Register with a console and wait until it has stored the first samples."""
    if args.key:
        key = register.own_key(Files())
        print(f"{key.line} {term.printable(key.comment)}".strip())
        return EXIT_OK
    text = args.link
    if text == "-":
        if sys.stdin.isatty():
            print(
                "paste the link that sudo lumenmonctl invite printed on the console:",
                file=sys.stderr,
            )
        text = sys.stdin.readline()
    files = Files()
    link = parse_link(text)
    began = time.time()
    console = registration.console_of(link, files) if args.keep else None
    if console:
        console = register.keep(console, link, files, _done)
    else:
        console = register.register(link, files, _done, force=args.force)
    if not register.booted():
        _done("the agent starts to send when this system is booted")
        return EXIT_OK
    status = register.wait_stored(files, began, _progress)
    _progress(None)
    if status.last_ack is not None and status.last_ack >= began:
        _done(f"its samples are stored on {console.address}")
        return EXIT_OK
    why = status.held or status.error or "no answer"
    mark = term.colour("!", "yellow")
    print(f"{mark} registered, but {console.address} has not stored a sample yet: {why}")
    print("  → look at: sudo lumenmonctl status, sudo lumenmonctl logs")
    return EXIT_FAILED


def run_unregister(_args: argparse.Namespace) -> int:
    """Forget the console."""
    console = register.unregister(Files())
    _done(f"no longer registered with {console.address}")
    print(f"  → to forget it on the console too: sudo lumenmonctl remove {console.user}")
    return EXIT_OK


def run_submit(args: argparse.Namespace) -> int:
    """Hand one value, or wire lines from stdin, to the agent."""
    if args.name == "-" and args.type is None:
        text = sys.stdin.buffer.read()
    elif args.value is None:
        raise UsageError(
            "submit takes NAME TYPE VALUE, or - and wire lines on stdin",
            "lumenmonctl submit --help",
        )
    else:
        kind = _type(args.type)
        now = args.time if args.time is not None else int(time.time())
        try:
            sample = wire.Sample(
                args.name, kind, now, args.interval, kind.parse(args.value.removeprefix(" "))
            )
            text = (wire.header(args.name, kind) + wire.data(sample)).encode()
        except wire.WireError as error:
            raise UsageError(error.message, "lumenmonctl submit --help") from None
    taken, rejects = submit(Files().submit, text)
    for reject in rejects:
        number, _, reason = reject.partition(" ")
        where = f"line {number}: " if args.name == "-" else ""
        print(f"lumenmonctl: {where}{term.printable(reason)}", file=sys.stderr)
    if args.name == "-":
        print(
            f"{term.counted(taken, 'sample')} taken, {term.counted(len(rejects), 'line')} rejected"
        )
    return EXIT_FAILED if rejects else EXIT_OK


def _type(word: str) -> wire.Type:
    try:
        return wire.Type(word.upper())
    except ValueError:
        raise UsageError(f"unknown type: {word}", "one of REAL, INTEGER, TEXT") from None


def _seconds(text: str) -> int:
    if text.isascii() and text.isdigit():
        return int(text)
    raise argparse.ArgumentTypeError("wants a whole number of seconds")


def _register_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "link", nargs="?", default="-", metavar="LINK",
        help="the link that lumenmonctl invite printed; - or nothing reads it from stdin",
    )  # fmt: skip
    parser.add_argument("--force", action="store_true", help="replace the console there is")
    parser.add_argument(
        "--key", action="store_true",
        help="only print this host's public key, made where there is none",
    )  # fmt: skip
    parser.add_argument(
        "--keep", action="store_true",
        help="change nothing when this host is registered with the link's console already",
    )  # fmt: skip


def _submit_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("name", metavar="NAME", help="the metric, or - for wire lines on stdin")
    parser.add_argument("type", metavar="TYPE", nargs="?", help="REAL, INTEGER or TEXT")
    parser.add_argument("value", metavar="VALUE", nargs="?", help="its value")
    parser.add_argument(
        "--interval", type=_seconds, default=0, metavar="SECONDS",
        help="when the next value is due; 0, the default, means it never grows stale",
    )  # fmt: skip
    parser.add_argument(
        "--time", type=_seconds, metavar="SECONDS", help="its time since 1970; now if not given"
    )


def _done(text: str) -> None:
    print(f"{term.colour('✓', 'green')} {text}", flush=True)


def _progress(passed: float | None) -> None:
    """Show on a terminal how long it takes; None wipes the line."""
    if not sys.stderr.isatty() or os.environ.get("TERM") == "dumb":
        return
    line = "" if passed is None else f"waiting for the first samples to be stored… {passed:.0f} s"
    print(f"\r\x1b[K{line}", end="", file=sys.stderr, flush=True)


COMMANDS = (
    Command(
        "register", "", run_register, "connect this host to a console by its invite link",
        _register_arguments,
        "An argument can be seen by other users of this host while it runs; an invite\n"
        "link is good for 5 minutes and one use. Give it on stdin where that matters.\n\n"
        "Unattended: --key prints the key of this host; on the console, with that line\n"
        "on stdin, sudo lumenmonctl invite --pubkey - enrols it and prints its link,\n"
        "which holds no secret; here, register --keep LINK ends it.",
    ),
    Command("unregister", "", run_unregister, "stop sending to the console and forget it"),
    Command(
        "submit", "", run_submit, "hand a value of your own to the agent", _submit_arguments,
        "Example: lumenmonctl submit backup_age_seconds INTEGER 86 --interval 3600",
    ),
)  # fmt: skip

SIDE = Side(
    name="agent",
    package="lumenmon-agentd",
    units=(
        "lumenmon-agentd.service",
        "lumenmon-collect@cycle.timer",
        "lumenmon-collect@report.timer",
    ),
    commands=COMMANDS,
    parts=checks.parts,
    probes=checks.PROBES,
)
