"""lumenmon-agentd: collectors → spool → uplink, in one loop."""

from __future__ import annotations

import logging
import os
import selectors
import signal
import time
from pathlib import Path

import sdnotify

from lumenmon import journal
from lumenmon.errors import LumenmonError
from lumenmon.wire import Sample
from lumenmon_agentd import config, selection, ssh
from lumenmon_agentd.beats import Beats
from lumenmon_agentd.identity import Console, Files
from lumenmon_agentd.jobs import Jobs
from lumenmon_agentd.spool import Spool, SpoolError
from lumenmon_agentd.status import Status
from lumenmon_agentd.submit import Server
from lumenmon_agentd.uplink import Uplink

HOUSEKEEPING = 5.0
"""Seconds between two fsyncs of the spool, pings of the watchdog and status lines."""

log = logging.getLogger(__name__)


class Agent:
    """A registered agent: everything that runs, on one selector."""

    def __init__(self, settings: config.Config, files: Files, console: Console) -> None:
        self._console = console
        self._status_file = files.status
        self._notify = sdnotify.SystemdNotifier()
        self._selector = selectors.DefaultSelector()
        self._spool = Spool(files.spool, settings.spool_size)
        self._uplink = Uplink(
            self._spool, ssh.argv(console, files), self._selector, files.control, self.report
        )
        self._jobs = Jobs(self._selector, self._take)
        self._server = Server(files.submit, self._selector, self._spool.append)
        start = (time.monotonic(), time.time())
        self._beats = Beats(
            settings, selection.chosen(settings), self._spool, self._jobs, self._take, start
        )
        self._full = False

    def run(self, stop: int) -> None:
        """Run until something can be read from ``stop``."""
        stopping: list[bool] = []
        self._selector.register(stop, selectors.EVENT_READ, lambda: stopping.append(True))
        self._notify.notify("READY=1")
        housekeeping = 0.0
        while not stopping:
            now = time.monotonic()
            self._beats.tick(now, time.time())
            self._server.tick(now)
            self._uplink.tick(now)
            if now >= housekeeping:
                housekeeping = now + HOUSEKEEPING
                self._keep_house()
            wake = min(self._beats.next(), self._uplink.next(), housekeeping)
            for key, _ in self._selector.select(max(wake - time.monotonic(), 0)):
                # One event may end what another belongs to.
                if self._selector.get_map().get(key.fd) is key:
                    key.data()
        self._notify.notify("STOPPING=1")
        self._server.close()
        self._uplink.stop()
        self._spool.close()

    def report(self) -> None:
        """Say how it is."""
        error = self._uplink.error
        status = Status(
            self._console.address, self._console.user, self._uplink.connected_since,
            self._uplink.last_ack, self._spool.waiting, self._uplink.rejected,
            self._spool.dropped, error.message if error else "", error.hint if error else "",
        )  # fmt: skip
        _say(status, self._status_file, self._notify)

    def _keep_house(self) -> None:
        self._notify.notify("WATCHDOG=1")
        self.report()
        try:
            self._spool.sync()
        except SpoolError as error:
            log.error("%s, retrying", error.message)

    def _take(self, samples: list[Sample]) -> None:
        try:
            self._spool.append(samples)
        except SpoolError as error:
            if not self._full:  # once is enough: every second would fill the journal too
                log.error("%s: samples are dropped", error.message)
            self._full = True
        else:
            self._full = False


def main() -> int:
    """Run the agent until SIGTERM; idle while it is not registered."""
    journal.setup("lumenmon-agentd")
    stop, wake = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
    signal.set_wakeup_fd(wake)
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, lambda *_: None)
    files = Files()
    try:
        settings = config.load()
        console = files.load_console()
        if console is None:
            _idle(files, stop)
        else:
            Agent(settings, files, console).run(stop)
    except LumenmonError as error:
        log.error("%s%s", error.message, f" ({error.hint})" if error.hint else "")
        return error.exit_status
    return 0


def _idle(files: Files, stop: int) -> None:
    """Wait for a signal; ``register`` restarts the service."""
    notify = sdnotify.SystemdNotifier()
    _say(Status(), files.status, notify)
    notify.notify("READY=1")
    with selectors.DefaultSelector() as selector:
        selector.register(stop, selectors.EVENT_READ)
        while not selector.select(HOUSEKEEPING) and not files.console.exists():
            notify.notify("WATCHDOG=1")
    notify.notify("STOPPING=1")


def _say(status: Status, path: Path, notify: sdnotify.SystemdNotifier) -> None:
    notify.notify(f"STATUS={status.text}")
    try:
        status.write(path)
    except OSError as error:
        log.warning("%s cannot be written: %s, ignoring", path, error.strerror)


if __name__ == "__main__":
    raise SystemExit(main())
