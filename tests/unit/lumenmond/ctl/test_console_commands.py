"""The console's commands against sockets that answer as lumenmond and its root helper do."""

import argparse
import io
import json
import re
import socket
import threading
from dataclasses import replace

import pytest

from lumenmon import live, paths, request, term
from lumenmon.ctl import Mark, main
from lumenmon.ctl import checks as frame_checks
from lumenmon.errors import LumenmonError
from lumenmon.keys import PublicKey
from lumenmon.run import Result
from lumenmond.ctl import address, agents, checks, fleet, query, webchecks
from lumenmond.store.reader import MetricInfo, Point

KEY = PublicKey(b"\x00\x00\x00\x0bssh-ed25519\x00\x00\x00\x20" + bytes(32))
NOW = 1_800_000_000.0
STATUS = {
    "version": "1", "uptime": 1.0, "agents": 2, "online": 1, "metrics": 7, "database_bytes": 2048,
    "last_commit": None, "rejected": 3, "full": False, "trouble": "", "remedy": "",
    "clock": {"trusted": True, "denied": False, "words": "", "certain": 1_800_000_000},
}  # fmt: skip


def cpu(value, timestamp=NOW):
    return live.Value(int(timestamp), 1, value, "REAL", "%")


def agent(id, name, state=live.State.ONLINE, **rest):
    return live.Agent(1, id, name, state, "", last_seen=NOW - 65, **rest)


ONE = agent("id_" + "1" * 16, "web1\x1b[2J", address="10.0.0.2", latest={"generic_cpu": cpu(23.4)})
TWO = agent("id_" + "2" * 16, "web2", live.State.OFFLINE, tags=["blue"], rejected=1)


DASHBOARD = {
    "tls": False, "sessions": 0, "streams": 1, "url": "", "from": [], "proxies": [],
    "trouble": "", "remedy": "",
}  # fmt: skip


@pytest.fixture
def serve(tmp_path, monkeypatch):
    """Serve a socket in the place of one of ours; returns the requests that came."""
    servers = []

    def start(name, handle):
        path = tmp_path / name.lower()
        monkeypatch.setattr(paths, name, path)
        server = socket.socket(socket.AF_UNIX)
        server.bind(str(path))
        server.listen()
        servers.append(server)

        def loop():
            while True:
                try:
                    connection, _ = server.accept()
                except OSError:
                    return
                with connection:
                    handle(connection)

        threading.Thread(target=loop, daemon=True).start()
        return path

    monkeypatch.setattr("os.geteuid", lambda: 0)
    yield start
    for server in servers:
        server.close()


def live_socket(serve, monkeypatch, *found):
    def handle(connection):
        request.read_line(connection, 1000)
        for each in found:
            connection.sendall(live.encode(each))
        connection.sendall(live.encode(live.Ready(9, NOW)))

    serve("LIVE_SOCKET", handle)


def verbs(serve, name, **answers):
    calls = []

    def handle(connection):
        asked = request.Request.decode(request.read_line(connection, request.MAX_REQUEST))
        calls.append((asked.verb, dict(asked.args)))
        connection.sendall(request.Reply(True, answers[asked.verb.replace("-", "_")]).encode())

    serve(name, handle)
    return calls


def test_agents_shows_a_table_without_a_strangers_escapes(serve, monkeypatch, capsys):
    live_socket(serve, monkeypatch, TWO, ONE)
    assert main.main(["agents"]) == 0
    head, first, second, _, tally = capsys.readouterr().out.splitlines()
    assert head.split()[:3] == ["NAME", "STATE", "LAST"]
    assert first.startswith("web1�[2J")
    assert "1 min 5 s ago" in first
    assert "23.4 %" in first
    assert "offline" in second
    assert tally.startswith("2 agents: 1 online, 1 offline")


def test_agents_for_programs(serve, monkeypatch, capsys):
    live_socket(serve, monkeypatch, ONE)
    assert main.main(["a", "--json"]) == 0
    (found,) = json.loads(capsys.readouterr().out)
    assert found["id"] == ONE.id
    assert found["latest"]["generic_cpu"]["value"] == 23.4


