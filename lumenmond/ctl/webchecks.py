"""What ``status`` and ``doctor`` look at of the dashboard."""

from __future__ import annotations

import http.client
import ipaddress
import os
import ssl
from collections.abc import Iterator
from typing import Any

from lumenmon import paths, term
from lumenmon.ctl import Check, Mark, Part, checks, units
from lumenmon.errors import LumenmonError
from lumenmond.ctl import web

UNITS = ("lumenmond-web.socket", "lumenmond-web.service")
_LOGS = "why: sudo journalctl -e -u lumenmond-web"
_ON = "to switch it on: sudo systemctl enable --now " + " ".join(UNITS)
_SUDO = "sudo lumenmonctl status"
_TIMEOUT = 5.0


def is_off() -> bool:
    """Return whether the administrator has switched the dashboard off."""
    return all(map(units.is_off, units.show(UNITS)))


def runs() -> bool:
    """Return whether the dashboard's service is active."""
    [service] = units.show(["lumenmond-web.service"])
    return service.active == "active"


def parts() -> Iterator[Part]:
    """Yield the dashboard's line of ``status``; it needs root."""
    if is_off():
        yield Part(Mark.OFF, "dashboard", "switched off", _ON)
        return
    if os.geteuid() != 0:
        yield Part(Mark.UNSEEN, "dashboard", "not looked at, that needs root", _SUDO)
        return
    try:
        found = web.status()
    except LumenmonError as error:
        yield Part(Mark.BAD, "dashboard", error.message, error.hint or _LOGS)
        return
    if found["trouble"]:
        text = f"its logins are not there: {term.printable(found['trouble'])}"
        yield Part(Mark.BAD, "dashboard", text, term.printable(found["remedy"]))
        return
    counts = (("session", found["sessions"]), ("stream", found["streams"]))
    words = [term.counted(count, name) for name, count in counts]
    text = ", ".join(["https" if found["tls"] else "http", *words])
    yield Part(Mark.GOOD, "dashboard", text, "see it: sudo lumenmonctl login")


def web_checks() -> Iterator[Check]:
    """Look at the dashboard's files, and whether it answers a browser; needs root.

    What is asked of it is left out while it does not run, which its unit tells.
    """
    yield checks.access(paths.WEB_STATE, 0o700, "lumenmon-web", "lumenmon-web")
    yield from checks.owned(paths.WEB_STATE, "lumenmon-web")
    if not runs():
        return
    yield checks.access(paths.WEB_CONTROL_SOCKET, 0o600, "lumenmon-web", "lumenmon-web")
    yield answers(web.listens(), tls=web.status()["tls"])


def transports() -> Iterator[Check]:
    """Look whether logins can be read on their way; needs root."""
    if runs():
        yield transport(web.listens(), web.status())


def answers(listen: web.Listen, *, tls: bool) -> Check:
    """Look whether the dashboard answers a browser on this host."""
    host = listen.host or "127.0.0.1"
    where = f"http{'s' if tls else ''}://{f'[{host}]' if ':' in host else host}:{listen.port}"
    connection: http.client.HTTPConnection
    if tls:
        unverified = ssl.create_default_context()
        unverified.check_hostname = False
        unverified.verify_mode = ssl.CERT_NONE  # the name in it is not this address
        connection = http.client.HTTPSConnection(
            host, listen.port, timeout=_TIMEOUT, context=unverified
        )
    else:
        connection = http.client.HTTPConnection(host, listen.port, timeout=_TIMEOUT)
    try:
        connection.request("GET", "/healthz")
        status = connection.getresponse().status
    except (OSError, http.client.HTTPException) as error:
        return Check(Mark.BAD, f"{where}: no answer ({error})", _LOGS)
    finally:
        connection.close()
    if status == 503:
        return Check(Mark.BAD, f"{where} answers, but lumenmond is down", "sudo lumenmonctl start")
    if status != 200:
        return Check(Mark.WARN, f"{where} answers with {status}", _LOGS)
    return Check(Mark.GOOD, f"{where} answers")


def transport(listen: web.Listen, found: dict[str, Any]) -> Check:
    """Look whether logins can be read on their way."""
    if found["tls"]:
        return Check(Mark.GOOD, "the dashboard speaks TLS")
    if listen.local or (found["from"] and all(map(_local, found["from"]))):
        return Check(Mark.GOOD, "the dashboard has no TLS and answers this host alone")
    if found["proxies"] and found["url"].startswith("https://"):
        return Check(Mark.GOOD, f"TLS of the dashboard ends at a proxy: {found['url']}")
    return Check(
        Mark.WARN,
        "the dashboard's TLS is off: who is on the way can read it, logins too",
        "put a certificate into /etc/lumenmon/tls, or keep it local: man lumenmond-web",
    )


def _local(network: str) -> bool:
    return ipaddress.ip_network(network).is_loopback
