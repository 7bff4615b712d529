"""Live events: what is said reaches who follows, at once, also after the daemon was away."""

import json
import threading
import time

import pytest
from dashboard import NOW, ONE, TWO, agent, until, value

from lumenmon import live
from lumenmon.request import Peer, Refused, Request, call
from lumenmond.store.auth import AuthStore
from lumenmond.web import events, feed
from lumenmond.web.control import VERBS, Asked, ControlServer, answer
from lumenmond.web.events import stream

ROOT, OTHER = Peer(1, 0, 0), Peer(1, 1000, 1000)


def parsed(data: bytes):
    found = []
    for block in data.decode().split("\n\n"):
        lines = dict(line.split(": ", 1) for line in block.splitlines() if ": " in line)
        if "event" in lines:
            found.append((lines["event"], json.loads(lines["data"])))
    return found


def read(follower, count: int, seconds: float = 60.0):
    found, end = [], time.monotonic() + seconds
    while len(found) < count:
        assert time.monotonic() < end, found
        found += parsed(follower.get(0.1))
    return found


def test_a_follower_gets_a_snapshot_then_every_change(dashboard):
    follower = dashboard.hub.follow()
    (state, snapshot) = read(follower, 2)
    assert state == ("daemon", {"state": "up"})
    assert [each["name"] for each in snapshot[1]["agents"]] == ["web1", "web2"]
    row = ["generic_cpu", NOW + 1, 1, 50.5, "REAL", "%"]
    dashboard.daemon.say(live.Samples(3, ONE, [row]))
    dashboard.daemon.say(agent(TWO, "renamed"))
    dashboard.daemon.say(live.Gone(5, TWO))
    samples, changed, gone = read(follower, 3)
    assert samples == ("samples", {"id": ONE, "samples": [row]})
    assert changed[1]["name"] == "renamed"
    assert gone == ("gone", {"id": TWO})
    mirror = dashboard.hub.fleet()["agents"]
    assert [each["id"] for each in mirror] == [ONE]
    assert mirror[0]["recent"] == [1.0, 2.0, 50.5]
    assert mirror[0]["latest"]["generic_cpu"]["value"] == 50.5


def test_an_older_sample_does_not_replace_a_newer(dashboard):
    row = ["generic_cpu", NOW - 60, 1, 1.5, "REAL", "%"]
    dashboard.daemon.say(live.Samples(3, ONE, [row]))
    dashboard.daemon.say(live.Gone(4, TWO))
    until(lambda: dashboard.hub.agent(TWO) is None)
    assert dashboard.hub.agent(ONE)["latest"]["generic_cpu"]["value"] == 23.4


def test_one_agent_is_followed_in_full(dashboard):
    full = {"generic_cpu": value(1.0), "mine": value(7, type="INTEGER", unit="")}
    dashboard.daemon.agents[ONE] = agent(latest=full)
    follower = dashboard.hub.follow(ONE)
    _, snapshot = read(follower, 2)
    assert set(snapshot[1]["agents"][0]["latest"]) == {"generic_cpu", "mine"}
    assert dashboard.hub.agent(ONE)["latest"]["mine"]["value"] == 7
    dashboard.daemon.say(live.Samples(3, TWO, [["x", NOW, 1, 1.0, "REAL", ""]]))
    dashboard.daemon.say(agent(ONE, "renamed"))
    (changed,) = read(follower, 1)
    assert changed[1]["name"] == "renamed"
    assert "mine" in changed[1]["latest"]
    dashboard.hub.unfollow(follower)
    until(lambda: "mine" not in dashboard.hub.agent(ONE)["latest"])


def test_a_daemon_that_went_away_is_said_and_caught_up_with(dashboard):
    follower = dashboard.hub.follow()
    read(follower, 2)
    dashboard.daemon.stop()
    assert read(follower, 1) == [("daemon", {"state": "down"})]
    dashboard.daemon.agents.pop(TWO)
    dashboard.daemon.start()
    state, snapshot = read(follower, 2)
    assert state == ("daemon", {"state": "up"})
    assert [each["id"] for each in snapshot[1]["agents"]] == [ONE]


def test_who_comes_while_it_is_away_hears_so(dashboard):
    dashboard.daemon.stop()
    until(lambda: not dashboard.hub.daemon_up)
    state, snapshot = read(dashboard.hub.follow(), 2)
    assert state == ("daemon", {"state": "down"})
    assert len(snapshot[1]["agents"]) == 2
    assert read(dashboard.hub.follow(ONE), 1)[0] == ("daemon", {"state": "down"})


def test_what_is_no_message_ends_the_connection(dashboard):
    follower = dashboard.hub.follow()
    read(follower, 2)
    dashboard.daemon.readers[0][0].sendall(b"nonsense\n")
    assert read(follower, 3)[0] == ("daemon", {"state": "down"})
    assert dashboard.hub.alive


