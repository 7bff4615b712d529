"""Nothing is shown without a login, nothing is changed from elsewhere, guesses are slow."""

import re
import time

import pytest
from dashboard import ONE, Dashboard, until
from werkzeug.test import EnvironBuilder, run_wsgi_app

from lumenmond.store.auth import IDLE, LONGEST, AuthError, AuthStore
from lumenmond.web import limits, names, secrets
from lumenmond.web.app import MAX_BODY

OPEN = {"static", "packages.package", "pages.login", "pages.enter", "pages.healthz"}
PASSWORD = "correct horse battery"


def routes(app):
    for rule in app.url_map.iter_rules():
        path = re.sub(
            r"<(?:\w+:)?(\w+)>", lambda found: ONE if found[1] == "id" else "x", rule.rule
        )
        for method in rule.methods - {"OPTIONS"}:
            yield rule.endpoint, method, path


def test_every_route_wants_a_login(dashboard):
    client = dashboard.client(None)
    for endpoint, method, path in routes(dashboard.app):
        if endpoint in OPEN:
            continue
        answer = client.open(path, method=method)
        if answer.status_code == 303:
            assert answer.headers["Location"].startswith("/login")
            assert not path.startswith("/api")
        else:
            assert answer.status_code == 401, (method, path)
            assert ONE not in answer.text.replace(path, "")
    assert client.get("/nothing").status_code == 303
    assert client.get("/api/v1/nothing").status_code == 401


def test_every_answer_is_dressed(dashboard):
    for client in (dashboard.client(None), dashboard.client()):
        for path in ("/", "/login", "/api/v1/agents", "/nothing", "/healthz"):
            headers = client.get(path).headers
            policy = headers["Content-Security-Policy"]
            assert "unsafe" not in policy
            assert "default-src 'none'" in policy
            assert headers["X-Content-Type-Options"] == "nosniff"
            assert headers["Cache-Control"] == "no-store"


def test_headers_that_need_tls_come_over_tls_alone(dashboard):
    client = dashboard.client(None)
    for scheme in ("http", "https"):
        headers = client.get("/login", base_url=f"{scheme}://localhost").headers
        for name in ("Cross-Origin-Opener-Policy", "Strict-Transport-Security"):
            assert (name in headers) == (scheme == "https")


BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"


@pytest.mark.parametrize(
    ("path", "host", "status"),
    [
        ("/nothing", "localhost", 404), ("/host/<script>", "localhost", 404),
        ("/host/id_1", "localhost", 404), ("/logout", "localhost", 405), ("/", "evil.example", 400),
    ],
)  # fmt: skip
def test_a_browser_gets_errors_as_pages_and_programs_as_problems(dashboard, path, host, status):
    client = dashboard.client()
    for accept, kind in (
        (BROWSER, "text/html"), ("*/*", "application/problem+json"),
        ("application/json", "application/problem+json"),
    ):  # fmt: skip
        answer = client.get(path, headers={"Accept": accept, "Host": host})
        assert (answer.status_code, answer.mimetype) == (status, kind)
        assert kind != "text/html" or "<script>" not in answer.text
    page = client.get("/nothing", headers={"Accept": BROWSER})
    assert "Back to the fleet" in page.text
    api = client.get("/api/v1/nothing", headers={"Accept": BROWSER})
    assert api.mimetype == "application/problem+json"


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("localhost", 200), ("LOCALHOST:8080", 200), ("console.", 200), ("127.0.0.1:8080", 200),
        ("[::1]:8080", 200), ("evil.example", 400), ("192.0.2.1", 400), ("", 400),
        ("localhost.evil.example", 400), ("localhost@evil", 400), ("a b", 400),
    ],
)  # fmt: skip
def test_the_host_header_has_to_mean_us(dashboard, host, status):
    answer = dashboard.client(None).get("/login", headers={"Host": host})
    assert answer.status_code == status


