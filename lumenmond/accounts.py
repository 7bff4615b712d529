"""Which Linux accounts are agents: their uids say whose data arrives."""

from __future__ import annotations

import pwd

from lumenmon import paths
from lumenmon.errors import LumenmonError
from lumenmon.keys import AGENT_ID, PublicKey, parse_key_file
from lumenmond.store.registry import AgentRow
from lumenmond.store.writer import Store
from lumenmond.uidrange import is_ours


def agent_of(uid: int) -> str | None:
    """Return the id of the agent that is this user, None when it is none."""
    if not is_ours(uid):
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
    return uid if is_ours(uid) else None


def all_agents() -> dict[str, int]:
    """Return the uid of every agent's account by its id."""
    return {
        user.pw_name: user.pw_uid
        for user in pwd.getpwall()
        if is_ours(user.pw_uid) and AGENT_ID.fullmatch(user.pw_name)
    }


def key_of(id: str) -> PublicKey | None:
    """Return an agent's key as the root helper keeps it, None when it cannot be read."""
    try:
        return parse_key_file((paths.KEYS / id / "authorized_keys").read_text())
    except (OSError, ValueError, LumenmonError):
        return None


def take_in(store: Store, id: str, uid: int) -> AgentRow:
    """Return the row of an agent that has an account, made with what its key says.

    The root helper tells us of each enrolment, but not while we are down; raises DatabaseError.
    """
    known = store.agents.get(id)
    key = None if known and known.fingerprint else key_of(id)
    return store.enrol(id, uid, *((key.fingerprint, key.comment) if key else ()))
