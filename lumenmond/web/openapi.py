"""The API's description in OpenAPI 3.1, as /api/v1/openapi.json serves it."""

from __future__ import annotations

from typing import Any

from lumenmon import __version__
from lumenmond.web.schemas import SCHEMAS

JSON = "application/json"
_PROBLEMS = {
    "400": "The request is not understood.",
    "401": "Nobody is logged in.",
    "403": "The role does not allow it, or the CSRF token is missing.",
    "404": "There is no such thing.",
    "409": "It was refused, and why.",
    "413": "The body is too long.",
    "415": "The body is of a kind that is not read here.",
    "502": "The dashboard has no right to ask the console's parts.",
    "503": "The daemon, its helper or the database does not answer, or all places are taken.",
}


def _ref(name: str) -> dict[str, str]:
    return {"$ref": f"#/components/schemas/{name}"}


def _answers(status: str, text: str, schema: Any, kind: str = JSON) -> dict[str, Any]:
    found: dict[str, Any] = {status: {"description": text}}
    if schema is not None:
        found[status]["content"] = {kind: {"schema": schema}}
    for code, words in _PROBLEMS.items():
        found[code] = {
            "description": words,
            "content": {"application/problem+json": {"schema": _ref("Problem")}},
        }
    return found


def _path(name: str, text: str, pattern: str) -> dict[str, Any]:
    schema = {"type": "string", "pattern": pattern}
    return {"name": name, "in": "path", "required": True, "description": text, "schema": schema}


def _query(name: str, text: str, schema: dict[str, Any]) -> dict[str, Any]:
    return {"name": name, "in": "query", "description": text, "schema": schema}


def _body(schema: Any, *, required: bool = True) -> dict[str, Any]:
    return {"required": required, "content": {JSON: {"schema": schema}}}


_ID = _path("id", "The agent's id.", "^id_[0-9a-f]{16}$")
_METRIC = _path("metric", "The metric's name.", "^[A-Za-z0-9_-]{1,64}$")
_USER = _path("user", "The invite's user.", "^reg_[0-9]{13}$")
_TIME = {"type": "integer", "minimum": 0, "maximum": 2**40}
_FROM = _query("from", "Seconds since 1970; an hour before `to` unless given.", _TIME)
_TO = _query("to", "Seconds since 1970, inclusive; now unless given.", _TIME)
_POINTS = _query(
    "points", "About how many points; the newest sample is always among them.",
    {"type": "integer", "minimum": 1, "maximum": 5000, "default": 600},
)  # fmt: skip
_LIMIT = _query(
    "limit", "How many changes at most, the newest.",
    {"type": "integer", "minimum": 1, "maximum": 1000, "default": 1000},
)  # fmt: skip
_CSRF = {
    "name": "X-CSRF-Token", "in": "header", "required": True, "schema": {"type": "string"},
    "description": "The session's, from GET /session.",
}  # fmt: skip
_AGENT_OF = _query(
    "agent", "The id of an agent to follow in full, up to 16 times; the whole fleet unless given.",
    {"type": "string", "pattern": "^id_[0-9a-f]{16}$"},
)  # fmt: skip
_FLEET = _query("fleet", "1 to follow the fleet besides the agents.", {"type": "string"})
_SESSION_ONLY: list[dict[str, list[str]]] = [{"session": []}]


def _get(
    summary: str, name: str, schema: Any, *parameters: dict[str, Any], kind: str = JSON
) -> dict[str, Any]:
    return {
        "summary": summary,
        "operationId": name,
        "parameters": list(parameters),
        "responses": _answers("200", summary, schema, kind),
    }


def _change(
    summary: str, name: str, status: str, schema: Any, *parameters: dict[str, Any],
    body: dict[str, Any] | None = None,
) -> dict[str, Any]:  # fmt: skip
    made = {
        "summary": summary,
        "operationId": name,
        "security": _SESSION_ONLY,
        "parameters": [*parameters, _CSRF],
        "responses": _answers(status, summary, schema),
    }
    return {**made, "requestBody": body} if body else made


_EVENTS = (
    "Server-sent events: `snapshot` (as GET /agents, first and after every reconnection to the "
    "daemon; with `agent`, its id, when it is of that one in full), "
    "`samples` ({id, samples: [[metric, timestamp, interval, value, type, unit], …]}), "
    "`agent` (an Agent), `gone` ({id}), `daemon` ({state: up | down}), "
    "`console` ({trouble}: what is wrong with the database, if anything); a comment every 10 s."
)
PATHS: dict[str, Any] = {
    "/openapi.json": {"get": _get("This document.", "document", {"type": "object"})},
    "/session": {"get": _get("Who asks, and the CSRF token.", "session", _ref("Session"))},
    "/agents": {"get": _get("All agents as they are now.", "agents", _ref("Fleet"))},
    "/agents/{id}": {
        "get": _get("All of one agent.", "agent", _ref("AgentInFull"), _ID),
        "patch": _change(
            "Rename or tag an agent.", "changeAgent", "200", _ref("Changed"), _ID,
            body=_body(_ref("Change")),
        ),
        "delete": _change("Remove an agent with its data.", "removeAgent", "204", None, _ID),
    },
    "/agents/{id}/series/{metric}": {
        "get": _get("A metric's past as points.", "series", _ref("Series"),
                    _ID, _METRIC, _FROM, _TO, _POINTS),
    },
    "/agents/{id}/series/{metric}.csv": {
        "get": _get("Every sample of a metric.", "export", {"type": "string"},
                    _ID, _METRIC, _FROM, _TO, kind="text/csv"),
    },
    "/agents/{id}/history/{metric}": {
        "get": _get("When a text changed.", "history", _ref("History"),
                    _ID, _METRIC, _FROM, _TO, _LIMIT),
    },
    "/events": {
        "get": {
            **_get("What happens, live.", "events", {"type": "string"}, _AGENT_OF, _FLEET,
                   kind="text/event-stream"),
            "description": _EVENTS,
        },
    },
    "/invites": {
        "get": {**_get("The open invites.", "invites", _ref("Invites")),
                "security": _SESSION_ONLY},
        "post": _change(
            "Make an invite, good once within 5 minutes.", "invite", "201", _ref("Invitation"),
            body=_body(_ref("Invited"), required=False),
        ),
    },
    "/invites/{user}": {
        "delete": _change("Withdraw an invite.", "revokeInvite", "204", None, _USER),
    },
}  # fmt: skip

DOCUMENT: dict[str, Any] = {
    "openapi": "3.1.0",
    "info": {
        "title": "lumenmon",
        "version": __version__,
        "description": "What the dashboard shows. Read with a session or a token "
        "(`lumenmonctl token create NAME`); change with an admin's session.",
        "license": {"name": "MIT", "identifier": "MIT"},
    },
    "servers": [{"url": "/api/v1"}],
    "security": [{"session": []}, {"token": []}],
    "paths": PATHS,
    "components": {
        "schemas": SCHEMAS,
        "securitySchemes": {
            "session": {"type": "apiKey", "in": "cookie", "name": "lumenmon"},
            "token": {"type": "http", "scheme": "bearer"},
        },
    },
}