@pytest.mark.parametrize("host", ["[::1", "::1", "localhost:", "localhost:x", "ü", "a" * 300, "/"])
def test_what_is_no_host_means_nobody(host):
    assert not names.allowed(host, frozenset({"localhost", "", host}), "::1")


@pytest.mark.parametrize("host", ["::", ":", "a:b", "[", "[::", "a:99999999", "a:-1", "\u00e9"])
@pytest.mark.parametrize("path", ["/", "/api/v1/agents", "/static/x", "/install/x"])
def test_a_host_header_that_is_none_is_no_fault(dashboard, host, path):
    asked = {**EnvironBuilder(path=path).get_environ(), "HTTP_HOST": host}
    _, status, _ = run_wsgi_app(dashboard.app.wsgi_app, asked, buffered=True)
    assert status.startswith("404" if path == "/install/x" else "400")


def test_the_address_that_a_connection_came_in_at_is_ours(dashboard):
    client = dashboard.client(None)
    for local, status in (("192.0.2.1", 200), ("::ffff:192.0.2.1", 200), ("192.0.2.2", 400)):
        answer = client.get(
            "/login",
            headers={"Host": "192.0.2.1:8080"},
            environ_overrides={"lumenmon.local": local},
        )
        assert answer.status_code == status


def test_own_names(tmp_path, monkeypatch):
    monkeypatch.setattr("socket.gethostname", lambda: "box")
    (tmp_path / "etc").mkdir()
    (tmp_path / "etc/hosts").write_text("127.0.1.1 box.example.org box # us\n192.0.2.1 other\n")
    (tmp_path / "etc/resolv.conf").write_text("search lan. corp.example\n")
    names.own_names.cache_clear()
    found = names.own_names(tmp_path)
    assert found == {"localhost", "box", "box.local", "box.example.org", "box.lan",
                     "box.corp.example"}  # fmt: skip


def test_changes_want_the_csrf_token_of_their_session(dashboard):
    client, other = dashboard.client(), dashboard.client()
    for headers in ({}, {"X-CSRF-Token": "x"}, other.csrf, {"X-CSRF-Token": "ü"}):
        answer = client.delete(f"/api/v1/agents/{ONE}", headers=headers)
        assert answer.status_code == 403
    assert client.post("/logout").status_code == 403
    assert dashboard.host.calls == []


def test_changes_from_other_sites_are_refused(dashboard):
    client = dashboard.client()
    for extra in ({"Origin": "http://evil.example"}, {"Origin": "null"},
                  {"Origin": "http://localhost:81"}, {"Sec-Fetch-Site": "cross-site"},
                  {"Sec-Fetch-Site": "same-site"}):  # fmt: skip
        answer = client.delete(f"/api/v1/agents/{ONE}", headers={**client.csrf, **extra})
        assert answer.status_code == 403
        assert client.post("/login", data={"token": "x"}, headers=extra).status_code == 403
    good = {**client.csrf, "Origin": "http://localhost", "Sec-Fetch-Site": "same-origin"}
    assert client.delete(f"/api/v1/agents/{ONE}", headers=good).status_code == 204


def test_viewers_change_nothing(dashboard):
    client = dashboard.client("viewer")
    calls = [
        client.patch(f"/api/v1/agents/{ONE}", json={"name": "x"}, headers=client.csrf),
        client.delete(f"/api/v1/agents/{ONE}", headers=client.csrf),
        client.post("/api/v1/invites", headers=client.csrf),
        client.get("/api/v1/invites"),
        client.delete("/api/v1/invites/reg_1234567890123", headers=client.csrf),
    ]
    assert [answer.status_code for answer in calls] == [403] * 5
    assert dashboard.host.calls == dashboard.control.calls == []


