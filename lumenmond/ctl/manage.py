"""``rename``, ``tag`` and ``remove``: what root can change about an agent."""

from __future__ import annotations

import argparse

from lumenmon import paths, request, term
from lumenmon.ctl import common
from lumenmon.errors import EXIT_OK, AccessError, LumenmonError
from lumenmon.keys import AGENT_ID
from lumenmond.ctl import agents, fleet
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
    parser.add_argument("agent", metavar="NAME", help="its whole name or id")
    parser.add_argument("-y", "--yes", action="store_true", help="do not ask")


def remove(args: argparse.Namespace) -> int:
    """Remove an agent: its account, its key and its data."""
    common.need_root()
    id, shown, seen = _whole(args.agent)
    common.confirm(f"Remove {shown}{seen} with its key and all its data?", yes=args.yes)
    request.call(paths.HOST_SOCKET, "remove", HOST_TIMEOUT, id=id)
    print(f"removed {shown}; its host can come back with a new invite")
    return EXIT_OK


def _whole(word: str) -> tuple[str, str, str]:
    """Return the agent of exactly that name or id: its id, and words that tell it from others.

    An id that lumenmond does not know, or cannot tell about, may still have an account.
    """
    try:
        known = fleet.snapshot()
        agent = fleet.one(word, known, whole=True)
    except AccessError:
        raise
    except LumenmonError:
        if AGENT_ID.fullmatch(word):
            return word, word, ""
        raise
    shown = agent.id if agent.name == agent.id else f"{term.printable(agent.name)} ({agent.id})"
    return agent.id, shown, f", last seen {agents.ago(agent.last_seen, known.now)},"
