"""The pages: the fleet, a host, and the way in and out."""

from __future__ import annotations

import logging

from flask import Blueprint, Response, make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from lumenmon import __version__, journal
from lumenmon.keys import AGENT_ID
from lumenmond.store.auth import LONGEST
from lumenmond.web import devices, secrets, security
from lumenmond.web.problems import Problem
from lumenmond.web.services import services

pages = Blueprint("pages", __name__)

_EXPIRED = "This link was used already, or its five minutes are over."
_NEXT = "lumenmon-next"
"""The cookie with the page that was asked for before the login."""
_NEXT_FOR = 600
"""Seconds: as long as it takes to print a link on the console and to open it."""
_WRONG = "That is not the password."


@pages.get("/")
def fleet() -> str:
    """Show the fleet."""
    return _shell()


@pages.get("/host/<id>")
def host(id: str) -> str:
    """Show one host; the page says it when there is none of that id."""
    if not AGENT_ID.fullmatch(id):
        raise Problem(404, "no host has such an id")
    return _shell()


def _shell() -> str:
    who = security.identity()
    assert who is not None
    return render_template("index.html", csrf=who.csrf, role=who.role, version=__version__)


@pages.get("/login")
@security.public
def login() -> AnyResponse | str:
    """Show the way in. A one-time link shows a button, so that a preview does not use it up."""
    token = request.args.get("token", "")
    next = _next(request.args.get("next"))
    is_good = bool(token) and services().auth.has_link(secrets.digest(token))
    if security.identity() and not is_good:
        return redirect(next, 303)
    if token and not is_good:
        return _refused(_EXPIRED, 403, next=next)
    response = make_response(_form(token=token, next=next))
    if not token and next != "/":
        # A login link that is printed meanwhile leads to the same page.
        response.set_cookie(
            _NEXT, next, max_age=_NEXT_FOR, path="/login", secure=security.secure(),
            httponly=True, samesite="Lax",
        )  # fmt: skip
    return response


def _next(wanted: str | None) -> str:
    """Return the page that a login leads to: the one named, or where somebody wanted to go."""
    return security.own_page(wanted or request.cookies.get(_NEXT))


def _form(token: str = "", error: str = "", next: str = "/") -> str:
    return render_template(
        "login.html", token=token, error=error, next=next, version=__version__,
        has_password=bool(services().auth.passwords()),
    )  # fmt: skip


@pages.post("/login")
@security.public
def enter() -> AnyResponse:
    """Log in by a one-time token or a password."""
    token, password = request.form.get("token", ""), request.form.get("password", "")
    next = _next(request.form.get("next"))
    source = security.source()
    if token and (role := services().auth.take_link(secrets.digest(token))):
        return _begin(role, source, next)  # nobody guesses 256 bits, so nobody's guesses slow it
    limiter, kept = services().limiter, services().auth.passwords()
    device = devices.known(request.cookies.get(security.device_cookie(), ""), kept)
    guesser, overall = device or source, not (token or device)
    if wait := limiter.attempt(guesser, overall=overall):
        journal.event(logging.WARNING, "login-slowed", "guesses from %s are slowed down", source)
        return _refused(
            f"Too many tries. Wait {_words(wait)}, then try again; a link from "
            "`sudo lumenmonctl login` works at once.",
            429,
            next=next,
            wait=wait,
        )
    role = None if token else _role(request.form.get("user", ""), password)
    if role is None:
        journal.event(
            logging.WARNING, "login-failed",
            "%s from %s was refused", "a link" if token else "a password", source,
        )  # fmt: skip
        return _refused(_EXPIRED if token else _WRONG, 403, next=next)
    limiter.right(guesser, overall=overall)
    return _begin(role, source, next)


def _words(seconds: float) -> str:
    if seconds < 90:
        return f"{int(seconds) + 1} seconds"
    return f"{round(seconds / 60)} minutes"


def _refused(error: str, status: int, *, next: str, wait: float = 0.0) -> Response:
    response = make_response(_form(error=error, next=next), status)
    if wait:
        response.headers["Retry-After"] = str(int(wait) + 1)
    return response


def _role(user: str, password: str) -> str | None:
    """Return the role whose password it is; any, when ``user`` names none."""
    if not 0 < len(password) <= secrets.MAX_PASSWORD:
        return None
    kept = services().auth.passwords()
    asked = [user] if user in security.ROLES else [*kept]
    for role in asked:
        if role in kept and secrets.check_password(password, kept[role]):
            return role
    return None


def _begin(role: str, source: str, next: str) -> AnyResponse:
    auth = services().auth
    if old := request.cookies.get(security.cookie()):
        auth.end_session(secrets.digest(old))
    session = secrets.new()
    auth.add_session(secrets.digest(session), role, source)
    journal.event(logging.INFO, "login", "%s logged in from %s", role, source)
    response = redirect(next, 303)
    response.set_cookie(
        security.cookie(), session, max_age=LONGEST, path="/", secure=security.secure(),
        httponly=True, samesite="Strict",
    )  # fmt: skip
    if _NEXT in request.cookies:
        response.delete_cookie(_NEXT, path="/login", secure=security.secure(), httponly=True)
    response.set_cookie(
        security.device_cookie(),
        devices.new(auth.passwords()),
        max_age=devices.LIFETIME,
        path="/",
        secure=security.secure(),
        httponly=True,
        samesite="Strict",
    )
    return response


@pages.post("/logout")
def logout() -> AnyResponse:
    """End the session."""
    who = security.identity()
    assert who is not None
    services().auth.end_session(secrets.digest(who.session))
    response = redirect(url_for("pages.login"), 303)
    response.delete_cookie(
        security.cookie(), path="/", secure=security.secure(), httponly=True, samesite="Strict"
    )
    return response


@pages.get("/healthz")
@security.public
def healthz() -> Response:
    """Say whether the dashboard can show what is going on; nothing else, for all to hear."""
    hub = services().hub
    well = hub.alive and hub.daemon_up
    return Response("ok\n" if well else "lumenmond is down\n", 200 if well else 503,
                    content_type="text/plain; charset=utf-8")  # fmt: skip
