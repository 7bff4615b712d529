"""Hosts that do not exist: their names, what they measure now, and their past."""

from __future__ import annotations

import base64
import hashlib
import math
import random
from dataclasses import dataclass, field

from lumenmon.wire import Type

GIB = 2**30
ROLES = ("web", "db", "cache", "mail", "build", "backup", "proxy", "worker")
SITES = ("berlin", "oslo", "lyon")


def agent_id(number: int) -> str:
    return "id_" + hashlib.sha256(str(number).encode()).hexdigest()[:16]


@dataclass
class Host:
    """One host. ``measure(now)`` returns metric → (type, interval, value)."""

    number: int
    fate: str = "online"
    random: random.Random = field(init=False)

    def __post_init__(self) -> None:
        self.random = random.Random(self.number)
        self.role = ROLES[self.number % len(ROLES)]
        self.name = f"{self.role}-{self.number // len(ROLES) + 1:02d}"
        self.tags = [self.role, SITES[self.number % len(SITES)]]
        self.busy = self.random.choice((4, 8, 12, 20, 35, 60))
        self.memory = self.random.uniform(15, 75)
        self.disk = self.random.choice((12, 25, 41, 58, 66, 74, 88 if self.number % 9 == 0 else 52))
        self.updates = self.random.choice((0, 0, 3, 14, 41))
        self.booted = self.random.uniform(3600, 120 * 86400)

    @property
    def id(self) -> str:
        return agent_id(self.number)

    @property
    def fingerprint(self) -> str:
        digest = hashlib.sha256(self.id.encode()).digest()
        return "SHA256:" + base64.b64encode(digest).decode().rstrip("=")

    def wave(self, at: float, period: float, phase: float = 0.0) -> float:
        return math.sin(2 * math.pi * (at / period + self.number * 0.37 + phase))

    def fast(self, at: float, interval: int = 1) -> dict[str, tuple[Type, int, object]]:
        """What is measured every second."""
        day = 1 + 0.6 * self.wave(at, 86400)
        cpu = self.busy * day + 6 * self.wave(at, 240) + self.random.gauss(0, 1.5 + self.busy / 9)
        if self.random.random() < 0.01:
            cpu += 40
        cpu = min(100.0, max(0.3, cpu))
        memory = self.memory + 4 * self.wave(at, 900)
        net = max(800.0, 60_000 * day * self.busy + self.random.gauss(0, 40_000))
        return {
            "generic_cpu": (Type.REAL, interval, round(cpu, 1)),
            "generic_cpu_user_percent": (Type.REAL, interval, round(cpu * 0.7, 1)),
            "generic_cpu_system_percent": (Type.REAL, interval, round(cpu * 0.22, 1)),
            "generic_cpu_iowait_percent": (Type.REAL, interval, round(cpu * 0.08, 2)),
            "generic_load_1": (Type.REAL, interval, round(cpu / 24, 2)),
            "generic_load_5": (Type.REAL, interval, round(self.busy / 25, 2)),
            "generic_load_15": (Type.REAL, interval, round(self.busy / 26, 2)),
            "generic_mem": (Type.REAL, interval, round(memory, 1)),
            "generic_mem_used_bytes": (
                Type.INTEGER, interval, int(16 * GIB * memory / 100)),
            "generic_net_rx_bytes_per_second": (Type.REAL, interval, round(net)),
            "generic_net_tx_bytes_per_second": (Type.REAL, interval, round(net * 0.3)),
            "generic_disk_read_bytes_per_second": (
                Type.REAL, interval, round(max(0.0, self.random.gauss(20_000, 90_000)))),
            "generic_disk_write_bytes_per_second": (
                Type.REAL, interval, round(max(0.0, self.random.gauss(200_000, 150_000)))),
        }  # fmt: skip

    def slow(self, at: float) -> dict[str, tuple[Type, int, object]]:
        """What is measured every minute or less often."""
        disk = round(self.disk + self.wave(at, 86400), 1)
        found: dict[str, tuple[Type, int, object]] = {
            "generic_disk": (Type.REAL, 60, disk),
            "generic_disk_root_percent": (Type.REAL, 60, disk),
            "generic_disk_var_percent": (Type.REAL, 60, round(self.disk / 2, 1)),
            "generic_disk_root_free_bytes": (Type.INTEGER, 60, int(GIB * (100 - self.disk))),
            "generic_mem_total_bytes": (Type.INTEGER, 60, 16 * GIB),
            "generic_swap_percent": (Type.REAL, 60, 2.5),
            "generic_psi_cpu_percent": (Type.REAL, 60, round(abs(self.wave(at, 600)), 2)),
            "generic_psi_io_percent": (Type.REAL, 60, round(abs(self.wave(at, 800)) / 2, 2)),
            "generic_temp_max_celsius": (Type.REAL, 60, round(48 + 6 * self.wave(at, 3600), 1)),
            "generic_sys_uptime": (Type.INTEGER, 60, int(self.booted)),
            "generic_sys_failed_units": (Type.INTEGER, 60, 1 if self.number % 11 == 3 else 0),
            "generic_sys_failed_unit_names": (
                Type.TEXT, 60, "certbot.service" if self.number % 11 == 3 else ""),
            "generic_sys_updates": (Type.INTEGER, 3600, self.updates),
            "generic_sys_security_updates": (Type.INTEGER, 3600, self.updates // 4),
            "generic_sys_reboot_required": (Type.INTEGER, 3600, int(self.updates > 40)),
            "generic_sys_os": (
                Type.TEXT, 3600, f"Debian GNU/Linux {12 + self.number % 2} "
                f"({('bookworm', 'trixie')[self.number % 2]})"),
            "generic_sys_kernel": (
                Type.TEXT, 3600, ("6.1.0-40-amd64", "6.12.48+deb13-amd64")[self.number % 2]),
            "generic_hostname": (Type.TEXT, 3600, f"{self.name}.example.net"),
            "lumenmon_agent_version": (Type.TEXT, 3600, "1.1.0"),
            "lumenmon_spool_bytes": (Type.INTEGER, 60, 0),
            "lumenmon_dropped_samples": (Type.INTEGER, 60, 0),
        }  # fmt: skip
        return found
