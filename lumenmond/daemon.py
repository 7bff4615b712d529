"""lumenmond: receives, stores and publishes. This module only wires its parts together."""

from __future__ import annotations

import argparse
import logging
import os
import signal
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import sdnotify

from lumenmon import config, journal, paths, single, startup, term
from lumenmon.errors import EXIT_FAILED, EXIT_OK, LumenmonError
from lumenmond import accounts, sockets
from lumenmond.config import Config
from lumenmond.control import Console, ControlServer
from lumenmond.fleet import Fleet
from lumenmond.live import LiveServer
from lumenmond.loop import Loop
from lumenmond.receiver import Receiver
from lumenmond.store import DatabaseError
from lumenmond.store.writer import Store
from lumenmond.timekeeper import Timekeeper

SETTLE = 10.0
"""Seconds after the start until the first look, ..."""
PRUNE = 1.0
"""... and between two, for what is older than its retention or more than an agent may fill."""
BEAT = 5.0
"""Seconds between judgements of staleness, status texts and watchdog beats."""


@dataclass(frozen=True)
class Paths:
    """Where the daemon has its things; a test gives its own."""

    database: Path = paths.DATABASE
    ingest: Path = paths.INGEST_SOCKET
    live: Path = paths.LIVE_SOCKET
    control: Path = paths.CONTROL_SOCKET


class Daemon:
    """All parts of the console, and the one loop that they share."""

    def __init__(
        self,
        settings: Config,
        where: Paths,
        identify: Callable[[int], str | None] = accounts.agent_of,
        uid_of: Callable[[str], int | None] = accounts.uid_of,
    ) -> None:
        self.loop = Loop(fatal=(DatabaseError,))
        # Before the database: who may not have the socket does not touch that either.
        ingest = sockets.passed("ingest") or sockets.listen(where.ingest, 0o666)
        self.store = Store(where.database, settings)
        self.fleet = Fleet(self.store.now)
        for id, uid in accounts.all_agents().items():
            try:
                accounts.take_in(self.store, id, uid)
            except DatabaseError as error:  # the disk is full; it is tried again when it connects
                journal.event(
                    logging.WARNING, "not-enrolled", "%s not enrolled: %s, ignoring", id, error,
                    agent=id,
                )  # fmt: skip
        for row in self.store.agents.values():
            self.fleet.load(row, self.store)
        self.receiver = Receiver(self.loop, ingest, self.store, self.fleet, identify)
        LiveServer(self.loop, self.fleet, sockets.listen(where.live, 0o660))
        console = Console(self.store, self.fleet, self.receiver, uid_of, time.monotonic())
        ControlServer(self.loop, sockets.listen(where.control, 0o660), console)
        self._timekeeper = Timekeeper(self.store, self.fleet)
        self._notifier = sdnotify.SystemdNotifier()
        self.loop.every(BEAT, self._beat)
        self.loop.after(SETTLE, self._prune)
        if self.store.stands_in:
            self.loop.every(BEAT, self._try_again)

    def _try_again(self) -> None:
        """Start again with the database once it can be opened: agents send what waited."""
        if self.store.can_open():
            words = "the database can be opened again: lumenmond starts again with it"
            journal.event(logging.WARNING, "database-works", words)
            self.loop.stopped = True

    def _prune(self) -> None:
        more = False
        try:
            more = self.store.prune()
        finally:
            pause = BEAT if self.store.health.condition else PRUNE
            self.loop.after(0.2 if more else pause, self._prune)

    def _beat(self) -> None:
        self._timekeeper.tick()
        self.fleet.judge()
        self.store.ping()
        agents = len(self.store.agents)
        self.fleet.trouble = self.store.health.words
        wrong = f", {self.fleet.trouble}" if self.fleet.trouble else ""
        self._notifier.notify(
            f"WATCHDOG=1\nSTATUS={term.counted(agents, 'agent')},"
            f" {self.fleet.online()} online, {self.store.size() / 2**20:.1f} MiB{wrong}"
        )

    def run(self) -> None:
        """Serve until SIGTERM; all that was received by then is committed and acknowledged."""
        self.loop.stop_on(signal.SIGTERM, signal.SIGINT)
        self._notifier.notify("READY=1")
        self._beat()
        self.loop.run()
        self._notifier.notify("STOPPING=1")
        while self.receiver.batch.commit():
            self._notifier.notify("WATCHDOG=1")
        self._timekeeper.stop()


def main(argv: list[str] | None = None) -> int:
    """Run lumenmond."""
    parser = argparse.ArgumentParser(prog="lumenmond", description="lumenmon's console daemon")
    parser.add_argument("--config", type=Path, default=paths.CONFIG / "lumenmond.toml")
    options = parser.parse_args(argv)
    journal.setup("lumenmond")
    try:
        settings, where = config.load(options.config, Config).check(), Paths()
        single.hold(where.database.parent, "lumenmond")
        daemon = Daemon(settings, where)
    except LumenmonError as error:
        return startup.failed(error)
    except (OSError, DatabaseError) as error:
        by_hand = "" if "NOTIFY_SOCKET" in os.environ else "sudo systemctl start lumenmond"
        return startup.failed(LumenmonError(str(error), by_hand))
    status = EXIT_OK
    try:
        daemon.run()
    except Exception:
        journal.log.exception("lumenmond ends by a fault of its own")
        status = EXIT_FAILED
    # A clean close would delete the write-ahead log and blind every reader of another user.
    os._exit(status)


if __name__ == "__main__":
    raise SystemExit(main())
