"""What can be asked of the root helper, and by whom: anything else is refused."""

from __future__ import annotations

import logging
import pwd
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from lumenmon import journal, paths, request
from lumenmon.errors import LumenmonError
from lumenmon.invite import DEFAULT_PORT, HINT, LIFETIME, USER, Link, check_host
from lumenmon.keys import AGENT_ID, PublicKey, parse_public_key
from lumenmond.host import accounts, hostkey, invites, passwd, sshd

ROOT, WEB = "root", "lumenmon-web"
INVITED = "an invite"
TELL_TIMEOUT = 2.0
"""Seconds that lumenmond may take to hear of a new agent."""


@dataclass(frozen=True)
class Answer:
    """The result for the caller, and what is done once the caller has hung up."""

    result: Any
    after: Callable[[], object] | None = None


@dataclass(frozen=True)
class Verb:
    """A function, the callers that may use it, and the types of its arguments."""

    run: Callable[..., Answer]
    callers: frozenset[str]
    args: Mapping[str, type]


def _check_place(host: str, port: int) -> tuple[str, int]:
    if isinstance(port, bool) or not 0 < port < 65536:
        raise LumenmonError("a port is a number from 1 to 65535")
    return check_host(host), port


def _invite(caller: str, host: str, port: int) -> Answer:
    place = _check_place(host, port)
    if caller == WEB:
        invites.check_rate(time.time())
    if caller != ROOT and port != DEFAULT_PORT:
        # lumenmonctl has asked the sshd there whether it has read the rules; a sandbox cannot.
        raise LumenmonError(
            f"an invite for another port than {DEFAULT_PORT} is made on the console itself",
            f"sudo lumenmonctl invite --port {port}",
        )
    key = _host_key()
    name, password, expires = invites.create()
    link = Link(name, password, *place, key)
    return Answer({"link": str(link), "expires": expires, "user": name})


def _host_key() -> PublicKey:
    config = sshd.PORT_CONFIG.read_text() if sshd.PORT_CONFIG.exists() else ""
    return hostkey.current(config)


def _invite_pubkey(_caller: str, key: str, host: str, port: int) -> Answer:
    parsed = parse_public_key(key)
    place = _check_place(host, port)
    pinned = _host_key()
    with accounts.lock():
        id = accounts.add_agent(parsed)
    return Answer(
        {"id": id, "link": str(Link(id, "", *place, pinned))}, partial(tell_enrolled, id, parsed)
    )


def _enroll(user: str, key: str) -> Answer:
    parsed = parse_public_key(key)  # a line that is no key does not use the invite up
    with accounts.lock():  # first: what keeps it waiting does not use the invite up either
        file = invites.claim(user)
        try:
            id = accounts.add_agent(parsed)
        except (LumenmonError, OSError):
            invites.release(user, file)
            raise

    def after() -> None:
        tell_enrolled(id, parsed)
        invites.finish(user, file)

    return Answer({"id": id}, after)


def tell_enrolled(id: str, key: PublicKey) -> None:
    """Tell lumenmond of a new agent, of which it else hears by its connecting."""
    try:
        request.call(
            paths.CONTROL_SOCKET, "enrolled", TELL_TIMEOUT,
            id=id, comment=key.label, fingerprint=key.fingerprint,
        )  # fmt: skip
    except LumenmonError as error:
        journal.event(
            logging.INFO, "lumenmond-not-told",
            "lumenmond was not told of %s: %s, ignoring", id, error.message, agent=id,
        )  # fmt: skip


def _remove(_caller: str, id: str) -> Answer:
    if not AGENT_ID.fullmatch(id):
        raise LumenmonError("not the id of an agent", "list them: lumenmonctl agents")
    known = accounts.remove_agent(id)
    try:
        told = request.call(paths.CONTROL_SOCKET, "forget", id=id)
    except LumenmonError as error:
        raise LumenmonError(
            f"{id} can no longer log in, but its data may still be there: {error.message}",
            f"once lumenmond runs and its disk is not full: sudo lumenmonctl remove {id}",
        ) from error
    if not known and not told["known"]:
        raise LumenmonError(f"no agent {id} is enrolled", "list them: lumenmonctl agents")
    return Answer({"id": id})


