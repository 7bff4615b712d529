"""The dashboard over hosts that do not exist: its real application, store and live socket.

    PYTHONPATH=. python tests/web/console.py [--hosts 24] [--port 8099] [--past SECONDS]

prints a link that logs in. Only the agents and the root helper are played.
"""

from __future__ import annotations

import argparse
import contextlib
import socket
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from simulation import Host
from waitress.server import create_server

from lumenmon import request
from lumenmon.errors import LumenmonError
from lumenmon.metrics import unit
from lumenmon.wire import Sample, Type
from lumenmond.config import Config
from lumenmond.fleet import Fleet
from lumenmond.live import LiveServer
from lumenmond.loop import Loop
from lumenmond.store.auth import AuthStore
from lumenmond.store.writer import Store
from lumenmond.web import secrets
from lumenmond.web.app import create_app
from lumenmond.web.events import Hub
from lumenmond.web.services import KEY as KEY_OF_SERVICES
from lumenmond.web.services import Readers, Services

MOST_STORED = 60
"""Hosts whose samples are stored; of a larger fleet only the first host's."""
Rows = dict[str, dict[int, tuple[int, Any]]]
KEY = "AAAAC3NzaC1lZDI1NTE5AAAAIDemoDemoDemoDemoDemoDemoDemoDemoDemoDemoDem"