def test_one_that_falls_behind_gets_a_snapshot(dashboard, monkeypatch):
    monkeypatch.setattr(feed, "MAX_WAITING", 5000)
    follower = dashboard.hub.follow()
    assert not follower.behind
    sent = stream(dashboard.hub, follower, lambda: True)
    assert next(sent) == b"retry: 1000\n\n"
    for number in range(200):
        row = ["generic_cpu", NOW + number, 1, float(number), "REAL", "%"]
        dashboard.daemon.say(live.Samples(number, ONE, [row]))
    until(lambda: follower.behind)
    until(lambda: dashboard.hub.agent(ONE)["latest"]["generic_cpu"]["value"] == 199.0)
    caught = parsed(next(sent))
    assert [event for event, _ in caught] == ["daemon", "snapshot"]
    assert caught[1][1]["agents"][0]["latest"]["generic_cpu"]["value"] == 199.0


def test_a_snapshot_longer_than_what_may_wait_is_sent_all_the_same(dashboard, monkeypatch):
    monkeypatch.setattr(feed, "MAX_WAITING", 300)
    follower = dashboard.hub.follow()
    sent = stream(dashboard.hub, follower, lambda: True)
    next(sent)
    assert [event for event, _ in parsed(next(sent))] == ["daemon", "snapshot"]
    row = ["generic_cpu", NOW + 1, 1, 5.0, "REAL", "%"]
    dashboard.daemon.say(live.Samples(9, ONE, [row]))
    assert [event for event, _ in parsed(next(sent))] == ["samples"]
    assert not follower.behind


def test_who_comes_at_once_shares_a_snapshot_and_misses_nothing(dashboard, monkeypatch):
    monkeypatch.setattr(feed, "FRESH", 60)
    (one, other) = (dashboard.hub.follow(), dashboard.hub.follow())
    assert one.get(0) is other.get(0)
    dashboard.daemon.say(live.Samples(9, ONE, [["generic_cpu", NOW + 1, 1, 5.0, "REAL", "%"]]))
    read(one, 1)
    _, snapshot = read(dashboard.hub.follow(), 2)
    assert snapshot[1]["agents"][0]["latest"]["generic_cpu"]["value"] == 5.0


def test_what_waits_is_handed_over_in_pieces(monkeypatch):
    monkeypatch.setattr(feed, "PIECE", 10)
    monkeypatch.setattr(feed, "MAX_WAITING", 40)
    follower = feed.Follower()
    for each in (b"12345678", b"12345", b"123"):
        follower.put(each)
    assert follower.get(0) == b"1234567812345"
    for _ in range(4):
        follower.put(b"123456789")
    assert not follower.behind, "what was handed over waits no more"
    follower.put(b"12")
    assert follower.behind
    assert follower.get(0) == b""


def test_one_stream_follows_the_fleet_and_agents_in_full(dashboard, monkeypatch):
    follower = dashboard.hub.follow("", ONE, TWO)
    found = [data for event, data in read(follower, 6) if event == "snapshot"]
    assert [each.get("agent") for each in found if len(each["agents"]) < 2] == [ONE, TWO]
    assert [len(each["agents"]) for each in found if "agent" not in each] == [2]
    assert dashboard.hub.streams() == 1
    until(lambda: len(dashboard.daemon.readers) == 3)
    dashboard.daemon.say(live.Gone(5, TWO))
    assert ("gone", {"id": TWO}) in read(follower, 1)
    monkeypatch.setattr(feed, "MAX_WAITING", 100)
    follower.get(0)
    row = ["generic_cpu", NOW, 1, 50.5, "REAL", "%"]
    until(lambda: dashboard.daemon.say(live.Samples(3, ONE, [row])) or follower.behind)
    dashboard.hub.catch_up(follower)
    assert [event for event, _ in read(follower, 6)].count("snapshot") == 3
    dashboard.hub.unfollow(follower)
    assert dashboard.hub.streams() == 0


def test_what_a_stream_may_follow(dashboard):
    client = dashboard.client("viewer")
    ids = [f"id_{number:016x}" for number in range(17)]
    many = client.get("/api/v1/events?fleet=1&agent=" + "&agent=".join(ids))
    assert many.status_code == 400
    assert client.get(f"/api/v1/events?agent={ids[0]}").status_code == 404
    there = client.get(f"/api/v1/events?fleet=1&agent={ids[0]}&agent={ONE}", buffered=False)
    assert there.status_code == 200, "one that is gone ends nobody's stream"
    there.close()


def test_streams_are_bounded(dashboard, monkeypatch):
    monkeypatch.setattr(dashboard.services.streams, "_most", 2)
    client = dashboard.client("viewer")
    open_ = [client.get("/api/v1/events", buffered=False) for _ in range(2)]
    answer = client.get("/api/v1/events")
    assert answer.status_code == 503
    assert "Retry-After" in answer.headers
    for each in open_:
        each.close()
    assert dashboard.hub.streams() == 0


