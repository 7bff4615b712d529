"""lumenmond-web: the dashboard's process. This module only wires its parts together."""

from __future__ import annotations

import argparse
import logging
import os
import signal
import socket
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import sdnotify
from waitress import create_server
from waitress.server import BaseWSGIServer

from lumenmon import config, journal, paths, single, startup, term
from lumenmon.errors import EXIT_OK, LumenmonError
from lumenmond import sockets
from lumenmond.config import Config
from lumenmond.store import DatabaseError
from lumenmond.store.auth import AuthStore
from lumenmond.web import connection, incoming, room, tls
from lumenmond.web.app import MAX_BODY, create_app
from lumenmond.web.control import Asked, ControlServer
from lumenmond.web.events import Hub
from lumenmond.web.readers import Readers
from lumenmond.web.services import Services
from lumenmond.web.turns import Dispatcher

THREADS = 160
"""Requests at a time: a stream each for 128 browsers, and room for all else."""
CONNECTIONS = 1000
IDLE = 60
"""Seconds after which a connection without a request is closed."""
MAX_HEADERS = 32 * 1024
DEAD = 30_000
"""Milliseconds after which a browser that takes nothing is given up (tcp(7))."""
BEAT = 10.0


@dataclass(frozen=True)
class Paths:
    """Where the process has its things; a test gives its own."""

    database: Path = paths.DATABASE
    live: Path = paths.LIVE_SOCKET
    daemon: Path = paths.CONTROL_SOCKET
    host: Path = paths.HOST_SOCKET
    auth: Path = paths.WEB_STATE / "auth.db"
    control: Path = paths.WEB_CONTROL_SOCKET


class Web:
    """All parts of the dashboard."""

    def __init__(self, settings: Config, where: Paths, listener: Sequence[socket.socket]) -> None:
        credentials = Path(os.environ.get("CREDENTIALS_DIRECTORY", "/nonexistent"))
        secure = tls.context(credentials / "tls_certificate", credentials / "tls_key")
        self.hub = Hub(where.live)
        self.services = Services(
            settings, self.hub, AuthStore(where.auth), Readers(where.database),
            control=where.daemon, host=where.host,
        )  # fmt: skip
        map: dict[int, Any] = {}
        dispatcher = Dispatcher(THREADS)
        self.server = create_server(
            dispatcher.limited(create_app(self.services)), map, _dispatcher=dispatcher,
            sockets=list(listener), threads=THREADS,
            connection_limit=CONNECTIONS, channel_timeout=IDLE, channel_request_lookahead=1,
            asyncore_use_poll=True, log_socket_errors=False, ident=None,
            max_request_body_size=MAX_BODY, max_request_header_size=MAX_HEADERS,
            outbuf_high_watermark=2**20, clear_untrusted_proxy_headers=False,
        )  # fmt: skip
        self._servers = [each for each in map.values() if isinstance(each, BaseWSGIServer)]
        for each in self._servers:
            _prepare(each, secure=secure is not None)
        connection.Channel.proxies = settings.web_proxies
        if secure is not None:
            tls.TlsChannel.context = secure
        self._control = ControlServer(where.control, Asked(self.services, secure is not None))
        self._notifier = sdnotify.SystemdNotifier()
        self._stopping = threading.Event()
        logging.getLogger("waitress").setLevel(logging.WARNING)
        logging.getLogger("waitress.queue").setLevel(logging.ERROR)

    def run(self) -> None:
        """Serve until SIGTERM."""
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._stop)
        self.hub.start()
        self.hub.wait(2)
        self._notifier.notify("READY=1")
        threading.Thread(target=self._beats, name="beat", daemon=True).start()
        try:
            self.server.run()
        except SystemExit:
            pass

    def _stop(self, *_: object) -> None:
        self._notifier.notify("STOPPING=1")
        self._stopping.set()
        # The server waits for its threads, and those of streams end with the hub; not in this
        # thread, which may be holding the hub's lock.
        threading.Thread(target=self.hub.close, daemon=True).start()
        raise SystemExit

    def close(self) -> None:
        """End everything."""
        self._stopping.set()
        self.hub.close()
        self._control.close()
        self.services.auth.close()

    def _beats(self) -> None:
        auth = self.services.auth
        while not self._stopping.is_set():
            if auth.is_well_again():
                journal.event(
                    logging.WARNING, "auth-works",
                    "the dashboard's own database can be used again: it starts again with it",
                )  # fmt: skip
                os.kill(os.getpid(), signal.SIGTERM)
                return
            # Only the server's own loop can send it, so it says that the loop goes round.
            self._servers[0].trigger.pull_trigger(self._beat)
            self._stopping.wait(BEAT)

    def _beat(self) -> None:
        if self.hub.alive:
            streams = self.hub.streams()
            state = "" if self.hub.daemon_up else ", lumenmond is down"
            self._notifier.notify(
                f"WATCHDOG=1\nSTATUS={term.counted(streams, 'stream')} open{state}"
            )


def _prepare(server: Any, *, secure: bool) -> None:
    server.channel_class = tls.TlsChannel if secure else connection.Channel
    room.Door(server)
    server.adj.socket_options = [
        *server.adj.socket_options,
        (socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1),
        (socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, DEAD),
    ]


def _listeners(port: int) -> list[socket.socket]:
    listeners = sockets.passed_all() or [socket.create_server(("127.0.0.1", port))]
    for each in listeners:
        if not each.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN):
            raise LumenmonError(
                "the socket of the dashboard listens no more",
                "sudo systemctl restart lumenmond-web.socket lumenmond-web.service",
            )
    incoming.only(listeners)
    return listeners


def main(argv: list[str] | None = None) -> int:
    """Run lumenmond-web."""
    parser = argparse.ArgumentParser(prog="lumenmond-web", description="lumenmon's dashboard")
    parser.add_argument("--config", type=Path, default=paths.CONFIG / "lumenmond.toml")
    parser.add_argument(
        "--port", type=int, default=8080, help="on 127.0.0.1, unless systemd passes a socket"
    )
    options = parser.parse_args(argv)
    journal.setup("lumenmond-web")
    os.umask(0o077)
    try:
        settings = config.load(options.config, Config).check()
        where = Paths()
        single.hold(where.auth.parent, "lumenmond-web")
        web = Web(settings, where, _listeners(options.port))
    except LumenmonError as error:
        return startup.failed(error)
    except (OSError, DatabaseError) as error:
        return startup.failed(LumenmonError(f"lumenmond-web: {error}"))
    web.run()
    web.close()
    return EXIT_OK


if __name__ == "__main__":
    raise SystemExit(main())
