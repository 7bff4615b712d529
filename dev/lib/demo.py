"""A fleet that is not there: enrols agents, sends a week of their past, then goes on live.

demo.py WORKDIR past      on a console, as root: enrols them and sends their past
demo.py WORKDIR live      goes on until it is ended

Each agent is a plain ssh client, so all of it takes the way that real samples take.
"""

from __future__ import annotations

import json
import math
import random
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path

HOUR, DAY = 3600, 86400
PAST = 7 * DAY
PORT = "2345"
MEMORY, DISK = 16 * 2**30, 240 * 10**9
FINE = (
    "generic_cpu", "generic_mem", "generic_load_1", "generic_net_rx_bytes_per_second",
    "generic_net_tx_bytes_per_second",
)  # fmt: skip
PAST_STEP, COARSE_STEP = 60, 300
"""Seconds between two values of the past: of those, and of all others."""
BAD = "generic_temp_case_celsius.tsv REAL\n0 60 nan\n"
"""What the console rejects, and shows that it did."""


@dataclass(frozen=True)
class Made:
    """An agent: how busy it is, what is full, and how it does."""

    name: str
    tags: tuple[str, ...]
    cpu: float
    memory: float
    disk: float
    traffic: float
    release: int = 13
    doing: str = "well"
    failed: str = ""
    updates: int = 0
    version: str = "1.1.0"


FLEET = (
    Made("web1", ("web", "prod"), 34, 61, 42, 9e6),
    Made("web2", ("web", "prod"), 31, 58, 44, 8e6),
    Made("web3", ("web", "prod"), 29, 60, 41, 8e6, doing="stale"),
    Made("db-primary", ("db", "prod"), 48, 82, 71, 3e6, 12),
    Made("db-replica", ("db", "prod"), 22, 79, 70, 2e6, 12, updates=4),
    Made("mail", ("prod",), 8, 44, 78, 4e5, 12, version="1.0.0"),
    Made("backup", ("infra",), 14, 31, 93, 2e7),
    Made("ns1", ("infra",), 3, 22, 18, 6e4),
    Made("ns2", ("infra",), 3, 21, 17, 6e4, doing="offline"),
    Made("git", ("infra",), 17, 52, 55, 1e6, failed="gitea-runner.service"),
    Made("ci-1", ("ci",), 72, 66, 61, 5e6, updates=2),
    Made("ci-2", ("ci",), 64, 64, 58, 5e6),
)


def values(made: Made, moment: float, rng: random.Random) -> dict[str, float]:
    """Return what an agent measures at a moment: a working day, a slow drift, and noise."""
    daylight = 0.6 + 0.4 * math.sin((moment % DAY) / DAY * 2 * math.pi - math.pi / 2)
    wave = 1 + 0.25 * math.sin(moment / 700 + made.cpu) + 0.15 * math.sin(moment / 97)
    burst = 40 * (rng.random() < 0.01)
    cpu = min(max(made.cpu * (daylight + 0.35) * wave + rng.gauss(0, 2) + burst, 0.2), 100)
    rate = made.traffic * daylight * wave * (0.8 + 0.4 * rng.random())
    memory = min(made.memory * (1 + 0.04 * wave), 99)
    disk = made.disk - 6 * (time.time() - moment) / PAST
    return {
        "generic_cpu": cpu,
        "generic_cpu_user_percent": cpu * 0.74,
        "generic_cpu_system_percent": cpu * 0.26,
        "generic_cpu_iowait_percent": rate / 2e7 * rng.random() * (100 - cpu) / 20,
        "generic_mem": memory,
        "generic_mem_used_bytes": memory / 100 * MEMORY,
        "generic_mem_total_bytes": MEMORY,
        "generic_swap_percent": max(memory - 70, 0) / 2,
        "generic_load_1": cpu / 25 + 0.1 * rng.random(),
        "generic_load_5": made.cpu * (daylight + 0.35) * wave / 25,
        "generic_load_15": made.cpu * (daylight + 0.35) / 25,
        "generic_disk": disk,
        "generic_disk_root_percent": disk,
        "generic_disk_root_free_bytes": (100 - disk) / 100 * DISK,
        "generic_disk_inodes_percent": disk / 6,
        "generic_net_rx_bytes_per_second": rate * 0.3,
        "generic_net_tx_bytes_per_second": rate,
        "generic_disk_read_bytes_per_second": rate / 9 * rng.random(),
        "generic_disk_write_bytes_per_second": rate / 5 * rng.random(),
        "generic_psi_cpu_percent": max(cpu - 60, 0) / 3,
        "generic_psi_memory_percent": max(memory - 80, 0) / 4,
        "generic_psi_io_percent": rate / 4e6 * rng.random(),
        "generic_temp_max_celsius": 38 + cpu / 4,
    }


def line(metric: str, moment: int, value: float) -> str:
    """Return the line of a sample; bytes are whole."""
    text = f"{value:.2f}" if kind(metric) == "REAL" else f"{value:.0f}"
    return f"{moment} {every(metric)} {text}\n"


def kind(metric: str) -> str:
    """Return a metric's type."""
    return "INTEGER" if metric.endswith("_bytes") else "REAL"


def every(metric: str) -> int:
    """Return how often a metric is measured."""
    if metric.startswith(("generic_cpu", "generic_net")):
        return 1
    return past_step(metric)


def past_step(metric: str) -> int:
    """Return how many seconds there are between two of its values in the past."""
    return PAST_STEP if metric in FINE else COARSE_STEP


