"""Who asks, by which name, and may they: looked at before every request, default is no."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from flask import Flask, Response, g, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from lumenmond.store.auth import AuthStore
from lumenmond.web import names, secrets
from lumenmond.web.limits import source_of
from lumenmond.web.places import Owner
from lumenmond.web.problems import Problem, answer
from lumenmond.web.services import services

VIEWER, ADMIN = "viewer", "admin"
ROLES = (VIEWER, ADMIN)
SAFE = ("GET", "HEAD", "OPTIONS")
HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:;"
        " font-src 'self'; connect-src 'self'; manifest-src 'self'; form-action 'self';"
        " frame-ancestors 'none'; base-uri 'none'"
    ),
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}
OVER_TLS = {
    "Cross-Origin-Opener-Policy": "same-origin",  # a browser complains of it on plain http
    "Strict-Transport-Security": "max-age=31536000",
}
_PUBLIC, _ADMIN = "lumenmon_public", "lumenmon_admin"

View = TypeVar("View", bound=Callable[..., object])


@dataclass(frozen=True)
class Identity:
    """Who asks: a role, and the session or the token that says so."""

    role: str
    session: str = ""
    token: str = ""

    @property
    def csrf(self) -> str:
        """What a change has to carry; a token can change nothing and has none."""
        return secrets.csrf(self.session) if self.session else ""

    def holds(self, auth: AuthStore) -> bool:
        """Say whether it still holds; for what outlives its request."""
        if self.session:
            return auth.session(secrets.digest(self.session)) == self.role
        return auth.token(secrets.digest(self.token)) is not None


def public(view: View) -> View:
    """Mark a view as one for everybody."""
    setattr(view, _PUBLIC, True)
    return view


def admin(view: View) -> View:
    """Mark a view as one for admins."""
    setattr(view, _ADMIN, True)
    return view


def identity() -> Identity | None:
    """Return who asks; None is a stranger."""
    found: Identity | None = g.get("identity")
    return found


def source() -> str:
    """Return the address of who asks, as a trusted proxy says where there is one."""
    return str(g.source)


def owner() -> Owner:
    """Return who asks as one of those that share what there is; after ``identity``."""
    who = identity()
    assert who is not None
    return Owner(who.session or who.token, source_of(source()))


def secure() -> bool:
    """Say whether the request came over TLS, to us or to a trusted proxy."""
    return bool(g.secure)


def cookie() -> str:
    """Return the name of the session's cookie; the prefix binds it to this host and to TLS."""
    return "__Host-lumenmon" if secure() else "lumenmon"


def device_cookie() -> str:
    """Return the name of the cookie by which a browser that logged in before is known."""
    return f"{cookie()}-device"


def register(app: Flask) -> None:
    """Look at every request of ``app`` before its view does."""

    @app.before_request
    def look() -> AnyResponse | None:
        _where()
        # What everybody may have does not depend on the name: a page of another's cannot use it.
        if request.blueprint != "packages" and not names.allowed(
            request.headers.get("Host", ""), _names(), _local()
        ):
            raise Problem(
                400, "this dashboard is not called by that name",
                "add it to web_hosts in /etc/lumenmon/lumenmond.toml",
            )  # fmt: skip
        if (request.content_length or 0) > app.config["MAX_CONTENT_LENGTH"]:
            raise Problem(413, "the body is too long")
        g.identity = _identify()
        view = app.view_functions.get(request.endpoint or "")
        if request.method not in SAFE:
            _same_origin()
        if getattr(view, _PUBLIC, False) or request.endpoint == "static":
            return None
        who = identity()
        if who is None:
            return _stranger()
        if request.method not in SAFE:
            _csrf(who)
        if getattr(view, _ADMIN, False) and who.role != ADMIN:
            raise Problem(403, "that is for admins", "on the console: sudo lumenmonctl login")
        return None

    @app.after_request
    def dress(response: Response) -> Response:
        for name, value in (HEADERS | (OVER_TLS if g.get("secure") else {})).items():
            response.headers.setdefault(name, value)
        if request.endpoint != "static":
            response.headers.setdefault("Cache-Control", "no-store")
        return response


def _names() -> frozenset[str]:
    of = services()
    return of.names() | names.configured(of.config)


def _local() -> str:
    return str(request.environ.get("lumenmon.local", "127.0.0.1"))


def _where() -> None:
    """Find out where the request comes from, and whether over TLS."""
    config = services().config
    address = names.plain(request.environ.get("REMOTE_ADDR") or "")
    g.secure = request.environ.get("wsgi.url_scheme") == "https"
    if config.web_from and not names.within(address, config.web_from):
        g.source = address
        raise Problem(403, "this dashboard does not answer your network")
    if names.within(address, config.web_proxies):
        g.secure = request.headers.get("X-Forwarded-Proto", "").strip().lower() == "https"
    forwarded = request.headers.get("X-Forwarded-For", "")
    g.source = names.client(address, forwarded, config.web_proxies)


def _identify() -> Identity | None:
    auth = services().auth
    kind, _, token = request.headers.get("Authorization", "").partition(" ")
    if kind.lower() == "bearer" and token:
        known = auth.token(secrets.digest(token.strip()))
        return Identity(VIEWER, token=token.strip()) if known else None
    session = request.cookies.get(cookie(), "")
    role = auth.session(secrets.digest(session)) if session else None
    return Identity(role, session) if role in ROLES and role else None


def _stranger() -> AnyResponse:
    if request.path.startswith(("/api/", "/metrics")) or request.method not in SAFE:
        return answer(Problem(401, "log in first", "on the console: sudo lumenmonctl login"))
    wanted = request.full_path.rstrip("?")
    if request.headers.get("Sec-Fetch-Site") == "cross-site":
        # By another site's link a browser comes without the cookie, which is SameSite=Strict; from
        # a page of ours it sends it.
        return Response(render_template("again.html", address=own_page(wanted)))
    return redirect(url_for("pages.login", next=None if wanted == "/" else wanted), 303)


def own_page(wanted: str | None) -> str:
    """Return where a browser is sent: a page of ours, whatever was asked for."""
    ours = (
        wanted
        and wanted.startswith("/")
        and not wanted.startswith(("//", "/login", "/logout"))
        and "\\" not in wanted
        and wanted.isprintable()
        and len(wanted) <= 1024
    )
    return wanted if wanted and ours else "/"


def _same_origin() -> None:
    """Refuse what another site's page makes a browser send."""
    origin = request.headers.get("Origin")
    site = request.headers.get("Sec-Fetch-Site", "none")
    host = request.headers.get("Host", "").lower()
    if (origin is not None and origin.lower().partition("://")[2] != host) or site not in (
        "same-origin",
        "none",
    ):
        raise Problem(403, "the request comes from another site")


def _csrf(who: Identity) -> None:
    if who.token:
        raise Problem(403, "a token can read, not change", "on the console: sudo lumenmonctl login")
    given = request.headers.get("X-CSRF-Token") or request.form.get("csrf", "")
    if not secrets.same(given, who.csrf):
        raise Problem(403, "the CSRF token is missing or of another session", "reload the page")
