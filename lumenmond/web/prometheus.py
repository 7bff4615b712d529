"""/metrics in Prometheus' text format: the console's health, and every agent's values if asked."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from flask import Blueprint, Response, request

from lumenmon import __version__
from lumenmon.errors import LumenmonError
from lumenmon.live import State
from lumenmond.store.reader import ReaderError
from lumenmond.web import security
from lumenmond.web.feed import Plain
from lumenmond.web.services import services

metrics = Blueprint("prometheus", __name__)

_CONSOLE = (
    ("uptime", "lumenmon_uptime_seconds", "gauge", "Seconds that lumenmond runs."),
    ("metrics", "lumenmon_series", "gauge", "Metrics of all agents."),
    ("database_bytes", "lumenmon_database_bytes", "gauge", "Size of the database with its log."),
    ("last_commit", "lumenmon_last_commit_timestamp_seconds", "gauge", "When samples were stored."),
    ("rejected", "lumenmon_rejected_lines_total", "counter", "Lines of agents that were rejected."),
    ("full", "lumenmon_disk_full", "gauge", "1 while the disk is full."),
)


@metrics.get("/metrics")
def show() -> Response:
    """Show the console's health; with ``?agents=1`` every agent's newest numbers as well."""
    lines = [*_console()]
    if request.args.get("agents", "0") not in ("", "0"):
        lines += _agents(services().hub.fleet()["agents"])
    text = "\n".join(lines) + "\n"
    return Response(
        text.encode(errors="replace"), content_type="text/plain; version=0.0.4; charset=utf-8"
    )


def _head(name: str, kind: str, text: str) -> Iterator[str]:
    yield f"# HELP {name} {text}"
    yield f"# TYPE {name} {kind}"


def _console() -> Iterator[str]:
    hub = services().hub
    fleet = hub.fleet()
    yield from _head("lumenmon_build_info", "gauge", "The version that runs.")
    yield _line("lumenmon_build_info", 1, version=__version__)
    yield from _head("lumenmon_up", "gauge", "1 while lumenmond can be reached.")
    yield _line("lumenmon_up", int(fleet["daemon"] == "up"))
    yield from _head("lumenmon_agents", "gauge", "Agents by state.")
    states = [agent["state"] for agent in fleet["agents"]]
    for state in State:
        yield _line("lumenmon_agents", states.count(state.value), state=state.value)
    yield from _head("lumenmon_web_streams", "gauge", "Browsers that follow live events.")
    yield _line("lumenmon_web_streams", hub.streams())
    try:
        status = services().ask_daemon("status")
    except LumenmonError:
        return  # lumenmon_up says so
    for key, name, kind, text in _CONSOLE:
        if status.get(key) is not None:
            yield from _head(name, kind, text)
            yield _line(name, float(status[key]))


def _agents(agents: Iterable[Plain]) -> Iterator[str]:
    found = list(agents)
    yield from _head("lumenmon_agent_up", "gauge", "1 while an agent is online.")
    for agent in found:
        yield _line("lumenmon_agent_up", int(agent["state"] == State.ONLINE.value), **_who(agent))
    yield from _head("lumenmon_agent_last_seen_timestamp_seconds", "gauge", "When it was heard of.")
    for agent in found:
        if agent["last_seen"] is not None:
            yield _line("lumenmon_agent_last_seen_timestamp_seconds", agent["last_seen"],
                        **_who(agent))  # fmt: skip
    yield from _head("lumenmon_value", "gauge", "Newest value of an agent's metric.")
    for agent in found:
        for metric, (value, unit) in sorted(_values(agent).items()):
            yield _line("lumenmon_value", value, **_who(agent), metric=metric, unit=unit)


def _values(agent: Plain) -> dict[str, tuple[float, str]]:
    """Return the newest numbers of an agent: all that is stored, what is live on top."""
    values: dict[str, tuple[float, str]] = {}
    try:
        with services().readers.one(security.owner()) as reader:
            units = {info.metric: info.unit for info in reader.metrics(agent["id"])}
            for metric, (_, _, value) in reader.latest(agent["id"]).items():
                if not isinstance(value, str):
                    values[metric] = (float(value), units.get(metric, ""))
    except ReaderError:
        pass  # what is live is still worth showing
    for metric, newest in agent["latest"].items():
        if not isinstance(newest["value"], str):
            values[metric] = (float(newest["value"]), newest["unit"])
    return values


def _who(agent: Plain) -> dict[str, str]:
    return {"agent": agent["id"], "name": agent["name"]}


def _line(metric_name: str, value: float, **labels: Any) -> str:
    words = ",".join(f'{name}="{_escaped(str(text))}"' for name, text in labels.items())
    number = repr(float(value)) if not float(value).is_integer() else str(int(value))
    return f"{metric_name}{'{' + words + '}' if words else ''} {number}"


def _escaped(text: str) -> str:
    return text.replace("\\", r"\\").replace('"', r"\"").replace("\n", r"\n")
