"""``login``, ``passwd``, ``token`` and ``logout``: who may see the dashboard."""

from __future__ import annotations

import argparse
import getpass
import ipaddress
import re
import socket
import sys
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from lumenmon import paths, request, run, term
from lumenmon.ctl import common, units
from lumenmon.errors import EXIT_OK, LumenmonError, UsageError
from lumenmon.invite import check_host
from lumenmond import install
from lumenmond.ctl import address, agents

SOCKET_UNIT = "lumenmond-web.socket"
SERVICE_UNIT = "lumenmond-web.service"
START_TIMEOUT = 60.0
"""Seconds that the dashboard has to start."""
_START = (
    "sudo lumenmonctl start; where it is switched off:"
    f" sudo systemctl enable --now {SOCKET_UNIT} {SERVICE_UNIT}"
)
MAX_STDIN = 4096
TOKENS = """\
lumenmonctl token create NAME      print a new token, once
lumenmonctl token list             list the tokens: name, made, last used
lumenmonctl token revoke NAME      end one

A token reads the API and /metrics: curl -H "Authorization: Bearer TOKEN" …"""
_TIME = (int, float, type(None))
_LISTEN = re.compile(r"(?:\[?([0-9a-fA-F.:]*?)\]?:)?([0-9]{1,5}) \(Stream\)")


@dataclass(frozen=True)
class Listen:
    """Where the dashboard listens; ``host`` is empty when that is on all addresses."""

    host: str
    port: int

    @property
    def local(self) -> bool:
        """Whether only this host can reach it."""
        return bool(self.host) and ipaddress.ip_address(self.host).is_loopback


def listens() -> Listen:
    """Return where systemd listens for the dashboard; raises LumenmonError when nowhere."""
    shown = run.run(["systemctl", "show", "--property=Listen", "--value", SOCKET_UNIT]).stdout
    found = _LISTEN.search(shown)
    if found is None:
        raise LumenmonError("the dashboard has no port", f"look at: systemctl cat {SOCKET_UNIT}")
    host = found[1] or ""
    if host and ipaddress.ip_address(host).is_unspecified:
        host = ""
    return Listen(host, int(found[2]))


def ask(verb: str, **args: Any) -> Any:
    """Ask the dashboard, as root; it is started as a browser's first request would start it."""
    common.need_root()
    with suppress(request.AbsentError):
        return request.call(paths.WEB_CONTROL_SOCKET, verb, **args)
    [listener] = units.show([SOCKET_UNIT])
    if listener.active != "active":
        raise LumenmonError("the dashboard is stopped or switched off", _START)
    done = run.run(["systemctl", "start", SERVICE_UNIT], timeout=START_TIMEOUT, check=False)
    if done.status != 0:
        why = f"why: sudo journalctl -e -u {SERVICE_UNIT}"
        raise LumenmonError("the dashboard cannot be started", why)
    return request.call(paths.WEB_CONTROL_SOCKET, verb, **args)


def status() -> dict[str, Any]:
    """Return the dashboard's own view of itself while it runs; raises LumenmonError."""
    return _read_status(request.call(paths.WEB_CONTROL_SOCKET, "status"))


def _read_status(answer: object) -> dict[str, Any]:
    return request.read_result(
        answer,
        tls=bool,
        sessions=int,
        streams=int,
        url=str,
        proxies=list,
        trouble=str,
        remedy=str,
        **{"from": list},
    )


def _role(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--viewer", dest="role", action="store_const", const="viewer", default="admin",
        help="for a viewer, who can change nothing",
    )  # fmt: skip


def login_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of ``login``."""
    _role(parser)
    address.host_argument(parser)
    parser.add_argument("--json", action="store_true", help="print it for programs")


def login(args: argparse.Namespace) -> int:
    """Print a link that logs in once."""
    made = request.read_result(
        ask("login-link", role=args.role),
        token=str,
        expires=(int, float),
        url=str,
        tls=bool,
        **{"from": list},
    )
    base, why = _base(args.host, made)
    link = f"{base}/login?token={quote(made['token'], safe='')}"
    if args.json:
        common.print_json({"link": link, "role": args.role, "expires": made["expires"]})
        return EXIT_OK
    left = term.span(round(max(0, made["expires"] - time.time())))
    print(f"{term.colour('Open in a browser', 'bold')} (good once, within {left}):\n")
    print(f"  {term.colour(link, 'green')}\n")
    if why:
        print(why)
    return EXIT_OK


def reachable(host: str) -> str | None:
    """Return the dashboard's address for other hosts, which call this one ``host``.

    None when it is off, or listens where they cannot come.
    """
    try:
        said = _read_status(ask("status"))
        if said["url"]:
            return term.printable(said["url"])
        if listens().local or install.local_only(said["from"]):
            return None
        return _base(host, said)[0]
    except LumenmonError:
        return None


def _base(wanted: str | None, made: dict[str, Any]) -> tuple[str, str]:
    """Return the dashboard's address, and a line that says why it is this one."""
    if made["url"] and not wanted:
        return term.printable(made["url"]), ""
    listen, networks = listens(), made["from"]
    local = listen.local or install.local_only(networks)
    if wanted:
        host, why = check_host(wanted.strip("[]")), ""
    elif local:
        host, why = listen.host or _loopback(networks), ""
    elif listen.host:
        host, why = listen.host, f"The dashboard listens on {listen.host} alone."
    else:
        picked = address.pick("login")
        other = common.remedy("another name or address: sudo lumenmonctl login --host NAME", 0)
        host, why = picked.host, f"The link names {picked.host}: {picked.why}.\n{other}"
    if local:
        why = _tunnel(listen, _loopback(networks))
    return f"{'https' if made['tls'] else 'http'}://{_bracketed(host)}:{listen.port}", why


