"""control.sock of the dashboard: what lumenmonctl asks of it, for root alone."""

from __future__ import annotations

import re
import socket
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from lumenmon import journal
from lumenmon.errors import AccessError, LumenmonError
from lumenmon.request import (
    MAX_REQUEST,
    TIMEOUT,
    Peer,
    Reply,
    Request,
    RequestError,
    check_args,
    peer,
    read_line,
)
from lumenmond import sockets
from lumenmond.web import secrets, security
from lumenmond.web.services import Services

LINK_LIFETIME = 300
"""Seconds for which a login link is good."""
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")


@dataclass(frozen=True)
class Asked:
    """What the verbs work on."""

    services: Services
    tls: bool


def _check_role(role: str) -> str:
    if role not in security.ROLES:
        raise RequestError(f"a role is one of {', '.join(security.ROLES)}")
    return role


def _login_link(asked: Asked, args: dict[str, Any]) -> dict[str, Any]:
    token, expires = secrets.new(), asked.services.now() + LINK_LIFETIME
    asked.services.auth.add_link(secrets.digest(token), _check_role(args["role"]), expires)
    config = asked.services.config
    return {
        "token": token,
        "expires": expires,
        "tls": asked.tls,
        "url": config.web_url,
        "from": list(config.web_from),
    }


def _passwd(asked: Asked, args: dict[str, Any]) -> dict[str, Any]:
    role, password = _check_role(args["role"]), args["password"]
    if not password:
        asked.services.auth.set_password(role, None)
        return {"role": role, "set": False}
    if not secrets.MIN_PASSWORD <= len(password) <= secrets.MAX_PASSWORD:
        raise LumenmonError(f"a password has at least {secrets.MIN_PASSWORD} characters")
    other = {name: kept for name, kept in asked.services.auth.passwords().items() if name != role}
    if any(secrets.check_password(password, kept) for kept in other.values()):
        raise LumenmonError("that is the other role's password", "the password says who it is")
    asked.services.auth.set_password(role, secrets.hash_password(password))
    return {"role": role, "set": True}


def _token_create(asked: Asked, args: dict[str, Any]) -> dict[str, Any]:
    name = args["name"]
    if not _NAME.fullmatch(name):
        raise LumenmonError("a token's name is 1 to 64 letters, digits, dots, - and _")
    token = secrets.TOKEN_PREFIX + secrets.new()
    if not asked.services.auth.add_token(name, secrets.digest(token)):
        raise LumenmonError(
            f"there is a token {name} already, or there are too many",
            f"end the old one first: sudo lumenmonctl token revoke {name}",
        )
    return {"name": name, "token": token}


def _token_list(asked: Asked, _: dict[str, Any]) -> list[dict[str, Any]]:
    return [asdict(token) for token in asked.services.auth.tokens()]


def _token_revoke(asked: Asked, args: dict[str, Any]) -> dict[str, Any]:
    if not asked.services.auth.revoke_token(args["name"]):
        raise LumenmonError("there is no such token", "list them: sudo lumenmonctl token list")
    return {"name": args["name"]}


def _logout_all(asked: Asked, _: dict[str, Any]) -> dict[str, Any]:
    return {"ended": asked.services.auth.end_sessions()}


def _status(asked: Asked, _: dict[str, Any]) -> dict[str, Any]:
    of = asked.services
    return {
        "tls": asked.tls,
        "url": of.config.web_url,
        "from": list(of.config.web_from),
        "proxies": list(of.config.web_proxies),
        "sessions": of.auth.count_sessions(),
        "streams": of.hub.streams(),
        "tokens": len(of.auth.tokens()),
        "passwords": list(of.auth.passwords()),
        "daemon": "up" if of.hub.daemon_up else "down",
        "trouble": of.auth.trouble.reason if of.auth.trouble else "",
        "remedy": of.auth.trouble.remedy if of.auth.trouble else "",
    }


VERBS: dict[str, tuple[Callable[[Asked, dict[str, Any]], Any], dict[str, type]]] = {
    "login-link": (_login_link, {"role": str}),
    "passwd": (_passwd, {"role": str, "password": str}),
    "token-create": (_token_create, {"name": str}),
    "token-list": (_token_list, {}),
    "token-revoke": (_token_revoke, {"name": str}),
    "logout-all": (_logout_all, {}),
    "status": (_status, {}),
}


def answer(asked: Asked, caller: Peer, line: bytes) -> Reply:
    """Carry one request out."""
    try:
        if caller.uid != 0:
            raise AccessError("that is for root", "what root can ask: sudo lumenmonctl help")
        request = Request.decode(line)
        if request.verb not in VERBS:
            raise RequestError(f"unknown verb: {request.verb[:40]}")
        run, types = VERBS[request.verb]
        return Reply(True, run(asked, check_args(request.args, **types)))
    except LumenmonError as error:
        return Reply.failure(error)


class ControlServer:
    """Serves control.sock in a thread of its own, one caller at a time."""

    def __init__(self, path: Path, asked: Asked) -> None:
        self._asked = asked
        self._listener = sockets.listen(path, 0o600, 16)
        threading.Thread(target=self._serve, name="control", daemon=True).start()

    def close(self) -> None:
        """Stop serving."""
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def _serve(self) -> None:
        while True:
            try:
                caller, _ = self._listener.accept()
            except OSError:
                if self._listener.fileno() < 0:
                    return
                time.sleep(0.1)
                continue
            with caller:
                self._one(caller)

    def _one(self, caller: socket.socket) -> None:
        caller.settimeout(TIMEOUT)
        try:
            reply = answer(self._asked, peer(caller), read_line(caller, MAX_REQUEST))
        except RequestError as error:
            reply = Reply.failure(error)
        except (OSError, ValueError):
            return
        except Exception:
            journal.log.exception("a request failed")
            reply = Reply(
                False, error="the dashboard failed at this", hint="see: sudo lumenmonctl logs"
            )
        with suppress(OSError, RequestError):
            caller.sendall(reply.encode())