def test_a_token_reads_and_changes_nothing(dashboard):
    token = secrets.TOKEN_PREFIX + secrets.new()
    dashboard.auth.add_token("prometheus", secrets.digest(token))
    client = dashboard.client(None)
    headers = {"Authorization": f"Bearer {token}"}
    assert client.get("/api/v1/agents", headers=headers).status_code == 200
    assert client.get("/metrics", headers=headers).status_code == 200
    assert client.get("/api/v1/session", headers=headers).json == {"role": "viewer", "csrf": ""}
    for given in ({}, {"X-CSRF-Token": ""}):
        answer = client.delete(f"/api/v1/agents/{ONE}", headers={**headers, **given})
        assert answer.status_code == 403
    wrong = {"Authorization": f"Bearer {token}x"}
    assert client.get("/api/v1/agents", headers=wrong).status_code == 401
    assert dashboard.auth.revoke_token("prometheus")
    assert client.get("/api/v1/agents", headers=headers).status_code == 401


def test_a_login_link_works_once_and_not_by_looking(dashboard):
    token = secrets.new()
    dashboard.auth.add_link(secrets.digest(token), "admin", time.time() + 60)
    client = dashboard.client(None)
    for _ in range(3):
        page = client.get(f"/login?token={token}")
        assert token in page.text
        assert "Set-Cookie" not in page.headers
    entered = client.post("/login", data={"token": token, "next": "/host/x?r=1"})
    assert (entered.status_code, entered.headers["Location"]) == (303, "/host/x?r=1")
    cookie = entered.headers["Set-Cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Strict" in cookie
    assert "Secure" not in cookie
    again = dashboard.client(None).post("/login", data={"token": token})
    assert again.status_code == 403


def test_a_used_link_promises_nothing(dashboard):
    token = secrets.new()
    dashboard.auth.add_link(secrets.digest(token), "admin", time.time() + 60)
    client, other = dashboard.client(None), dashboard.client(None)
    assert client.post("/login", data={"token": token}).status_code == 303
    page = other.get(f"/login?token={token}")
    assert page.status_code == 403
    assert "was used already" in page.text
    assert token not in page.text
    assert client.get(f"/login?token={token}").status_code == 303, "who is in comes in"


def test_a_login_link_leads_to_the_page_that_was_asked_for(dashboard):
    client = dashboard.client(None)
    client.get(client.get("/host/id_1111111111111111?range=7d").headers["Location"])
    token = secrets.new()
    dashboard.auth.add_link(secrets.digest(token), "admin", time.time() + 60)
    assert "|/host/id_1111111111111111?range=7d" in client.get(f"/login?token={token}").text
    entered = client.post("/login", data={"token": token})
    assert entered.headers["Location"] == "/host/id_1111111111111111?range=7d"
    assert client.get("/login").headers["Location"] == "/", "once"
    client.set_cookie("lumenmon-next", "//evil.example", path="/login")
    assert client.get("/login").headers["Location"] == "/"


def test_a_login_link_ends_after_its_time(dashboard):
    dashboard.auth.add_link(secrets.digest("x"), "admin", time.time() - 1)
    assert dashboard.client(None).post("/login", data={"token": "x"}).status_code == 403


@pytest.mark.parametrize(
    "next", ["//evil.example", "https://evil.example", "/\\evil.example", "/a\r\nX: y", "", "x"]
)
def test_a_login_leads_nowhere_else(dashboard, next):
    token = secrets.new()
    dashboard.auth.add_link(secrets.digest(token), "admin", time.time() + 60)
    answer = dashboard.client(None).post("/login", data={"token": token, "next": next})
    assert answer.headers["Location"] == "/"


def test_who_follows_another_sites_link_is_asked_to_come_again_with_the_cookie(dashboard):
    client = dashboard.client(None)
    cross = {"Sec-Fetch-Site": "cross-site"}
    answer = client.get("/host/x?a=1&range=7d&b=';\"", headers=cross)
    assert answer.status_code == 200
    assert '0; url=/host/x?a=1&amp;range=7d&amp;b=&#39;;&#34;"' in answer.text
    assert '0; url=/"' in client.get("/%5Cevil.example/", headers=cross).text
    assert client.get("/", headers={"Sec-Fetch-Site": "same-origin"}).status_code == 303
    assert client.get("/api/v1/agents", headers=cross).status_code == 401


def test_passwords_say_the_role(dashboard):
    dashboard.auth.set_password("viewer", secrets.hash_password(PASSWORD))
    dashboard.auth.set_password("admin", secrets.hash_password(PASSWORD + "!"))
    for password, role in ((PASSWORD, "viewer"), (PASSWORD + "!", "admin")):
        client = dashboard.client(None)
        assert client.post("/login", data={"password": password}).status_code == 303
        assert client.get("/api/v1/session").json["role"] == role
    for password in ("", "wrong", "x" * 2000, b"\xff"):
        answer = dashboard.client(None).post("/login", data={"password": password})
        assert answer.status_code in (403, 429)


def test_guesses_are_slowed_down(dashboard):
    client = dashboard.client(None)
    answers = [client.post("/login", data={"password": "wrong"}) for _ in range(limits.FREE + 2)]
    assert [answer.status_code for answer in answers[: limits.FREE]] == [403] * limits.FREE
    assert answers[-1].status_code == 429
    assert int(answers[-1].headers["Retry-After"]) >= 1
    elsewhere = client.post(
        "/login", data={"password": "wrong"}, environ_overrides={"REMOTE_ADDR": "192.0.2.9"}
    )
    assert elsewhere.status_code == 403


@pytest.fixture
def still(dashboard, monkeypatch):
    """A limiter that nobody tried yet, whose clock stands still however long a check takes."""
    fresh = {"_now": lambda: 0.0, "_filled": 0.0, "_sources": {}, "_left": limits.BURST}
    for name, value in fresh.items():
        monkeypatch.setattr(dashboard.services.limiter, name, value)


@pytest.mark.usefixtures("still")
def test_the_wrong_guesses_of_others_slow_no_right_login(dashboard):
    dashboard.auth.set_password("admin", secrets.hash_password("the right one"))
    known = dashboard.client(None)
    right = {"password": "the right one"}
    assert known.post("/login", data=right).status_code == 303
    stranger = dashboard.client(None)
    while stranger.post("/login", data={"password": "wrong"}).status_code != 429:
        pass
    dashboard.services.limiter._left = 0.0
    assert stranger.post("/login", data=right).status_code == 429
    assert known.post("/login", data=right).status_code == 303
    token = secrets.new()
    dashboard.auth.add_link(secrets.digest(token), "admin", time.time() + 300)
    assert stranger.post("/login", data={"token": token}).status_code == 303
    dashboard.auth.set_password("admin", secrets.hash_password("another one"))
    assert known.post("/login", data={"password": "another one"}).status_code == 429


@pytest.mark.usefixtures("still")
def test_a_known_browser_is_slowed_by_its_own_guesses(dashboard):
    dashboard.auth.set_password("admin", secrets.hash_password("the right one"))
    client = dashboard.client(None)
    assert client.post("/login", data={"password": "the right one"}).status_code == 303
    wrong = [client.post("/login", data={"password": "wrong"}) for _ in range(limits.FREE + 1)]
    assert [answer.status_code for answer in wrong] == [*[403] * limits.FREE, 429]


def test_waits_grow_and_are_forgotten():
    now = [0.0]
    limiter = limits.Limiter(lambda: now[0])
    assert [limiter.attempt("192.0.2.1") for _ in range(limits.FREE)] == [0.0] * limits.FREE
    waits = []
    for _ in range(15):
        waits.append(limiter.attempt("192.0.2.1"))
        now[0] += waits[-1]
        assert limiter.attempt("192.0.2.1") == 0.0
    assert waits[:4] == [1.0, 2.0, 4.0, 8.0]
    assert waits[-1] == limits.LONGEST
    now[0] += limits.FORGOTTEN + 1
    assert limiter.attempt("192.0.2.1") == 0.0
    assert limiter.attempt("192.0.2.1") == 0.0


def test_all_sources_together_are_slowed_down_but_not_links():
    now = [0.0]
    limiter = limits.Limiter(lambda: now[0])
    spread = [limiter.attempt(f"10.0.{n // 256}.{n % 256}") for n in range(int(limits.BURST) + 1)]
    assert spread[:-1] == [0.0] * int(limits.BURST)
    assert spread[-1] > 0
    assert limiter.attempt("192.0.2.1", overall=False) == 0.0
    now[0] += 1 / limits.RATE
    assert limiter.attempt("192.0.2.2") == 0.0


def test_an_ipv6_network_is_one_source():
    assert limits.source_of("2001:db8::1") == limits.source_of("2001:db8::ffff:2%eth0")
    assert limits.source_of("2001:db8:0:1::1") != limits.source_of("2001:db8::1")


def test_sources_are_bounded(monkeypatch):
    monkeypatch.setattr(limits, "MAX_SOURCES", 10)
    limiter = limits.Limiter(lambda: 0.0)
    for number in range(50):
        limiter.attempt(f"192.0.2.{number}", overall=False)
    assert len(limiter._sources) == 10


def test_logout_ends_the_session_alone(dashboard):
    one, other = dashboard.client(), dashboard.client()
    assert one.post("/logout", headers=one.csrf).status_code == 303
    assert one.get("/api/v1/agents").status_code == 401
    assert other.get("/api/v1/agents").status_code == 200
    assert dashboard.auth.end_sessions() == 1
    assert other.get("/api/v1/agents").status_code == 401


def test_sessions_survive_a_restart_and_end_in_time(tmp_path):
    now = [1000.0]
    store = AuthStore(tmp_path / "auth.db", lambda: now[0])
    store.add_session("a", "admin", "192.0.2.1")
    store.close()
    store = AuthStore(tmp_path / "auth.db", lambda: now[0])
    for _ in range(LONGEST // (IDLE - 1)):
        now[0] += IDLE - 1
        assert store.session("a") == "admin"
    now[0] += IDLE - 1
    assert store.session("a") is None
    store.add_session("b", "viewer", "192.0.2.1")
    now[0] += IDLE + 1
    assert store.session("b") is None
    assert (tmp_path / "auth.db").stat().st_mode & 0o777 == 0o600


def test_a_clock_set_back_revives_no_session(tmp_path):
    start = 1_800_000_000.0
    now = [start]
    store = AuthStore(tmp_path / "auth.db", lambda: now[0])
    store.add_session("over", "admin", "")
    store.add_link("over", "admin", start + 300)
    now[0] = start + LONGEST + 1
    assert store.session("other") is None
    store.add_session("begun in the future", "admin", "")
    now[0] = start + 60
    assert store.session("over") is None
    assert store.take_link("over") is None
    assert store.session("begun in the future") is None
    store.add_session("new", "admin", "")
    now[0] -= 30
    assert store.session("new") == "admin"


def test_a_full_disk_keeps_nobody_out(dashboard):
    """Else the dashboard fails just when it is needed."""
    client = dashboard.client()
    token = secrets.TOKEN_PREFIX + secrets.new()
    dashboard.auth.add_token("t", secrets.digest(token))
    password = {"password": PASSWORD}
    dashboard.auth.set_password("viewer", secrets.hash_password(PASSWORD))
    dashboard.auth._run("UPDATE sessions SET seen = seen - 1000")
    dashboard.auth._run("PRAGMA query_only = ON")  # as SQLite says it: an OperationalError
    assert client.get("/api/v1/agents").status_code == 200
    bearer = {"Authorization": f"Bearer {token}"}
    assert dashboard.client(None).get("/metrics", headers=bearer).status_code == 200
    answer = dashboard.client(None).post("/login", data=password, headers={"Accept": BROWSER})
    assert (answer.status_code, answer.mimetype) == (503, "text/html")
    assert "nothing can be kept" in answer.text


def test_a_new_password_ends_the_sessions_of_its_role(tmp_path):
    store = AuthStore(tmp_path / "auth.db")
    store.add_session("a", "admin", "")
    store.add_session("b", "viewer", "")
    store.set_password("admin", "hash")
    assert store.session("a") is None
    assert store.session("b") == "viewer"


def test_nothing_secret_is_kept_as_it_is(dashboard):
    dashboard.client()
    token = secrets.new()
    dashboard.auth.add_token("t", secrets.digest(token))
    dashboard.auth.set_password("viewer", secrets.hash_password(PASSWORD))
    kept = (dashboard.folder / "auth.db").read_bytes()
    assert token.encode() not in kept
    assert PASSWORD.encode() not in kept


def test_a_trusted_proxy_says_who_asks_and_over_what(tmp_path):
    dashboard = Dashboard(tmp_path, web_proxies=("127.0.0.0/8",))
    try:
        client = dashboard.client(None)
        said = {"X-Forwarded-For": "6.6.6.6, 192.0.2.7", "X-Forwarded-Proto": "https"}
        token = secrets.new()
        dashboard.auth.add_link(secrets.digest(token), "admin", time.time() + 60)
        answer = client.post("/login", data={"token": token}, headers=said)
        assert answer.headers["Set-Cookie"].startswith("__Host-lumenmon=")
        assert "Secure" in answer.headers["Set-Cookie"]
        assert "Strict-Transport-Security" in answer.headers
        rows = dashboard.auth._run("SELECT source FROM sessions")
        assert rows == [("192.0.2.7",)]
        other = {"REMOTE_ADDR": "192.0.2.66"}
        answer = client.get("/login", headers=said, environ_overrides=other)
        assert "Strict-Transport-Security" not in answer.headers
    finally:
        dashboard.close()


def test_other_networks_get_no_answer(tmp_path):
    dashboard = Dashboard(tmp_path, web_from=("127.0.0.1/32", "::1/128"))
    try:
        client = dashboard.client(None)
        assert client.get("/login").status_code == 200
        for address in ("192.0.2.1", "::ffff:192.0.2.1", "2001:db8::1"):
            answer = client.get("/login", environ_overrides={"REMOTE_ADDR": address})
            assert answer.status_code == 403
        mapped = {"REMOTE_ADDR": "::ffff:127.0.0.1"}
        assert client.get("/login", environ_overrides=mapped).status_code == 200
    finally:
        dashboard.close()


def test_bodies_are_bounded(dashboard):
    client = dashboard.client()
    body = b'{"name": "' + b"x" * MAX_BODY + b'"}'
    answer = client.patch(f"/api/v1/agents/{ONE}", data=body, headers=client.csrf)
    assert answer.status_code == 413


def test_healthz_says_no_more_than_needed(dashboard):
    client = dashboard.client(None)
    assert client.get("/healthz").text == "ok\n"
    dashboard.daemon.stop()
    until(lambda: not dashboard.hub.daemon_up)
    assert client.get("/healthz").status_code == 503


def test_a_page_of_a_host_has_its_id_only(dashboard):
    client = dashboard.client()
    assert client.get(f"/host/{ONE}").status_code == 200
    assert client.get("/host/id_<script>").status_code == 404


@pytest.mark.parametrize("damage", [b"not a database " * 500, None])
def test_without_its_database_the_dashboard_lets_an_admin_in_by_a_link(tmp_path, damage):
    path = tmp_path / "auth.db"
    if damage is None:
        path.mkdir()
    else:
        path.write_bytes(damage)
    store = AuthStore(path)
    assert store.trouble is not None
    assert str(tmp_path) in store.trouble.reason
    assert store.passwords() == {}
    store.add_link("x", "admin", time.time() + 60)
    assert store.take_link("x") == "admin"
    assert not store.is_well_again()
    if damage is None:
        path.rmdir()
    else:
        assert path.read_bytes() == damage
        path.unlink()
    assert store.is_well_again()


def test_what_cannot_be_kept_says_why(tmp_path):
    store = AuthStore(tmp_path / "auth.db")
    store._run("PRAGMA query_only = ON")
    with pytest.raises(AuthError) as caught:
        store.add_session("a", "admin", "")
    assert caught.value.message.startswith("nothing can be kept: ")
    assert caught.value.hint
    assert store.session("a") is None
