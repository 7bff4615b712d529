"""Registering: with an invite link to a pinned console, in one short-lived process.

Nothing is sent before the console's host key was compared with the link's. paramiko is imported
here alone, for the daemon must stay small.
"""

from __future__ import annotations

import logging
import os
import re
import socket
import time
from collections.abc import Callable
from contextlib import closing, suppress
from pathlib import Path
from typing import Any

from lumenmon import run
from lumenmon.errors import AccessError, LumenmonError
from lumenmon.invite import HINT, LIFETIME, Link
from lumenmon.keys import AGENT_ID, KEY_TYPE, PublicKey
from lumenmon.term import printable, span
from lumenmon_agentd import registration
from lumenmon_agentd.identity import Console, Files
from lumenmon_agentd.status import Status, StatusError

SERVICE = "lumenmon-agentd.service"
SYSTEMD = Path("/run/systemd/system")
"""Is there where systemd was booted: sd_booted(3)."""
CONNECT_TIMEOUT = 10.0
ANSWER_TIMEOUT = 30.0
STORED_TIMEOUT = 20.0
"""Seconds in which the console should have stored samples, and the agent's status says so."""
MAX_ANSWER = 64 * 1024
"""Bytes within which the answer comes; a message of the day may precede it."""
MAX_SHOWN = 1024
"""Bytes of something else that a person gets to see."""
_ANSWER = re.compile(rb"^(ok id_[0-9a-f]{16}|error .*)\r?\n", re.MULTILINE)

Say = Callable[[str], None]


class RegisterError(LumenmonError):
    """The console could not be registered with."""


def register(link: Link, files: Files, say: Say, *, force: bool = False) -> Console:
    """Enrol this host with the console of ``link`` and start the agent.

    Nothing is asked of the console for a link of a key that it knows: ssh compares the host key.
    Says each step as it is done. Raises RegisterError, with nothing changed but a key made,
    when the console is not the one of the link or does not take us.
    """
    if os.geteuid() != 0:
        raise AccessError("registering changes the host's agent")
    old = None if force else registration.console(files)  # with force, a damaged one goes too
    if old:
        raise RegisterError(
            f"this host is already registered with {old.address} as {old.user}",
            "to move it to another console: sudo lumenmonctl register --force LINK",
        )
    key = registration.make_key(files)
    say(f"this host's key: {key.fingerprint}")
    agent = _known(link, key) if link.enrolled else enrol(link, key, say)
    console = Console(link.host, link.port, agent)
    registration.pin(files, console, known_hosts(link))
    say(f"registered with {console.address} as {agent}")
    if booted():
        run.run(["systemctl", "restart", SERVICE], timeout=30)
    return console


def keep(console: Console, link: Link, files: Files, say: Say) -> Console:
    """Remain with a console that is the link's, at the address that the link names.

    Raises AccessError where that is another address and the caller is not root.
    """
    there = Console(link.host, link.port, console.user)
    if there == console:
        say(f"this host is registered with {console.address} already, as {console.user}")
        return console
    if os.geteuid() != 0:
        raise AccessError("moving to another address changes the host's agent")
    registration.pin(files, there, known_hosts(link))
    say(f"the console is at {there.address} now, it was at {console.address}")
    if booted():
        run.run(["systemctl", "restart", SERVICE], timeout=30)
    return there


def _known(link: Link, key: PublicKey) -> str:
    """Return the id in the link of an enrolled key; raises RegisterError if it is not ours."""
    if link.user != key.agent_id:
        raise RegisterError(
            f"the link is of another key, {link.user}; this host's is {key.agent_id}",
            "here: sudo lumenmonctl register --key; on the console, with that line:"
            " sudo lumenmonctl invite --pubkey -",
        )
    return link.user


def own_key(files: Files) -> PublicKey:
    """Return this host's public key, made where there is none."""
    if os.geteuid() != 0:
        raise AccessError("the key is made for the host's agent")
    return registration.make_key(files)


def booted() -> bool:
    """Say whether systemd runs here; in a system that is being installed it does not yet."""
    return SYSTEMD.is_dir()