def test_agents_followed_are_bounded_for_all_streams_together(dashboard, monkeypatch):
    monkeypatch.setattr(dashboard.services.followed, "_most", 2)
    client = dashboard.client("viewer")
    both = client.get(f"/api/v1/events?agent={ONE}&agent={TWO}", buffered=False)
    refused = client.get(f"/api/v1/events?agent={ONE}")
    assert refused.status_code == 503
    assert "all 2 views of hosts are taken" in refused.text
    fleet = client.get("/api/v1/events", buffered=False)
    assert (both.status_code, fleet.status_code) == (200, 200)
    other = dashboard.client("viewer").get(f"/api/v1/events?agent={ONE}", buffered=False)
    assert other.status_code == 200
    assert list(both.iter_encoded()), "it ends: its session had the most"
    for each in (both, fleet, other):
        each.close()
    assert dashboard.hub.streams() == 0


def test_a_stream_over_http_ends_when_closed(dashboard):
    client = dashboard.client("viewer")
    answer = client.get(f"/api/v1/events?agent={ONE}", buffered=False)
    assert answer.mimetype == "text/event-stream"
    chunks = answer.iter_encoded()
    assert next(chunks) == b"retry: 1000\n\n"
    assert b"event: snapshot" in next(chunks)
    assert dashboard.hub.streams() == 1
    answer.close()
    assert dashboard.hub.streams() == 0
    assert client.get("/api/v1/events?agent=id_9999999999999999").status_code == 404


def test_a_stream_ends_with_its_session(dashboard, monkeypatch):
    monkeypatch.setattr(events, "HEARTBEAT", 0.05)
    follower = dashboard.hub.follow()
    valid = [True]
    sent = stream(dashboard.hub, follower, lambda: valid[0])
    assert b"retry" in next(sent)
    assert b"snapshot" in next(sent)
    assert next(sent) == events.PING
    valid[0] = False
    assert list(sent) == []


def test_closing_ends_every_stream(dashboard):
    follower = dashboard.hub.follow()
    seen = []
    thread = threading.Thread(
        target=lambda: seen.extend(stream(dashboard.hub, follower, lambda: True))
    )
    thread.start()
    dashboard.hub.close()
    thread.join(60)
    assert not thread.is_alive()


def ask(dashboard, verb, caller=ROOT, **args):
    return answer(Asked(dashboard.services, False), caller, Request(verb, args).encode())


@pytest.mark.parametrize("verb", VERBS)
def test_control_is_for_root_alone(dashboard, verb):
    reply = ask(dashboard, verb, OTHER)
    assert not reply.ok
    assert "root" in reply.error


def test_control_makes_logins(dashboard):
    made = ask(dashboard, "login-link", role="viewer").result
    client = dashboard.client(None)
    assert client.post("/login", data={"token": made["token"]}).status_code == 303
    assert client.get("/api/v1/session").json["role"] == "viewer"
    assert not ask(dashboard, "login-link", role="root").ok
    assert ask(dashboard, "status").result["sessions"] == 1
    assert ask(dashboard, "logout-all").result == {"ended": 1}
    assert client.get("/api/v1/session").status_code == 401


def test_control_sets_passwords(dashboard):
    assert not ask(dashboard, "passwd", role="admin", password="short").ok
    assert ask(dashboard, "passwd", role="admin", password="long enough").ok
    assert not ask(dashboard, "passwd", role="viewer", password="long enough").ok
    assert ask(dashboard, "status").result["passwords"] == ["admin"]
    assert ask(dashboard, "passwd", role="admin", password="").ok
    assert ask(dashboard, "status").result["passwords"] == []


def test_control_keeps_tokens(dashboard):
    token = ask(dashboard, "token-create", name="prometheus").result["token"]
    assert not ask(dashboard, "token-create", name="prometheus").ok
    assert not ask(dashboard, "token-create", name="a b").ok
    client = dashboard.client(None)
    headers = {"Authorization": f"Bearer {token}"}
    assert client.get("/api/v1/agents", headers=headers).status_code == 200
    (listed,) = ask(dashboard, "token-list").result
    assert listed["name"] == "prometheus"
    assert listed["seen"] is not None
    assert ask(dashboard, "token-revoke", name="prometheus").ok
    assert not ask(dashboard, "token-revoke", name="prometheus").ok


def test_control_answers_over_its_socket(dashboard, tmp_path, monkeypatch):
    monkeypatch.setattr("lumenmond.web.control.peer", lambda _: ROOT)
    server = ControlServer(tmp_path / "control.sock", Asked(dashboard.services, True))
    try:
        assert (tmp_path / "control.sock").stat().st_mode & 0o777 == 0o600
        assert call(tmp_path / "control.sock", "status")["tls"] is True
        with pytest.raises(Refused):
            call(tmp_path / "control.sock", "nothing")
    finally:
        server.close()


def test_links_and_tokens_are_bounded(tmp_path):
    store = AuthStore(tmp_path / "auth.db")
    for number in range(150):
        store.add_link(f"{number}", "admin", time.time() + 60 + number)
        store.add_token(f"t{number}", f"{number}")
    assert len(store._run("SELECT 1 FROM links")) == 100
    assert len(store.tokens()) == 100
    assert store.take_link("149") == "admin"
