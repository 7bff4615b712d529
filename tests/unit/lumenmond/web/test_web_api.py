"""The API: what it reads, what it changes, and its description."""

import json
import re

import pytest
from dashboard import NOW, ONE, TWO, agent, until, value
from held import check

from lumenmon import live
from lumenmon.request import Reply
from lumenmon.wire import Type
from lumenmond.web import openapi
from lumenmond.web.schemas import SCHEMAS
from lumenmond.web.services import DOWNLOADS

CPU = f"/api/v1/agents/{ONE}/series/generic_cpu"


def get(dashboard, path, role="viewer"):
    answer = dashboard.client(role).get(path)
    assert answer.status_code == 200, answer.text
    return answer.get_json()


def test_agents_are_those_of_the_daemon(dashboard):
    found = get(dashboard, "/api/v1/agents")
    check(found, SCHEMAS["Fleet"])
    assert found["daemon"] == "up"
    assert [each["name"] for each in found["agents"]] == ["web1", "web2"]
    assert found["agents"][0]["latest"]["generic_cpu"]["value"] == 23.4


def test_an_agent_in_full_has_what_is_stored_and_what_is_live(dashboard):
    found = get(dashboard, f"/api/v1/agents/{ONE}")
    check(found, SCHEMAS["AgentInFull"])
    assert found["agent"]["latest"]["generic_hostname"]["value"] == "=new"
    assert found["agent"]["latest"]["generic_cpu"]["value"] == 23.4
    (cpu, hostname) = found["metrics"]
    assert (cpu["group"], cpu["unit"], cpu["samples"]) == ("cpu", "%", 7200)
    assert (cpu["first"], cpu["last"]) == (NOW - 7199, NOW)
    assert hostname["samples"] == 2


def test_a_series_is_made_of_the_coarsest_that_is_fine_enough(dashboard):
    raw = get(dashboard, f"{CPU}?from={NOW - 9}&to={NOW}")
    check(raw, SCHEMAS["Series"])
    assert (raw["source"], raw["step"], len(raw["points"])) == ("raw", 1, 10)
    coarse = get(dashboard, f"{CPU}?from={NOW - 7200}&to={NOW}&points=10")
    assert (coarse["source"], coarse["step"]) == ("minute", 780)
    assert sum(point[1] for point in coarse["points"][:-1]) >= 7199
    low, mean, high = coarse["points"][1][2:]
    assert low <= mean <= high


def test_a_series_ends_with_the_newest_sample(dashboard):
    for points in (1, 7, 60):
        found = get(dashboard, f"{CPU}?from={NOW - 7000}&to={NOW}&points={points}")
        assert found["points"][-1] == [NOW, 1, 0.0, 0.0, 0.0]


def test_a_series_goes_on_with_what_is_not_stored_yet(dashboard):
    later = [["generic_cpu", NOW + 3, 1, 77.0, "REAL", "%"]]
    dashboard.daemon.say(live.Samples(9, ONE, later))
    until(lambda: dashboard.hub.agent(ONE)["latest"]["generic_cpu"]["value"] == 77.0)
    found = get(dashboard, f"{CPU}?from={NOW - 5}&to={NOW + 5}")
    assert found["points"][-1] == [NOW + 3, 1, 77.0, 77.0, 77.0]


def test_a_single_sample_comes_once(dashboard):
    dashboard.fill("single", {NOW - 77: (0, 5.0)})
    for span in (300, 86_400, 365 * 86_400):
        found = get(dashboard, f"/api/v1/agents/{ONE}/series/single?from={NOW - span}&to={NOW}")
        assert found["points"] == [[NOW - 77, 1, 5.0, 5.0, 5.0]]
        assert found["intervals"] == [0]


