"""Answers held against the schemas of the API's description."""

from lumenmond.web.schemas import SCHEMAS


def check(value, schema, where="$"):
    """Hold a value against a schema, as far as ours go."""
    if "$ref" in schema:
        return check(value, SCHEMAS[schema["$ref"].rpartition("/")[2]], where)
    if "enum" in schema:
        assert value in schema["enum"], where
    kinds = schema.get("type", [])
    kinds = [kinds] if isinstance(kinds, str) else kinds
    names = {"object": dict, "array": list, "string": str, "integer": int, "number": (int, float),
             "null": type(None)}  # fmt: skip
    assert not kinds or any(isinstance(value, names[kind]) for kind in kinds), where
    if isinstance(value, dict):
        known = schema.get("properties", {})
        assert set(schema.get("required", ())) <= set(value), where
        for name, inner in value.items():
            if name in known:
                check(inner, known[name], f"{where}.{name}")
            else:
                more = schema.get("additionalProperties", True)
                assert more is not False, f"{where}.{name}"
                if isinstance(more, dict):
                    check(inner, more, f"{where}.{name}")
    if isinstance(value, list):
        for place, inner in enumerate(value):
            prefix = schema.get("prefixItems", [])
            of = prefix[place] if place < len(prefix) else schema.get("items", {})
            check(inner, of if prefix or "items" in schema else {}, f"{where}[{place}]")
    return None
