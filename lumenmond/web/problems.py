"""Errors as problem details (RFC 9457), and what of ours becomes which of them."""

from __future__ import annotations

import json
import logging

from flask import Flask, Response, request
from werkzeug.exceptions import HTTPException

from lumenmon import journal
from lumenmon.errors import AccessError, LumenmonError
from lumenmon.request import Refused, RequestError
from lumenmond.store.reader import ReaderError

_log = logging.getLogger(__name__)


class Problem(Exception):
    """An answer that is an error: ``status`` as in HTTP, what is wrong, and what to do."""

    def __init__(self, status: int, detail: str, hint: str = "", wait: float = 0.0) -> None:
        super().__init__(detail)
        self.status = status
        self.detail = detail
        self.hint = hint
        self.wait = wait


def answer(problem: Problem) -> Response:
    """Return the response that says what is wrong."""
    body = {
        "type": "about:blank",
        "title": _title(problem.status),
        "status": problem.status,
        "detail": problem.detail,
        "instance": request.path,
    }
    if problem.hint:
        body["hint"] = problem.hint
    response = Response(
        json.dumps(body, ensure_ascii=False) + "\n",
        problem.status,
        content_type="application/problem+json",
    )
    if problem.wait:
        response.headers["Retry-After"] = str(int(problem.wait) + 1)
    if problem.status == 401:
        response.headers["WWW-Authenticate"] = 'Bearer realm="lumenmon"'
    return response


def _title(status: int) -> str:
    return Response(status=status).status.partition(" ")[2].title()


def _of_ours(error: LumenmonError) -> Problem:
    if isinstance(error, Refused):
        return Problem(409, error.message, error.hint)
    if isinstance(error, AccessError):
        return Problem(502, error.message, "look at: lumenmonctl doctor")
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
            journal.event(logging.WARNING, "web-failed", "%s: %s", request.path, error.message)
        return answer(found)

    @app.errorhandler(Exception)
    def fault(error: Exception) -> Response:
        _log.error("%s %s failed", request.method, request.path, exc_info=error)
        return answer(Problem(500, "the dashboard failed at this", "see: lumenmonctl logs"))
