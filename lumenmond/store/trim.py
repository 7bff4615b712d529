"""Trimming: an agent that fills more than it may loses what is oldest of its own.

First raw samples, then minutes, then hours. The newest sample of a metric stays: it says what was
last known.
"""

from __future__ import annotations

import logging
import time
from typing import TYPE_CHECKING

from lumenmon import journal, term
from lumenmond.store import sizes
from lumenmond.store.registry import AgentRow, Series
from lumenmond.store.rollup import HOUR

if TYPE_CHECKING:
    from lumenmond.store.writer import Store

ROWS = 5000
"""Rows of one table that are deleted at once."""
TOLD_EVERY = 86400.0
"""Seconds between two events that say of one agent that it is at its limit."""


class Trim:
    """Deletes of agents that fill too much, in steps within the caller's transactions."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._told = journal.Limit(1, TOLD_EVERY)

    def waiting(self) -> AgentRow | None:
        """Return an agent that is over its limit, the one that is most so.

        One that has grown much since it was counted is counted first.
        """
        limit = sizes.limit(self._store.path.parent, self._store.config.agent_size)
        over = [agent for agent in self._store.agents.values() if agent.size > limit]
        for agent in over:
            if agent.grown > limit // sizes.STALE:
                agent.counted = False
        ready = [agent for agent in over if agent.counted]
        return max(ready, key=lambda agent: agent.size, default=None)

    def step(self, agent: AgentRow, end: float) -> None:
        """Delete of one agent until ``end``, or until it is a little below its limit."""
        limit = sizes.limit(self._store.path.parent, self._store.config.agent_size)
        agent.limited = self._store.now()
        words = "%s fills %s of the database, and may fill %s: its oldest data is deleted"
        amounts = (term.amount(size, "B") for size in (agent.size, limit))
        journal.event(
            logging.WARNING, "agent-at-limit", words, agent.name, *amounts,
            agent=agent.id, limit=self._told,
        )  # fmt: skip
        goal = limit - limit // (2 * sizes.STALE)
        series = [each for each in agent.series.values() if each.number is not None]
        while agent.size > goal and time.monotonic() < end:
            freed = self._raw(agent, series) or self._rollups(series)
            if not freed:  # nothing is left that may go
                agent.size = min(agent.size, goal)
            agent.size -= freed
        sizes.save(self._store.db, agent)

    def _raw(self, agent: AgentRow, series: list[Series]) -> int:
        db = self._store.db
        oldest: list[tuple[int, Series]] = []
        for each in series:
            low, high = db.execute(
                f'SELECT min(timestamp), max(timestamp) FROM "{each.table}"'  # noqa: S608
            ).fetchone()
            if low is not None and low < high:
                oldest.append((low, each))
        if not oldest:
            return 0
        first = min(low for low, _ in oldest)
        before = first - first % HOUR + HOUR
        # From here on a late sample is merged into its minute, which raw no longer has whole.
        agent.trimmed = max(agent.trimmed, before)
        due = [each for low, each in oldest if low < before]
        return sum(sizes.delete_raw(db, each, before, ROWS)[1] for each in due)

    def _rollups(self, series: list[Series]) -> int:
        for table in ("minutes", "hours"):
            deleted = sum(
                self._store.db.execute(
                    f"DELETE FROM {table} WHERE series = ? AND timestamp IN (SELECT timestamp"  # noqa: S608
                    f" FROM {table} WHERE series = ? ORDER BY timestamp LIMIT {HOUR // 60})",
                    (each.number, each.number),
                ).rowcount
                for each in series
            )
            if deleted:
                return deleted * sizes.ROLLUP
        return 0
