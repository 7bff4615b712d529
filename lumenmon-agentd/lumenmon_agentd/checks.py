"""How the agent is: the lines of ``lumenmonctl status`` and the checks of ``doctor``."""

from __future__ import annotations

import os
import socket
import stat
import time
from collections.abc import Iterator

from lumenmon import paths, term
from lumenmon.ctl import Check, Mark, Part, Probe, settings
from lumenmon.ctl.checks import access, disk, mending, owned
from lumenmon.errors import ConfigError, LumenmonError
from lumenmon_agentd import collectorchecks, config, hostkey
from lumenmon_agentd.identity import Console, Files, IdentityError
from lumenmon_agentd.registration import USER, console
from lumenmon_agentd.status import Status, address
from lumenmon_agentd.uplink.ssh import HostKeyRefused, Refused, Unanswered

REGISTER = "on the console: sudo lumenmonctl invite; here: sudo lumenmonctl register LINK"
START = "sudo lumenmonctl start"
UNANSWERED = "what keeps it from storing? there: sudo lumenmonctl doctor"
LOGS = "why: sudo lumenmonctl logs"
REMEDIES = {
    ConfigError.__name__: "what is wrong with it: sudo lumenmonctl doctor",
    IdentityError.__name__: "register again: sudo lumenmonctl register --force LINK",
    HostKeyRefused.__name__: "compare it with the pinned one: sudo lumenmonctl doctor",
    Refused.__name__: "does the console still have this host? there: sudo lumenmonctl agents",
    Unanswered.__name__: UNANSWERED,
}
"""What to do about an error that the agent names in its status, by the error's class."""
SILENT = 60.0
"""Seconds without a new status from which the daemon is taken to hang; it writes one in 5."""
FRESH = 86400.0
"""Seconds for which status warns of what was lost or refused; then it is still counted there."""
FULL = 0.8
"""Share of the spool's size that waits at least where it drops the oldest samples.

It drops a segment at a time, which is an eighth of a small spool.
"""
REACH_TIMEOUT = 5.0
COPY = (
    "where this host is the copy of another: sudo lumenmonctl unregister;"
    f" sudo rm {paths.AGENT_STATE}/id_ed25519*; sudo lumenmonctl register LINK"
)
_SPOOL = paths.AGENT_STATE / "spool"
LOOK = f"look at them: sudo ls -lR {_SPOOL}; then: sudo rm -r {_SPOOL}/damaged"
WRITABLE = f"what is there: findmnt -T {paths.AGENT_STATE}; df -h {paths.AGENT_STATE}"


def parts() -> Iterator[Part]:
    """Yield the lines of status."""
    files = Files()
    status = Status.read(files.status)
    if status is None:
        yield Part(Mark.BAD, "uplink", "the agent does not run", START)
        return
    if not status.registered:
        if status.error:
            yield Part(
                Mark.BAD, "uplink", f"the agent cannot start: {status.error}", _remedy(status)
            )
        else:
            yield Part(Mark.WARN, "uplink", "not registered", REGISTER)
        return
    if silent := _silence(files):
        text = f"the agent gave no sign of life for {term.span(silent)}"
        yield Part(Mark.BAD, "uplink", text, "sudo systemctl restart lumenmon-agentd")
        return
    yield _uplink(status)
    yield _spool(status)
    if status.strange:
        lines = f"{term.counted(status.strange, 'line')} that answered nothing"
        text = f"{lines}{_last(status.strange_at)}"
        yield Part(_fading(status.strange_at), "strange answers of the console", text, LOGS)
    if status.rejected:
        lines = term.counted(status.rejected, "line")
        text = f"{lines} since the agent started{_last(status.rejected_at)}"
        yield Part(_fading(status.rejected_at), "rejected by the console", text, LOGS)


def _fading(last: float | None) -> Mark:
    """Return the mark of what happened last at ``last``: it is a fault for a day."""
    return Mark.WARN if last is None or time.time() - last < FRESH else Mark.GOOD


def _last(moment: float | None) -> str:
    return "" if moment is None else f", the last {term.span(max(time.time() - moment, 0))} ago"


def _remedy(status: Status) -> str:
    """Return what to do about the agent's error; the words are ours, whatever the agent writes."""
    return REMEDIES.get(status.kind, LOGS)


def _silence(files: Files) -> float:
    """Return for how many seconds the daemon has not written its status; 0 where it does."""
    try:
        age = time.time() - files.status.stat(follow_symlinks=False).st_mtime
    except OSError:
        return 0.0
    return age if age > SILENT else 0.0


