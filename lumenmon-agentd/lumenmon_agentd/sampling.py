"""From collectors and executables to samples: timed, bounded, and no failure goes further."""

from __future__ import annotations

import logging
import os
import stat
import time
from collections.abc import Callable, Iterable, Iterator
from itertools import chain
from pathlib import Path

from lumenmon import journal, run, wire
from lumenmon.term import printable
from lumenmon_agentd.collector import Collector
from lumenmon_agentd.rhythm import Rhythm

SLOW = {Rhythm.PULSE: 0.5, Rhythm.BREATHE: 5.0, Rhythm.CYCLE: 20.0, Rhythm.REPORT: 60.0}
"""Seconds after which a collector's reading is logged as slow."""
EXECUTABLE_TIMEOUT = 30.0
MAX_OUTPUT = 2**20
"""Bytes that an executable may print."""
SAID = 3600.0
"""Seconds after which the same kind of trouble with the same collector is said again: what fails
every second would fill the journal."""

_said: dict[tuple[str, str], float] = {}


def read(collector: Collector, root: Path, timestamp: int, interval: int) -> list[wire.Sample]:
    """Run a collector and return its samples; a failure is logged, ignoring."""
    samples: list[wire.Sample] = []
    began = time.monotonic()
    try:
        for metric, value in collector.collect(root):
            sample = wire.Sample(metric.name, metric.type, timestamp, interval, value)
            wire.data(sample)  # raises for a value that the wire cannot carry
            samples.append(sample)
    except Exception as error:
        words = "collector %s: %s: %s, ignoring"
        _note(
            "collector-failed", collector.name, words, collector.name, type(error).__name__, error
        )
    if (took := time.monotonic() - began) > SLOW[collector.rhythm]:
        words = "collector %s took %.1f s"
        _note("collector-slow", collector.name, words, collector.name, took)
    return samples


def _note(event: str, who: str, words: str, *args: object) -> None:
    now = time.monotonic()
    if now - _said.get((event, who), -SAID) >= SAID:
        _said[event, who] = now
        journal.event(logging.WARNING, event, words, *args)


def executables(directory: Path) -> Iterator[Path]:
    """Yield a directory's executables by name, leaving out and naming those others may change."""
    try:
        found = sorted(directory.iterdir())
    except OSError:
        return
    for path in found:
        if path.name.startswith(".") or not os.access(path, os.X_OK) or path.is_dir():
            continue
        info = path.stat()
        if info.st_uid != 0 or stat.S_IMODE(info.st_mode) & (stat.S_IWGRP | stat.S_IWOTH):
            words = "%s is not root's alone to write: not run"
            _note("collector-refused", str(path), words, path)
            continue
        yield path


def execute(path: Path, timeout: float = EXECUTABLE_TIMEOUT) -> list[wire.Sample]:
    """Run an executable that prints wire lines and return its samples; bad lines are logged."""
    try:
        result = run.run_limited([str(path)], timeout=timeout, most=MAX_OUTPUT)
    except run.CommandError as error:
        _note("collector-failed", str(path), "%s, ignoring", error.message)
        return []
    if result.status != 0:
        said = result.stderr.strip().splitlines()
        words, last = "%s: exit status %s: %s", said[-1] if said else ""
        _note("collector-failed", str(path), words, path, result.status, printable(last))
    samples, bad = check(result.stdout.encode(errors="replace"))
    if bad:
        words = "%s: line %s: %s; %s such lines, ignoring"
        _note("sample-rejected", str(path), words, path, bad[0].line, bad[0].reason, len(bad))
    return samples


def check(
    text: bytes, now: Callable[[], float] = time.time
) -> tuple[list[wire.Sample], list[wire.Reject]]:
    """Read wire lines: the samples, and the lines that are none."""
    decoder = wire.Decoder(now)
    samples: list[wire.Sample] = []
    bad: list[wire.Reject] = []
    for event in chain(decoder.feed(text), decoder.close()):
        if isinstance(event, wire.Sample):
            samples.append(event)
        elif isinstance(event, wire.Reject):
            bad.append(event)
        else:
            bad.append(wire.Reject(decoder.line, "control lines are the uplink's alone"))
    return samples, bad


def encode(samples: Iterable[wire.Sample]) -> bytes:
    """Return samples as wire lines, each with its header."""
    return "".join(wire.header(s.metric, s.type) + wire.data(s) for s in samples).encode()