def test_no_agents_tells_how_to_invite(serve, monkeypatch, capsys):
    live_socket(serve, monkeypatch)
    assert main.main(["agents"]) == 0
    assert "sudo lumenmonctl invite" in capsys.readouterr().out


def test_show_takes_the_beginning_of_a_name(serve, monkeypatch, capsys):
    live_socket(serve, monkeypatch, ONE, TWO)
    assert main.main(["show", "web2"]) == 0
    assert "blue" in capsys.readouterr().out
    assert main.main(["show", "web"]) == 1
    assert ONE.id in capsys.readouterr().err
    assert main.main(["show", "wbe2"]) == 1
    assert "did you mean: web2" in capsys.readouterr().err


def test_show_of_one_metric_by_its_short_name(serve, monkeypatch, capsys):
    more = live.Samples(2, ONE.id, [["generic_mem", int(NOW), 60, 1.5, "REAL", "%"]])
    live_socket(serve, monkeypatch, ONE, more)
    assert main.main(["show", ONE.id, "cpu"]) == 0
    out = capsys.readouterr().out
    assert "generic_cpu" in out
    assert "generic_mem" not in out
    assert main.main(["show", ONE.id, "mem", "--json"]) == 0
    assert [*json.loads(capsys.readouterr().out)["latest"]] == ["generic_mem"]
    assert main.main(["show", ONE.id, "cpuu"]) == 1
    assert "did you mean: generic_cpu" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("columns", "last"), [(40, "MEM"), (60, "DISK"), (80, "LOAD"), (200, "VERSION")]
)
def test_agents_fits_the_terminal(serve, monkeypatch, capsys, columns, last):
    latest = {name: cpu(50.0) for name in agents._NUMBERS}
    wide = agent("id_" + "3" * 16, "日本" * 20, address="10.0.0.2", latest=latest)
    live_socket(serve, monkeypatch, agent(ONE.id, "web1", latest=latest), wide)
    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.setenv("COLUMNS", str(columns))
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    assert main.main(["agents"]) == 0
    head, *rows = capsys.readouterr().out.splitlines()[:3]
    assert head.split()[-1] == last
    assert all(len(row.split()) >= len(head.replace("LAST SEEN", "").split()) for row in rows)
    assert max(map(term.width, [head, *rows])) <= columns


@pytest.mark.parametrize(
    ("columns", "last"), [(40, "VALUE"), (60, "VALUE"), (80, "EVERY"), (200, "EVERY")]
)
def test_show_fits_the_terminal(serve, monkeypatch, capsys, columns, last):
    name = "generic_disk_write_bytes_per_second"
    rows = [
        [name, int(NOW) - 281, 300, 500_000.0, "REAL", "B/s"],
        ["generic_sys_os", int(NOW) - 281, 3600, "Debian GNU/Linux 12 (bookworm)", "TEXT", ""],
        ["generic_sys_failed_unit_names", int(NOW), 300, "", "TEXT", ""],
    ]
    live_socket(serve, monkeypatch, TWO, live.Samples(2, TWO.id, rows))
    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.setenv("COLUMNS", str(columns))
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    assert main.main(["show", "web2"]) == 0
    shown = capsys.readouterr().out.splitlines()
    head, *table = shown[shown.index("") + 1 :]
    assert head.split()[-1] == last
    assert max(map(term.width, [head, *table])) <= columns
    assert any(line.startswith(name[:20]) and "488 KiB/s" in line for line in table)
    assert any("Debian GNU/" in line and ("…" in line) == (columns < 200) for line in table)
    assert any("unit_n" in line and "–" in line for line in table)


def test_an_agent_may_come_in_parts(serve, monkeypatch):
    more = live.Samples(2, TWO.id, [["x_percent", int(NOW), 60, 1.5, "REAL", "%"]])
    live_socket(serve, monkeypatch, TWO, more)
    (found,) = fleet.snapshot().agents
    assert found.latest["x_percent"].value == 1.5


