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
from lumenmon.term import counted, printable
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

MAX_TROUBLE = 200
"""Characters that are kept of one trouble."""

troubles: dict[str, str] = {}
"""What was wrong at the last reading of a collector or executable; none where all went well."""
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
        _well(collector.name)
    except Exception as error:
        _trouble("collector-failed", collector.name, f"{type(error).__name__}: {error}")
    if (took := time.monotonic() - began) > SLOW[collector.rhythm]:
        _note("collector-slow", collector.name, "collector %s took %.1f s", collector.name, took)
    return samples


def _note(event: str, who: str, words: str, *args: object) -> None:
    now = time.monotonic()
    if now - _said.get((event, who), -SAID) >= SAID:
        _said[event, who] = now
        journal.event(logging.WARNING, event, words, *args)


def _trouble(event: str, who: str, text: str) -> None:
    """Keep what is wrong with a collector or an executable, and log it."""
    troubles[who] = printable(text)[:MAX_TROUBLE]
    _note(event, who, "collector %s: %s, ignoring", who, troubles[who])


def _well(who: str) -> None:
    troubles.pop(who, None)


def executables(directory: Path) -> Iterator[Path]:
    """Yield a directory's executables by name, leaving out and naming those others may change."""
    try:
        found = sorted(directory.iterdir())
    except OSError:
        return
    for gone in {who for who in troubles if Path(who).parent == directory} - {*map(str, found)}:
        _well(gone)
    for path in found:
        if path.name.startswith(".") or not os.access(path, os.X_OK) or path.is_dir():
            continue
        info = path.stat()
        if info.st_uid != 0 or stat.S_IMODE(info.st_mode) & (stat.S_IWGRP | stat.S_IWOTH):
            _trouble("collector-refused", str(path), "not root's alone to write: not run")
            continue
        yield path


def execute(path: Path, timeout: float = EXECUTABLE_TIMEOUT) -> list[wire.Sample]:
    """Run an executable that prints wire lines and return its samples; bad lines are logged."""
    who = str(path)
    try:
        result = run.run_limited([who], timeout=timeout, most=MAX_OUTPUT)
    except run.CommandError as error:
        _trouble("collector-failed", who, error.message.removeprefix(f"{who} "))
        return []
    samples, bad = check(result.stdout.encode(errors="replace"))
    if bad:
        more = f" ({counted(len(bad), 'bad line')})" if len(bad) > 1 else ""
        _trouble("sample-rejected", who, f"line {bad[0].line}: {bad[0].reason}{more}")
    if result.status != 0:
        said = result.stderr.strip().splitlines()
        last = f": {said[-1]}" if said else ""
        _trouble("collector-failed", who, f"exit status {result.status}{last}")
    elif not bad:
        _well(who)
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