@pytest.mark.parametrize("points", [1, 7, 60, 600])
def test_every_sample_is_in_one_point(dashboard, points):
    for span in (700, 3600, 7199):
        found = get(dashboard, f"{CPU}?from={NOW - span}&to={NOW}&points={points}")
        first = found["points"][0][0]
        assert sum(point[1] for point in found["points"]) == NOW - max(first, NOW - 7199) + 1
        assert len(found["points"]) == len(found["intervals"])


def test_what_holds_into_the_range_comes_first(dashboard):
    path = f"/api/v1/agents/{ONE}/series"
    dashboard.fill("hourly", {NOW - 9000: (3600, 1.0), NOW - 5400: (3600, 2.0)})
    dashboard.fill("forever", {NOW - 7000: (0, 3.0)})
    found = get(dashboard, f"{path}/hourly?from={NOW - 300}&to={NOW}")
    assert found["points"] == [[NOW - 5400, 1, 2.0, 2.0, 2.0]]
    assert found["intervals"] == [3600]
    assert get(dashboard, f"{path}/forever?from={NOW - 300}&to={NOW}")["points"][0][0] == NOW - 7000
    dashboard.fill("brief", {NOW - 5400: (60, 2.0)})
    assert get(dashboard, f"{path}/brief?from={NOW - 300}&to={NOW}")["points"] == []
    dashboard.fill("mixed", {NOW - 400: (60, 1.0), NOW - 200: (1, 2.0), NOW - 199: (1, 3.0)})
    found = get(dashboard, f"{path}/mixed?from={NOW - 300}&to={NOW}")
    assert [point[0] for point in found["points"]] == [NOW - 400, NOW - 200, NOW - 199]
    assert found["intervals"] == [60, 1, 1]


def test_points_begin_at_the_same_places_however_the_range_moves(dashboard):
    starts = [
        [p[0] for p in get(dashboard, f"{CPU}?from={NOW - 3000 + by}&to={NOW + by}")["points"][:-1]]
        for by in (0, 1, 2)
    ]
    assert set(starts[1]) <= set(starts[0]) | {NOW}
    assert all(stamp % 6 == 0 for stamp in starts[0])


def test_infinite_means_are_no_numbers(dashboard):
    huge = {NOW - age: (1, 1.7e308) for age in range(1, 9)}
    dashboard.fill("huge", huge)
    found = get(dashboard, f"/api/v1/agents/{ONE}/series/huge?from={NOW - 120}&to={NOW}&points=1")
    assert found["points"][0][3] is None


def test_text_has_a_history(dashboard):
    found = get(dashboard, f"/api/v1/agents/{ONE}/history/generic_hostname")
    check(found, SCHEMAS["History"])
    assert found == {"history": [[NOW - 7200, 3600, "old"], [NOW, 3600, "=new"]]}


def test_csv_is_whole_and_no_formula(dashboard):
    client = dashboard.client("viewer")
    answer = client.get(f"{CPU}.csv?from={NOW - 6999}&to={NOW}")
    assert answer.mimetype == "text/csv"
    assert "attachment" in answer.headers["Content-Disposition"]
    assert len(answer.text.splitlines()) == 7001
    text = client.get(f"/api/v1/agents/{ONE}/series/generic_hostname.csv?from=0&to={NOW}").text
    assert text.endswith("'=new\r\n")


