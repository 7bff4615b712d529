"""Which agents and metrics there are, held in memory as the database has them."""

from __future__ import annotations

import json
import sqlite3
from dataclasses import dataclass, field

from lumenmon.metrics import unit
from lumenmon.wire import Type, WireError
from lumenmond.store.schema import table_name


@dataclass(slots=True)
class Series:
    """One metric of one agent. ``number`` is None until its table is durable."""

    metric: str
    type: Type
    table: str
    unit: str
    number: int | None = None
    minute: int = 0
    """The newest minute since 1970 that was stored since the start."""


@dataclass(slots=True)
class AgentRow:
    """One agent, with all its series by metric."""

    number: int
    id: str
    uid: int
    name: str
    tags: list[str]
    fingerprint: str
    comment: str
    enrolled: float
    last_seen: float | None = None
    address: str = ""
    rejected: int = 0
    last_reject: str = ""
    size: int = 0
    """About how many bytes of the database are its."""
    counted: bool = False
    """Whether ``size`` comes of a count of what is stored."""
    grown: int = 0
    """The bytes that were stored since it was counted."""
    trimmed: int = 0
    """Timestamp before which raw samples may have been deleted for their number."""
    limited: float | None = None
    """When it last had more stored than it may."""
    copies: list[int] = field(default_factory=list)
    """Machines that have its key and are not it, oldest first."""
    series: dict[str, Series] = field(default_factory=dict)
    folded: dict[str, str] = field(default_factory=dict)

    def add(self, series: Series) -> None:
        """Take a series in."""
        self.series[series.metric] = series
        self.folded[series.metric.lower()] = series.metric

    def accept(self, metric: str, type: Type, limit: int) -> Series:
        """Return the series of ``metric``, a new one when there is none.

        Raises WireError when its type is another, its name differs from a known one only in
        case, or the agent already has ``limit`` metrics.
        """
        series = self.series.get(metric)
        if series is None:
            known = self.folded.get(metric.lower())
            if known is not None:
                raise WireError(f"metric {metric} differs only in case from {known}")
            if len(self.series) >= limit:
                raise WireError(f"metric {metric} is one more than the {limit} allowed")
            series = Series(metric, type, table_name(self.id, metric), unit(metric))
            self.add(series)
        elif series.type is not type:
            raise WireError(f"metric {metric} is stored as {series.type.value}, not {type.value}")
        return series


def load(db: sqlite3.Connection) -> dict[str, AgentRow]:
    """Read all agents and their series."""
    agents: dict[int, AgentRow] = {}
    for row in db.execute(
        "SELECT number, id, uid, name, tags, fingerprint, comment, enrolled, last_seen, address,"
        " rejected, last_reject FROM agents ORDER BY number"
    ):
        number, id, uid, name, tags, fingerprint, comment, enrolled = row[:8]
        agents[number] = AgentRow(
            number, id, uid, name, json.loads(tags), fingerprint, comment, enrolled, *row[8:]
        )
    for number, agent, metric, type, table, of in db.execute(
        "SELECT series, agent, metric, type, table_name, unit FROM metrics"
    ):
        if agent in agents:  # what is left of a removed one: see ``forget``
            agents[agent].add(Series(metric, Type(type), table, of, number))
    return {agent.id: agent for agent in agents.values()}
