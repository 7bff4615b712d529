"""What lumenmon costs: seconds to the first durable sample, memory and processor on each side.

    python3 tests/bench/bench_footprint.py [SECONDS]

Boots a console and an agent of each release with the packages of this tree, lets them run for
SECONDS (60 by default) at the default rhythms and prints a table.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

sys.path[:0] = [str(Path(__file__).parents[1] / "system"), str(Path(__file__).parents[2])]

from helpers import wait_for_rows  # noqa: E402
from lab import RELEASES, Host, Network  # noqa: E402
from lab.fleet import AGENT, CONSOLE, bare_image, build_debs, enrol, install  # noqa: E402

UNITS = ("lumenmond.service", "lumenmon-agentd.service")


def first_sample(console: Host, agent: Host) -> tuple[float, float, str]:
    """Install and register; the seconds from bare and from `register`, and the id."""
    begin = time.monotonic()
    install(console, CONSOLE)
    install(agent, AGENT)
    registering = time.monotonic()
    identity = enrol(console, agent)
    wait_for_rows(console, identity)
    end = time.monotonic()
    return end - begin, end - registering, identity


def pss(host: Host, pids: list[int]) -> float:
    """The proportional set size of processes, in MB."""
    return sum(host.pss(pid) for pid in pids) / 1e6


def cpu(host: Host, unit: str) -> float:
    """The processor seconds that a unit has used, all of its past processes included."""
    shown = host.run(["systemctl", "show", "--property=CPUUsageNSec", "--value", unit]).stdout
    return int(shown) / 1e9


def measure(release: str, seconds: float) -> dict[str, float]:
    """Boot one console and one agent of a release and measure them."""
    debs = build_debs()
    with Network("bench") as network:
        console = Host.boot(bare_image(release, debs), "console", network)
        agent = Host.boot(bare_image(release, debs), "agent", network)
        bare, register, identity = first_sample(console, agent)
        time.sleep(10)
        hosts = dict(zip(UNITS, (console, agent), strict=True))
        before = {unit: cpu(host, unit) for unit, host in hosts.items()}
        time.sleep(seconds)
        used = {unit: cpu(host, unit) - before[unit] for unit, host in hosts.items()}
        [listener] = console.run(
            ["systemctl", "show", "--property=MainPID", "--value", "lumenmon-ssh.service"]
        ).stdout.split()
        connection = [pid for pid in console.pids("lumenmon-ssh.service") if pid != int(listener)]
        gateway = console.run(["pgrep", "-u", identity]).stdout.split()
        agents = agent.pids(UNITS[1])
        [main] = agent.run(
            ["systemctl", "show", "--property=MainPID", "--value", UNITS[1]]
        ).stdout.split()
        return {
            "bare to first durable sample (s)": bare,
            "invite and register to first durable sample (s)": register,
            "agent: daemon (MB PSS)": pss(agent, [int(main)]),
            "agent: daemon and its ssh (MB PSS)": pss(agent, agents),
            "agent: processor (%)": 100 * used[UNITS[1]] / seconds,
            "console: lumenmond (MB PSS)": pss(console, console.pids(UNITS[0])),
            "console: lumenmond's processor (%)": 100 * used[UNITS[0]] / seconds,
            "console: one agent's sshd and gateway (MB PSS)": pss(
                console, [*{*connection, *map(int, gateway)}]
            ),
        }


def main() -> int:
    """Measure each release and print both side by side."""
    seconds = float(sys.argv[1]) if len(sys.argv) > 1 else 60.0
    measured = {release: measure(release, seconds) for release in RELEASES}
    print(f"{'':48}{''.join(f'{release:>10}' for release in RELEASES)}")
    for name in measured[RELEASES[0]]:
        print(f"{name:48}{''.join(f'{measured[release][name]:10.2f}' for release in RELEASES)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
