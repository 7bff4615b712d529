"""Which Linux accounts are agents: their uids say whose data arrives."""

from __future__ import annotations

import pwd

from lumenmon.keys import AGENT_ID

UIDS = range(66000, 100000)
"""The uids that agents get; none is ever used again."""


def agent_of(uid: int) -> str | None:
    """Return the id of the agent that is this user, None when it is none."""
    if uid not in UIDS:
        return None
    try:
        name = pwd.getpwuid(uid).pw_name
    except KeyError:
        return None
    return name if AGENT_ID.fullmatch(name) else None


def uid_of(id: str) -> int | None:
    """Return the uid of an agent's account, None when it has none."""
    if not AGENT_ID.fullmatch(id):
        return None
    try:
        uid = pwd.getpwnam(id).pw_uid
    except KeyError:
        return None
    return uid if uid in UIDS else None


def all_agents() -> dict[str, int]:
    """Return the uid of every agent's account by its id."""
    return {
        user.pw_name: user.pw_uid
        for user in pwd.getpwall()
        if user.pw_uid in UIDS and AGENT_ID.fullmatch(user.pw_name)
    }
