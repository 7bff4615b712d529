"""Whatever a client sends, the answer is never a fault of the server's, and always of its kind.

That answers are as the API's document says, schemathesis sees to in tests/web.
"""

import json
from urllib.parse import quote, urlsplit

import pytest
from dashboard import ONE, Dashboard
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
    path = "/" + path.lstrip("/")  # the test's client takes what follows "//" for a host
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


def sendable(host):
    """Say whether the tests' client takes a Host header: it parses it itself."""
    try:
        urlsplit(f"//{host}").port  # noqa: B018
    except ValueError:
        return False
    return not any(c in host for c in "[]/?#@\\")


@settings(max_examples=150)
@given(METHODS, PATHS, HEADERS, BYTES)
def test_no_stranger_makes_a_fault(fuzzed, method, path, headers, body):
    dashboard, _ = fuzzed
    if not sendable(headers.get("Host", "")):
        return  # test_web_security sends such ones
    sent(dashboard.app.test_client(), method, path, {}, headers=headers, data=body)
