"""control.sock: requests to the daemon, each with who may make it."""

from __future__ import annotations

import grp
import logging
import pwd
import socket
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from lumenmon import __version__, journal
from lumenmon.errors import AccessError, LumenmonError
from lumenmon.request import MAX_REQUEST, TIMEOUT, Peer, Reply, Request, RequestError, peer
from lumenmon.request import check_args as check
from lumenmond import timekeeper
from lumenmond.fleet import Fleet
from lumenmond.listener import Listener
from lumenmond.loop import READ, Loop
from lumenmond.receiver import Receiver
from lumenmond.store import DatabaseError
from lumenmond.store.backup import backup
from lumenmond.store.condition import Kind
from lumenmond.store.writer import Store

MAX_CALLERS = 32
"""Requests of one user at a time."""
_WRITERS = ("lumenmon-web",)
_READERS = ("lumenmon-web", "lumenmon")


@dataclass(frozen=True)
class Console:
    """What the verbs work on."""

    store: Store
    fleet: Fleet
    receiver: Receiver
    uid_of: Callable[[str], int | None]
    started: float


Run = Callable[[Console, dict[str, Any]], Any]


@dataclass(frozen=True)
class Verb:
    """A verb: what it does, its arguments, and the users besides root that may use it."""

    run: Run
    args: dict[str, type]
    users: tuple[str, ...] = ()
    group: str = ""
    slow: bool = False
    """It runs in a thread of its own, so that samples go on being received."""


def _enrolled(console: Console, args: dict[str, Any]) -> dict[str, str]:
    uid = console.uid_of(args["id"])
    if uid is None:
        raise LumenmonError(f"{args['id']} is no agent's account")
    row = console.store.enrol(args["id"], uid, args["fingerprint"][:100], args["comment"][:200])
    console.fleet.add(row).changed = True
    return {"id": row.id, "name": row.name}


def _forget(console: Console, args: dict[str, Any]) -> dict[str, Any]:
    """Forget an agent; one that never connected is none of ours, and that is no error."""
    agent = console.store.agents.get(args["id"])
    if agent is not None:
        console.receiver.remove(agent.id)
        console.store.forget(agent)
        console.fleet.remove(agent.id)
    return {"id": args["id"], "known": agent is not None}


def _rename(console: Console, args: dict[str, Any]) -> dict[str, str]:
    agent = console.store.find(args["agent"])
    console.store.rename(agent, args["name"])
    console.fleet.add(agent).changed = True
    return {"id": agent.id, "name": agent.name}


def _tag(console: Console, args: dict[str, Any]) -> dict[str, Any]:
    agent = console.store.find(args["agent"])
    if not all(isinstance(tag, str) for tag in args["tags"]):
        raise RequestError("argument tags is not a list of texts")
    console.store.tag(agent, args["tags"])
    console.fleet.add(agent).changed = True
    return {"id": agent.id, "tags": agent.tags}


def _status(console: Console, _: dict[str, Any]) -> dict[str, Any]:
    rows = console.store.agents.values()
    known = console.store.health.condition
    return {
        "version": __version__,
        "uptime": round(time.monotonic() - console.started, 1),
        "agents": len(rows),
        "online": console.fleet.online(),
        "metrics": sum(len(row.series) for row in rows),
        "database_bytes": console.store.size(),
        "last_commit": console.store.last_commit,
        "rejected": sum(row.rejected for row in rows),
        "full": known is not None and known.kind is Kind.FULL,
        "trouble": console.store.health.words,
        "remedy": known.remedy if known else "",
        "clock": timekeeper.describe(console.store),
    }


def _backup(console: Console, args: dict[str, Any]) -> dict[str, Any]:
    target = Path(args["path"])
    if not target.is_absolute():
        raise RequestError("the path of a backup starts with /")
    database = console.store.path.resolve()
    files = [database, *(Path(f"{database}{suffix}") for suffix in ("-wal", "-shm"))]
    if target.resolve() in files:
        raise LumenmonError(f"{target} is the database itself", "give the backup another name")
    return {"path": str(target), "bytes": backup(console.store.path, target)}


VERBS: dict[str, Verb] = {
    "enrolled": Verb(_enrolled, {"id": str, "comment": str, "fingerprint": str}),
    "forget": Verb(_forget, {"id": str}),
    "rename": Verb(_rename, {"agent": str, "name": str}, _WRITERS),
    "tag": Verb(_tag, {"agent": str, "tags": list}, _WRITERS),
    "status": Verb(_status, {}, _READERS, "lumenmon"),
    "backup": Verb(_backup, {"path": str}, slow=True),
}


def may(caller: Peer, verb: Verb) -> bool:
    """Say whether the caller has the right to use the verb."""
    if caller.uid == 0:
        return True
    try:
        user = pwd.getpwuid(caller.uid)
        if user.pw_name in verb.users:
            return True
        if not verb.group:
            return False
        group = grp.getgrnam(verb.group)
    except KeyError:
        return False
    return caller.gid == group.gr_gid or user.pw_name in group.gr_mem


def answer(console: Console, caller: Peer, line: bytes) -> Reply:
    """Carry one request out."""
    try:
        request = Request.decode(line)
        verb = VERBS.get(request.verb)
        if verb is None:
            raise RequestError(f"unknown verb: {request.verb[:40]}")
        if not may(caller, verb):
            raise AccessError(
                f"no right to {request.verb}", "what root can ask: sudo lumenmonctl help"
            )
        return Reply(True, verb.run(console, check(request.args, **verb.args)))
    except LumenmonError as error:
        return Reply.failure(error)
    except (OSError, DatabaseError) as error:
        return Reply.failure(LumenmonError(f"it failed: {error}"))
    except Exception as error:
        journal.event(logging.ERROR, "handler-failed", "a request failed: %r", error, exc_info=True)
        return Reply.failure(LumenmonError(f"it failed: {error!r}", "see: sudo lumenmonctl logs"))


def _slow(line: bytes) -> bool:
    try:
        verb = VERBS.get(Request.decode(line).verb)
    except RequestError:
        return False
    return verb is not None and verb.slow


class ControlServer:
    """Serves control.sock: one request and one answer a connection."""

    def __init__(self, loop: Loop, listener: socket.socket, console: Console) -> None:
        self._loop = loop
        self._console = console
        self._listener = Listener(
            loop, listener, self._accepted, most=MAX_CALLERS, patience=TIMEOUT
        )

    def _accepted(self, caller: socket.socket) -> None:
        line = bytearray()
        end = partial(self._listener.close, caller)
        self._loop.watch(caller.fileno(), READ, lambda _: self._read(caller, line), end)

    def _read(self, caller: socket.socket, asked: bytearray) -> None:
        try:
            data = caller.recv(MAX_REQUEST)
        except OSError:
            data = b""
        asked += data
        if b"\n" not in asked and data and len(asked) <= MAX_REQUEST:
            return
        line = bytes(asked).partition(b"\n")[0]
        who = peer(caller)
        self._loop.forget(caller.fileno())
        self._listener.release(caller)
        if _slow(line):
            threading.Thread(target=self._reply, args=(caller, who, line), daemon=True).start()
        else:
            self._reply(caller, who, line)

    def _reply(self, caller: socket.socket, who: Peer, line: bytes) -> None:
        with caller:
            try:
                caller.send(answer(self._console, who, line).encode())
            except (OSError, RequestError):
                pass