def facts(made: Made) -> Iterator[str]:
    """Yield the lines of what changes seldom."""
    now = int(time.time())
    kernel = "6.12.48+deb13-amd64" if made.release == 13 else "6.1.0-40-amd64"
    name = {12: "bookworm", 13: "trixie"}[made.release]
    for metric, type, value in (
        ("generic_hostname", "TEXT", f"{made.name}.demo.invalid"),
        ("generic_sys_os", "TEXT", f"Debian GNU/Linux {made.release} ({name})"),
        ("generic_sys_kernel", "TEXT", kernel),
        ("generic_sys_uptime", "INTEGER", 41 * DAY + len(made.name) * 7201),
        ("generic_sys_failed_units", "INTEGER", 1 if made.failed else 0),
        ("generic_sys_failed_unit_names", "TEXT", made.failed),
        ("generic_sys_updates", "INTEGER", made.updates * 3),
        ("generic_sys_security_updates", "INTEGER", made.updates),
        ("generic_sys_reboot_required", "INTEGER", int(made.updates > 2)),
        ("lumenmon_agent_version", "TEXT", made.version),
        ("lumenmon_spool_bytes", "INTEGER", 0),
        ("lumenmon_dropped_samples", "INTEGER", 0),
    ):
        yield f"{metric}.tsv {type}\n{now} 3600 {value}\n"


def past(made: Made, rng: random.Random) -> Iterator[str]:
    """Yield a week of lines, metric by metric; who was away has a gap."""
    now = int(time.time())
    until = now - 600 if made.doing == "offline" else now
    away = range(now - 2 * DAY, now - 2 * DAY + (3 * 3600 if made.failed else 0))
    moments = [at for at in range(until - PAST, until, 60) if at not in away]
    taken = {moment: values(made, moment, rng) for moment in moments}
    seconds = {moment: values(made, moment, rng) for moment in range(until - HOUR, until)}
    for metric in taken[moments[0]]:
        yield f"{metric}.tsv {kind(metric)}\n"
        step = past_step(metric)
        for moment, found in taken.items():
            if moment // 60 * 60 % step == 0:
                yield f"{moment} {step} {line(metric, moment, found[metric]).split()[2]}\n"
        if every(metric) == 1:  # the last hour as finely as it goes on
            yield from (line(metric, at, found[metric]) for at, found in seconds.items())


def ssh(place: Path, id: str) -> list[str]:
    """Return the plain client's command."""
    return [
        "ssh", "-F", "none", "-i", str(place / "key"), "-p", PORT, "-o", "BatchMode=yes",
        "-o", "IdentitiesOnly=yes", "-o", "StrictHostKeyChecking=no", "-o", "LogLevel=ERROR",
        "-o", f"UserKnownHostsFile={place / 'known'}", f"{id}@localhost",
    ]  # fmt: skip


def ctl(*words: str) -> str:
    """Run lumenmonctl."""
    return subprocess.run(
        ["lumenmonctl", *words], capture_output=True, text=True, check=True
    ).stdout


def enrol(place: Path) -> str:
    """Let an agent in and return its id, the same one as before where it kept its key."""
    place.mkdir(parents=True, exist_ok=True)
    if not (place / "key").exists():
        subprocess.run(
            ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(place / "key")], check=True
        )
    id = json.loads(ctl("invite", "--pubkey", str(place / "key.pub"), "--json"))["id"]
    (place / "id").write_text(id)
    return str(id)


def send_past(made: Made, top: Path) -> str:
    """Enrol an agent and send a week of its past; returns what was done."""
    place = top / made.name
    id = enrol(place)
    ctl("rename", id, made.name)
    ctl("tag", id, *made.tags)
    rng = random.Random(made.name)
    lines = "".join([*past(made, rng), *facts(made)])
    subprocess.run(ssh(place, id), input=lines, text=True, check=True)
    if made.failed:
        subprocess.run(ssh(place, id), input=BAD, text=True, check=False, capture_output=True)
    return f"{made.name:11} {lines.count(chr(10)):6} lines"


def go_on(made: Made, top: Path) -> None:
    """Be one agent from now on."""
    place = top / made.name
    id, rng = (place / "id").read_text(), random.Random()
    while made.doing != "offline":
        client = subprocess.Popen(ssh(place, id), stdin=subprocess.PIPE, text=True)
        assert client.stdin is not None
        last = 0
        try:
            while True:
                last = live(made, client, rng, last)
        except BrokenPipeError:
            client.wait()
            time.sleep(2)


def live(made: Made, client: subprocess.Popen[str], rng: random.Random, last: int) -> int:
    """Send what is due since the second ``last``, wait for the next; returns which it was."""
    assert client.stdin is not None
    now = int(time.time())
    if made.doing == "well":
        for metric, value in values(made, now, rng).items():
            if now // every(metric) > last // every(metric):
                client.stdin.write(f"{metric}.tsv {kind(metric)}\n{line(metric, now, value)}")
    client.stdin.flush()
    time.sleep(1 - time.time() % 1)
    return now


def main() -> int:
    """Do it for the whole fleet."""
    top, what = Path(sys.argv[1]), sys.argv[2]
    if what == "live":
        for made in FLEET:
            threading.Thread(target=go_on, args=(made, top)).start()
        return 0
    with ThreadPoolExecutor(3) as pool:
        try:
            for number, said in enumerate(pool.map(partial(send_past, top=top), FLEET), 1):
                print(f"    {number:2} of {len(FLEET)}  {said}", flush=True)
        except subprocess.CalledProcessError as error:
            print(f"{error}: {error.stderr or ''}", file=sys.stderr)
            return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
