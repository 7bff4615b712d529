"""``lumenmonctl invite``: let a new host in, list and withdraw open invites."""

from __future__ import annotations

import argparse
import socket
import sys
import time
from dataclasses import asdict
from pathlib import Path
from typing import Any

from lumenmon import paths, request, term
from lumenmon.ctl import common
from lumenmon.errors import EXIT_OK, LumenmonError, UsageError
from lumenmon.invite import DEFAULT_PORT, LIFETIME, USER
from lumenmon.keys import parse_public_key
from lumenmond import install, invitations
from lumenmond.ctl import address, web
from lumenmond.host import link
from lumenmond.host.obstacles import AGENTS, INVITES

MAX_KEY_FILE = 16 * 1024
HOST_TIMEOUT = 30.0
"""Seconds for the root helper: making and ending accounts takes its time on a busy host."""
DETAILS = """\
lumenmonctl invite                 print a link that is good once, for 5 minutes
lumenmonctl invite list            list the open invites
lumenmonctl invite revoke USER     withdraw one (reg_…)
lumenmonctl invite --pubkey FILE   enrol a key made beforehand, - for standard
                                   input; print its link, which holds no secret
                                   and does not expire

For --pubkey, lumenmonctl register --key prints the key of the new host, and
lumenmonctl register LINK ends it there.

Without --host, the link names the address of the default route's interface."""


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of ``invite``."""
    parser.add_argument("action", nargs="?", choices=("list", "revoke"), help="see below")
    parser.add_argument("user", nargs="?", metavar="USER", help="the invite to revoke (reg_…)")
    address.host_argument(parser)
    parser.add_argument(
        "--port", type=_port, default=DEFAULT_PORT, metavar="PORT",
        help=f"the port in the link ({DEFAULT_PORT})",
    )  # fmt: skip
    parser.add_argument(
        "--pubkey", type=Path, metavar="FILE", help="enrol this ed25519 public key; - reads it"
    )
    parser.add_argument("--json", action="store_true", help="print it for programs")


def _port(text: str) -> int:
    if text.isascii() and text.isdigit() and 0 < int(text) < 65536:
        return int(text)
    raise argparse.ArgumentTypeError("must be a port from 1 to 65535")


def invite(args: argparse.Namespace) -> int:
    """Do what was asked for; an invite when nothing was named."""
    if args.user and args.action != "revoke":
        raise UsageError("only revoke takes a USER", "lumenmonctl invite --help")
    if args.action and args.pubkey:
        raise UsageError(f"--pubkey does not go with {args.action}", "lumenmonctl invite --help")
    if args.action == "list":
        return _list(args)
    if args.action == "revoke":
        return _revoke(args)
    if args.pubkey:
        return _enrol(args)
    return _invite(args)


def _invite(args: argparse.Namespace) -> int:
    common.need_root()
    here = link.check(args.port, AGENTS, INVITES)
    picked = None if args.host else address.pick()
    host = picked.host if picked else args.host
    made = invitations.read_invitation(
        request.call(paths.HOST_SOCKET, "invite", HOST_TIMEOUT, host=host, port=args.port)
    )
    line = install.command(made.link)
    whole = whole_line(made.link, host)
    if args.json:
        common.print_json(
            {**asdict(made), "host": host, "port": args.port, "command": line, "install": whole}
        )
        return EXIT_OK
    left = f"once, within {term.span(round(_left(made.expires)))}"
    print(f"{term.colour('Link', 'bold')} (good {left}; keep it to yourself):\n\n  {made.link}\n")
    title = term.colour("Paste on the new host", "bold")
    if whole:
        print(f"{title}; it installs the agent from this console and registers:\n")
        print(f"  {term.colour(whole, 'green')}\n")
    title = "Or, where lumenmon-agentd is installed:" if whole else f"{title}, with lumenmon-agentd"
    print(f"{title}{'' if whole else ' installed:'}\n")
    print(f"  {term.colour(line, 'green')}\n")
    if not here:
        print(f"Nothing listens on port {args.port} here: it has to be forwarded to 2345.")
    if picked:
        print(f"The link names {picked.host}: {picked.why}.")
        print(common.remedy("another name or address: sudo lumenmonctl invite --host NAME", 0))
    return EXIT_OK


def whole_line(link: str, host: str) -> str | None:
    """Return the line that installs the agent and registers; None where we cannot hand it out."""
    base = web.reachable(host)
    return install.line(link, base) if base else None


def _left(expires: float) -> float:
    """Return the seconds an invite has left; a stepped clock shows no absurd number."""
    return min(max(expires - time.time(), 0), LIFETIME)


def _enrol(args: argparse.Namespace) -> int:
    key = parse_public_key(_read_key(args.pubkey))
    common.need_root()
    link.check(args.port, AGENTS)
    picked = None if args.host else _own_address()
    host = picked.host if picked else args.host
    line = f"{key.line} {key.comment}".strip()
    answer = request.call(
        paths.HOST_SOCKET, "invite-pubkey", HOST_TIMEOUT, key=line, host=host, port=args.port
    )
    url = invitations.read_enrolment(answer, key.agent_id)
    ends = install.command(url)
    if args.json:
        common.print_json({"id": key.agent_id, "link": url, "command": ends})
        return EXIT_OK
    print(f"enrolled {term.colour(key.agent_id, 'green')}, key {key.fingerprint}\n")
    print(f"{term.colour('Run on its host', 'bold')}, at any time; the link holds no secret:\n")
    print(f"  {term.colour(ends, 'green')}\n")
    if picked:
        print(f"The link names {picked.host}: {picked.why}.")
        other = "another name or address: sudo lumenmonctl invite --pubkey FILE --host NAME"
        print(common.remedy(other, 0))
    return EXIT_OK


def _own_address() -> address.Address:
    """Return this host's address, else its name: the key is enrolled whatever its link says."""
    try:
        return address.pick()
    except LumenmonError as error:
        return address.Address(socket.gethostname(), error.message)


