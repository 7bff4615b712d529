"""What the API reads: agents, their metrics, a metric's past, live events, the session."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack
from typing import Any

from flask import Blueprint, Response, request

from lumenmon.keys import AGENT_ID
from lumenmon.metrics import group
from lumenmon.wire import check_name
from lumenmond import spreadsheet
from lumenmond.store.chart import ChartReader, Span
from lumenmond.store.reader import PAGE, MetricInfo, ReaderError
from lumenmond.web import openapi, security
from lumenmond.web.events import stream
from lumenmond.web.feed import Follower, Plain
from lumenmond.web.places import Owner, Places, Taken
from lumenmond.web.problems import Problem
from lumenmond.web.readers import Readers
from lumenmond.web.services import services

api = Blueprint("api", __name__, url_prefix="/api/v1")

POINTS = 600
MAX_POINTS = 5000
MAX_HISTORY = 1000
MAX_FOLLOWED = 16
"""Agents that one stream follows in full: each is a connection to the daemon."""
LATEST = 2**40
"""Seconds since 1970 beyond which no time is taken for one."""
_DOWN = "lumenmond is down; this is what the database has"


def reply(value: Any, status: int = 200) -> Response:
    """Return a response of JSON."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    return Response(text.encode(errors="replace") + b"\n", status, content_type="application/json")


@api.get("/openapi.json")
def document() -> Response:
    """Describe the API."""
    return reply(openapi.DOCUMENT)


@api.get("/session")
def session() -> Response:
    """Say who asks, and what a change has to carry."""
    who = security.identity()
    assert who is not None
    return reply({"role": who.role, "csrf": who.csrf})


@api.get("/agents")
def agents() -> Response:
    """List all agents as they are now; from the database while the daemon is down."""
    found = services().hub.fleet()
    if found["daemon"] == "down" and not found["agents"]:
        try:
            with _reader() as reader:
                found["agents"] = _from_database(reader)
        except ReaderError as error:
            found["database"] = error.message
    return reply(found)


def _from_database(reader: ChartReader) -> list[Plain]:
    return [
        {
            "seq": 0, "id": each.id, "name": each.name, "state": "offline", "why": _DOWN,
            "tags": each.tags, "address": each.address, "fingerprint": each.fingerprint,
            "enrolled": each.enrolled, "connected": None, "last_seen": each.last_seen,
            "skew": None, "rejected": each.rejected, "last_reject": each.last_reject,
            "size": 0, "rate": 0.0, "slowed": None, "limited": None,
            "metrics": 0, "latest": {}, "recent": [], "version": "", "boot": "", "rivals": "",
        }
        for each in reader.agents()
    ]  # fmt: skip


def known_agent(id: str) -> Plain:
    """Return an agent; a problem says when there is none."""
    hub = services().hub
    if not AGENT_ID.fullmatch(id):
        raise Problem(404, "no agent has such an id", "list them: GET /api/v1/agents")
    found = hub.agent(id)
    if found is None and not hub.daemon_up:
        with _reader() as reader:
            found = next((each for each in _from_database(reader) if each["id"] == id), None)
    if found is None:
        raise Problem(404, f"there is no agent {id}", "list them: GET /api/v1/agents")
    return found


@api.get("/agents/<id>")
def agent(id: str) -> Response:
    """Show all of one agent: its newest values, and the span of each metric."""
    found = known_agent(id)
    live = found["latest"]
    try:
        with _reader() as reader:
            spans = reader.spans(id)
            stored = reader.latest(id)
    except ReaderError as error:
        metrics = [_described(name, value["type"], value["unit"]) for name, value in live.items()]
        return reply({"agent": found, "metrics": metrics, "database": error.message})
    latest: dict[str, Any] = {}
    for span in spans:
        info = span.info
        if info.metric in stored:
            stamp, interval, value = stored[info.metric]
            latest[info.metric] = {"timestamp": stamp, "interval": interval, "value": value,
                                   "type": info.type, "unit": info.unit}  # fmt: skip
    for metric, value in live.items():
        if metric not in latest or latest[metric]["timestamp"] <= value["timestamp"]:
            latest[metric] = value
    found["latest"] = latest
    found["metrics"] = max(found["metrics"], len(spans))
    return reply({"agent": found, "metrics": [_spanned(span, latest) for span in spans]})


def _described(metric: str, type: str, unit: str) -> Plain:
    return {"metric": metric, "type": type, "unit": unit, "group": group(metric)}


def _spanned(span: Span, latest: Plain) -> Plain:
    newest = latest.get(span.info.metric, {}).get("timestamp", 0)
    return {
        **_described(span.info.metric, span.info.type, span.info.unit),
        "samples": span.samples,
        "first": span.first,
        "last": max(span.last or 0, newest) or None,
    }


def _number(name: str, default: int, low: int, high: int) -> int:
    given = request.args.get(name)
    if given is None:
        return default
    try:
        number = float(given)
    except ValueError:
        number = math.nan
    if not low <= number <= high:
        raise Problem(400, f"{name} is a number from {low} to {high}")
    return int(number)


def _range() -> tuple[int, int]:
    end = _number("to", int(services().now()), 0, LATEST)
    start = _number("from", max(0, end - 3600), 0, LATEST)
    if start >= end:
        raise Problem(400, "from lies before to")
    return start, end


