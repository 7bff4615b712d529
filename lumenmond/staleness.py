"""How an agent is doing, and what is wrong, in words."""

from __future__ import annotations

from collections.abc import Mapping

from lumenmon.live import State

SLACK = 15.0
"""Seconds beyond two intervals that a value may take before it is overdue."""
RETIRED = 600.0
"""Seconds after which a silent metric no longer counts while others of its agent arrive."""

Beats = Mapping[str, tuple[int, float]]
"""Of each metric with an interval: the interval, and when its newest sample arrived."""


def judge(beats: Beats, connected: bool, seen: float | None, now: float) -> tuple[State, str]:
    """Return an agent's state, and what keeps it from being online, empty when it is.

    For how long is not in the words: they are published when the state changes.
    """
    if seen is None:
        return State.NEVER, "connected, nothing received yet" if connected else "not seen yet"
    newest = max((arrived for _, arrived in beats.values()), default=seen)
    live = {
        metric: beat
        for metric, beat in beats.items()
        if newest - beat[1] <= max(RETIRED, 2 * beat[0] + SLACK)
    }
    if not live:
        return (State.ONLINE, "") if connected else (State.OFFLINE, "not connected")
    metric = min(live, key=lambda name: (live[name][0], -live[name][1]))
    interval, arrived = live[metric]
    if now - arrived <= 2 * interval + SLACK:
        return State.ONLINE, ""
    if connected:
        return State.STALE, f"connected, {metric} is overdue"
    return State.OFFLINE, "not connected"
