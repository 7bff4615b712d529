"""Whatever a client sends, the answer is never a fault of the server's, and always of its kind."""

import json
import re
from urllib.parse import quote

import pytest
from dashboard import NOW, ONE, Dashboard
from held import check
from hypothesis import given, settings
from hypothesis import strategies as st

from lumenmond.web import openapi

TEXT = st.text(st.characters(blacklist_categories=("Cs",)), max_size=40)
BYTES = st.binary(max_size=80)
METHODS = st.sampled_from(("GET", "POST", "PATCH", "PUT", "DELETE", "HEAD", "OPTIONS"))
SEGMENT = st.one_of(
    TEXT.map(lambda text: quote(text, safe="")),
    st.sampled_from([
        ONE, "generic_cpu", "generic_hostname", "generic_cpu.csv", "series", "history", "agents",
        "..", "%00", "%2e%2e", "reg_1234567890123", "invites", "events", "id_" + "f" * 16,
    ]),
)  # fmt: skip
VALUE = st.one_of(
    TEXT, st.integers().map(str), st.floats().map(str), st.sampled_from(("", "0", "1e400", "-0"))
)
QUERY = st.dictionaries(
    st.sampled_from(("from", "to", "points", "limit", "agent", "agents", "token", "next", "x")),
    VALUE, max_size=4,
)  # fmt: skip
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(
        st.sampled_from(("name", "tags", "host", "port", "x")), inner, max_size=3
    ),
    max_leaves=6,
)  # fmt: skip
PATHS = st.one_of(
    st.lists(SEGMENT, max_size=5).map(lambda parts: "/api/v1/" + "/".join(parts)),
    st.lists(SEGMENT, max_size=3).map(lambda parts: "/" + "/".join(parts)),
    st.sampled_from(["/login", "/logout", "/metrics", f"/host/{ONE}", "/", "/healthz"]),
    st.tuples(st.sampled_from(sorted(openapi.PATHS)), SEGMENT).map(
        lambda found: "/api/v1" + found[0].replace("{id}", ONE)
        .replace("{metric}", found[1]).replace("{user}", found[1])
    ),
)  # fmt: skip


@pytest.fixture(scope="module")
def fuzzed(tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("lumenmond.web.changes.GONE", 0.0)  # what is played here goes nowhere
        made = Dashboard(tmp_path_factory.mktemp("fuzz"))
        yield made, made.client()
        made.close()


def sent(client, method, path, query, **rest):
    answer = client.open(path, method=method, query_string=query, buffered=False, **rest)
    try:
        assert answer.status_code < 500, answer.text
        kind = answer.mimetype
        if answer.status_code >= 400 and method != "HEAD" and path != "/login":
            if kind == "text/html":
                assert not path.startswith("/api/")
            else:
                assert kind == "application/problem+json"
                assert json.loads(answer.text)["status"] == answer.status_code
        elif kind == "application/json" and method != "HEAD":
            json.loads(answer.text, parse_constant=pytest.fail)
    finally:
        answer.close()


@settings(max_examples=200)
@given(METHODS, PATHS, QUERY, st.one_of(BYTES, JSON.map(lambda value: json.dumps(value).encode())))
def test_no_request_is_a_fault(fuzzed, method, path, query, body):
    dashboard, client = fuzzed
    if (method, path) == ("POST", "/logout"):
        return
    sent(client, method, path, query, data=body, headers=client.csrf)
    assert dashboard.hub.streams() == 0


HEADERS = st.dictionaries(
    st.sampled_from(("Host", "Origin", "Cookie", "Authorization", "X-CSRF-Token", "Content-Type",
                     "X-Forwarded-For", "X-Forwarded-Proto", "Accept", "Range",
                     "If-None-Match", "If-Modified-Since")),
    st.text(st.characters(min_codepoint=32, max_codepoint=255, blacklist_characters="\x7f"),
            max_size=40),
    max_size=4,
)  # fmt: skip


@settings(max_examples=150)
@given(METHODS, PATHS, HEADERS, BYTES)
def test_no_stranger_makes_a_fault(fuzzed, method, path, headers, body):
    dashboard, _ = fuzzed
    if any(c in headers.get("Host", "") for c in "[]/?#@\\"):
        return  # the test's client cannot send it; test_web_security asks names.allowed
    sent(dashboard.app.test_client(), method, path, {}, headers=headers, data=body)


OPERATIONS = [
    (path, method, operation)
    for path, methods in openapi.PATHS.items()
    for method, operation in methods.items()
]
KNOWN = {
    "id": [ONE, "id_" + "f" * 16], "metric": ["generic_cpu", "generic_hostname", "nothing"],
    "user": ["reg_1234567890123"], "from": [0, NOW - 60, NOW], "to": [0, NOW - 30, NOW, 2**40],
    "agent": [ONE],
}  # fmt: skip


def fitting(schema):
    """What a schema allows, as far as ours go."""
    if "$ref" in schema:
        return fitting(openapi.SCHEMAS[schema["$ref"].rpartition("/")[2]])
    if schema["type"] == "object":
        inner = {name: fitting(of) for name, of in schema["properties"].items()}
        needed = set(schema["required"])
        return st.fixed_dictionaries(
            {name: of for name, of in inner.items() if name in needed},
            optional={name: of for name, of in inner.items() if name not in needed},
        )
    if schema["type"] == "array":
        return st.lists(fitting(schema["items"]), max_size=schema.get("maxItems"))
    if schema["type"] == "integer":
        return st.integers(schema.get("minimum"), schema.get("maximum"))
    if "pattern" in schema:
        return st.from_regex(schema["pattern"], fullmatch=True)
    low, high = schema.get("minLength", 0), schema.get("maxLength", 80)
    return st.text(st.characters(blacklist_categories=("Cs",)), min_size=low, max_size=high)


@pytest.mark.parametrize(("path", "method", "operation"), OPERATIONS,
                         ids=[f"{method}-{path}" for path, method, _ in OPERATIONS])  # fmt: skip
@settings(max_examples=25)
@given(data=st.data())
def test_every_operation_answers_as_it_is_described(fuzzed, path, method, operation, data):
    _, client = fuzzed
    places = {"path": {}, "query": {}, "header": {}}
    for each in operation["parameters"]:
        if not (each.get("required") or data.draw(st.booleans())):
            continue
        name = each["name"]
        some = [st.sampled_from(KNOWN[name])] if name in KNOWN else []
        wild = [TEXT] if each["in"] != "path" else []
        found = data.draw(st.one_of(*some, fitting(each["schema"]), *wild))
        places[each["in"]][name] = str(found)
    places["header"] = client.csrf if places["header"] else {}
    body = None
    if "requestBody" in operation:
        schema = operation["requestBody"]["content"]["application/json"]["schema"]
        body = json.dumps(data.draw(st.one_of(fitting(schema), JSON)))
    url = re.sub(r"{(\w+)}", lambda found: quote(places["path"][found[1]], safe=""), path)
    answer = client.open(
        f"/api/v1{url}", method=method.upper(), query_string=places["query"], buffered=False,
        headers=places["header"], data=body,
    )  # fmt: skip
    try:
        assert answer.status_code < 500, answer.text
        said = operation["responses"][str(answer.status_code)]
        for kind, content in said.get("content", {}).items():
            assert answer.mimetype == kind
            if kind.endswith("json"):
                check(json.loads(answer.text), content["schema"])
        assert "content" in said or answer.data == b""
    finally:
        answer.close()
