"""The JSON schemas of what the API takes and gives."""

from __future__ import annotations

from typing import Any

_TEXT = {"type": "string"}
_NUMBER = {"type": "number"}
_COUNT = {"type": "integer", "minimum": 0}
_MAYBE = {"type": ["number", "null"]}
_STAMP = {"type": ["integer", "null"]}
_WHY = {**_TEXT, "description": "Why the database cannot be read, while it can not."}
_TEXTS = {"type": "array", "items": _TEXT}


def _object(required: dict[str, Any], **optional: Any) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": {**required, **optional},
        "required": list(required),
        "additionalProperties": False,
    }


def _ref(name: str) -> dict[str, str]:
    return {"$ref": f"#/components/schemas/{name}"}


SCHEMAS: dict[str, Any] = {
    "Value": _object({
        "timestamp": {"type": "integer"},
        "interval": _COUNT,
        "value": {"type": ["number", "string"]},
        "type": {"enum": ["REAL", "INTEGER", "TEXT"]},
        "unit": _TEXT,
    }),
    "Agent": _object({
        "seq": _COUNT,
        "id": _TEXT,
        "name": _TEXT,
        "state": {"enum": ["online", "stale", "offline", "never"]},
        "why": _TEXT,
        "tags": _TEXTS,
        "address": _TEXT,
        "fingerprint": _TEXT,
        "enrolled": _NUMBER,
        "connected": _MAYBE,
        "last_seen": _MAYBE,
        "skew": _MAYBE,
        "rejected": _COUNT,
        "last_reject": _TEXT,
        "metrics": _COUNT,
        "size": _COUNT,
        "rate": _NUMBER,
        "slowed": _MAYBE,
        "limited": _MAYBE,
        "latest": {"type": "object", "additionalProperties": _ref("Value")},
        "recent": {"type": "array", "items": _NUMBER},
        "version": _TEXT,
        "boot": _TEXT,
        "rivals": _TEXT,
    }),
    "Fleet": _object({
        "now": _NUMBER,
        "daemon": {"enum": ["up", "down"]},
        "trouble": _TEXT,
        "agents": {"type": "array", "items": _ref("Agent")},
    }, database=_WHY),
    "Metric": _object(
        {"metric": _TEXT, "type": _TEXT, "unit": _TEXT, "group": _TEXT},
        samples=_COUNT, first=_STAMP, last=_STAMP,
    ),
    "AgentInFull": _object(
        {"agent": _ref("Agent"), "metrics": {"type": "array", "items": _ref("Metric")}},
        database=_WHY,
    ),
    "Change": {
        **_object({}, name={"type": "string", "minLength": 1, "maxLength": 64},
                  tags={"type": "array", "items": {"type": "string", "minLength": 1,
                        "maxLength": 32}, "maxItems": 32}),
        "minProperties": 1,
    },
    "Changed": _object({"id": _TEXT, "name": _TEXT, "tags": _TEXTS}),
    "Series": _object({
        "metric": _TEXT,
        "type": {"enum": ["REAL", "INTEGER"]},
        "unit": _TEXT,
        "source": {"enum": ["raw", "minute", "hour"]},
        "step": {"type": "integer", "minimum": 1},
        "from": {"type": "integer"},
        "to": {"type": "integer"},
        "points": {
            "type": "array",
            "items": {
                "description": "Timestamp, count, min, mean, max. The first may lie before"
                               " the range, if it is held or drawn into that.",
                "type": "array",
                "prefixItems": [{"type": "integer"}, _COUNT, _MAYBE, _MAYBE, _MAYBE],
                "minItems": 5,
                "maxItems": 5,
            },
        },
        "intervals": {
            "description": "The samples' interval in seconds for each point, null where it is no"
                           " longer kept; 0 for a value that holds until the next.",
            "type": "array",
            "items": _STAMP,
        },
    }),
    "History": _object({
        "history": {
            "type": "array",
            "items": {
                "description": "Timestamp, interval, the text from then on.",
                "type": "array",
                "prefixItems": [{"type": "integer"}, _COUNT, _TEXT],
                "minItems": 3,
                "maxItems": 3,
            },
        },
    }),
    "Invites": _object({"invites": {"type": "array", "items": _ref("Invite")}}),
    "Invite": _object({"user": _TEXT, "created": _NUMBER, "expires": _NUMBER}),
    "Invited": _object(
        {},
        host={**_TEXT, "description": "The console's name or address in the link."},
        port={"type": "integer", "minimum": 1, "maximum": 65535},
    ),
    "Invitation": _object({"link": _TEXT, "command": _TEXT, "install": {"type": ["string", "null"]},
                           "expires": _NUMBER, "user": _TEXT}),
    "Session": _object({"role": {"enum": ["viewer", "admin"]}, "csrf": _TEXT}),
    "Problem": _object(
        {"type": _TEXT, "title": _TEXT, "status": {"type": "integer"}, "detail": _TEXT,
         "instance": _TEXT},
        hint=_TEXT,
    ),
}  # fmt: skip
