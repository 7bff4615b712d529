"""``rename``, ``tag`` and ``remove``: what root can change about an agent."""

from __future__ import annotations

import argparse

from lumenmon import paths, request, term
from lumenmon.ctl import common
from lumenmon.errors import EXIT_OK
from lumenmond.ctl import fleet
from lumenmond.ctl.invite import HOST_TIMEOUT


def _agent(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("agent", metavar="NAME", help="its name or id, or the beginning of one")


def rename_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of ``rename``."""
    _agent(parser)
    parser.add_argument("name", metavar="NEW", help="the new name")


def rename(args: argparse.Namespace) -> int:
    """Give an agent another name."""
    common.need_root()
    id, name = fleet.resolve(args.agent)
    request.call(paths.CONTROL_SOCKET, "rename", agent=id, name=args.name)
    print(f"{term.printable(name)} is now {term.colour(term.printable(args.name), 'green')}")
    return EXIT_OK


def tag_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of ``tag``."""
    _agent(parser)
    parser.add_argument("tags", metavar="TAG", nargs="*", help="all its tags; none clears them")


def tags(text: str) -> list[str]:
    """Read tags as people write them: parted by blanks or commas, with a ``#`` or without."""
    words = [word.removeprefix("#") for word in text.replace(",", " ").split()]
    return list(dict.fromkeys(filter(None, words)))


def tag(args: argparse.Namespace) -> int:
    """Set an agent's tags."""
    common.need_root()
    id, name = fleet.resolve(args.agent)
    wanted = tags(" ".join(args.tags))
    request.call(paths.CONTROL_SOCKET, "tag", agent=id, tags=wanted)
    shown = term.printable(", ".join(wanted)) or "none"
    print(f"tags of {term.printable(name)}: {shown}")
    return EXIT_OK


def remove_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of ``remove``."""
    _agent(parser)
    parser.add_argument("-y", "--yes", action="store_true", help="do not ask")


def remove(args: argparse.Namespace) -> int:
    """Remove an agent: its account, its key and its data."""
    common.need_root()
    id, name = fleet.resolve(args.agent)
    shown = f"{term.printable(name)} ({id})" if name != id else id
    common.confirm(f"Remove {shown} with its key and all its data?", yes=args.yes)
    request.call(paths.HOST_SOCKET, "remove", HOST_TIMEOUT, id=id)
    print(f"removed {shown}; its host can come back with a new invite")
    return EXIT_OK
