"""The dashboard's server time: charts over 7 days of seconds, a big fleet, and flat memory.

    python3 tests/bench/bench_web.py [REQUESTS]

Fills a database with 604,800 rows of one metric, mirrors 1,000 agents, and asks over WSGI, so
that only the server's own time counts. Then REQUESTS (10,000) are made while 100 streams are
open. Ends with status 1 when a chart over 7 days takes 100 ms, or when memory grows.
"""

from __future__ import annotations

import random
import statistics
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT), str(ROOT / "tests" / "unit" / "lumenmond" / "web")]

from dashboard import NOW, ONE, Dashboard, agent, until  # noqa: E402

from lumenmon import live  # noqa: E402

WEEK = 7 * 86400
LIMIT = 0.100
GROWTH = 8 * 2**20
AGENTS = 1000
STREAMS = 100
RANGES = (("5 min", 300), ("1 h", 3600), ("24 h", 86400), ("7 d", WEEK))


def fill(dashboard: Dashboard) -> None:
    """Store a week of one-second samples."""
    value = random.Random(1)
    for day in range(7):
        begin = NOW - WEEK + day * 86400
        rows = {begin + second: (1, value.uniform(0, 100)) for second in range(86400)}
        dashboard.fill("week", rows)


def timed(client: object, path: str, times: int = 15) -> tuple[float, float, int]:
    """The median and the worst time of a request, and the bytes of its answer."""
    spent, size = [], 0
    for _ in range(times):
        begin = time.perf_counter()
        answer = client.get(path)  # type: ignore[attr-defined]
        spent.append(time.perf_counter() - begin)
        assert answer.status_code == 200, answer.text
        size = len(answer.data)
    return statistics.median(spent), max(spent), size


def resident() -> int:
    """The bytes of this process that are in memory."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * 4096


def charts(dashboard: Dashboard) -> bool:
    """Print what charts take; says whether one over a week is fast enough."""
    client, worst = dashboard.client("viewer"), 0.0
    for points in (300, 1000, 5000):
        for name, seconds in RANGES:
            path = f"/api/v1/agents/{ONE}/series/week?to={NOW - 1}&from={NOW - seconds}"
            median, most, size = timed(client, f"{path}&points={points}")
            worst = max(worst, median)
            print(f"chart of {name:>5}, {points:4} points {median * 1e3:8.1f} ms"
                  f" (worst {most * 1e3:6.1f}) {size / 1e3:7.1f} kB")  # fmt: skip
    return worst < LIMIT


def fleet(dashboard: Dashboard) -> None:
    """Print what the whole fleet takes."""
    for number in range(AGENTS):
        dashboard.daemon.say(agent(f"id_{number:016x}", f"host{number}"))
    until(lambda: len(dashboard.hub.fleet()["agents"]) >= AGENTS, 60)
    median, most, size = timed(dashboard.client("viewer"), "/api/v1/agents")
    print(
        f"fleet of {AGENTS} {median * 1e3:24.1f} ms (worst {most * 1e3:6.1f}) {size / 1e3:7.1f} kB"
    )


def steady(dashboard: Dashboard, requests: int) -> bool:
    """Print how memory grows over many requests with streams open; says whether it is flat."""
    client = dashboard.client("viewer")
    followers = [dashboard.hub.follow() for _ in range(STREAMS)]
    paths = (f"/api/v1/agents/{ONE}/series/week?to={NOW}&from={NOW - 600}", "/healthz",
             f"/api/v1/agents/{ONE}/history/generic_hostname", "/api/v1/session")  # fmt: skip
    before = 0
    for number in range(requests):
        if number == requests // 5:
            before = resident()
        assert client.get(paths[number % len(paths)]).status_code == 200
        if number % 50 == 0:
            row = ["generic_cpu", NOW + number, 1, 1.0, "REAL", "%"]
            dashboard.daemon.say(live.Samples(number, ONE, [row]))
            for follower in followers:
                follower.get(0)
    grown = resident() - before
    print(f"{requests} requests, {STREAMS} streams: {resident() / 2**20:.0f} MiB,"
          f" {grown / 2**20:+.1f} MiB since a fifth of them")  # fmt: skip
    return grown < GROWTH


def main() -> int:
    """Measure and print; 1 when a limit is not kept."""
    requests = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000
    with tempfile.TemporaryDirectory() as folder:
        dashboard = Dashboard(Path(folder))
        fill(dashboard)
        good = charts(dashboard)
        fleet(dashboard)
        good = steady(dashboard, requests) and good
        dashboard.close()
    return 0 if good else 1


if __name__ == "__main__":
    raise SystemExit(main())