class Console:
    """A console in this process, with ``hosts`` that send every second."""

    def __init__(self, folder: Path, hosts: list[Host], port: int = 0, past: int = 3700) -> None:
        self.folder, self.hosts = folder, {host.id: host for host in hosts}
        self.names = {"localhost", "127.0.0.1"}
        self.invited: dict[str, dict[str, Any]] = {}
        self.calls: list[tuple[str, dict[str, Any]]] = []
        self.lock = threading.RLock()
        self.store = Store(folder / "metrics.db", Config(ballast=0))
        self.fleet = Fleet(time.time)
        for host in hosts:
            self._enrol(host)
        if hosts:
            self.fill(hosts[0], past)
        self._live: LiveServer | None = None
        self.start_daemon()
        self._serve_verbs("control", {"rename": self._rename, "tag": self._tag})
        self._serve_verbs("host", {
            "invite": self._invite, "invites": self._invites, "revoke": self._revoke,
            "remove": self._remove,
        })  # fmt: skip
        self.hub = Hub(folder / "live")
        self.hub.start()
        self.auth = AuthStore(folder / "auth.db")
        services = Services(
            Config(), self.hub, self.auth, Readers(folder / "metrics.db"),
            names=lambda: frozenset(self.names),
            control=folder / "control", host=folder / "host",
        )  # fmt: skip
        self.app = create_app(services)
        self.server = create_server(self.app, host="127.0.0.1", port=port, threads=40)
        self.url = f"http://localhost:{self.server.effective_port}"
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        # Its sockets are closed under it in the end.
        with contextlib.suppress(OSError):
            self.server.run()

    def close(self) -> None:
        self.stop_daemon()
        self.hub.close()
        self.server.task_dispatcher.shutdown(timeout=2)
        self.server.close()

    def login(self, role: str = "admin") -> str:
        """Return a link that logs in once."""
        token = secrets.new()
        self.auth.add_link(secrets.digest(token), role, time.time() + 300)
        return f"{self.url}/login?token={token}"

    def lose_database(self, *, lost: bool = True) -> None:
        """Let the dashboard find no database, or find it again."""
        path = self.folder / ("elsewhere" if lost else "") / "metrics.db"
        services = self.app.extensions[KEY_OF_SERVICES]
        self.app.extensions[KEY_OF_SERVICES] = replace(services, readers=Readers(path))

    # ── the daemon ──

    def start_daemon(self) -> None:
        (self.folder / "live").unlink(missing_ok=True)
        listener = socket.socket(socket.AF_UNIX)
        listener.bind(str(self.folder / "live"))
        listener.listen()
        self._listener = listener
        self.loop = Loop()
        self._live = LiveServer(self.loop, self.fleet, listener)
        self.loop.every(1.0, self.beat)
        self._thread = threading.Thread(target=self._run, args=(self.loop,), daemon=True)
        self._thread.start()

    def stop_daemon(self) -> None:
        self.loop.stopped = True
        self._thread.join(5)
        self._listener.close()
        (self.folder / "live").unlink(missing_ok=True)
        for reader in list(self._live._readers) if self._live else []:
            reader.connection.close()

    def _run(self, loop: Loop) -> None:
        while not loop.stopped:
            with self.lock:
                loop.turn(0.0)
            time.sleep(0.02)

    def beat(self) -> None:
        """Let every host that is online send what it measures."""
        now, batch = time.time(), {}
        for host in self.hosts.values():
            if host.fate == "online":
                batch[host.id] = self.send(host.id, host.fast(now), now)
        self.fleet.judge()
        few = len(self.hosts) <= MOST_STORED
        self.store.commit(batch if few else dict(list(batch.items())[:1]))

    def send(self, id: str, values: dict[str, tuple[Type, int, Any]], now: float) -> Rows:
        """Take what an agent sends; returns what there is to store of it."""
        row, batch = self.store.agents[id], {}
        for metric, (type, interval, value) in values.items():
            row.accept(metric, type, 512)
            stamp = int(now)
            self.fleet.sample(id, Sample(metric, type, stamp, interval, value), unit(metric))
            batch[metric] = {stamp: (interval, value)}
        return batch

    def _enrol(self, host: Host) -> None:
        now = time.time()
        row = self.store.enrol(host.id, 66000 + host.number, host.fingerprint, host.name)
        row.name, row.tags = host.name, sorted(host.tags)
        self.fleet.add(row)
        if host.fate == "never":
            return
        self.fleet.connect(host.id, f"192.0.2.{host.number % 250 + 1}")
        at = now if host.fate == "online" else now - 1500
        for _ in range(60 if host.fate == "online" else 1):
            row.accept("generic_cpu", Type.REAL, 512)
            value = host.fast(at)["generic_cpu"]
            self.fleet.sample(host.id, Sample("generic_cpu", *value[:1], int(at), *value[1:]), "%")
        rows = self.send(host.id, host.fast(at) | host.slow(at), at)
        if len(self.hosts) <= MOST_STORED:
            self.store.commit({host.id: rows})
        if host.fate != "online":
            watch = self.fleet.agents[host.id]
            row.last_seen = at
            watch.beats = {name: (each[0], at) for name, each in watch.beats.items()}
            watch.fresh.clear()
            if host.fate == "offline":
                self.fleet.disconnect(host.id)
            self.fleet.judge()

    def join(self, host: Host) -> None:
        """Let a host enrol and send."""
        with self.lock:
            self.hosts[host.id] = host
            self._enrol(host)

    def fill(self, host: Host, past: int) -> None:
        """Give a host a past: seconds for the last hour, less before, and a gap."""
        now, row = int(time.time()), self.store.agents[host.id]
        near = list(range(now - min(past, 3700), now))
        far = list(range(now - past, now - 3700, max(60, past // 4000)))
        gap = range(now - 1500, now - 1260)
        batch: dict[str, dict[int, tuple[int, Any]]] = {}
        for at in (*far, *near):
            if at in gap:
                continue
            values = host.fast(at)
            if at % 60 == 0 or at in far:
                values |= host.slow(at)
            for metric, (type, interval, value) in values.items():
                row.accept(metric, type, 512)
                batch.setdefault(metric, {})[at] = (interval, value)
        self.store.commit({host.id: batch})

    # ── what lumenmond and its root helper do when they are asked ──

    def _rename(self, agent: str, name: str) -> dict[str, Any]:
        self.store.rename(self.store.agents[agent], name)
        self.fleet.agents[agent].changed = True
        return {"id": agent, "name": name}

    def _tag(self, agent: str, tags: list[str]) -> dict[str, Any]:
        self.store.tag(self.store.agents[agent], tags)
        self.fleet.agents[agent].changed = True
        return {"id": agent, "tags": self.store.agents[agent].tags}

    def _remove(self, id: str) -> dict[str, Any]:
        self.hosts.pop(id, None)
        self.store.forget(self.store.agents[id])
        self.fleet.remove(id)
        return {"id": id}

    def _invite(self, host: str, port: int) -> dict[str, Any]:
        user = f"reg_{int(time.time() * 1000)}"
        link = f"ssh://{user}:Zk3vQp8mTn5xRw2bLc7yHd@{host}:{port}/#ssh-ed25519_{KEY}"
        self.invited[user] = {"user": user, "created": time.time(), "expires": time.time() + 300}
        return {"user": user, "link": link, "expires": time.time() + 300}

    def _invites(self) -> list[dict[str, Any]]:
        now = time.time()
        self.invited = {user: each for user, each in self.invited.items() if each["expires"] > now}
        return list(self.invited.values())

    def _revoke(self, user: str) -> dict[str, Any]:
        self.invited.pop(user)
        return {}

    def _serve_verbs(self, name: str, verbs: dict[str, Callable[..., Any]]) -> None:
        listener = socket.socket(socket.AF_UNIX)
        listener.bind(str(self.folder / name))
        listener.listen()
        threading.Thread(target=self._answer, args=(listener, verbs), daemon=True).start()

    def _answer(self, listener: socket.socket, verbs: dict[str, Callable[..., Any]]) -> None:
        while True:
            caller, _ = listener.accept()
            with caller, contextlib.suppress(OSError):
                asked = request.Request.decode(request.read_line(caller, request.MAX_REQUEST))
                self.calls.append((asked.verb, dict(asked.args)))
                try:
                    with self.lock:
                        reply = request.Reply(True, verbs[asked.verb](**asked.args))
                except LumenmonError as error:
                    reply = request.Reply(False, error=error.message, hint=error.hint)
                caller.sendall(reply.encode())


def fleet_of(size: int) -> list[Host]:
    """Hosts of which a few are away."""
    fates = {5: "offline", 9: "stale", 14: "offline", 17: "never"}
    return [Host(number, fates.get(number % 40, "online")) for number in range(size)]


@contextlib.contextmanager
def running(hosts: list[Host], **options: Any) -> Iterator[Console]:
    """A console that ends with the block."""
    with tempfile.TemporaryDirectory() as folder:
        console = Console(Path(folder), hosts, **options)
        try:
            yield console
        finally:
            console.close()


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--hosts", type=int, default=24)
    parser.add_argument("--port", type=int, default=8099)
    parser.add_argument("--past", type=int, default=3700)
    options = parser.parse_args()
    with running(fleet_of(options.hosts), port=options.port, past=options.past) as console:
        print(console.login(), flush=True)
        while True:
            time.sleep(5)
            print(console.login(), flush=True)


if __name__ == "__main__":
    main()
