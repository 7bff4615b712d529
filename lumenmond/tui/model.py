"""The fleet as the messages of live.sock build it up."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace

from lumenmon.live import (
    SPARKLINE,
    Agent,
    Console,
    Gone,
    Message,
    Ready,
    Samples,
    State,
    Value,
)

SPARK = "generic_cpu"
Listener = Callable[[Samples], None]


class Model:
    """All agents by id. A new snapshot takes the old one's place only when it is complete."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self.agents: dict[str, Agent] = {}
        self.version = 0
        """Rises with each change, so that a view knows when to draw."""
        self.ready = False
        """Whether a snapshot was ever complete."""
        self.trouble = ""
        """What is wrong with the console's database, empty while all is well."""
        self.listener: Listener | None = None
        self._clock = clock
        self._offset = time.time() - clock()
        self._seen: dict[str, float] = {}
        self._coming: dict[str, Agent] | None = None

    def now(self) -> float:
        """The console's clock, in seconds since 1970."""
        return self._clock() + self._offset

    def begin(self) -> None:
        """Expect a new snapshot."""
        self._coming = {}

    def apply(self, message: Message) -> None:
        """Take a message in."""
        agents = self.agents if self._coming is None else self._coming
        if isinstance(message, Agent):
            old = agents.get(message.id)
            if old is not None:  # later ones carry only what a fleet view shows
                message = replace(message, latest={**old.latest, **message.latest})
            agents[message.id] = message
            self._seen[message.id] = message.last_seen or 0.0
        elif isinstance(message, Samples):
            self._samples(agents, message)
        elif isinstance(message, Gone):
            agents.pop(message.id, None)
        elif isinstance(message, Console):
            self.trouble = message.trouble
        elif isinstance(message, Ready):
            self._offset = message.now - self._clock()
            if self._coming is not None:
                self.agents, self._coming = self._coming, None
            self.ready = True
        self.version += 1

    def _samples(self, agents: dict[str, Agent], message: Samples) -> None:
        agent = agents.get(message.id)
        if agent is None:
            return
        for metric, *rest in message.samples:
            value = Value(*rest)
            agent.latest[str(metric)] = value
            if metric == SPARK and not isinstance(value.value, str):
                agent.recent.append(float(value.value))
                del agent.recent[:-SPARKLINE]
        if self._coming is None:
            self._seen[message.id] = self.now()
            if self.listener is not None:
                self.listener(message)

    def age(self, agent: Agent) -> float | None:
        """Return the seconds since something came from an agent; None when nothing ever did."""
        seen = self._seen.get(agent.id, 0.0)
        return max(self.now() - seen, 0.0) if seen else None

    def tally(self) -> dict[State, int]:
        """Return how many agents are in each state that any is in."""
        states = [agent.state for agent in self.agents.values()]
        return {state: states.count(state) for state in State if state in states}
