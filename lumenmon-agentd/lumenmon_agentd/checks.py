"""How the agent is: the lines of ``lumenmonctl status`` and the checks of ``doctor``."""

from __future__ import annotations

import os
import socket
import stat
import time
from collections.abc import Iterator

from lumenmon import term
from lumenmon.ctl import Check, Mark, Part
from lumenmon.errors import LumenmonError
from lumenmon_agentd import config
from lumenmon_agentd.identity import Console, Files
from lumenmon_agentd.status import Status

REGISTER = "on the console: lumenmonctl invite; here: sudo lumenmonctl register LINK"
LOGS = "lumenmonctl logs"
REACH_TIMEOUT = 5.0


def parts() -> Iterator[Part]:
    """Yield the lines of status."""
    status = Status.read(Files().status)
    if status is None:
        yield Part(Mark.BAD, "uplink", "the agent does not run", "sudo lumenmonctl start")
        return
    if not status.registered:
        yield Part(Mark.WARN, "uplink", "not registered", REGISTER)
        return
    if status.connected_since is None:
        text = f"not connected to {status.console}" + (f": {status.error}" if status.error else "")
        yield Part(Mark.BAD, "uplink", term.printable(text), status.hint or LOGS)
    else:
        since = term.span(time.time() - status.connected_since)
        yield Part(Mark.GOOD, "uplink", f"{status.console} as {status.user}, for {since}")
    waiting = f"{term.amount(status.waiting_bytes, 'B')} waiting"
    if status.dropped:
        waiting += f", {status.dropped} samples dropped"
    yield Part(Mark.WARN if status.dropped else Mark.GOOD, "spool", waiting)
    if status.rejected:
        lines = "1 line" if status.rejected == 1 else f"{status.rejected} lines"
        text = f"{lines} since the agent started"
        yield Part(Mark.WARN, "rejected by the console", text, LOGS)


def checks() -> Iterator[Check]:
    """Yield the checks of doctor."""
    files = Files()
    status = Status.read(files.status)
    try:
        settings = config.load()
        yield Check(Mark.GOOD, f"{config.PATH} is understood")
    except LumenmonError as error:
        settings = config.Config()
        yield Check(Mark.BAD, error.message, error.hint)
    if status is None:
        yield Check(Mark.BAD, "the agent does not run", "sudo lumenmonctl start")
        return
    if not status.registered:
        yield Check(Mark.WARN, "the agent is not registered", REGISTER)
        return
    yield Check(Mark.GOOD, f"the agent is registered with {status.console} as {status.user}")
    yield from _files(files)
    host, _, port = status.console.rpartition(":")
    yield _reachable(Console(host.strip("[]"), int(port), status.user))
    yield _connected(status)
    yield _spool(status, settings)


def _files(files: Files) -> Iterator[Check]:
    if os.geteuid() != 0:
        yield Check(Mark.WARN, "the agent's key was not looked at", "sudo lumenmonctl doctor")
        return
    for path in (files.key, files.known_hosts, files.console):
        try:
            info = path.stat()
        except OSError as error:
            yield Check(Mark.BAD, f"{path}: {error.strerror}", "register again, with --force")
            continue
        if stat.S_IMODE(info.st_mode) & 0o077 or info.st_uid != files.state.stat().st_uid:
            yield Check(
                Mark.BAD, f"{path} is not the agent's alone",
                f"sudo chown lumenmon-agentd: {path} && sudo chmod 600 {path}",
            )  # fmt: skip
        else:
            yield Check(Mark.GOOD, f"{path} is the agent's alone")


def _reachable(console: Console) -> Check:
    try:
        with socket.create_connection((console.host, console.port), REACH_TIMEOUT) as connection:
            connection.settimeout(REACH_TIMEOUT)
            banner = connection.recv(256)
    except socket.gaierror as error:
        return Check(
            Mark.BAD, f"the name {console.host} is not found: {error.strerror}",
            "check the name and this host's DNS: getent hosts " + console.host,
        )  # fmt: skip
    except OSError as error:
        return Check(
            Mark.BAD, f"{console.address} does not answer: {error.strerror or error}",
            "is the console up, its port open, and no firewall between?",
        )  # fmt: skip
    if not banner.startswith(b"SSH-2.0-"):
        return Check(
            Mark.BAD, f"{console.address} does not speak SSH", "is it the console's address?"
        )
    return Check(Mark.GOOD, f"{console.address} answers with SSH")


def _connected(status: Status) -> Check:
    if status.connected_since is None:
        text = term.printable(status.error) or "connecting"
        return Check(Mark.BAD, f"the uplink is not connected: {text}", status.hint or LOGS)
    if status.last_ack is None:
        return Check(Mark.WARN, "the uplink is connected, nothing is stored yet", LOGS)
    ago = term.span(max(time.time() - status.last_ack, 0))
    return Check(Mark.GOOD, f"the uplink is connected, the last samples were stored {ago} ago")


def _spool(status: Status, settings: config.Config) -> Check:
    size = f"{term.amount(status.waiting_bytes, 'B')} of {term.amount(settings.spool_size, 'B')}"
    if status.dropped:
        return Check(
            Mark.WARN, f"the spool dropped {status.dropped} samples; {size} wait",
            f"a larger spool_size in {config.PATH} bridges longer outages",
        )  # fmt: skip
    if status.waiting_bytes > settings.spool_size // 2:
        return Check(Mark.WARN, f"the spool fills: {size}", "bring the console back")
    return Check(Mark.GOOD, f"the spool holds {size}")
