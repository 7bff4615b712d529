"""The agent's packages, for hosts that have nothing of lumenmon yet; for everybody, no secrets."""

from __future__ import annotations

from flask import Blueprint, Response, send_from_directory

from lumenmon import paths
from lumenmond import install
from lumenmond.web import security
from lumenmond.web.problems import Problem

packages = Blueprint("packages", __name__, url_prefix=install.WAY)


@packages.get("/<name>")
@security.public
def package(name: str) -> Response:
    """Hand out one of the files that install.line() leads to, and no other."""
    if name not in install.files():
        raise Problem(404, "this console hands out no such file")
    # Whole and fresh each time: a host takes a file by its SHA-256, never the rest of an older one.
    response = send_from_directory(
        paths.AGENT_PACKAGES, name, mimetype="application/octet-stream", conditional=False,
        etag=False,
    )  # fmt: skip
    response.headers.pop("Last-Modified", None)
    return response
