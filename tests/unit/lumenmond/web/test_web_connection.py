"""What strangers do to connections: ask without reading, hold many, send ahead."""

import socket
import threading
import time

import pytest
from dashboard import until
from served import Served

from lumenmon import journal
from lumenmond.web import connection

GREEDY = 60
PAGE = b"GET /static/vendor/chart.js HTTP/1.1\r\nHost: localhost\r\n\r\n"
HEALTH = b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n"


@pytest.fixture
def served(tmp_path):
    made = Served(tmp_path)
    # Over loopback the kernel takes megabytes, from afar it takes less.
    for server in made.web._servers:
        server.adj.socket_options.append((socket.SOL_SOCKET, socket.SO_SNDBUF, 65536))
    yield made
    made.close()


@pytest.fixture
def connect(served):
    made = []

    def connect(source="127.0.0.1", size=None):
        each = socket.socket()
        if size:
            each.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, size)
        each.bind((source, 0))
        each.connect(("127.0.0.1", served.port))
        each.settimeout(60)
        made.append(each)
        return each

    yield connect
    for each in made:
        each.close()


def in_loop(served, call):
    """Run something in the server's own thread; return what it returned."""
    done, found = threading.Event(), []
    served.web._servers[0].trigger.pull_trigger(lambda: (found.append(call()), done.set()))
    assert done.wait(60)
    return found[0]


def channels(served):
    return list(served.web._servers[0].active_channels.values())


def stalled(served):
    """Return the connections whose clients have something to read and nobody who answers them."""
    return [each for each in channels(served) if each.total_outbufs_len and not each.requests]


def is_closed(client):
    """Read all there is; return whether the other end has closed."""
    try:
        client.settimeout(0)
        while client.recv(2**20):
            pass
        return True
    except BlockingIOError:
        return False
    except OSError:
        return True


def test_clients_that_read_nothing_hold_no_thread(served, connect):
    for _ in range(GREEDY):
        client = connect(size=4096)
        client.setblocking(False)
        client.send(PAGE * 500)
    until(lambda: len(stalled(served)) == GREEDY)
    dispatcher = served.web.server.task_dispatcher
    until(lambda: dispatcher.active_count == 0)
    assert len(dispatcher.queue) == 0
    assert max(len(each._ahead) for each in channels(served)) <= 8192
    assert [served.get("/healthz").status for _ in range(20)] == [200] * 20


def test_who_reads_nothing_is_cut_and_who_reads_slowly_goes_on(
    served, connect, monkeypatch, caplog
):
    monkeypatch.setattr(connection, "SELDOM", journal.Limit(1))
    greedy, slow = connect(size=4096), connect(size=4096)
    for client in (greedy, slow):
        client.sendall(PAGE * 20)
    until(lambda: len(stalled(served)) == 2)
    servers, now = served.web._servers, time.monotonic()
    in_loop(served, lambda: connection.cut_stalled(servers, now))
    (channel,) = [each for each in channels(served) if each.addr[1] == slow.getsockname()[1]]
    before, taken = channel._sent, 0
    while channel._sent - before < connection.LEAST:
        taken += len(slow.recv(4096))
    later = now + connection.STALLED + 1
    in_loop(served, lambda: connection.cut_stalled(servers, later))
    assert channels(served) == [channel]
    until(lambda: is_closed(greedy))
    assert caplog.text.count("their clients do not read") == 1
    while piece := slow.recv(2**20):  # until the end that follows what was sent ahead
        taken += len(piece)
    assert taken > connection.AHEAD * 200_000, "all of it came"


def answers(client):
    """Read until the other end closes, or nothing comes for a while; return what came."""
    found = b""
    client.settimeout(60)
    while found.count(b"HTTP/1.1") <= connection.AHEAD and (piece := client.recv(2**16)):
        found += piece
    return found


def test_requests_that_are_sent_ahead_are_answered_in_turn(served, connect):
    client = connect()
    client.sendall(
        HEALTH + PAGE + HEALTH.replace(b"HTTP/1.1\r", b"HTTP/1.1\r\nConnection: close\r")
    )
    found = answers(client)
    assert found.count(b"HTTP/1.1 200 OK") == 3
    assert found.index(b"text/javascript") > found.index(b"HTTP/1.1 200 OK")


def test_a_client_that_only_sends_ahead_has_to_begin_again(served, connect):
    client = connect()
    client.sendall(HEALTH * 100)
    found = answers(client)
    assert found.count(b"HTTP/1.1 200 OK") == connection.AHEAD + 1
    assert found.count(b"Connection: close") == 1
    until(lambda: is_closed(client))


def test_a_body_that_asks_to_go_on(served, connect):
    client = connect()
    client.sendall(HEALTH + b"POST /login HTTP/1.1\r\nHost: localhost\r\nContent-Length: 4\r\n"
                   b"Expect: 100-continue\r\n\r\n")  # fmt: skip
    found = b""
    while b"100 Continue" not in found:
        found += client.recv(4096)
    client.sendall(b"a=bc")
    while b"403" not in found:
        found += client.recv(4096)
    assert found.count(b"HTTP/1.1") == 3


def test_room_is_made_by_whoever_holds_the_most(served, connect):
    server = served.web._servers[0]
    patient = connect("127.0.0.3")
    until(lambda: len(channels(served)) == 1)
    server.adj.connection_limit = len(server._map) + 5
    many = [connect("127.0.0.2") for _ in range(20)]
    until(lambda: sum(map(is_closed, many)) >= 15)
    assert not is_closed(patient), "it has been quiet for longest, but it is one"
    patient.settimeout(60)
    patient.sendall(HEALTH)
    assert patient.recv(4096).startswith(b"HTTP/1.1 200 OK")


def test_behind_a_proxy_each_client_is_a_source(served, connect, monkeypatch):
    monkeypatch.setattr(connection.Channel, "proxies", ("127.0.0.2/32",))
    sources = []
    monkeypatch.setattr(
        served.web.server.task_dispatcher,
        "add_task",
        lambda channel: sources.append(channel.source()),
    )
    forwarded = HEALTH.replace(b"\r\n\r\n", b"\r\nX-Forwarded-For: 1.2.3.4, 192.0.2.7\r\n\r\n")
    connect("127.0.0.2").sendall(forwarded)
    until(lambda: len(sources) == 1)
    connect("127.0.0.3").sendall(forwarded)
    until(lambda: len(sources) == 2)
    assert sources == ["192.0.2.7", "127.0.0.3"]