def _bracketed(host: str) -> str:
    return f"[{host}]" if ":" in host else host


def _loopback(networks: Sequence[str]) -> str:
    """Return the address of this host that networks of the loopback let in."""
    versions = {ipaddress.ip_network(network).version for network in networks}
    return "::1" if versions == {6} else "127.0.0.1"


def _tunnel(listen: Listen, loopback: str) -> str:
    """Return how a browser on another host reaches a dashboard that only this one can."""
    key = "" if listen.local else ", by web_from in /etc/lumenmon/lumenmond.toml"
    there = f"{_bracketed(listen.host or loopback)}:{listen.port}"
    return f"The dashboard answers this host alone{key}.\n" + common.remedy(
        "to open the link on another host, keep this running there:\n"
        f"  ssh -NL {listen.port}:{there} {socket.gethostname()}",
        0,
    )


def passwd_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of ``passwd``."""
    _role(parser)
    parser.add_argument("--remove", action="store_true", help="take the password away")


def passwd(args: argparse.Namespace) -> int:
    """Set a role's password, read twice from the terminal or once from standard input."""
    common.need_root()
    password = "" if args.remove else _read_password(args.role)
    ask("passwd", role=args.role, password=password)
    print(f"the {args.role}'s password is {'gone' if args.remove else 'set'}; its sessions ended")
    return EXIT_OK


def _read_password(role: str) -> str:
    if sys.stdin.isatty():
        password = getpass.getpass(f"New password of the {role}: ")
        if password and getpass.getpass("Once more: ") != password:
            raise LumenmonError("the two differ: nothing was changed", common.typed())
    else:
        password = sys.stdin.readline(MAX_STDIN).rstrip("\r\n")
    if not password:
        raise LumenmonError("no password was given", f"to take it away: {common.typed('--remove')}")
    return password


def token_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of ``token``."""
    parser.add_argument("action", choices=("create", "list", "revoke"), help="see below")
    parser.add_argument("name", nargs="?", metavar="NAME", help="what the token is for")
    parser.add_argument("--json", action="store_true", help="print it for programs")


def token(args: argparse.Namespace) -> int:
    """Make, list or revoke tokens."""
    if (args.action == "list") is bool(args.name):
        words = "list takes no NAME" if args.name else f"{args.action} needs a NAME"
        raise UsageError(words, "lumenmonctl token --help")
    if args.action == "list":
        return _list_tokens(args)
    done = ask(f"token-{args.action}", name=args.name)
    if args.json:
        common.print_json(done)
    elif args.action == "create":
        print(term.colour(term.printable(request.read_result(done, token=str)["token"]), "green"))
        print(common.remedy("keep it: it is not shown again", 0), file=sys.stderr)
    else:
        print(f"revoked {args.name}")
    return EXIT_OK


def _list_tokens(args: argparse.Namespace) -> int:
    found = [
        request.read_result(each, name=str, created=_TIME, seen=_TIME)
        for each in request.read_list(ask("token-list"))
    ]
    if args.json:
        common.print_json(found)
    elif not found:
        print("no tokens; make one: sudo lumenmonctl token create NAME")
    else:
        now = time.time()
        rows = [
            (
                term.printable(each["name"]),
                agents.ago(each["created"], now),
                agents.ago(each["seen"], now),
            )
            for each in found
        ]
        print("\n".join(term.table(("NAME", "MADE", "USED"), rows)))
    return EXIT_OK


def logout_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of ``logout``."""
    parser.add_argument("--all", action="store_true", help="end every session and login link")


def logout(args: argparse.Namespace) -> int:
    """End all sessions."""
    if not args.all:
        raise UsageError("whose session?", "to end every one: sudo lumenmonctl logout --all")
    ended = request.read_result(ask("logout-all"), ended=int)["ended"]
    print(f"ended {term.counted(ended, 'session')}")
    return EXIT_OK
