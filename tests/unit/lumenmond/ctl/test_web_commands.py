"""The commands for the dashboard, and what doctor says of it."""

import io
import socket
import sys
import threading

import pytest

from lumenmon import paths, request
from lumenmon.ctl import Mark, main
from lumenmon.run import Result
from lumenmond.ctl import address, web, webchecks

FOUND = {"tls": False, "from": [], "proxies": [], "url": ""}


@pytest.fixture
def asked(tmp_path, monkeypatch):
    """The dashboard's control socket; a test sets the answers and sees the requests."""
    answers, calls = {}, []
    path = tmp_path / "control"
    monkeypatch.setattr(paths, "WEB_CONTROL_SOCKET", path)
    monkeypatch.setattr("os.geteuid", lambda: 0)
    listen(monkeypatch, "[::]:8080 (Stream)")
    server = socket.socket(socket.AF_UNIX)
    server.bind(str(path))
    server.listen()

    def serve():
        while True:
            try:
                caller, _ = server.accept()
            except OSError:
                return
            with caller:
                got = request.Request.decode(request.read_line(caller, request.MAX_REQUEST))
                calls.append((got.verb, dict(got.args)))
                caller.sendall(request.Reply(True, answers[got.verb]).encode())

    threading.Thread(target=serve, daemon=True).start()
    yield answers, calls
    server.close()


def listen(monkeypatch, text):
    monkeypatch.setattr("lumenmon.run.run", lambda *_, **__: Result(0, f"{text}\n", ""))


def test_who_asks_first_starts_the_dashboard(asked, monkeypatch, capsys):
    answers, calls = asked
    answers["token-create"] = {"name": "graphs", "token": "lumenmon_x"}
    here, ran, active = paths.WEB_CONTROL_SOCKET, [], ["active"]
    monkeypatch.setattr(paths, "WEB_CONTROL_SOCKET", here.with_name("absent"))

    def systemctl(argv, **_rest):
        if argv[1] == "show":
            return Result(0, f"Id={web.SOCKET_UNIT}\nActiveState={active[0]}\n", "")
        ran.append(argv)
        monkeypatch.setattr(paths, "WEB_CONTROL_SOCKET", here)
        return Result(0, "", "")

    monkeypatch.setattr("lumenmon.run.run", systemctl)
    active[0] = "inactive"
    assert main.main(["token", "create", "graphs"]) == 1
    error = capsys.readouterr().err
    assert "the dashboard is stopped or switched off" in error
    assert "sudo systemctl enable --now lumenmond-web.socket lumenmond-web.service" in error
    assert ran == []
    active[0] = "active"
    assert main.main(["token", "create", "graphs"]) == 0
    assert capsys.readouterr().out == "lumenmon_x\n"
    assert ran == [["systemctl", "start", "lumenmond-web.service"]]
    assert calls == [("token-create", {"name": "graphs"})]


def test_a_dashboard_that_does_not_start_is_named(asked, monkeypatch, capsys):
    monkeypatch.setattr(paths, "WEB_CONTROL_SOCKET", paths.WEB_CONTROL_SOCKET.with_name("absent"))
    shown = f"Id={web.SOCKET_UNIT}\nActiveState=active\n"
    monkeypatch.setattr(
        "lumenmon.run.run", lambda argv, **_: Result(int(argv[1] == "start"), shown, "failed")
    )
    assert main.main(["login"]) == 1
    error = capsys.readouterr().err
    assert "the dashboard cannot be started" in error
    assert "sudo journalctl -e -u lumenmond-web.service" in error


def link(answers, **more):
    answers["login-link"] = {
        "token": "T",
        "expires": 2e9,
        "tls": False,
        "url": "",
        "from": [],
        **more,
    }


@pytest.mark.parametrize(
    ("shown", "host", "port"),
    [("[::]:8080 (Stream)", "", 8080), ("0.0.0.0:80 (Stream)", "", 80), ("8080 (Stream)", "", 8080),
     ("127.0.0.1:8081 (Stream)", "127.0.0.1", 8081), ("[::1]:1 (Stream)", "::1", 1)],
)  # fmt: skip
def test_where_it_listens(monkeypatch, shown, host, port):
    listen(monkeypatch, shown)
    assert web.listens() == web.Listen(host, port)


def test_login_prints_a_link(asked, monkeypatch, capsys):
    answers, calls = asked
    link(answers)
    monkeypatch.setattr(address, "pick", lambda _: address.Address("192.0.2.1", "why"))
    assert main.main(["login"]) == 0
    assert "http://192.0.2.1:8080/login?token=T" in capsys.readouterr().out
    assert main.main(["login", "--viewer", "--host", "2001:db8::1"]) == 0
    assert "http://[2001:db8::1]:8080/login?token=T" in capsys.readouterr().out
    link(answers, tls=True, url="https://m.example.org")
    assert main.main(["login"]) == 0
    assert "https://m.example.org/login?token=T" in capsys.readouterr().out
    assert [args["role"] for _, args in calls] == ["admin", "viewer", "admin"]


