"""The Flask application: parts wired together, nothing of it configured by its surroundings."""

from __future__ import annotations

from flask import Flask

from lumenmond.web import packages, problems, prometheus, security
from lumenmond.web.api import api
from lumenmond.web.changes import changes
from lumenmond.web.pages import pages
from lumenmond.web.services import KEY, Services

MAX_BODY = 64 * 1024


def create_app(services: Services) -> Flask:
    """Return the application that works with ``services``."""
    app = Flask("lumenmond.web")
    app.extensions[KEY] = services
    app.config["MAX_CONTENT_LENGTH"] = MAX_BODY
    app.url_map.strict_slashes = False
    security.register(app)
    problems.register(app)
    for blueprint in (pages, api, changes, prometheus.metrics, packages.packages):
        app.register_blueprint(blueprint)
    return app