def test_a_daemon_that_is_down_is_named(tmp_path):
    with pytest.raises(LumenmonError, match="not running"):
        fleet.snapshot(path=tmp_path / "none")


def test_a_daemon_that_hangs_up_early_is_named(serve):
    path = serve("LIVE_SOCKET", lambda connection: request.read_line(connection, 1000))
    with pytest.raises(LumenmonError, match="hung up"):
        fleet.snapshot(path=path)


def test_an_overdue_value_is_dimmed(monkeypatch):
    monkeypatch.setattr("lumenmon.term.colourful", lambda _stream: True)
    assert "\x1b" not in agents.value(cpu(1.0), NOW)
    assert "\x1b[2m" in agents.value(cpu(1.0, NOW - 60), NOW)


def test_invite_prints_the_line_to_paste(serve, capsys, monkeypatch):
    link = f"ssh://reg_1800000000000:secret@c.example:2345/#ssh-ed25519_{KEY.base64}"
    monkeypatch.setattr("time.time", lambda: NOW)
    calls = verbs(
        serve, "HOST_SOCKET", invite={"link": link, "expires": NOW + 300, "user": "reg_x"}
    )
    assert main.main(["invite", "--host", "c.example"]) == 0
    out = capsys.readouterr().out
    assert f"sudo lumenmonctl register '{link}'" in out
    assert "within 5 min" in out
    assert calls == [("invite", {"host": "c.example", "port": 2345})]


def test_invite_prints_the_line_for_a_bare_host_first(serve, handout, capsys, monkeypatch):
    link = f"ssh://reg_1800000000000:secret@c.example:2345/#ssh-ed25519_{KEY.base64}"
    verbs(serve, "HOST_SOCKET", invite={"link": link, "expires": NOW + 300, "user": "reg_x"})
    monkeypatch.setattr("os.geteuid", lambda: 0)
    status = {**DASHBOARD, "from": ["10.0.0.0/8"]}
    listen = ["[::]:8080 (Stream)"]
    monkeypatch.setattr("lumenmon.run.run", lambda *_, **__: Result(0, listen[0], ""))

    def lines():
        assert main.main(["invite", "--host", "c.example"]) == 0
        return [line for line in capsys.readouterr().out.splitlines() if "register '" in line or
                "apt-helper" in line]  # fmt: skip

    (known,) = lines()  # the dashboard is off
    verbs(serve, "WEB_CONTROL_SOCKET", status=status)
    bare, second = lines()
    assert "u=http://c.example:8080/install;" in bare
    assert second == known
    status["url"] = "https://monitor.example"
    assert "u=https://monitor.example/install;" in lines()[0]
    status["url"] = ""
    listen[0] = "127.0.0.1:8080 (Stream)"
    assert lines() == [known]
    listen[0] = "[::]:8080 (Stream)"
    status["from"] = ["127.0.0.1/32", "::1/128"]
    assert lines() == [known]
    status["from"] = []
    (handout / "install.sh").unlink()
    assert lines() == [known]


@pytest.mark.parametrize(
    "link",
    [
        "ssh://reg_1800000000000:x@c.example:2345/#ssh-ed25519_{key}\x1b[2J",
        "ssh://reg_1800000000000:x@c.example';id;':2345/#ssh-ed25519_{key}",
        "http://c.example/x",
        7,
    ],
)
def test_a_forged_link_is_not_printed(serve, capsys, link):
    forged = link.format(key=KEY.base64) if isinstance(link, str) else link
    verbs(serve, "HOST_SOCKET", invite={"link": forged, "expires": NOW, "user": "reg_x"})
    assert main.main(["invite", "--host", "c.example"]) == 1
    printed = capsys.readouterr()
    assert printed.out == ""
    assert "\x1b" not in printed.err
    assert "the answer" in printed.err


def test_a_password_is_written_out_again(serve, capsys):
    link = f"ssh://reg_1800000000000:a'\x1b;id@c.example:2345/#ssh-ed25519_{KEY.base64}"
    verbs(serve, "HOST_SOCKET", invite={"link": link, "expires": NOW, "user": "reg_x"})
    assert main.main(["invite", "--host", "c.example"]) == 0
    assert "reg_1800000000000:a%27%1B%3Bid@c.example" in capsys.readouterr().out


