"""A dashboard that serves on a port of its own."""

from __future__ import annotations

import http.client
import socket
import threading

from dashboard import NOW, Daemon, agent, until
from waitress import wasyncore

from lumenmond.config import Config
from lumenmond.store.writer import Store
from lumenmond.web import secrets
from lumenmond.web.serve import Paths, Web


class Served:
    """A dashboard that serves on a port of its own."""

    def __init__(self, folder, listeners=1):
        self.store = Store(folder / "metrics.db", Config(ballast=0), lambda: NOW)
        self.daemon = Daemon(folder / "live", agent())
        where = Paths(folder / "metrics.db", folder / "live", folder / "none", folder / "none",
                      folder / "auth.db", folder / "control")  # fmt: skip
        sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(listeners)]
        self.ports = [each.getsockname()[1] for each in sockets]
        self.port = self.ports[0]
        self.web = Web(Config(), where, sockets)
        self.web.hub.start()
        self.thread = threading.Thread(target=self.web.server.run, daemon=True)
        self.thread.start()
        self.headers = self.bearer("test")
        until(lambda: self.web.hub.daemon_up)

    def bearer(self, name):
        """Return the headers of somebody with a token of their own."""
        token = secrets.TOKEN_PREFIX + secrets.new()
        self.web.services.auth.add_token(name, secrets.digest(token))
        return {"Authorization": f"Bearer {token}"}

    def get(self, path, **headers):
        client = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        client.request("GET", path, headers={**self.headers, **headers})
        return client.getresponse()

    def close(self):
        self.web.close()
        self.daemon.stop()
        server = self.web._servers[0]
        server.trigger.pull_trigger(lambda: wasyncore.close_all(server._map))
        self.thread.join(60)
        assert not self.thread.is_alive()
        server.task_dispatcher.shutdown()
        self.store.db.close()