def _read_key(path: Path) -> str:
    """Return the text of a public key's file, or of standard input for ``-``."""
    try:
        if str(path) == "-":
            return sys.stdin.read(MAX_KEY_FILE)
        with path.open() as file:
            return file.read(MAX_KEY_FILE)
    except OSError as error:
        raise LumenmonError(f"{path} cannot be read: {error.strerror}") from error
    except UnicodeDecodeError:
        hint = "it must be the one line of a file made with: ssh-keygen -t ed25519"
        raise LumenmonError(f"{path} holds no text", hint) from None


def pending() -> list[dict[str, Any]]:
    """Return the open invites: user, created, expires."""
    return invitations.read_invitations(request.call(paths.HOST_SOCKET, "invites", HOST_TIMEOUT))


def _list(args: argparse.Namespace) -> int:
    common.need_root()
    found = pending()
    if args.json:
        common.print_json(found)
        return EXIT_OK
    if not found:
        print("no open invites; make one: sudo lumenmonctl invite")
        return EXIT_OK
    rows = [(each["user"], term.span(round(_left(each["expires"])))) for each in found]
    print("\n".join(term.table(("USER", "LEFT"), rows, right=("LEFT",))))
    return EXIT_OK


def _revoke(args: argparse.Namespace) -> int:
    if not args.user:
        raise UsageError("which invite?", "the open ones: sudo lumenmonctl invite list")
    if not USER.fullmatch(args.user):
        raise UsageError(
            f"not an invite: {term.printable(args.user)}",
            "an invite is reg_ and 13 digits: sudo lumenmonctl invite list",
        )
    common.need_root()
    request.call(paths.HOST_SOCKET, "revoke", HOST_TIMEOUT, user=args.user)
    print(f"revoked {args.user}")
    return EXIT_OK
