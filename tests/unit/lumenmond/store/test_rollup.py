from __future__ import annotations

import math
import tempfile
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from lumenmon.wire import Type
from lumenmond.config import Config
from lumenmond.store.writer import Store

AGENT = "id_0123456789abcdef"
START = 1_800_000_000
NOW = START + 86400

stamps = st.integers(START, START + 3 * 3600)
values = st.floats(-1e6, 1e6, allow_nan=False)
batches = st.lists(st.dictionaries(stamps, values, max_size=40), min_size=1, max_size=6)


def store_at(folder: str, now: float = NOW, **settings: int) -> Store:
    path = Path(folder) / "metrics.db"
    return Store(path, Config(**{"ballast": 0, **settings}), lambda: now, lambda: now)


def put(store: Store, rows: dict[int, float], metric: str = "m") -> None:
    agent = store.enrol(AGENT, 66000)
    agent.accept(metric, Type.REAL, 512)
    store.commit({AGENT: {metric: {stamp: (1, value) for stamp, value in rows.items()}}}, {AGENT})


def check(store: Store, table: str, step: int, raw: dict[int, float]) -> None:
    buckets: dict[int, list[float]] = {}
    for stamp, value in raw.items():
        buckets.setdefault(stamp - stamp % step, []).append(value)
    rows = store.db.execute(f"SELECT timestamp, count, min, mean, max FROM {table}").fetchall()
    assert {row[0] for row in rows} == set(buckets)
    for stamp, count, low, mean, high in rows:
        held = buckets[stamp]
        assert (count, low, high) == (len(held), min(held), max(held))
        assert math.isclose(mean, math.fsum(held) / len(held), rel_tol=1e-9, abs_tol=1e-6)


@settings(max_examples=40, deadline=None)
@given(batches)
def test_rollups_equal_a_recomputation(batches: list[dict[int, float]]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        store = store_at(folder)
        raw: dict[int, float] = {}
        for rows in batches:
            put(store, rows)
            raw.update(rows)
            check(store, "minutes", 60, raw)
            check(store, "hours", 3600, raw)
        store.db.close()


@settings(max_examples=25, deadline=None)
@given(st.dictionaries(stamps, values, min_size=1), st.dictionaries(stamps, values, min_size=1))
def test_a_backfill_where_raw_was_pruned_is_merged(
    first: dict[int, float], late: dict[int, float]
) -> None:
    late = {stamp: value for stamp, value in late.items() if stamp not in first}
    with tempfile.TemporaryDirectory() as folder:
        store = store_at(folder, START + 30 * 86400)
        put(store, first)
        while store.prune():
            pass
        assert store.pruned > START + 3 * 3600
        for stamp in late:
            put(store, {stamp: late[stamp]})
        check(store, "minutes", 60, first | late)
        check(store, "hours", 3600, first | late)
        store.db.close()