def test_invite_says_which_address_it_picked(serve, capsys, monkeypatch):
    monkeypatch.setattr(address, "pick", lambda: address.Address("10.0.0.1", "because"))
    link = f"ssh://reg_1800000000000:secret@10.0.0.1:2345/#ssh-ed25519_{KEY.base64}"
    answer = {"link": link, "expires": NOW, "user": "reg_1800000000000"}
    verbs(serve, "HOST_SOCKET", invite=answer)
    assert main.main(["i"]) == 0
    out = capsys.readouterr().out
    assert "10.0.0.1: because" in out
    assert "--host NAME" in out


def test_invite_refuses_what_is_not_a_host(serve, capsys):
    assert main.main(["invite", "--host", "a b"]) == 2
    assert main.main(["login", "--host", "a/b"]) == 2
    assert "must be a name or an IP address" in capsys.readouterr().err
    assert main.main(["invite", "--port", "0"]) == 2
    assert main.main(["invite", "list", "reg_1"]) == 2
    assert main.main(["invite", "revoke"]) == 2
    assert main.main(["invite", "revoke", "root"]) == 2
    capsys.readouterr()


KEY_LINK = f"ssh://{KEY.agent_id}@console:2345/#ssh-ed25519_{KEY.base64}"
ENROLLED = {"id": KEY.agent_id, "link": KEY_LINK}


