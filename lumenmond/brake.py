"""Slows agents that send more than their rate: they are read on a moment later."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from functools import partial

from lumenmon import journal, term
from lumenmond.config import Config
from lumenmond.fleet import Fleet
from lumenmond.loop import Loop
from lumenmond.rate import Rates
from lumenmond.store.registry import AgentRow

TOLD_EVERY = 3600.0
"""Seconds between two events that say of one agent that it is slowed."""


class Brake:
    """Counts what is read of each agent; ``resume(id)`` is called when one may be read again."""

    def __init__(
        self, loop: Loop, config: Config, fleet: Fleet, resume: Callable[[str], None]
    ) -> None:
        self._loop = loop
        self._rate = config.agent_rate
        self._rates = Rates(config.agent_rate, config.agent_burst)
        self._fleet = fleet
        self._resume = resume
        self._held: set[str] = set()
        self._told = journal.Limit(1, TOLD_EVERY)
        loop.every(5.0, self.tick)

    def holds(self, id: str) -> bool:
        """Return whether the agent is not to be read now."""
        return id in self._held

    def count(self, agent: AgentRow, size: int) -> None:
        """Count bytes that were read of an agent."""
        wait = self._rates.take(agent.id, size, time.monotonic())
        if not wait:
            return
        self._held.add(agent.id)
        self._fleet.slow(agent.id)
        self._loop.after(wait, partial(self._release, agent.id))
        words = "%s sends more than it may and is slowed to %s: what is over waits with it"
        journal.event(
            logging.WARNING, "agent-slowed", words, agent.name, term.amount(self._rate, "B/s"),
            agent=agent.id, limit=self._told,
        )  # fmt: skip

    def _release(self, id: str) -> None:
        self._held.discard(id)
        self._resume(id)

    def forget(self, id: str) -> None:
        """Count an agent no longer that was removed."""
        self._rates.forget(id)

    def tick(self) -> None:
        """Bring each agent's rate of the last minute up to date."""
        now = time.monotonic()
        for watch in self._fleet.agents.values():
            watch.rate = self._rates.mean(watch.row.id, now)
