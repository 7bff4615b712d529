"""The server itself, on a real port: waitress with our connections, many streams, its end."""

import http.client
import json
import math
import socket
import threading
import time

import pytest
from dashboard import NOW, ONE, until
from served import Served

from lumenmon import journal, live
from lumenmon.errors import LumenmonError
from lumenmon.wire import Type
from lumenmond.web import connection, room, secrets, tls
from lumenmond.web.services import DOWNLOADS

STREAMS = 100


@pytest.fixture
def served(tmp_path):
    made = Served(tmp_path)
    yield made
    made.close()


def test_it_serves_by_the_address_that_it_is_called_at(served):
    assert json.load(served.get("/api/v1/agents"))["agents"][0]["id"] == ONE
    assert served.get("/api/v1/agents", Host="192.0.2.1").status == 400
    answer = served.get("/static/vendor/chart.js")
    assert answer.status == 200
    assert answer.getheader("ETag")
    assert served.get("/static/../app.py").status in (401, 404, 303)


def test_the_real_pages_are_shown(served):
    token = secrets.new()
    served.web.services.auth.add_link(secrets.digest(token), "admin", time.time() + 60)
    page = served.get(f"/login?token={token}").read().decode()
    assert f'value="{token}"' in page
    client = http.client.HTTPConnection("127.0.0.1", served.port, timeout=60)
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    client.request("POST", "/login", f"token={token}", form)
    answer = client.getresponse()
    assert answer.status == 303
    answer.read()
    client.request("GET", f"/host/{ONE}", headers={"Cookie": answer.getheader("Set-Cookie")})
    page = client.getresponse().read().decode()
    assert '<meta name="csrf" content="' in page
    assert "<script>" not in page
    assert "style=" not in page


def test_many_streams_all_get_what_happens_at_once(served):
    streams = [served.get("/api/v1/events") for _ in range(STREAMS)]
    until(lambda: served.web.hub.streams() == STREAMS)
    for stream in streams:
        while not stream.readline().startswith(b"event: snapshot"):
            pass
    begin = time.monotonic()
    served.daemon.say(live.Samples(3, ONE, [["generic_cpu", NOW, 1, 50.5, "REAL", "%"]]))
    for stream in streams:
        while not stream.readline().startswith(b"event: samples"):
            pass
    print(f"{STREAMS} streams had it after {time.monotonic() - begin:.3f} s")
    assert served.get("/api/v1/agents").status == 200  # there is room for other requests
    for stream in streams:
        stream.close()
    served.daemon.say(live.Samples(4, ONE, [["generic_cpu", NOW, 1, 50.5, "REAL", "%"]]))
    until(lambda: served.web.hub.streams() == 0)


def is_closed(idle):
    idle.settimeout(0)
    try:
        return idle.recv(1) == b""
    except BlockingIOError:
        return False
    except ConnectionResetError:  # it had sent what nobody read
        return True


def test_who_holds_all_connections_keeps_nobody_out(served, caplog, monkeypatch):
    """The quietest give way; one with a request in hand, such as a stream, does not."""
    monkeypatch.setattr(room, "SELDOM", journal.Limit(1))
    server = served.web._servers[0]
    stream = served.get("/api/v1/events")
    server.adj.connection_limit = len(server._map) + 5
    idle = [socket.create_connection(("127.0.0.1", served.port)) for _ in range(20)]
    idle[0].sendall(b"GET / HT")  # a request that is never finished is as quiet
    until(lambda: sum(map(is_closed, idle)) >= 15)
    for _ in range(3):
        assert served.get("/healthz").status == 200
    assert not is_closed(idle[-1])
    served.daemon.say(live.Samples(3, ONE, [["generic_cpu", NOW, 1, 50.5, "REAL", "%"]]))
    while not stream.readline().startswith(b"event: samples"):
        pass
    assert not server.in_connection_overflow
    assert caplog.text.count("the quietest are closed") == 1
    for each in idle:
        each.close()


