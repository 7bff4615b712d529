"""The console's configuration, /etc/lumenmon/lumenmond.toml (lumenmond.toml(5))."""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from lumenmon.config import duration, integer, key, size, text, texts
from lumenmon.errors import ConfigError

_DAY = 86400
_YEAR = 365 * _DAY
_NAME = re.compile(r"[A-Za-z0-9_]([A-Za-z0-9._-]{0,252})")


def _hosts(value: Any) -> tuple[str, ...]:
    """Read names and addresses as they stand in a browser's address bar, without a port."""
    found = tuple(host.strip("[]").lower() for host in texts(value))
    for host in found:
        if not _NAME.fullmatch(host):
            ipaddress.ip_address(host)
    return found


def _networks(value: Any) -> tuple[str, ...]:
    """Read addresses and networks."""
    return tuple(str(ipaddress.ip_network(network)) for network in texts(value))


def _url(value: Any) -> str:
    """Read the address of a web site, without a path."""
    url = text(value).rstrip("/")
    parts = urlsplit(url)
    if url and (
        parts.scheme not in ("http", "https")
        or not parts.hostname
        or f"{parts.scheme}://{parts.netloc}" != url
        or "@" in url
    ):
        raise ValueError('wants an address like "https://monitor.example.org"')
    return url


@dataclass(frozen=True)
class Config:
    """Every key of lumenmond.toml; durations in seconds, sizes in bytes."""

    commit_interval: int = key(
        5, duration(1, 60), "How often received samples are written to the database."
    )
    retention_raw: int = key(
        7 * _DAY, duration(3600, 10 * _YEAR), "How long each single sample is kept."
    )
    retention_minutes: int = key(
        90 * _DAY, duration(3600, 20 * _YEAR), "How long a value per minute is kept."
    )
    retention_hours: int = key(
        5 * _YEAR, duration(_DAY, 100 * _YEAR), "How long a value per hour is kept."
    )
    max_metrics: int = key(512, integer(1, 100_000), "Most metrics that one agent may have.")
    agent_rate: int = key(
        256 * 2**10,
        size(0, 2**34),
        "Bytes a second that one agent may send for long; 0 means any number.",
    )
    agent_burst: int = key(
        512 * 2**20,
        size(2**16, 2**40),
        "Bytes that one agent may send at once, as after an outage, before it is slowed.",
    )
    agent_size: int = key(
        12 * 2**30,
        size(2**20, 2**50),
        "Bytes of the database that one agent may fill, at most half of the disk.",
    )
    ballast: int = key(
        96 * 2**20,
        size(0, 2**34),
        "Size of a file kept beside the database, to delete when the disk is full.",
    )
    web_hosts: tuple[str, ...] = key(
        (), _hosts, "More names and addresses by which the dashboard may be called."
    )
    web_from: tuple[str, ...] = key(
        (), _networks, "Networks that the dashboard answers; none named means all."
    )
    web_proxies: tuple[str, ...] = key(
        (), _networks, "Reverse proxies whose X-Forwarded-For and X-Forwarded-Proto are believed."
    )
    web_url: str = key(
        "", _url, "The dashboard's address for links, when it is reached through a proxy."
    )

    def check(self) -> Config:
        """Return the configuration; raises ConfigError when its keys contradict each other."""
        if not self.retention_raw <= self.retention_minutes <= self.retention_hours:
            raise ConfigError(
                "retention_raw, retention_minutes and retention_hours are not in rising order",
                "what is coarser is kept longer",
            )
        return self
