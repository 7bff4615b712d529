"""Give a development host a load of its own: all share one kernel, whose /proc shows the machine.

load.py DIRECTORY SEED      on a host, as root; runs until it is ended

Writes what /proc/stat, /proc/loadavg and /proc/meminfo of a host of its own would say into
DIRECTORY, once a second and in place. A drop-in lets the agent see those.
"""

from __future__ import annotations

import math
import random
import sys
import time
from dataclasses import dataclass
from pathlib import Path

TICKS = 100
MIB = 1024
SIZES = (1024, 2048, 4096, 8192, 16384)


@dataclass
class Host:
    """What a host is like, and its counters since boot."""

    busy: float
    memory: int
    used: float
    phase: float
    user: float = 0.0
    system: float = 0.0
    idle: float = 0.0
    load: float = 0.0

    @classmethod
    def make(cls, rng: random.Random) -> Host:
        """Make up a host."""
        return cls(
            busy=rng.choice((2, 5, 9, 16, 30, 55, 85)),
            memory=rng.choice(SIZES) * MIB,
            used=rng.uniform(0.15, 0.85),
            phase=rng.uniform(0, 2 * math.pi),
        )

    def pass_second(self, now: float, rng: random.Random) -> None:
        """Let a second pass: a slow wave, a quick one, noise, and a burst now and then."""
        wave = 1 + 0.4 * math.sin(now / 180 + self.phase) + 0.15 * math.sin(now / 17)
        burst = 40 if rng.random() < 0.02 else 0
        share = min(max(self.busy * wave + rng.gauss(0, 2) + burst, 0.3), 100) / 100
        self.user += TICKS * share * 0.75
        self.system += TICKS * share * 0.25
        self.idle += TICKS * (1 - share)
        self.load += (share * 4 - self.load) / 60
        self.used = min(max(self.used + rng.gauss(0, 0.002), 0.1), 0.95)

    def files(self) -> dict[str, str]:
        """Return what /proc would say."""
        available = int(self.memory * (1 - self.used))
        cpu = f"cpu  {int(self.user)} 0 {int(self.system)} {int(self.idle)} 0 0 0 0 0 0\n"
        return {
            "stat": cpu + cpu.replace("cpu  ", "cpu0 ") + f"btime {int(time.time())}\n",
            "loadavg": f"{self.load:.2f} {self.load:.2f} {self.load:.2f} 1/100 999\n",
            "meminfo": f"MemTotal: {self.memory} kB\nMemFree: {available // 2} kB\n"
            f"MemAvailable: {available} kB\nSwapTotal: 0 kB\nSwapFree: 0 kB\n",
        }


def write(directory: Path, files: dict[str, str]) -> None:
    """Write in place: what is bound elsewhere is the file itself, not its name."""
    for name, text in files.items():
        with (directory / name).open("r+" if (directory / name).exists() else "w") as file:
            file.write(text.rstrip("\n").ljust(200) + "\n")


def main() -> None:
    """Be that host."""
    directory, rng = Path(sys.argv[1]), random.Random(sys.argv[2])
    directory.mkdir(parents=True, exist_ok=True)
    host = Host.make(rng)
    while True:
        host.pass_second(time.time(), rng)
        write(directory, host.files())
        time.sleep(1 - time.time() % 1)


if __name__ == "__main__":
    main()
