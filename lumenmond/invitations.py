"""What the root helper answers about invites, read like a stranger's text and written out again.

Whoever answers in its place could else put a command or escape bytes into the line that an
administrator pastes on the next host.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from lumenmon import request
from lumenmon.invite import USER, LinkError, parse_link

_NUMBER = (int, float)


@dataclass(frozen=True)
class Invitation:
    """A link, the invite's user in it, and until when it is good, in seconds since 1970."""

    link: str
    user: str
    expires: float


def read_invitation(answer: Any) -> Invitation:
    """Read the answer to ``invite``; raises RequestError."""
    values = request.read_result(answer, link=str, expires=_NUMBER)
    try:
        link = parse_link(values["link"])
    except LinkError as error:
        raise request.RequestError(f"the answer holds no invite: {error.message}") from None
    if link.enrolled:
        raise request.RequestError("the answer holds the link of an agent, not an invite")
    return Invitation(str(link), link.user, float(values["expires"]))


def read_enrolment(answer: Any, id: str) -> str:
    """Read the answer to ``invite-pubkey`` for the key of ``id``: its link; raises RequestError."""
    values = request.read_result(answer, id=str, link=str)
    try:
        link = parse_link(values["link"])
    except LinkError as error:
        raise request.RequestError(f"the answer holds no link: {error.message}") from None
    if {values["id"], link.user} != {id}:
        raise request.RequestError("the answer names another key", "sudo lumenmonctl doctor")
    return str(link)


def read_invitations(answer: Any) -> list[dict[str, Any]]:
    """Read the answer to ``invites``: user, created and expires of each; raises RequestError."""
    read = [
        request.read_result(each, user=str, created=_NUMBER, expires=_NUMBER)
        for each in request.read_list(answer)
    ]
    for each in read:
        if not USER.fullmatch(each["user"]):
            raise request.RequestError("the answer names a user that is no invite")
    return read
