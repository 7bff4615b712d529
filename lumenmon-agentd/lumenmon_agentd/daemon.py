"""lumenmon-agentd: the agent while it is registered, an idle process that says how otherwise."""

from __future__ import annotations

import os
import select
import selectors
import signal

import sdnotify

from lumenmon import journal, single, startup
from lumenmon.errors import LumenmonError
from lumenmon_agentd import config
from lumenmon_agentd.agent import HOUSEKEEPING, Agent
from lumenmon_agentd.identity import Files
from lumenmon_agentd.status import Status


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
        single.hold(files.state, "lumenmon-agentd")
        console = files.load_console()
        if console is None:
            _idle(files, stop)
        else:
            journal.speak_of(console.user)
            Agent(settings, files, console).run(stop)
    except LumenmonError as error:
        if "NOTIFY_SOCKET" in os.environ:  # else one started by hand would speak for the service
            failed = Status(error=error.message, kind=type(error).__name__)
            failed.publish(files.status, sdnotify.SystemdNotifier())
        return startup.failed(error, lambda seconds: select.select([stop], [], [], seconds))
    return 0


def _idle(files: Files, stop: int) -> None:
    """Wait for a signal; ``register`` restarts the service."""
    files.submit.unlink(missing_ok=True)  # left behind for an agent that is registered
    notify = sdnotify.SystemdNotifier()
    Status().publish(files.status, notify)
    notify.notify("READY=1")
    with selectors.DefaultSelector() as selector:
        selector.register(stop, selectors.EVENT_READ)
        while not selector.select(HOUSEKEEPING) and not files.console.exists():
            notify.notify("WATCHDOG=1")
    notify.notify("STOPPING=1")


if __name__ == "__main__":
    raise SystemExit(main())