def test_what_waits_is_accepted_together_and_gets_no_event_of_another(served, monkeypatch):
    """Who opens connections without end, and speaks on each, is not what others wait for."""
    server = served.web._servers[0]
    server.adj.connection_limit = len(server._map) + 50
    asked = []
    ask = type(server).readable
    monkeypatch.setattr(type(server), "readable", lambda self: asked.append(1) or ask(self))
    entered, leave = threading.Event(), threading.Event()
    server.trigger.pull_trigger(lambda: (entered.set(), leave.wait(60)))
    assert entered.wait(60)
    waiting = [socket.create_connection(("127.0.0.1", served.port)) for _ in range(200)]
    for each in waiting:
        each.sendall(b"GET / HT")
    last = socket.create_connection(("127.0.0.1", served.port))
    before = len(asked)
    leave.set()
    last.sendall(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
    last.settimeout(60)
    assert last.recv(12) == b"HTTP/1.1 200"
    assert len(asked) - before < 100, "one by one it would be asked for each"
    for each in (*waiting, last):
        each.close()


@pytest.fixture
def doors(tmp_path):
    made = Served(tmp_path, listeners=2)
    yield made
    made.close()


@pytest.mark.parametrize("why", ["they give way", "they take nothing"])
def test_a_new_connection_gets_no_event_of_one_whose_number_it_has(doors, why, monkeypatch):
    """Both are to happen in one round: old ones with an event are closed, new ones accepted."""
    server = doors.web._servers[0]
    others, count = len(server._map), 12
    olds = [socket.create_connection(("127.0.0.1", doors.port)) for _ in range(count)]
    until(lambda: len(server._map) == others + count)
    entered, leave = threading.Event(), threading.Event()

    def hold():
        entered.set()
        leave.wait(60)
        if why == "they take nothing":
            channels = list(server.active_channels.values())
            monkeypatch.setattr(connection.Channel, "is_stalled", lambda self, _: self in channels)
            server.readable.__self__._looked_at = -math.inf  # it looks in the next round
        else:
            server.adj.connection_limit = others + count + 1

    server.trigger.pull_trigger(hold)
    assert entered.wait(60)
    doors.web._servers[1].trigger.pull_trigger(doors.web._beat)
    for each in olds:
        each.sendall(b"GET / HT")
    news = [http.client.HTTPConnection("127.0.0.1", port, timeout=60) for port in doors.ports]
    for each in news:
        each.connect()
    leave.set()
    for each in news:
        each.request("GET", "/healthz")
        assert each.getresponse().status == 200
    until(lambda: any(map(is_closed, olds)))
    for each in (*olds, *news):
        each.close()


def test_slow_downloads_leave_room_for_the_page(served, monkeypatch):
    for module in ("lumenmond.web.api", "lumenmond.store.chart"):
        monkeypatch.setattr(f"{module}.PAGE", 500)
    row = served.store.enrol(ONE, 66000)
    row.accept("long", Type.TEXT, 512)
    served.store.commit({ONE: {"long": {NOW - age: (1, "x" * 4000) for age in range(4000)}}})
    path = f"/api/v1/agents/{ONE}/series/long.csv?from=0&to={NOW}"
    running = [served.get(path) for _ in range(DOWNLOADS)]  # of which only the heads are read
    assert [answer.status for answer in running] == [200] * DOWNLOADS
    refused = served.get(path)
    assert (refused.status, refused.getheader("Retry-After")) == (503, "11")
    assert served.get("/api/v1/agents").status == 200
    other = served.get(path, **served.bearer("other"))
    assert other.status == 200, "somebody with fewer is not kept out"
    with pytest.raises((ConnectionError, http.client.IncompleteRead)):
        running[0].read()
    running[1].close()
    until(lambda: served.get(path).status == 200)
    for answer in (*running, other):
        answer.close()


def test_streams_that_nobody_reads_keep_no_other_viewer_out(served, monkeypatch):
    """Their threads end too: however often they come back, the page has some."""
    monkeypatch.setattr(served.web.services.streams, "_most", 8)
    flood, busy = [served.get("/api/v1/events") for _ in range(8)], served.web.hub
    until(lambda: busy.streams() == 8)
    assert served.get("/api/v1/events").status == 503
    others = [served.get("/api/v1/events", **served.bearer(f"{n}")) for n in range(6)]
    assert [answer.status for answer in others] == [200] * 6
    until(lambda: busy.streams() == 8)
    running = served.web.server.task_dispatcher
    until(lambda: running.active_count <= 9)  # it counts the request of the last moment too
    for answer in (*flood, *others):
        answer.close()


def test_long_requests_are_refused(served):
    client = http.client.HTTPConnection("127.0.0.1", served.port, timeout=60)
    client.request("PATCH", f"/api/v1/agents/{ONE}", b"x" * 100_000, served.headers)
    assert client.getresponse().status == 413
    answer = served.get("/api/v1/agents", Long="x" * 50_000)
    assert answer.status == 431


def test_without_a_certificate_there_is_no_tls(tmp_path):
    certificate, key = tmp_path / "certificate", tmp_path / "key"
    assert tls.context(certificate, key) is None
    certificate.write_bytes(tls.ABSENT)
    assert tls.context(certificate, key) is None
    certificate.write_text("nonsense")
    key.write_text("nonsense")
    with pytest.raises(LumenmonError):
        tls.context(certificate, key)
