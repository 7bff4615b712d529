"""Seconds to make the tables, then rows per second by rows per table and commit.

Run it by hand: ``python3 tests/bench/bench_store.py [TABLES]``.
"""

from __future__ import annotations

import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from lumenmon.wire import Type  # noqa: E402
from lumenmond.config import Config  # noqa: E402
from lumenmond.store.writer import Store  # noqa: E402

METRICS = 25
START = 1_800_000_000


def measure(tables: int, rows: int, commits: int) -> float:
    """Return rows per second, tables made beforehand."""
    with tempfile.TemporaryDirectory() as folder:
        store = Store(Path(folder) / "metrics.db", Config(ballast=0), lambda: START + 86400)
        ids = [f"id_{number:016x}" for number in range(tables // METRICS)]
        names = [f"metric_{number}" for number in range(METRICS)]
        for number, id in enumerate(ids):
            agent = store.enrol(id, 66000 + number)
            for name in names:
                agent.accept(name, Type.REAL, METRICS)
        stamp = START
        spent = 0.0
        for commit in range(commits + 1):
            stamps = range(stamp, stamp + rows)
            values = {at: (1, float(at % 100)) for at in stamps}
            batch = {id: dict.fromkeys(names, values) for id in ids}
            stamp += rows
            begin = time.perf_counter()
            store.commit(batch, set(ids))
            if commit:  # the first one makes the tables
                spent += time.perf_counter() - begin
        store.db.close()
    return tables * rows * commits / spent


def fill(tables: int) -> float:
    """Return the seconds to make so many tables, 200 in a commit as when a fleet enrols."""
    with tempfile.TemporaryDirectory() as folder:
        store = Store(Path(folder) / "metrics.db", Config(ballast=0), lambda: START + 86400)
        names = [f"metric_{number}" for number in range(METRICS)]
        begin = time.perf_counter()
        batch = {}
        for number in range(tables // METRICS):
            agent = store.enrol(f"id_{number:016x}", 66000 + number)
            for name in names:
                agent.accept(name, Type.REAL, METRICS)
            batch[agent.id] = {name: {START: (1, 1.0)} for name in names}
            if len(batch) == 200 // METRICS:
                store.commit(batch, set(batch))
                batch = {}
        store.commit(batch, set(batch))
        spent = time.perf_counter() - begin
        store.db.close()
    return spent


def main() -> None:
    """Print the seconds, then rows per second for growing batches and their ratio."""
    tables = int(sys.argv[1]) if len(sys.argv) > 1 else 2500
    tables -= tables % METRICS
    print(f"{tables} tables made in {fill(tables):.1f} s")
    base = None
    for rows in (1, 5, 30):
        speed = measure(tables, rows, 5)
        base = base or speed
        print(
            f"{tables} tables, {rows:3} rows each a commit: {speed:9.0f} rows/s ×{speed / base:.1f}"
        )


if __name__ == "__main__":
    main()
