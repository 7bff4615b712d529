"""What an agent that sends or stores too much is told of in words: on the terminal, in a table."""

from __future__ import annotations

from lumenmon import term
from lumenmon.live import Agent

RECENT = 600.0
"""Seconds for which it counts that an agent was over one of its bounds."""


def stored(agent: Agent) -> str:
    """Return how much an agent fills and how fast it sends: ``1.2 GiB, 716 B/s``."""
    return f"{term.amount(agent.size, 'B')}, {term.amount(agent.rate, 'B/s')}"


def excess(agent: Agent, now: float) -> str:
    """Return in which way an agent is too much of late, nothing when it is not."""
    words = []
    if agent.slowed is not None and now - agent.slowed < RECENT:
        words.append("sends more than it may and is slowed")
    if agent.limited is not None and now - agent.limited < RECENT:
        words.append("fills all it may, so its oldest data is deleted")
    return ", ".join(words)
