"""What happens at each beat: collectors and executables run, their samples are taken.

PULSE collectors run in the daemon's loop, as they only read a line of /proc; all others and all
executables run as jobs, so that the pulse goes on.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial
from pathlib import Path

from lumenmon import paths
from lumenmon.metrics import Metric
from lumenmon.wire import Sample, Type
from lumenmon_agentd import sampling
from lumenmon_agentd.collector import Collector
from lumenmon_agentd.config import Config
from lumenmon_agentd.jobs import Jobs
from lumenmon_agentd.rhythm import Rhythm
from lumenmon_agentd.schedule import Clock, Schedule
from lumenmon_agentd.spool import Spool

IN_DAEMON = (Rhythm.PULSE, Rhythm.BREATHE)
METRICS = (
    Metric("lumenmon_spool_bytes", Type.INTEGER, "Samples that wait for the console, in bytes"),
    Metric("lumenmon_dropped_samples", Type.INTEGER, "Samples lost since the agent's installation"),
)


class Beats:
    """The daemon's collectors on their schedule; ``take`` gets each beat's samples."""

    def __init__(
        self,
        config: Config,
        collectors: Iterable[Collector],
        spool: Spool,
        jobs: Jobs,
        take: Callable[[list[Sample]], None],
        start: tuple[float, float],
        root: Path = Path("/"),
        directory: Path = paths.COLLECTORS,
    ) -> None:
        self._config = config
        self._spool = spool
        self._jobs = jobs
        self._take = take
        self._root = root
        self._directory = directory
        self._clock = Clock(*start)
        self._schedule = Schedule(start[0])
        self._collectors = list(collectors)
        for rhythm in IN_DAEMON:
            self._schedule.add(rhythm.value, config.interval(rhythm))
        self._alone = {c.name: c for c in self._collectors if c.name in config.alone}
        for name in self._alone:
            self._schedule.add("collector " + name, config.alone[name])

    def next(self) -> float:
        """Return the monotonic time of the next beat."""
        return self._schedule.next()

    def tick(self, now: float, wall: float) -> None:
        """Run what is due; ``now`` is the monotonic time, ``wall`` seconds since 1970."""
        self._clock.update(now, wall)
        for name, moment in self._schedule.due(now):
            timestamp = self._clock.timestamp(moment)
            kind, _, collector = name.partition(" ")
            if collector:
                self._start(self._alone[collector], timestamp, self._config.alone[collector])
            else:
                self._beat(Rhythm(kind), timestamp)

    def _beat(self, rhythm: Rhythm, timestamp: int) -> None:
        interval = self._config.interval(rhythm)
        samples: list[Sample] = []
        for collector in self._collectors:
            if collector.rhythm is not rhythm or collector.name in self._alone:
                continue
            if rhythm is Rhythm.PULSE:
                samples += sampling.read(collector, self._root, timestamp, interval)
            else:
                self._start(collector, timestamp, interval)
        if rhythm is Rhythm.BREATHE:
            values = (self._spool.waiting, self._spool.dropped)
            samples += [
                Sample(metric.name, metric.type, timestamp, interval, value)
                for metric, value in zip(METRICS, values, strict=True)
            ]
        self._take(samples)
        for path in sampling.executables(self._directory / rhythm.value):
            self._jobs.start(str(path), partial(sampling.execute, path))

    def _start(self, collector: Collector, timestamp: int, interval: int) -> None:
        work = partial(sampling.read, collector, self._root, timestamp, interval)
        self._jobs.start(collector.name, work)
