"""How an agent is doing, and what is wrong, in words."""

from __future__ import annotations

from collections.abc import Mapping

from lumenmon.live import State

SLACK = 15.0
"""Seconds beyond two intervals that a value may take before it is overdue."""
RETIRED = 600.0
"""Seconds after which a silent metric no longer counts while others of its agent arrive."""
SETTLING = 90.0
"""Seconds after our start in which agents that were connected before come back.

They pause for a minute at most between two attempts, and logging in takes its time.
"""
_AWAITED = "lumenmond has just started, and it is not connected again yet"

Beats = Mapping[str, tuple[int, float]]
"""Of each metric with an interval: the interval, and the time of its newest sample by our clock."""


def limit(interval: int) -> float:
    """Return the seconds after which a value that comes so often is overdue."""
    return 2 * interval + SLACK


def judge(
    beats: Beats, connected: bool, seen: float | None, now: float, *, awaited: bool = False
) -> tuple[State, str]:
    """Return an agent's state, and what keeps it from being online, empty when it is.

    ``seen`` is when a sample last arrived, however old it was; ``awaited`` is whether the agent is
    about to connect again after our own start. For how long is not in the words: they are published
    when the state changes.
    """
    away = (State.STALE, _AWAITED) if awaited else (State.OFFLINE, "not connected")
    if seen is None:
        if awaited and not connected:
            return away
        return State.NEVER, "connected, nothing received yet" if connected else "not seen yet"
    newest = max((time for _, time in beats.values()), default=seen)
    live = {
        metric: beat
        for metric, beat in beats.items()
        if newest - beat[1] <= max(RETIRED, limit(beat[0]))
    }
    if not live:
        return (State.ONLINE, "") if connected else away
    metric = min(live, key=lambda name: (live[name][0], -live[name][1]))
    interval, time = live[metric]
    if now - time <= limit(interval):
        return State.ONLINE, ""
    if not connected:
        return away
    overdue = [now - time > limit(interval) for interval, time in live.values()]
    if all(overdue) and now - seen <= SLACK:
        return State.STALE, "connected, sends first what it kept while it was away"
    return State.STALE, f"connected, {metric} is overdue"