def test_exports_are_bounded(dashboard):
    client = dashboard.client("viewer")
    running = [client.get(f"{CPU}.csv", buffered=False) for _ in range(DOWNLOADS)]
    refused = client.get(f"{CPU}.csv")
    assert refused.status_code == 503
    assert "Retry-After" in refused.headers
    check(json.loads(refused.text), SCHEMAS["Problem"])
    for answer in running:  # one that was read, those that were not, and all of them twice
        answer.close()
        answer.close()
    for _ in range(DOWNLOADS + 1):
        assert client.get(f"{CPU}.csv", buffered=True).status_code == 200
        assert client.head(f"{CPU}.csv", buffered=True).status_code == 200


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("agents/id_9999999999999999", 404),
        ("agents/xyz", 404),
        (f"agents/{ONE}/series/nothing", 404),
        (f"agents/{ONE}/series/generic_hostname", 400),
        (f"agents/{ONE}/history/generic_cpu", 400),
        (f"agents/{ONE}/series/generic_cpu?from=5&to=4", 400),
        (f"agents/{ONE}/series/generic_cpu?from=nan", 400),
        (f"agents/{ONE}/series/generic_cpu?points=0", 400),
        (f"agents/{ONE}/series/generic_cpu?points=1e9", 400),
        (f"agents/{ONE}/series/generic_cpu?to=99999999999999999999", 400),
        ("nothing", 404),
    ],
)
def test_errors_are_problems(dashboard, path, status):
    answer = dashboard.client("viewer").get(f"/api/v1/{path}")
    assert answer.status_code == status
    assert answer.mimetype == "application/problem+json"
    check(json.loads(answer.text), SCHEMAS["Problem"])


def test_a_method_that_is_not_there_says_which_are(dashboard):
    client = dashboard.client()
    answer = client.put(f"/api/v1/agents/{ONE}", headers=client.csrf)
    assert answer.status_code == 405
    assert "PATCH" in answer.headers["Allow"]


def test_an_admin_renames_and_tags(dashboard):
    client = dashboard.client()
    wanted = {"name": "db1", "tags": ["a"]}
    answer = client.patch(f"/api/v1/agents/{ONE}", json=wanted, headers=client.csrf)
    assert answer.get_json() == {"id": ONE, "name": "db1", "tags": ["a"]}
    assert dashboard.control.calls == [
        ("rename", {"agent": ONE, "name": "db1"}),
        ("tag", {"agent": ONE, "tags": ["a"]}),
    ]


@pytest.mark.parametrize(
    "body", [b"{", b"[]", b"{}", b'{"name": 5}', b'{"x": 1}', b'{"tags": [1]}', b'{"name": ""}',
             b"\xff", b'{"name": "' + b"x" * 65 + b'"}', b'{"tags": true}'],
)  # fmt: skip
def test_bad_bodies_are_refused(dashboard, body):
    client = dashboard.client()
    answer = client.patch(f"/api/v1/agents/{ONE}", data=body, headers=client.csrf)
    assert answer.status_code == 400
    assert dashboard.control.calls == []


def test_what_the_daemon_refuses_comes_with_its_words(dashboard):
    dashboard.control.answers["rename"] = Reply(False, error="the name is taken", hint="another")
    client = dashboard.client()
    answer = client.patch(f"/api/v1/agents/{ONE}", json={"name": "web2"}, headers=client.csrf)
    assert answer.status_code == 409
    assert json.loads(answer.text)["hint"] == "another"


def test_an_admin_removes(dashboard):
    client = dashboard.client()
    assert client.delete(f"/api/v1/agents/{ONE}", headers=client.csrf).status_code == 204
    assert dashboard.host.calls == [("remove", {"id": ONE})]


def test_invites(dashboard):
    base = "http://console:8080"
    made = (client := dashboard.client(base=base)).post(
        "/api/v1/invites", headers=client.csrf, base_url=base
    )
    client = dashboard.client()
    assert made.status_code == 201
    check(made.get_json(), SCHEMAS["Invitation"])
    assert made.get_json()["command"].startswith("sudo lumenmonctl register 'ssh://")
    pending = {"user": "reg_1234567890123", "created": NOW, "expires": NOW + 300}
    dashboard.host.answers["invites"] = [pending]
    found = client.get("/api/v1/invites").get_json()
    check(found, SCHEMAS["Invites"])
    assert found == {"invites": [pending]}
    user = "reg_1234567890123"
    assert client.delete(f"/api/v1/invites/{user}", headers=client.csrf).status_code == 204
    assert [verb for verb, _ in dashboard.host.calls] == ["invite", "invites", "revoke"]
    assert dashboard.host.calls[0][1] == {"host": "console", "port": 2345}


