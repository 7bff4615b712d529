"""CPU time per call of the collectors that run in the daemon, on this host.

Run as: python3 tests/bench/bench_collectors.py. Ends with status 1 when a collector of the pulse
takes 1 ms or more: it runs every second on everyone's machines.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

TOP = Path(__file__).parents[2]
sys.path[:0] = [str(TOP), str(TOP / "lumenmon-agentd")]

from lumenmon_agentd.collectors import COLLECTORS  # noqa: E402
from lumenmon_agentd.rhythm import Rhythm  # noqa: E402

LIMIT = 1e-3
CALLS = 500


def main() -> int:
    """Print each collector's CPU time per call."""
    slow = False
    for collector in COLLECTORS:
        if collector.rhythm not in (Rhythm.PULSE, Rhythm.BREATHE):
            continue
        before = time.process_time()
        for _ in range(CALLS):
            list(collector.collect(Path("/")))
        each = (time.process_time() - before) / CALLS
        slow |= collector.rhythm is Rhythm.PULSE and each >= LIMIT
        print(f"{collector.name:12} {collector.rhythm.value:8} {each * 1e6:7.0f} µs a call")
    return int(slow)


if __name__ == "__main__":
    raise SystemExit(main())