def _metric(reader: ChartReader, id: str, metric: str) -> MetricInfo:
    for info in reader.metrics(id):
        if info.metric == metric:
            return info
    raise Problem(404, f"{id} has no metric {metric[:64]}", f"list them: GET /api/v1/agents/{id}")


@api.get("/agents/<id>/series/<metric>")
def series(id: str, metric: str) -> Response:
    """Return a metric's past as points."""
    known_agent(id)
    start, end = _range()
    points = _number("points", POINTS, 1, MAX_POINTS)
    with _reader() as reader:
        if _metric(reader, id, metric).type == "TEXT":
            raise Problem(400, f"{metric} is text", "ask for its history")
        chart = reader.chart(id, metric, start, end + 1, points)
    rows = [[p.timestamp, p.count, _finite(p.min), _finite(p.mean), _finite(p.max)]
            for p in chart.points]  # fmt: skip
    intervals = chart.intervals
    latest = services().hub.agent(id) or {"latest": {}}
    value = latest["latest"].get(metric)
    # What was received but not yet committed: the chart ends where the live values go on.
    if value and start <= value["timestamp"] <= end and value["timestamp"] > (chart.newest or 0):
        rows.append([value["timestamp"], 1, *[value["value"]] * 3])
        intervals.append(value["interval"])
    return reply({
        "metric": metric, "type": chart.info.type, "unit": chart.info.unit,
        "source": chart.source, "step": chart.step, "from": start, "to": end, "points": rows,
        "intervals": intervals,
    })  # fmt: skip


def _finite(value: float) -> float | None:
    return value if math.isfinite(value) else None


@api.get("/agents/<id>/series/<metric>.csv")
def export(id: str, metric: str) -> Response:
    """Return every sample of a metric as CSV."""
    known_agent(id)
    start, end = _range()
    with _reader() as reader:
        info = _metric(reader, id, metric)
    name = f"{id}_{check_name(info.metric)}_{start}-{end}.csv"
    places = ExitStack()
    _take(places, services().downloads, request.environ.get("lumenmon.cut", _none), wait=10)
    response = Response(
        _csv(services().readers, security.owner(), info, start, end + 1),
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )  # fmt: skip
    response.call_on_close(places.close)
    return response


def _reader() -> AbstractContextManager[ChartReader]:
    return services().readers.one(security.owner())


def _none() -> None:
    """Stand in for what a test's client has no connection for."""


def _take(
    places: ExitStack, of: Places, end: Callable[[], object], *, size: int = 1, wait: float
) -> None:
    """Take a place, given back as ``places`` is closed; a problem says when there is none."""
    try:
        place = of.take(security.owner(), end, size)
    except Taken as error:
        raise Problem(503, error.message, error.hint, wait) from None
    places.callback(of.leave, place)


def _csv(readers: Readers, owner: Owner, info: MetricInfo, start: int, end: int) -> Iterator[bytes]:
    """Yield pages of CSV; between two of them no reader of the database is held."""
    yield b"timestamp,interval,value\r\n"
    while True:
        with readers.one(owner) as reader:
            rows = reader.page(info, start, end)
        yield spreadsheet.lines(rows).encode(errors="replace")
        if len(rows) < PAGE:
            return
        start = rows[-1][0] + 1


@api.get("/agents/<id>/history/<metric>")
def history(id: str, metric: str) -> Response:
    """Return when a text changed, oldest first."""
    known_agent(id)
    end = _number("to", int(services().now()) + 86400, 0, LATEST)
    start = _number("from", 0, 0, LATEST)
    limit = _number("limit", MAX_HISTORY, 1, MAX_HISTORY)
    with _reader() as reader:
        if _metric(reader, id, metric).type != "TEXT":
            raise Problem(400, f"{metric} is not text", "ask for its series")
        return reply({"history": reader.history(id, metric, start, end + 1, limit)})


@api.get("/events")
def events() -> Response:
    """Stream what happens: the fleet, agents in full, or both, which is one stream for all tabs."""
    ids = [id for id in dict.fromkeys(request.args.getlist("agent")) if id]
    if len(ids) > MAX_FOLLOWED:
        raise Problem(400, f"a stream follows at most {MAX_FOLLOWED} agents in full")
    topics = ids or [""]
    if request.args.get("fleet", "") not in ("", "0"):
        # One that was removed meanwhile is to end nobody's stream.
        topics = ["", *(id for id in ids if services().hub.agent(id))]
    else:
        for id in ids:
            known_agent(id)
    who, hub, auth = security.identity(), services().hub, services().auth
    assert who is not None
    follower, cut = Follower(), request.environ.get("lumenmon.cut", _none)

    def end() -> None:
        follower.close()
        cut()

    with ExitStack() as places:
        _take(places, services().streams, end, wait=30)
        _take(places, services().followed, end, size=len([id for id in topics if id]), wait=30)
        hub.follow(*topics, follower=follower)
        places.callback(hub.unfollow, follower)
        response = Response(
            stream(hub, follower, lambda: who.holds(auth)), content_type="text/event-stream",
            headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"},
        )  # fmt: skip
        response.call_on_close(places.pop_all().close)
    return response