def _invites(_caller: str) -> Answer:
    now = invites.Moment.now()
    return Answer([
        {
            "user": each.user,
            "created": each.made.wall,
            "expires": each.made.wall + LIFETIME,
        }
        for each in invites.read_all()
        if not each.claimed and not each.made.expired(now)
    ])  # fmt: skip


def _revoke(_caller: str, user: str) -> Answer:
    if not USER.fullmatch(user):
        raise LumenmonError("not an invite", "an invite is reg_ and 13 digits")
    invites.revoke(user)
    return Answer({"user": user})


def _expire(_caller: str) -> Answer:
    return Answer({"ended": invites.sweep()})


def _apply_sshd(_caller: str) -> Answer:
    return Answer({"notes": sshd.apply()})


_MANAGERS = frozenset({ROOT, WEB})
_ROOT = frozenset({ROOT})
HOST_VERBS = {
    "invite": Verb(_invite, _MANAGERS, {"host": str, "port": int}),
    "invite-pubkey": Verb(_invite_pubkey, _ROOT, {"key": str, "host": str, "port": int}),
    "invites": Verb(_invites, _MANAGERS, {}),
    "revoke": Verb(_revoke, _MANAGERS, {"user": str}),
    "remove": Verb(_remove, _MANAGERS, {"id": str}),
    "expire": Verb(_expire, _ROOT, {}),
    "apply-sshd": Verb(_apply_sshd, _ROOT, {}),
}
ENROLL_VERBS = {"enroll": Verb(_enroll, frozenset({INVITED}), {"key": str})}


def _account(change: str) -> Callable[..., Answer]:
    def run(_caller: str, *values: Any) -> Answer:
        passwd.CHANGES[change](*values)
        return Answer({})

    return run


ACCOUNT_VERBS = {
    change: Verb(_account(change), _ROOT, args) for change, args in passwd.ARGUMENTS.items()
}


def check_caller(table: Mapping[str, Verb], uid: int) -> None:
    """Raise LumenmonError unless the user may ask for something, before the request is read."""
    if not any(_caller(uid) in verb.callers for verb in table.values()):
        journal.event(
            logging.WARNING,
            "request-refused",
            "a request of user %s (uid %d) refused",
            _name(uid),
            uid,
        )
        raise LumenmonError(f"{_name(uid)} may not ask here", _hint(table))


def _caller(uid: int) -> str:
    user = _name(uid)
    return INVITED if USER.fullmatch(user) and accounts.find(user) else user


def _hint(table: Mapping[str, Verb]) -> str:
    return HINT if table is ENROLL_VERBS else "what root can ask: sudo lumenmonctl help"


def dispatch(table: Mapping[str, Verb], asked: request.Request, uid: int) -> Answer:
    """Do what the user ``uid`` asks for; raises when the verb is unknown or not for them."""
    verb = table.get(asked.verb)
    user, caller = _name(uid), _caller(uid)
    if verb is None or caller not in verb.callers:
        journal.event(
            logging.WARNING, "request-refused",
            "request %.40r of user %s (uid %d) refused", asked.verb, user, uid,
        )  # fmt: skip
        if verb is None:
            raise LumenmonError("this cannot be asked here", "update lumenmon's packages together")
        raise LumenmonError(f"{user} may not ask for {asked.verb}", _hint(table))
    args = request.check_args(asked.args, **verb.args)
    return verb.run(user, *(args[name] for name in verb.args))


def _name(uid: int) -> str:
    if uid == 0:
        return ROOT
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return f"uid {uid}"
