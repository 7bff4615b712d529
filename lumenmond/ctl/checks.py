"""What ``status`` and ``doctor`` look at on a console."""

from __future__ import annotations

import os
import shlex
import time
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

from lumenmon import asuser, paths, request, term
from lumenmon.config import load
from lumenmon.ctl import Check, Mark, Part, Probe, checks, settings, units
from lumenmon.errors import AccessError, LumenmonError
from lumenmon.invite import USER
from lumenmon.live import State
from lumenmond.config import Config
from lumenmond.ctl import address, agents, certificate, fleet, kernel, ports, room, webchecks
from lumenmond.host import doctor as host_doctor
from lumenmond.host import obstacles, traffic
from lumenmond.store import integrity
from lumenmond.store.condition import restore

LARGE_WAL = 256 * 2**20
"""Bytes of a WAL that a reader must be holding up."""
LARGE_DATABASE = 2**30
"""Bytes above which the whole database is not read for a check."""
DATABASE_TIMEOUT = 60.0
"""Seconds that reading the database for a check may take."""
SETTLED = 30.0
"""Seconds after the start of lumenmond in which its agents have come back."""
SHOWN = 5
"""Agents that are named one by one."""
_SOCKETS = (
    (paths.INGEST_SOCKET, 0o660, "root", "lumenmon-agents"),
    (paths.HOST_SOCKET, 0o660, "root", "lumenmon-web"),
    (paths.ENROLL_SOCKET, 0o660, "root", "lumenmon-enroll"),
    (paths.ACCOUNTS_SOCKET, 0o600, "root", "root"),
    (paths.LIVE_SOCKET, 0o660, "lumenmon", "lumenmon"),
    (paths.CONTROL_SOCKET, 0o660, "lumenmon", "lumenmon"),
)
_LOGS = "why: sudo journalctl -e -u lumenmond"
_CLOCK_REMEDY = "timedatectl; to have it set from the network: sudo timedatectl set-ntp true"
_DAEMON_SOCKETS = (paths.LIVE_SOCKET, paths.CONTROL_SOCKET)
_DIRECTORIES = (
    (paths.RUN, 0o755, "root", "root"),
    (paths.STATE, 0o750, "lumenmon", "lumenmon"),
    (paths.KEYS, 0o711, "root", "root"),
    (paths.INVITES, 0o700, "root", "root"),
)


def parts() -> Iterator[Part]:
    """Yield the console's lines of ``status``."""
    try:
        status = _ask_daemon()
        found = fleet.snapshot()
        yield _fleet_part(found, status["uptime"])
        for agent in found.agents:
            if agent.rivals:
                yield Part(Mark.BAD, "agents", fleet.doubled(agent), fleet.COPY_HINT)
        yield _database_part(status)
        yield from _clock_part(status["clock"])
    except AccessError:
        yield Part(Mark.UNSEEN, "agents", "no right to ask lumenmond", fleet.JOIN_HINT)
    except LumenmonError as error:
        yield Part(Mark.BAD, "agents", error.message, error.hint or _LOGS)
    if os.geteuid() == 0 and (count := _open_invites()):
        yield Part(Mark.GOOD, "invites", f"{count} open")
    yield from traffic.parts()
    yield from webchecks.parts()


def _open_invites() -> int:
    try:
        names = [file.name for file in paths.INVITES.iterdir()]
    except OSError:
        return 0  # doctor looks at the directory
    return sum(USER.fullmatch(name) is not None for name in names)


def _fleet_part(found: fleet.Fleet, uptime: float) -> Part:
    known = found.agents
    if not known:
        return Part(Mark.GOOD, "agents", "none yet", fleet.INVITE_HINT)
    states = [agent.state for agent in known]
    text = ", ".join(f"{states.count(state)} {state}" for state in State if state in states)
    away = [agent for agent in known if agent.state in (State.STALE, State.OFFLINE)]
    if not away:
        return Part(Mark.GOOD, "agents", text)
    if lonely := _lonely(found, uptime):
        return lonely
    names = ", ".join(term.printable(agent.name) for agent in away[:SHOWN])
    if len(away) > SHOWN:
        names += f" and {len(away) - SHOWN} more"
    first = shlex.quote(term.printable(away[0].name))
    return Part(Mark.WARN, "agents", f"{text} (away: {names})", f"why: lumenmonctl show {first}")


def _lonely(found: fleet.Fleet, uptime: float) -> Part | None:
    """Return what to say where no agent came since lumenmond started: after a restore, say."""
    start = found.now - uptime
    if any(each.state is State.ONLINE or (each.last_seen or 0) >= start for each in found.agents):
        return None
    only = len(found.agents) == 1
    whose = "the only agent has not" if only else f"none of {len(found.agents)} agents has"
    text = f"{whose} connected since lumenmond started, {term.span(uptime)} ago"
    remedy = (
        "is port 2345 open to them, and this host's address still the one they know?"
        " on one of them: sudo lumenmonctl doctor"
    )
    return Part(Mark.BAD if uptime >= SETTLED else Mark.WARN, "agents", text, remedy)


def _ask_daemon() -> dict[str, Any]:
    """Return what the daemon says of itself; raises LumenmonError."""
    found = request.read_result(
        request.call(paths.CONTROL_SOCKET, "status"),
        database_bytes=int,
        metrics=int,
        rejected=int,
        trouble=str,
        remedy=str,
        last_commit=(int, float, type(None)),
        uptime=(int, float),
        clock=dict,
    )
    request.read_result(found["clock"], trusted=bool, denied=bool, words=str, certain=int)
    return found