def test_invite_enrols_a_key_made_beforehand(serve, capsys, tmp_path, monkeypatch):
    calls = verbs(serve, "HOST_SOCKET", invite_pubkey=ENROLLED)
    file = tmp_path / "key.pub"
    file.write_text(f"{KEY.line} me@there\n")
    assert main.main(["invite", "--pubkey", str(file), "--host", "console"]) == 0
    out = capsys.readouterr().out
    assert KEY.agent_id in out
    assert f"sudo lumenmonctl register {KEY_LINK!r}" in out
    asked = {"key": f"{KEY.line} me@there", "host": "console", "port": 2345}
    assert calls == [("invite-pubkey", asked)]
    monkeypatch.setattr("sys.stdin", io.StringIO(file.read_text()))
    assert main.main(["invite", "--pubkey", "-", "--host", "console", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["link"] == KEY_LINK
    assert calls[1:] == calls[:1]


@pytest.mark.parametrize(
    "change",
    [
        {"id": ONE.id},
        {"link": KEY_LINK.replace(KEY.agent_id, ONE.id)},
        {"link": "ssh://x"},
        {"id": 1},
    ],
)
def test_invite_refuses_an_answer_of_another_key(serve, capsys, tmp_path, change):
    verbs(serve, "HOST_SOCKET", invite_pubkey={**ENROLLED, **change})
    file = tmp_path / "key.pub"
    file.write_text(f"{KEY.line}\n")
    assert main.main(["invite", "--pubkey", str(file), "--host", "console"]) == 1
    assert capsys.readouterr().out == ""


def test_invite_refuses_what_is_no_key(serve, capsys, tmp_path):
    file = tmp_path / "key.pub"
    file.write_text("-----BEGIN OPENSSH PRIVATE KEY-----\n")
    assert main.main(["invite", "--pubkey", str(file)]) == 1
    file.unlink()
    capsys.readouterr()
    assert main.main(["invite", "--pubkey", str(file)]) == 1
    assert capsys.readouterr().err.endswith("cannot be read: No such file or directory\n")


def test_invites_can_be_listed_and_revoked(serve, capsys, monkeypatch):
    monkeypatch.setattr("time.time", lambda: NOW)
    user = "reg_1800000000000"
    open_ones = [{"user": user, "created": NOW, "expires": NOW + 61}]
    calls = verbs(serve, "HOST_SOCKET", invites=open_ones, revoke=None)
    assert main.main(["invite", "list"]) == 0
    assert "1 min 1 s" in capsys.readouterr().out
    assert main.main(["invite", "revoke", user]) == 0
    assert calls[-1] == ("revoke", {"user": user})


def test_rename_tag_and_remove_send_the_id(serve, monkeypatch, capsys):
    live_socket(serve, monkeypatch, ONE, TWO)
    control = verbs(serve, "CONTROL_SOCKET", rename=None, tag=None)
    host = verbs(serve, "HOST_SOCKET", remove=None)
    assert main.main(["rename", "web2", "mail"]) == 0
    assert main.main(["tag", "web2", "#a,b", "b"]) == 0
    assert main.main(["remove", "web2", "--yes"]) == 0
    assert control == [
        ("rename", {"agent": TWO.id, "name": "mail"}),
        ("tag", {"agent": TWO.id, "tags": ["a", "b"]}),
    ]
    assert host == [("remove", {"id": TWO.id})]


@pytest.mark.parametrize(
    ("word", "hint"), [("cup", "did you mean: generic_cpu"), ("nothing", "lumenmonctl show NAME")]
)
def test_a_metric_that_is_not_there_suggests_only_what_is_like_it(word, hint):
    with pytest.raises(LumenmonError) as caught:
        fleet.metric(word, ["generic_cpu", "generic_disk", "generic_mem"])
    assert hint in caught.value.hint


def test_remove_asks_first(serve, monkeypatch, capsys):
    live_socket(serve, monkeypatch, ONE)
    host = verbs(serve, "HOST_SOCKET", remove=None)
    monkeypatch.setattr("sys.stdin.isatty", lambda: True, raising=False)
    asked = []
    monkeypatch.setattr("builtins.input", lambda question: asked.append(question) or "")
    assert main.main(["remove", ONE.id]) == 1
    assert "nothing was changed" in capsys.readouterr().err
    assert host == []
    assert asked[0].startswith(f"Remove web1�[2J ({ONE.id}), last seen 1 min 5 s ago, with its key")


def test_remove_takes_no_beginning_of_a_name(serve, monkeypatch, capsys):
    live_socket(serve, monkeypatch, ONE, TWO)
    host = verbs(serve, "HOST_SOCKET", remove=None)
    for word in ("web", "id_2", "2222", TWO.id[:-1]):
        assert main.main(["remove", word, "--yes"]) == 1
        assert "no agent is called" in capsys.readouterr().err
    assert host == []
    assert main.main(["show", "id_2"]) == 0


NOTHING_GLOBAL = [{}, {"ifname": "lo", "addr_info": [{}]}, {"ifname": "eth0", "addr_info": [{}]}]
"""What iproute2 prints of interfaces whose addresses are all of another scope."""


def host_network(monkeypatch, addresses, routes=(), source=None):
    """Make ``ip`` show these addresses and default routes (family, device, metric)."""
    links = [
        {"ifname": name, "addr_info": [{"local": host, **more}, {}]}
        for name, host, more in addresses
    ]

    def run(argv, **_):
        if "address" in argv:
            return Result(0, json.dumps(links + NOTHING_GLOBAL), "")
        found = [{"dst": "default", "dev": dev, "metric": metric}
                 for family, dev, metric in routes if f"-{family}" in argv]  # fmt: skip
        return Result(0, json.dumps(found), "")

    monkeypatch.setattr("lumenmon.run.run", run)
    monkeypatch.setattr(address, "_source", lambda: source)


def test_the_default_route_decides(monkeypatch):
    addresses = [("eth0", "10.0.0.9", {}), ("wlan0", "10.0.0.8", {})]
    host_network(monkeypatch, addresses, [(4, "wlan0", 600), (4, "eth0", 100)], "10.0.0.9")
    found = address.pick()
    assert found.host == "10.0.0.9"
    assert "eth0, where the default route leads" in found.why


def test_a_host_with_ipv6_alone_names_the_lasting_address_of_its_default_route(monkeypatch):
    addresses = [
        ("docker0", "2001:db8:1::1", {}),
        ("eth0", "2001:db8::77", {"temporary": True}),
        ("eth0", "2001:db8::7", {}),
    ]
    host_network(monkeypatch, addresses, [(6, "eth0", 1024)])
    found = address.pick()
    assert found.host == "2001:db8::7"
    assert "eth0, where the default route leads" in found.why


def test_without_a_default_route_the_first_global_address(monkeypatch):
    host_network(monkeypatch, [("docker0", "172.17.0.1", {}), ("eth1", "192.0.2.7", {})])
    found = address.pick()
    assert found.host == "192.0.2.7"
    assert "there is no default route" in found.why


def test_a_host_without_an_address_is_told_how_to_name_one(monkeypatch):
    host_network(monkeypatch, [])
    with pytest.raises(LumenmonError) as caught:
        address.pick("login")
    assert "sudo lumenmonctl login --host NAME" in caught.value.hint


def test_status_names_those_who_are_away(serve, monkeypatch, tmp_path):
    live_socket(serve, monkeypatch, ONE, TWO)
    verbs(serve, "CONTROL_SOCKET", status=STATUS)
    verbs(serve, "WEB_CONTROL_SOCKET", status={**DASHBOARD, "sessions": 2})
    monkeypatch.setattr(paths, "INVITES", tmp_path)
    monkeypatch.setattr(webchecks, "is_off", lambda: False)
    (tmp_path / "reg_1800000000000").touch()
    (tmp_path / ".reg_1800000000001.new").touch()
    fleet_part, database, invites, dashboard = checks.parts()
    assert dashboard.text == "http, 2 sessions, 1 stream"
    assert invites.text == "1 open"
    assert fleet_part.mark is Mark.WARN
    assert "1 online, 1 offline (away: web2)" in fleet_part.text
    assert database.text == "2.0 KiB, 7 metrics, 3 bad lines rejected"


def test_a_clock_that_is_not_trusted_is_named():
    words = "10 y 2 h ahead, and most agents' clocks differ from it"
    clock = {"trusted": False, "denied": True, "words": words, "certain": 1_800_000_000}
    (part,) = checks._clock_part(clock)
    assert (part.mark, part.name) == (Mark.BAD, "clock")
    assert part.text.startswith(f"not trusted: it is {words}; old data is kept as of 2027-01-15 ")
    assert "timedatectl set-ntp true" in part.remedy
    (part,) = checks._clock_part({**clock, "denied": False})
    assert part.mark is Mark.WARN
    assert list(checks._clock_part({**clock, "trusted": True})) == []


def test_status_counts_one_bad_line():
    assert checks._database_part({**STATUS, "rejected": 1}).text.endswith(" 1 bad line rejected")


def test_a_damaged_database_is_named(tmp_path, monkeypatch):
    monkeypatch.setattr("os.geteuid", lambda: 1000)
    path = tmp_path / "metrics.db"
    (missing,) = checks.database(path)
    assert missing.mark is Mark.BAD
    path.write_bytes(b"not a database at all" * 100)
    (damaged,) = checks.database(path)
    assert damaged.mark is Mark.BAD
    assert damaged.remedy


def test_a_moment_is_an_age_a_date_or_seconds(monkeypatch):
    monkeypatch.setattr("time.time", lambda: NOW)
    assert query.moment("2h") == NOW - 7200
    assert query.moment("now") == NOW
    assert query.moment("1700000000") == 1700000000
    assert query.moment("2025-01-31T12:00+00:00") == 1738324800
    assert query.moment("999999999y") == 0
    for bad in (
        "soon",
        "1x",
        "9" * 40,
        "9" * 5000,
        "9" * 12,
        "0001-01-01",
        "9999-12-31T23:59",
    ):
        with pytest.raises(argparse.ArgumentTypeError):
            query.moment(bad)
    with pytest.raises(argparse.ArgumentTypeError):
        query.step("0s")


def test_query_prints_csv(monkeypatch, capsys):
    class FakeReader:
        def __init__(self, _path): ...

        def metrics(self, _agent):
            return [MetricInfo(1, "generic_cpu", "REAL", "%", "t")]

        def series(self, agent, metric, start, end, points, step=None):
            assert (agent, metric, end - start, step) == (ONE.id, "generic_cpu", 61, 10)
            return [Point(start, 2, 1.0, 1.5, 2.0)]

    monkeypatch.setattr(query, "Reader", FakeReader)
    monkeypatch.setattr("os.geteuid", lambda: 1000)
    monkeypatch.setattr("time.time", lambda: NOW)
    line = ["query", ONE.id, "cpu", "--from", "60s", "--step", "10s"]
    assert main.main([*line, "--csv"]) == 0
    assert capsys.readouterr().out == "time,mean,min,max,count\n1799999940,1.5,1.0,2.0,2\n"
    assert main.main(line) == 0
    assert "1.5 %" in capsys.readouterr().out
    assert main.main([*line[:3], "--from", "1700000000", "--step", "1s"]) == 2
    assert "longer --step" in capsys.readouterr().err
    assert main.main(["query", ONE.id, "cpuu"]) == 1
    assert "did you mean: generic_cpu" in capsys.readouterr().err
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    monkeypatch.setattr(FakeReader, "series", lambda *_: [Point(int(NOW), 2, 1.0, 1.5, 2.0)])
    assert main.main(["query", ONE.id, "cpu", "--from", "999999999y"]) == 0
    assert "1970" in capsys.readouterr().out
    assert main.main(["query", ONE.id, "cpu", "--from", "9999-12-31"]) == 2
    assert "between the years" in capsys.readouterr().err


def test_a_socket_of_systemd_is_looked_at_without_connecting(tmp_path):
    path = tmp_path / "a.sock"
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(path))
        assert frame_checks.listening(path).mark is Mark.BAD
        server.listen()
        assert frame_checks.listening(path).mark is Mark.GOOD


@pytest.mark.parametrize(
    ("uptime", "seen", "mark", "said"),
    [
        (600.0, NOW - 3600, Mark.BAD, "the only agent has not connected since lumenmond started"),
        (5.0, NOW - 3600, Mark.WARN, "5 s ago"),
        (600.0, NOW - 300, Mark.WARN, "1 offline (away: web2)"),
    ],
)
def test_status_names_a_console_that_no_agent_comes_back_to(
    serve, monkeypatch, uptime, seen, mark, said
):
    live_socket(serve, monkeypatch, replace(TWO, last_seen=seen))
    part = checks._fleet_part(fleet.snapshot(), uptime)
    assert part.mark is mark
    assert said in part.text
    assert ("port 2345" in part.remedy) is ("since" in part.text)


@pytest.mark.parametrize(
    ("words", "shown", "status"),
    [
        ([], {"web1", "web2"}, 0),
        (["--tag", "blue"], {"web2"}, 0),
        (["--tag", "#blue"], {"web2"}, 0),
        (["--tag", "blue", "--tag", "red"], set(), 0),
        (["--state", "offline", "--state", "never"], {"web2"}, 0),
        (["--state", "online", "--tag", "blue"], set(), 0),
    ],
)
def test_agents_are_chosen_by_tag_and_state(serve, monkeypatch, capsys, words, shown, status):
    live_socket(serve, monkeypatch, ONE, TWO)
    assert main.main(["agents", *words]) == status
    out = capsys.readouterr().out
    assert {name for name in ("web1", "web2") if name in out} == shown
    assert shown or "None of 2 agents matches." in out


@pytest.mark.parametrize(
    ("words", "line", "status"),
    [
        ([], "CRITICAL: 2 agents: 1 online, 1 offline: web2 (offline)", 1),
        (["--state", "online"], "OK: 1 agent: 1 online", 0),
        (["--tag", "none"], "CRITICAL: no agent matches", 1),
    ],
)
def test_a_check_of_agents_is_one_line(serve, monkeypatch, capsys, words, line, status):
    live_socket(serve, monkeypatch, ONE, TWO)
    assert main.main(["agents", "--check", *words]) == status
    assert capsys.readouterr().out == f"{line}\n"


def test_agents_shows_tags(serve, monkeypatch, capsys):
    live_socket(serve, monkeypatch, ONE, TWO)
    assert main.main(["agents"]) == 0
    assert re.search(r"web2 .* blue", capsys.readouterr().out)