def _uplink(status: Status) -> Part:
    if status.held and status.connected_since is not None:
        text = f"{status.console} takes nothing of this host: {status.held}"
        return Part(Mark.BAD, "uplink", text, COPY)
    if status.unanswered_since is not None:
        silent = term.span(time.time() - status.unanswered_since)
        text = f"{status.console} takes the login, and has acknowledged nothing for {silent}"
        return Part(Mark.BAD, "uplink", text, UNANSWERED)
    if status.connected_since is None:
        text = f"not connected to {status.console}" + (f": {status.error}" if status.error else "")
        return Part(Mark.BAD, "uplink", text, _remedy(status))
    text = (
        f"{status.console} as {status.user}, for {term.span(time.time() - status.connected_since)}"
    )
    if status.last_ack is None:
        return Part(Mark.WARN, "uplink", f"{text}; nothing is stored yet", LOGS)
    ago = term.span(max(time.time() - status.last_ack, 0))
    return Part(Mark.GOOD, "uplink", f"{text}; last stored {ago} ago")


def _spool(status: Status) -> Part:
    try:
        size = config.load().spool_size
    except LumenmonError:  # named by the check of the file, ignoring
        size = config.Config().spool_size
    waiting = f"{term.amount(status.waiting_bytes, 'B')} of {term.amount(size, 'B')} waiting"
    if status.spool_trouble:
        where = f"in memory, for the disk cannot be written ({status.spool_trouble})"
        return Part(Mark.BAD, "spool", f"{waiting} {where}", WRITABLE)
    if status.damaged:
        count = term.counted(status.damaged, "file")
        return Part(Mark.WARN, "spool", f"{waiting}; {count} that cannot be read", LOOK)
    if status.dropped:
        dropped = f"{term.counted(status.dropped, 'sample')} dropped{_last(status.dropped_at)}"
        waiting = f"{waiting}; since the installation {dropped}"
        larger = (
            "where outages last longer, raise spool_size:"
            f" sudoedit {config.PATH}; then: sudo lumenmonctl restart"
        )
        # What was dropped once is history; a spool that is full drops the oldest now.
        if status.waiting_bytes >= size * FULL:
            text = f"full, so the oldest samples are dropped: {waiting}"
            return Part(Mark.BAD, "spool", text, f"bring the console back; {larger}")
        if status.waiting_bytes <= size // 2:
            return Part(_fading(status.dropped_at), "spool", waiting, larger)
    if status.waiting_bytes > size // 2:
        return Part(Mark.WARN, "spool", f"it fills: {waiting}", "bring the console back")
    return Part(Mark.GOOD, "spool", waiting)


def configuration() -> Iterator[Check]:
    """Look at lumenmon-agentd.toml."""
    yield from settings.look(config.PATH, config.load, ["lumenmon-agentd.service"])


def files() -> Iterator[Check]:
    """Look at the agent's directory and the files of its identity."""
    here = Files()
    yield access(here.state, 0o700, USER, USER)
    yield from owned(here.state, USER)
    if os.path.lexists(_SPOOL):  # the agent makes it at its start
        yield access(_SPOOL, 0o700, USER, USER)
    if console(here):
        yield from _files(here)


def reach() -> Iterator[Check]:
    """Look whether the console answers from here."""
    status = Status.read(Files().status)
    if status and status.registered:
        yield _reachable(Console(*address(status.console), status.user))


def disk_room() -> Iterator[Check]:
    """Look how much room the spool has."""
    yield disk(Files().state)


PROBES = (
    Probe("configuration", configuration),
    Probe("files", files, needs_root=True),
    Probe("collectors", collectorchecks.checks),
    Probe("disk", disk_room, needs_root=True),
    Probe("console", reach),
    Probe("host key", hostkey.check, needs_root=True),
)
"""What ``doctor`` and ``status`` look at on an agent."""


def _files(files: Files) -> Iterator[Check]:
    owner = files.state.stat().st_uid
    for path in (files.key, files.known_hosts, files.console):
        try:
            info = path.lstat()
        except OSError as error:
            yield Check(
                Mark.BAD,
                f"{path}: {error.strerror}",
                "register again: sudo lumenmonctl register --force LINK",
            )
            continue
        if not stat.S_ISREG(info.st_mode):
            remedy = f"sudo rm -r {path}; then: sudo lumenmonctl register --force LINK"
            yield Check(Mark.BAD, f"{path} is not a regular file", remedy)
        elif stat.S_IMODE(info.st_mode) & 0o077 or info.st_uid != owner:
            remedy = mending(path, 0o600, USER, USER)
            yield Check(Mark.BAD, f"{path} is not the agent's alone", remedy)
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
