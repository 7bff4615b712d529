"""Errors as problem details (RFC 9457) or as pages, and what of ours becomes which of them."""

from __future__ import annotations

import json
import logging

from flask import Flask, Response, render_template, request
from werkzeug.exceptions import HTTPException

from lumenmon import __version__, journal
from lumenmon.errors import AccessError, LumenmonError
from lumenmon.request import Refused, RequestError
from lumenmond.store.auth import AuthError
from lumenmond.store.reader import ReaderError

_log = logging.getLogger(__name__)
_DETAILS = "application/problem+json"


class Problem(Exception):
    """An answer that is an error: ``status`` as in HTTP, what is wrong, and what to do."""

    def __init__(self, status: int, detail: str, hint: str = "", wait: float = 0.0) -> None:
        super().__init__(detail)
        self.status = status
        self.detail = detail
        self.hint = hint
        self.wait = wait


def answer(problem: Problem) -> Response:
    """Return the response that says what is wrong: a page where a browser wants to show one."""
    response = _page(problem) if _wants_page() else _details(problem)
    if problem.wait:
        response.headers["Retry-After"] = str(int(problem.wait) + 1)
    if problem.status == 401:
        response.headers["WWW-Authenticate"] = 'Bearer realm="lumenmon"'
    return response


def _wants_page() -> bool:
    kinds = [_DETAILS, "text/html"]  # who takes both the same is no browser
    programs = request.path.startswith(("/api/", "/metrics", "/healthz"))
    return not programs and request.accept_mimetypes.best_match(kinds) == "text/html"


def _page(problem: Problem) -> Response:
    title = _title(problem.status)
    text = render_template("problem.html", problem=problem, title=title, version=__version__)
    return Response(text, problem.status, content_type="text/html; charset=utf-8")


def _details(problem: Problem) -> Response:
    body = {
        "type": "about:blank",
        "title": _title(problem.status),
        "status": problem.status,
        "detail": problem.detail,
        "instance": request.path,
    }
    if problem.hint:
        body["hint"] = problem.hint
    text = json.dumps(body, ensure_ascii=False) + "\n"
    return Response(text, problem.status, content_type=_DETAILS)


def _title(status: int) -> str:
    return Response(status=status).status.partition(" ")[2].title()


def _of_ours(error: LumenmonError) -> Problem:
    if isinstance(error, Refused):
        return Problem(409, error.message, error.hint)
    if isinstance(error, AccessError):
        return Problem(502, error.message, "on the console: sudo lumenmonctl doctor")
    if isinstance(error, RequestError | ReaderError):
        return Problem(503, error.message, error.hint, 2)
    return Problem(400, error.message, error.hint)


def register(app: Flask) -> None:
    """Make every error of ``app`` a problem."""

    @app.errorhandler(Problem)
    def problem(error: Problem) -> Response:
        return answer(error)

    @app.errorhandler(HTTPException)
    def http(error: HTTPException) -> Response:
        made = answer(Problem(error.code or 500, error.description or "it failed"))
        for name, value in error.get_headers():
            if name.lower() in ("allow", "location"):
                made.headers[name] = value
        return made

    @app.errorhandler(LumenmonError)
    def ours(error: LumenmonError) -> Response:
        found = _of_ours(error)
        if found.status >= 500:
            journal.event(logging.WARNING, "web-failed", "%r: %s", request.path, error.message)
        return answer(found)

    @app.errorhandler(AuthError)
    def unkept(error: AuthError) -> Response:
        journal.event(logging.ERROR, "web-failed", "%s", error.message)
        return answer(Problem(503, error.message, error.hint, 2))

    @app.errorhandler(Exception)
    def fault(error: Exception) -> Response:
        _log.error("%s %r failed", request.method, request.path, exc_info=error)
        return answer(
            Problem(500, "the dashboard failed at this", "on the console: sudo lumenmonctl logs")
        )
