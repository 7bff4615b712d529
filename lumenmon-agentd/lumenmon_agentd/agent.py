"""A registered agent: collectors → spool → uplink, in one loop on one selector."""

from __future__ import annotations

import logging
import selectors
import time
from collections.abc import Callable

import sdnotify

from lumenmon import __version__, journal, term
from lumenmon.greeting import AgentGreeting, boot_id
from lumenmon.wire import Sample
from lumenmon_agentd import sampling, selection
from lumenmon_agentd.beats import Beats
from lumenmon_agentd.config import Config
from lumenmon_agentd.identity import Console, Files
from lumenmon_agentd.jobs import Jobs
from lumenmon_agentd.spool import Spool, SpoolError
from lumenmon_agentd.status import Status
from lumenmon_agentd.submit import Server
from lumenmon_agentd.uplink import Uplink, ssh

HOUSEKEEPING = 5.0
"""Seconds between two fsyncs of the spool, pings of the watchdog and status lines."""
MAX_TROUBLES = 2000
"""Characters of what status.json tells of collectors."""
SAID = 3600.0
"""Seconds after which the same trouble is said again."""


log = logging.getLogger(__name__)


def _hello() -> AgentGreeting | None:
    try:
        return AgentGreeting(__version__, boot_id())
    except (OSError, ValueError) as error:
        log.warning("cannot tell this boot from another: %s, ignoring", error)
        return None


class Agent:
    """Everything that runs while the agent is registered."""

    def __init__(self, settings: Config, files: Files, console: Console) -> None:
        self._console = console
        self._status_file = files.status
        self._notify = sdnotify.SystemdNotifier()
        self._selector = selectors.DefaultSelector()
        self._spool = Spool(files.spool, settings.spool_size, spare=files.spare)
        self._uplink = Uplink(
            self._spool,
            ssh.argv(console, files),
            self._selector,
            files.control,
            files.ssh_log,
            self.report,
            hello=_hello(),
        )
        self._jobs = Jobs(self._selector, self._take)
        self._troubles: dict[str, dict[str, str]] = {}
        self._server = Server(
            files.submit, self._selector, self._spool.append, self._troubles.__setitem__
        )
        start = (time.monotonic(), time.time())
        self._beats = Beats(
            settings, selection.chosen(settings), self._spool, self._jobs, self._take, start
        )
        self._said: dict[str, float] = {}
        self._outdated = False

    def run(self, stop: int) -> None:
        """Run until something can be read from ``stop``."""
        stopping: list[bool] = []
        self._selector.register(stop, selectors.EVENT_READ, lambda: stopping.append(True))
        self._notify.notify("READY=1")
        housekeeping = 0.0
        while not (stopping or self._outdated):
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
        self._attempt(self._spool.close)

    def report(self) -> None:
        """Say how it is."""
        error = self._uplink.error
        status = Status(
            console=self._console.address,
            user=self._console.user,
            connected_since=self._uplink.connected_since,
            last_ack=self._uplink.last_ack,
            waiting_bytes=self._spool.waiting,
            rejected=self._uplink.rejected,
            rejected_at=self._uplink.rejected_at,
            dropped=self._spool.dropped,
            dropped_at=self._spool.dropped_at,
            error=error.message if error else "",
            kind=type(error).__name__ if error else "",
            troubles=self._troubled(),
            spool_trouble=self._spool.trouble,
            damaged=self._spool.damaged,
            strange=self._uplink.strange,
            strange_at=self._uplink.strange_at,
            held=self._uplink.held,
            unanswered_since=self._uplink.unanswered_since,
        )
        status.publish(self._status_file, self._notify)

    def _troubled(self) -> str:
        """Return what is wrong with collectors, a line each: their own and the rhythms'."""
        found = dict.fromkeys(self._jobs.late, "does not end")
        for troubles in (sampling.troubles, *self._troubles.values()):
            found |= troubles
        lines = [f"{who}: {what}" for who, what in sorted(found.items())]
        return "\n".join(term.printable(line) for line in lines)[:MAX_TROUBLES]

    def _keep_house(self) -> None:
        self._notify.notify("WATCHDOG=1")
        self.report()
        self._attempt(self._spool.save)
        self._spool.bring_home()
        self._outdated = self._spool.is_outdated()
        if self._outdated:
            words = "the spool's disk can be used again: starting again for that"
            journal.event(logging.INFO, "spool-restored", words)
        self._jobs.start("spool", self._sync)

    def _sync(self) -> list[Sample]:
        self._attempt(self._spool.sync)  # a busy disk takes its time: the pulse goes on
        return []

    def _take(self, samples: list[Sample]) -> None:
        self._attempt(lambda: self._spool.append(samples))

    def _attempt(self, work: Callable[[], None]) -> None:
        """Do something with the spool; the same failure is said once an hour."""
        try:
            work()
        except SpoolError as error:
            now = time.monotonic()
            if now - self._said.get(error.message, -SAID) >= SAID:
                journal.event(logging.ERROR, "spool-failed", "%s, retrying", error.message)
                self._said[error.message] = now