def test_an_invite_over_a_tunnel_does_not_name_localhost(dashboard):
    client = dashboard.client()
    client.post("/api/v1/invites", headers=client.csrf)
    assert dashboard.host.calls[0][1]["host"] not in ("localhost", "127.0.0.1")
    client.post("/api/v1/invites", headers=client.csrf, json={"host": "[2001:db8::1]", "port": 22})
    assert dashboard.host.calls[1][1] == {"host": "2001:db8::1", "port": 22}
    bad = client.post("/api/v1/invites", headers=client.csrf, json={"host": "a b"})
    assert bad.status_code == 400


def test_a_daemon_that_is_down_is_said_and_the_last_known_stays(dashboard):
    dashboard.daemon.stop()
    until(lambda: not dashboard.hub.daemon_up)
    found = get(dashboard, "/api/v1/agents")
    assert found["daemon"] == "down"
    assert len(found["agents"]) == 2
    dashboard.hub._fleet.agents.clear()  # as when the dashboard starts without it
    found = get(dashboard, "/api/v1/agents")
    check(found, SCHEMAS["Fleet"])
    assert [each["state"] for each in found["agents"]] == ["offline", "offline"]
    assert get(dashboard, f"/api/v1/agents/{ONE}")["agent"]["name"] == "web1"


def test_a_database_that_cannot_be_read_is_said(dashboard, monkeypatch):
    monkeypatch.setattr("lumenmond.store.reader.PATIENCE", 0.0)
    for suffix in ("", "-wal", "-shm"):
        (dashboard.folder / f"metrics.db{suffix}").unlink()
    found = get(dashboard, f"/api/v1/agents/{ONE}")
    check(found, SCHEMAS["AgentInFull"])
    assert "cannot be read" in found["database"]
    assert dashboard.client().get(CPU).status_code == 503


def test_prometheus(dashboard):
    dashboard.daemon.say(agent(name='we"b\\1\n', latest={"generic_cpu": value(5.5)}))
    until(lambda: dashboard.hub.agent(ONE)["name"] != "web1")
    client = dashboard.client("viewer")
    text = client.get("/metrics").text
    assert 'lumenmon_agents{state="online"} 1' in text
    assert "lumenmon_up 1" in text
    assert "lumenmon_uptime_seconds 5.5" in text
    assert ONE not in text
    text = client.get("/metrics?agents=1").text
    line = rf'lumenmon_value{{agent="{ONE}",name="we\"b\\1\n",metric="generic_cpu",unit="%"}} 5.5'
    assert line in text.splitlines()
    names = [line.split()[2] for line in text.splitlines() if line.startswith("# TYPE")]
    assert len(names) == len(set(names))


def test_the_document_has_every_route_and_no_other(dashboard):
    served = {
        (re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", rule.rule).removeprefix("/api/v1"), method.lower())
        for rule in dashboard.app.url_map.iter_rules()
        if rule.rule.startswith("/api/v1/")
        for method in rule.methods - {"HEAD", "OPTIONS"}
    }
    document = get(dashboard, "/api/v1/openapi.json")
    assert document == openapi.DOCUMENT
    described = {
        (path, method) for path, methods in document["paths"].items() for method in methods
    }
    assert served == described


def test_every_reference_of_the_document_leads_somewhere():
    text = json.dumps(openapi.DOCUMENT)
    assert set(re.findall(r"#/components/schemas/(\w+)", text)) == set(SCHEMAS)


def test_other_agents_metrics_are_not_mixed_up(dashboard):
    dashboard.store.agents[TWO].accept("generic_cpu", Type.REAL, 512)
    dashboard.store.commit({TWO: {"generic_cpu": {NOW: (1, 99.0)}}})
    found = get(dashboard, f"{CPU}?from={NOW - 1}&to={NOW}")
    assert max(point[4] for point in found["points"]) == 1.0
