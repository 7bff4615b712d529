"""A dashboard in this process: a real store, sockets that answer as lumenmond and its helper do."""

from __future__ import annotations

import re
import socket
import threading
import time
from contextlib import suppress
from pathlib import Path

from jinja2 import ChoiceLoader, DictLoader

from lumenmon import live, request
from lumenmon.live import State, Value
from lumenmon.wire import Type
from lumenmond.config import Config
from lumenmond.store.auth import AuthStore
from lumenmond.store.writer import Store
from lumenmond.web import secrets
from lumenmond.web.app import create_app
from lumenmond.web.events import Hub
from lumenmond.web.readers import Readers
from lumenmond.web.services import Services

NOW = 1_800_000_000
LINK = (
    "ssh://reg_1800000000000:secret@console:2345/#ssh-ed25519_"
    "AAAAC3NzaC1lZDI1NTE5AAAAIGFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFh"
)
ONE, TWO = "id_" + "1" * 16, "id_" + "2" * 16
SHELL = '<meta name="csrf" content="{{ csrf }}"><p>{{ role }}</p>'
LOGIN = '<form method="post"><input name="token" value="{{ token }}">{{ error }}|{{ next }}</form>'


def value(number, stamp=NOW, interval=1, type="REAL", unit="%"):
    return Value(stamp, interval, number, type, unit)


def agent(id=ONE, name="web1", **rest):
    latest = rest.pop("latest", {"generic_cpu": value(23.4)})
    return live.Agent(
        1, id, name, rest.pop("state", State.ONLINE), "fine", last_seen=float(NOW), enrolled=1.0,
        latest=latest, recent=[1.0, 2.0], metrics=len(latest), **rest,
    )  # fmt: skip


class Daemon:
    """What lumenmond is to the hub: a snapshot for each reader, then what a test says."""

    def __init__(self, path: Path, *agents: live.Agent) -> None:
        self.path = path
        self.agents = {each.id: each for each in agents}
        self.readers: list[tuple[socket.socket, live.Want]] = []
        self.lock = threading.Lock()
        self.start()

    def start(self) -> None:
        self.path.unlink(missing_ok=True)
        self.listener = socket.socket(socket.AF_UNIX)
        self.listener.bind(str(self.path))
        self.listener.listen()
        threading.Thread(target=self._accept, args=(self.listener,), daemon=True).start()

    def _accept(self, listener: socket.socket) -> None:
        with suppress(OSError):
            while True:
                reader, _ = listener.accept()
                want = live.decode(request.read_line(reader, 1000))
                with self.lock:  # what is said once a snapshot was read goes to its reader too
                    for each in self.agents.values():
                        if want.id in ("", each.id):
                            reader.sendall(live.encode(each))
                    reader.sendall(live.encode(live.Ready(2, NOW)))
                    self.readers.append((reader, want))

    def say(self, message: live.Message) -> None:
        with self.lock:
            for reader, want in self.readers:
                if want.id in ("", getattr(message, "id", "")):
                    reader.sendall(live.encode(message))

    def stop(self) -> None:
        if self.listener.fileno() < 0:
            return
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()
        self.path.unlink(missing_ok=True)
        for reader, _ in self.readers:
            reader.close()
        self.readers.clear()


class Verbs:
    """A socket that answers requests, and remembers them."""

    def __init__(self, path: Path, **answers) -> None:
        self.answers = answers
        self.calls: list[tuple[str, dict]] = []
        self.listener = socket.socket(socket.AF_UNIX)
        self.listener.bind(str(path))
        self.listener.listen()
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        with suppress(OSError):
            while True:
                caller, _ = self.listener.accept()
                with caller:
                    asked = request.Request.decode(request.read_line(caller, request.MAX_REQUEST))
                    self.calls.append((asked.verb, dict(asked.args)))
                    answer = self.answers[asked.verb]
                    if isinstance(answer, request.Reply):
                        caller.sendall(answer.encode())
                    else:
                        caller.sendall(request.Reply(True, answer).encode())


def until(condition, seconds: float = 60.0) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.005)


class Dashboard:
    def __init__(self, folder: Path, **settings) -> None:
        self.folder = folder
        self.store = Store(folder / "metrics.db", Config(ballast=0), lambda: NOW)
        for number, (id, name) in enumerate(((ONE, "web1"), (TWO, "web2"))):
            self.store.enrol(id, 66000 + number, comment=f"root@{name}")
        self.fill("generic_cpu", {NOW - age: (1, float(age % 100)) for age in range(7200)})
        self.fill("generic_hostname", {NOW - 7200: (3600, "old"), NOW: (3600, "=new")}, Type.TEXT)
        self.daemon = Daemon(folder / "live", agent(), agent(TWO, "web2", state=State.OFFLINE))
        self.control = Verbs(
            folder / "control", status={"uptime": 5.5, "rejected": 0, "full": False},
            rename={"id": ONE, "name": "db1"}, tag={"id": ONE, "tags": ["a"]},
        )  # fmt: skip
        invite = {"link": LINK, "expires": NOW + 300, "user": "reg_1800000000000"}
        self.host = Verbs(folder / "host", invite=invite, invites=[], revoke={}, remove={"id": ONE})
        self.hub = Hub(folder / "live")
        self.hub.start()
        until(lambda: self.hub.daemon_up)
        self.auth = AuthStore(folder / "auth.db")
        self.services = Services(
            Config(**settings), self.hub, self.auth, Readers(folder / "metrics.db"),
            names=lambda: frozenset({"localhost", "console"}),
            control=folder / "control", host=folder / "host", now=lambda: NOW,
        )  # fmt: skip
        self.app = create_app(self.services)
        short = DictLoader({"index.html": SHELL, "login.html": LOGIN})
        self.app.jinja_loader = ChoiceLoader([short, self.app.jinja_loader])

    def fill(self, metric, rows, type=Type.REAL) -> None:
        self.store.agents[ONE].accept(metric, type, 512)
        self.store.commit({ONE: {metric: rows}})

    def client(self, role: str | None = "admin", base: str = "http://localhost"):
        """Return a browser that logged in; its ``csrf`` is what a change carries."""
        client = self.app.test_client()
        client.csrf = {}
        if role:
            token = secrets.new()
            self.auth.add_link(secrets.digest(token), role, time.time() + 60)
            assert client.post("/login", data={"token": token}, base_url=base).status_code == 303
            page = client.get("/", base_url=base).text
            client.csrf = {"X-CSRF-Token": re.search('content="([0-9a-f]{64})"', page)[1]}
        return client

    def close(self) -> None:
        self.hub.close()
        self.daemon.stop()
        self.auth.close()
        self.store.db.close()