def test_login_to_one_that_listens_here_alone_tells_of_the_tunnel(asked, monkeypatch, capsys):
    link(asked[0])
    listen(monkeypatch, "127.0.0.1:8080 (Stream)")
    assert main.main(["login"]) == 0
    out = capsys.readouterr().out
    assert "http://127.0.0.1:8080/login" in out
    assert f"ssh -NL 8080:127.0.0.1:8080 {socket.gethostname()}" in out


@pytest.mark.parametrize(
    ("networks", "host"),
    [(["127.0.0.0/8", "::1/128"], "127.0.0.1"), (["::1/128"], "[::1]")],
)
def test_login_to_one_that_answers_here_alone_tells_of_the_tunnel(asked, capsys, networks, host):
    link(asked[0], **{"from": networks})
    assert main.main(["login"]) == 0
    out = capsys.readouterr().out
    assert f"http://{host}:8080/login" in out
    assert "web_from" in out
    assert f"ssh -NL 8080:{host}:8080 " in out


def test_a_password_comes_from_standard_input_and_never_as_an_argument(asked, monkeypatch, capsys):
    answers, calls = asked
    answers["passwd"] = {}
    monkeypatch.setattr(sys, "stdin", io.StringIO("long enough\nmore\n"))
    assert main.main(["passwd", "--viewer"]) == 0
    assert calls == [("passwd", {"role": "viewer", "password": "long enough"})]
    assert main.main(["passwd", "secret"]) == 2
    monkeypatch.setattr(sys, "stdin", io.StringIO(""))
    assert main.main(["passwd"]) == 1
    assert main.main(["passwd", "--remove"]) == 0
    assert calls[-1] == ("passwd", {"role": "admin", "password": ""})
    assert "is gone" in capsys.readouterr().out


def test_tokens(asked, capsys):
    answers, calls = asked
    answers |= {"token-create": {"name": "a", "token": "lumenmon_x"}, "token-revoke": {},
                "token-list": [{"name": "a", "created": 1.0, "seen": None}]}  # fmt: skip
    assert main.main(["token", "create", "a"]) == 0
    assert capsys.readouterr().out == "lumenmon_x\n"
    assert main.main(["token", "list"]) == 0
    assert "never" in capsys.readouterr().out
    assert main.main(["token", "revoke", "a"]) == 0
    assert [verb for verb, _ in calls] == ["token-create", "token-list", "token-revoke"]
    assert main.main(["token", "create"]) == 2
    assert main.main(["token", "list", "a"]) == 2


def test_logout_means_all(asked, capsys):
    asked[0]["logout-all"] = {"ended": 3}
    assert main.main(["logout"]) == 2
    assert main.main(["logout", "--all"]) == 0
    assert "ended 3 sessions" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("listen", "more", "mark"),
    [
        (web.Listen("", 8080), {}, Mark.WARN),
        (web.Listen("192.0.2.1", 8080), {"from": ["10.0.0.0/8"]}, Mark.WARN),
        (web.Listen("", 8080), {"tls": True}, Mark.GOOD),
        (web.Listen("127.0.0.1", 8080), {}, Mark.GOOD),
        (web.Listen("", 8080), {"from": ["127.0.0.1/32", "::1/128"]}, Mark.GOOD),
        (web.Listen("", 8080), {"proxies": ["192.0.2.1/32"], "url": "https://m"}, Mark.GOOD),
    ],
)
def test_doctor_says_when_logins_can_be_read(listen, more, mark):
    assert webchecks.transport(listen, {**FOUND, **more}).mark is mark


def test_doctor_asks_as_a_browser_does():
    server = socket.create_server(("127.0.0.1", 0))
    port = server.getsockname()[1]

    def serve():
        for status in ("200 OK", "503 Down"):
            caller, _ = server.accept()
            with caller:
                assert caller.recv(4096).startswith(b"GET /healthz ")
                caller.sendall(f"HTTP/1.1 {status}\r\nContent-Length: 0\r\n\r\n".encode())

    threading.Thread(target=serve, daemon=True).start()
    assert webchecks.answers(web.Listen("", port), tls=False).mark is Mark.GOOD
    assert "lumenmond is down" in webchecks.answers(web.Listen("", port), tls=False).text
    server.close()
    assert webchecks.answers(web.Listen("", port), tls=False).mark is Mark.BAD