def _clock_part(clock: dict[str, Any]) -> Iterator[Part]:
    """Yield a line for a clock that is not trusted: as far as it is, nobody needs one."""
    if clock["trusted"]:
        return
    until = datetime.fromtimestamp(clock["certain"]).astimezone().isoformat(" ", "minutes")
    words = term.printable(clock["words"])
    text = f"not trusted: it is {words}; old data is kept as of {until}"
    yield Part(Mark.BAD if clock["denied"] else Mark.WARN, "clock", text, _CLOCK_REMEDY)


def _database_part(status: dict[str, Any]) -> Part:
    words = [term.amount(status["database_bytes"], "B"), term.counted(status["metrics"], "metric")]
    if status["last_commit"]:
        words.append(f"written {agents.ago(status['last_commit'], time.time())}")
    if status["rejected"]:
        bad = status["rejected"]
        words.append(f"{term.counted(bad, 'bad line')} rejected")
    if status["trouble"]:
        text = f"{term.printable(status['trouble'])}; {', '.join(words)}"
        return Part(Mark.BAD, "database", text, term.printable(status["remedy"]))
    return Part(Mark.GOOD, "database", ", ".join(words))


def configuration() -> Iterator[Check]:
    """Look at lumenmond.toml, which both daemons read."""
    path = paths.CONFIG / "lumenmond.toml"
    services = ["lumenmond.service", *([] if webchecks.is_off() else ["lumenmond-web.service"])]
    yield from settings.look(path, lambda: load(path, Config).check(), services)


def sockets() -> Iterator[Check]:
    """Look whether every socket has its owner and mode, and somebody who listens.

    Those that lumenmond makes itself are left out while it does not run, which its unit tells.
    """
    [daemon] = units.show(["lumenmond.service"])
    left_out = () if daemon.active == "active" else _DAEMON_SOCKETS
    if not left_out:
        yield checks.access(paths.DAEMON_RUN, 0o755, "lumenmon", "lumenmon")
    for socket in _SOCKETS:
        if socket[0] in left_out:
            continue
        check = checks.access(*socket)
        if check.mark is Mark.GOOD:
            # The daemon's own are not seen from here: it has a network of its own.
            look = checks.answers if socket[0] in _DAEMON_SOCKETS else checks.listening
            check = look(socket[0])
        yield check


def files() -> Iterator[Check]:
    """Look at the owners and modes of the console's directories and files."""
    for directory in _DIRECTORIES:
        yield checks.access(*directory)
    yield from checks.owned(paths.STATE, "lumenmon")
    yield from checks.owned(paths.HOST_STATE, "root")


def disk() -> Iterator[Check]:
    """Look how much room the database has."""
    yield checks.disk(paths.STATE)


def reachable() -> Iterator[Check]:
    """Look whether this host has an address that agents and browsers can reach."""
    try:
        picked = address.pick()
    except LumenmonError as error:
        yield Check(Mark.WARN, f"{error.message}: agents and browsers cannot come in", error.hint)
    else:
        yield Check(Mark.GOOD, f"links name {picked.host}, {picked.why}")


def database(path: Path = paths.DATABASE) -> Iterator[Check]:
    """Look at the database: readable, whole, its log not growing."""
    try:
        size = path.stat().st_size
    except FileNotFoundError:
        yield Check(Mark.BAD, f"{path} is not there", "sudo systemctl restart lumenmond")
        return
    except PermissionError:
        yield Check(Mark.WARN, f"{path}: no right to look", fleet.JOIN_HINT)
        return
    log = _bytes(Path(f"{path}-wal"))
    shown = f"{path}: {term.amount(size + log, 'B')}"
    small = size <= LARGE_DATABASE
    try:
        # In the daemon's directory nothing is opened with root's rights.
        broken = asuser.call(
            "lumenmon", lambda: integrity.damage(path, whole=small), DATABASE_TIMEOUT
        )
        if broken:
            yield Check(Mark.BAD, f"{shown}, damaged: {broken}", restore(path))
        else:
            words = "whole" if small else "can be read (too large to check it all here)"
            yield Check(Mark.GOOD, f"{shown}, {words}")
    except LumenmonError as error:
        yield Check(Mark.WARN, error.message, error.hint)
    if log > LARGE_WAL:
        text = f"{path}-wal has grown to {term.amount(log, 'B')}: a reader holds it"
        yield Check(Mark.WARN, text, f"who: sudo fuser -v {path}")


def _bytes(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0


PROBES = (
    Probe("configuration", configuration),
    Probe("sockets", sockets),
    Probe("files", files, needs_root=True),
    Probe("ports", ports.checks),
    Probe("disk", disk),
    Probe("agents' data", room.checks),
    Probe("database", database, only_doctor=True, limit=DATABASE_TIMEOUT + 10),
    Probe("sshd", host_doctor.checks, needs_root=True),
    Probe("port 22", obstacles.checks, needs_root=True, only_doctor=True),
    Probe("kernel", kernel.checks, only_doctor=True),
    Probe("dashboard", webchecks.web_checks, needs_root=True),
    Probe("certificate", certificate.checks, needs_root=True),
    Probe("TLS", webchecks.transports, needs_root=True, only_doctor=True),
    Probe("address", reachable),
)
"""What ``doctor`` and ``status`` look at on a console."""
