"""What the API changes, for admins: agents' names and tags, agents themselves, invites."""

from __future__ import annotations

import ipaddress
import logging
import socket
from typing import Any

from flask import Blueprint, Response, request

from lumenmon import journal
from lumenmon.invite import DEFAULT_PORT, USER, LinkError, check_host
from lumenmon.names import objection
from lumenmond import install, invitations
from lumenmond.web import names, security
from lumenmond.web.api import known_agent, reply
from lumenmond.web.problems import Problem
from lumenmond.web.services import services

changes = Blueprint("changes", __name__, url_prefix="/api/v1")

MAX_TAGS = 32
GONE = 1.0
"""Seconds that a removed agent may still be seen, before the answer is given anyway."""


def _body(**types: type) -> dict[str, Any]:
    """Return the request's JSON object; every key has to be one of ``types``."""
    if not request.get_data():
        return {}
    value = request.get_json(force=True)
    if not isinstance(value, dict):
        raise Problem(400, "the body is not a JSON object")
    for name, given in value.items():
        if name not in types:
            raise Problem(400, f"unknown: {name[:40]}", f"known: {', '.join(types)}")
        if not isinstance(given, types[name]) or isinstance(given, bool):
            raise Problem(400, f"{name} is of the wrong type")
    return value


@changes.patch("/agents/<id>")
@security.admin
def change(id: str) -> Response:
    """Rename or tag an agent."""
    known = known_agent(id)
    wanted = _body(name=str, tags=list)
    if not wanted:
        raise Problem(400, "nothing to change", "give a name, tags or both")
    tags = wanted.get("tags", [])
    if not all(isinstance(tag, str) for tag in tags) or len(tags) > MAX_TAGS:
        raise Problem(400, f"tags is a list of at most {MAX_TAGS} texts")
    name = str(wanted.get("name", known["name"]))
    if name not in (known["name"], id) and (reason := objection(name)):
        raise Problem(400, reason, "choose another name")
    of = services()
    result = {"id": id, "name": known["name"], "tags": known["tags"]}
    if name != known["name"]:
        result |= of.ask_daemon("rename", agent=id, name=name)
    if "tags" in wanted:
        result |= of.ask_daemon("tag", agent=id, tags=tags)
    _note("agent-changed", "changed %s", id, agent=id)
    return reply(result)


@changes.delete("/agents/<id>")
@security.admin
def remove(id: str) -> Response:
    """Remove an agent with its key and its data."""
    known_agent(id)
    services().ask_host("remove", id=id)
    services().hub.wait_gone(id, GONE)
    _note("agent-removed", "removed %s", id, agent=id)
    return Response(status=204)


@changes.get("/invites")
@security.admin
def invites() -> Response:
    """List the open invites."""
    return reply({"invites": invitations.read_invitations(services().ask_host("invites"))})


@changes.post("/invites")
@security.admin
def invite() -> Response:
    """Make a link that lets one new host in."""
    wanted = _body(host=str, port=int)
    try:
        host = check_host(wanted.get("host", "").strip("[]") or _called())
    except LinkError as error:
        raise Problem(400, error.message, error.hint) from None
    port = wanted.get("port", DEFAULT_PORT)
    if not 0 < port < 65536:
        raise Problem(400, "a port is a number from 1 to 65535")
    made = invitations.read_invitation(services().ask_host("invite", host=host, port=port))
    _note("invited", "made the invite %s", made.user)
    link, base = made.link, _base(host)
    return reply({"link": link, "command": install.command(link), "user": made.user,
                  "install": install.line(link, base) if base else None,
                  "expires": made.expires}, 201)  # fmt: skip


def _called() -> str:
    """Return the name that the browser calls us by, which other hosts can use as well.

    Over an SSH tunnel that is localhost, which they cannot: then it is this host's name.
    """
    host = names.host_of(request.headers.get("Host", ""))
    try:
        local = ipaddress.ip_address(host).is_loopback
    except ValueError:
        local = host == "localhost"
    return socket.gethostname() if local else host


def _base(host: str) -> str | None:
    """Return the address at which another host, which calls us ``host``, reaches the dashboard."""
    config = services().config
    if config.web_url:
        return config.web_url
    if install.local_only(config.web_from):
        return None
    called = request.headers.get("Host", "").lower()
    scheme = "https" if security.secure() else "http"
    if names.host_of(called) == host.lower():
        return f"{scheme}://{called}"
    scheme = request.environ["wsgi.url_scheme"]
    shown = f"[{host}]" if ":" in host else host
    return f"{scheme}://{shown}:{request.environ['SERVER_PORT']}"


@changes.delete("/invites/<user>")
@security.admin
def revoke(user: str) -> Response:
    """Withdraw an invite."""
    if not USER.fullmatch(user):
        raise Problem(404, "no invite has such a name")
    services().ask_host("revoke", user=user)
    _note("invite-revoked", "withdrew the invite %s", user)
    return Response(status=204)


def _note(event: str, text: str, what: str, agent: str = "") -> None:
    words = f"an admin at %s {text}"
    journal.event(logging.INFO, event, words, security.source(), what, agent=agent)
