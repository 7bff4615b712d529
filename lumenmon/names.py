"""Agents' names: what may be one, what a key's comment suggests, and which agent a word means.

A name is what a person types for an agent, so none may look like an id, an option or a path. A
key's comment is a stranger's text, from which only what a host may be called becomes a name.
"""

from __future__ import annotations

import difflib
import re
import unicodedata
from collections.abc import Iterable, Sequence
from typing import Protocol, TypeVar

from lumenmon.errors import LumenmonError
from lumenmon.term import printable

MAX_NAME = 64
"""Characters of a name."""
_HOST = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._-]{0,61}[A-Za-z0-9])?")
_RESERVED = re.compile(r"(?:id|reg)_", re.IGNORECASE)


class Named(Protocol):
    """What has an id and a name."""

    @property
    def id(self) -> str:
        """Its id, which no other has."""

    @property
    def name(self) -> str:
        """Its name."""


T = TypeVar("T", bound=Named)


class UnknownAgent(LumenmonError):
    """A word that is no name, or that names no agent or several."""


def objection(name: str) -> str:
    """Return why no agent may have this name; empty when one may."""
    if not 1 <= len(name) <= MAX_NAME:
        return f"a name has 1 to {MAX_NAME} characters"
    if not name.isprintable() or printable(name) != name or name != name.strip():
        return "a name has printable characters, and no blank at its ends"
    if _RESERVED.match(unicodedata.normalize("NFKC", name)):
        return "a name does not begin as an id does, with id_ or reg_"
    if name.startswith("-"):
        return "a name does not begin as an option does, with -"
    if "/" in name or "\\" in name or name.startswith("."):
        return "a name is no path: it has no / in it and does not begin with ."
    return ""


def suggested(comment: str) -> str:
    """Return the host that a key's comment names, ``user@host`` or one word; else nothing."""
    host = comment.rpartition("@")[2].strip()
    return host if _HOST.fullmatch(host) and not objection(host) else ""


def folded(name: str) -> str:
    """Return a name so that two which differ in case alone, or look the same, are equal."""
    return unicodedata.normalize("NFKC", name).casefold()


def free(wanted: str, taken: Iterable[str]) -> str:
    """Return ``wanted``, or with ``-2`` and so on at its end where another has it already."""
    others = {folded(name) for name in taken}
    name, number = wanted[:MAX_NAME], 2
    while folded(name) in others:
        ending = f"-{number}"
        name, number = f"{wanted[: MAX_NAME - len(ending)]}{ending}", number + 1
    return name


def exactly(word: str, agents: Iterable[T]) -> list[T]:
    """Return the agents whose id or name is ``word``; that id comes before any name."""
    found = list(agents)
    return [each for each in found if each.id == word] or [
        each for each in found if each.name == word
    ]


def near(word: str, agents: Iterable[T]) -> list[T]:
    """Return the agents that ``word`` means, by id, by name, or by the beginning of either."""
    found = list(agents)
    if exact := exactly(word, found):
        return exact
    if word.startswith("id_"):
        return [each for each in found if each.id.startswith(word)]
    return [
        each
        for each in found
        if each.name.startswith(word) or each.id.removeprefix("id_").startswith(word)
    ]


def one(word: str, agents: Sequence[T], *, whole: bool = False) -> T:
    """Return the one agent that ``word`` means; with ``whole``, only by its whole name or id.

    Raises LumenmonError that names those which it could mean.
    """
    found = exactly(word, agents) if whole else near(word, agents)
    if len(found) == 1:
        return found[0]
    shown = printable(word)
    if found:
        raise UnknownAgent(
            f"{shown} means {len(found)} agents", f"name one by its id: {_list(found)}"
        )
    if whole and (meant := near(word, agents)):
        raise UnknownAgent(
            f"no agent is called {shown}", f"type all of its name or id: {_list(meant)}"
        )
    known = [printable(each.name) for each in agents]
    close = difflib.get_close_matches(shown, known, 1)
    hint = f"did you mean: {close[0]}" if close else "all agents: lumenmonctl agents"
    raise UnknownAgent(f"no agent is called {shown}", hint)


def _list(agents: Sequence[Named]) -> str:
    shown = [f"{each.id} ({printable(each.name)})" for each in agents[:5]]
    return ", ".join([*shown, *([f"and {len(agents) - 5} more"] if len(agents) > 5 else [])])