def unregister(files: Files) -> Console:
    """Forget the console and stop sending; the key stays, so that the id would be the same."""
    if os.geteuid() != 0:
        raise AccessError("unregistering changes the host's agent")
    console = registration.console(files)
    if console is None:
        raise RegisterError("this host is not registered")
    registration.forget(files)
    run.run(["systemctl", "restart", SERVICE], timeout=30)
    return console


def wait_stored(files: Files, since: float, tick: Callable[[float], None]) -> Status:
    """Wait until the console has stored samples after ``since``, in seconds since 1970.

    ``tick`` gets the seconds that passed. Returns the agent's last status, which says why not
    where its ``last_ack`` is older.
    """
    began = time.monotonic()
    status = Status()
    while (passed := time.monotonic() - began) < STORED_TIMEOUT:
        with suppress(StatusError):  # the agent writes another when it starts
            status = Status.read(files.status) or status
        if status.last_ack is not None and status.last_ack >= since:
            break
        tick(passed)
        time.sleep(0.2)
    return status


def enrol(link: Link, key: PublicKey, say: Say) -> str:
    """Hand the public key to the console of ``link``; return the agent's id there."""
    import paramiko  # 17 MB, only here

    logging.getLogger("paramiko").setLevel(logging.CRITICAL + 1)
    try:
        connection = socket.create_connection((link.host, link.port), CONNECT_TIMEOUT)
    except OSError as error:
        reason = error.strerror or str(error)
        raise RegisterError(
            f"the console does not answer at {link.host} port {link.port}: {reason}",
            "is the address reachable from here, and the port open?",
        ) from None
    with closing(paramiko.Transport(connection)) as transport:
        transport.get_security_options().key_types = [KEY_TYPE]
        try:
            transport.start_client(timeout=CONNECT_TIMEOUT)
            if transport.get_remote_server_key().asbytes() != link.host_key.blob:
                raise RegisterError(
                    "the console's host key is not the one in the link: nothing was sent",
                    "someone may stand between; or the link is of another console",
                )
            say(f"the console's host key is the link's: {link.host_key.fingerprint}")
            transport.auth_password(link.user, link.password)
            answer = _ask(transport, f"{key.line} {key.comment}".strip())
        except paramiko.AuthenticationException:
            raise RegisterError("the console refuses the invite", _age_hint(link)) from None
        except (paramiko.SSHException, EOFError, OSError) as error:
            said = str(error) or type(error).__name__
            raise RegisterError(f"the console ended the connection: {said}", HINT) from None
    return _agent(answer, key)


def known_hosts(link: Link) -> str:
    """Return the line that pins the console's host key."""
    name = link.host if link.port == 22 else f"[{link.host}]:{link.port}"
    return f"{name} {link.host_key.line}\n"


def _ask(transport: Any, line: str) -> str:
    channel = transport.open_session(timeout=CONNECT_TIMEOUT)
    channel.settimeout(ANSWER_TIMEOUT)
    channel.invoke_shell()  # the console's ForceCommand answers, whatever is asked for
    channel.sendall(line.encode() + b"\n")
    channel.shutdown_write()
    said = b""
    while len(said) < MAX_ANSWER:
        data = channel.recv(MAX_ANSWER)
        if not data:
            break
        said += data
        if answer := _ANSWER.search(said):
            return answer[1].decode(errors="replace").strip()
    return said[-MAX_SHOWN:].decode(errors="replace").strip()


def _agent(answer: str, key: PublicKey) -> str:
    word, _, rest = answer.partition(" ")
    if word == "error":
        raise RegisterError(f"the console says: {printable(rest)}", HINT)
    if word != "ok" or not AGENT_ID.fullmatch(rest):
        shown = f"answers something else: {printable(answer)}" if answer else "gives no answer"
        raise RegisterError(f"the console lets the invite in, but {shown}", HINT)
    if rest != key.agent_id:
        raise RegisterError(f"the console took another key than ours: {rest}", HINT)
    return rest


def _age_hint(link: Link) -> str:
    age = time.time() - link.created
    if age > LIFETIME:
        return f"it was made {span(age)} ago and was good for {span(LIFETIME)}; {HINT}"
    return f"an invite is good once; {HINT}"
