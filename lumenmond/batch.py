"""The batch: what was received and is not durable yet, and when it is committed.

Samples gather in memory and are committed together: every ``commit_interval``, sooner for the
first ones of a connection or of a metric, and at once when a client waits at its end of stream.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Collection

from lumenmon import journal
from lumenmon.wire import Sample
from lumenmond.loop import Loop
from lumenmond.store.registry import AgentRow, Series
from lumenmond.store.samples import Unstorable
from lumenmond.store.writer import NotStored, Store

MAX_PENDING = 200_000
"""Samples that may wait for a commit; with more, nothing is read until there is room."""
MAX_NEW = 200
"""New metrics in one commit: making a table takes the longer the more there are."""
_TEXT = 256
"""Bytes of a text that count as one sample more."""
FIRST = 0.5
"""Seconds until the first samples of a connection or of a metric are committed."""
RETRY = 5.0
"""Seconds between attempts while the database does not store."""

Pending = dict[str, dict[str, dict[int, tuple[int, float | int | str]]]]
"""Samples by agent, metric and timestamp: interval and value."""


class Batch:
    """Samples and states of agents that wait for the next commit.

    ``answer(waiting)`` is called after each attempt, with the agents of which nothing was stored,
    ``cut(id)`` for an agent whose samples cannot be stored at all.
    While the database does not store, samples are dropped once too many wait: they are shown and
    not acknowledged, and their agents keep them. ``dropped`` holds those agents until their
    connections have ended, since only a new one brings the samples again.
    """

    def __init__(
        self,
        loop: Loop,
        store: Store,
        answer: Callable[[Collection[str]], None],
        cut: Callable[[str], None],
    ) -> None:
        self._loop = loop
        self._store = store
        self._answer = answer
        self._cut = cut
        self._faults = journal.Limit(1)
        self._pending: Pending = {}
        self._touched: set[str] = set()
        self._due: float | None = None
        self.dropped: set[str] = set()
        self.rows = 0

    @property
    def full(self) -> bool:
        """Whether nothing more may be read until a commit has made room."""
        return self.rows >= MAX_PENDING

    @property
    def due(self) -> bool:
        """Whether a commit is to come."""
        return self._due is not None

    def add(self, agent: AgentRow, series: Series, sample: Sample, *, first: bool) -> None:
        """Take a sample in; ``first`` is one for whose commit somebody waits."""
        rows = self._pending.setdefault(agent.id, {}).setdefault(sample.metric, {})
        rows[sample.timestamp] = (sample.interval, sample.value)
        self.rows += 1
        if isinstance(sample.value, str):
            self.rows += len(sample.value) // _TEXT
        self._touched.add(agent.id)
        first = first or series.number is None
        self.commit_by(FIRST if first else self._store.config.commit_interval)
        if self.full:
            self.commit_by(0.0)

    def touch(self, id: str) -> None:
        """Have the agent's own state written with the next commit."""
        self._touched.add(id)

    def discard(self, id: str) -> None:
        """Drop what waits of an agent."""
        self._pending.pop(id, None)
        self._touched.discard(id)

    def commit_by(self, seconds: float) -> None:
        """Commit within so many seconds, later while the database does not store."""
        if self._store.health.condition:
            seconds = max(seconds, RETRY)
        due = time.monotonic() + seconds
        if self._due is None or due < self._due:
            self._due = due
            self._loop.after(seconds, self._maybe_commit)

    def _maybe_commit(self) -> None:
        if self._due is not None and time.monotonic() >= self._due:
            self.commit()

    def commit(self) -> bool:
        """Make what was received durable, then have it answered. Return whether more waits.

        With many new metrics, only of as many agents as can be stored in a short time.
        """
        self._due = None
        batch = self._store.portion(self._pending, MAX_NEW)
        later = self._pending.keys() - batch.keys()
        try:
            self._store.commit(batch, self._touched - later)
        except NotStored:
            if self.full:
                self.dropped |= self._pending.keys()
                self._pending, self.rows = {}, 0
            self.commit_by(RETRY)
            self._answer(self._store.agents)
            return False
        except Unstorable as error:
            journal.event(
                logging.ERROR, "samples-unstorable", "%s", error.message,
                agent=error.agent, limit=self._faults, exc_info=True,
            )  # fmt: skip
            self._cut(error.agent)
            self.commit_by(0.0)
            return True
        self._pending = {id: self._pending[id] for id in self._pending if id in later}
        self._touched &= later
        self.rows = sum(len(rows) for each in self._pending.values() for rows in each.values())
        self._answer(later)
        self.dropped &= later
        if later:
            self.commit_by(0.0)
        return bool(later)
