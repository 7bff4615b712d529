"""What the lab writes down about networks and hosts, so that any later process can end them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path

from .image import Image
from .paths import DISKS, RUN, write_atomically
from .process import Process


@dataclass
class HostRecord:
    """All that is needed to find, end and boot again one host."""

    name: str
    number: int
    """The last part of its address."""
    release: str
    layers: list[str]
    persistent: bool
    binds: list[str]
    """As systemd-nspawn's --bind= takes them."""
    pid: int = 0
    start: int = 0

    @property
    def image(self) -> Image:
        """The image it boots from."""
        return Image(self.release, tuple(map(Path, self.layers)))

    @property
    def supervisor(self) -> Process:
        """The process that holds the host's mounts and starts it again on a reboot."""
        return Process(self.pid, self.start)


@dataclass
class Forward:
    """A port of this machine's loopback that leads to a host."""

    local: int
    host: str
    port: int
    pid: int = 0
    start: int = 0


@dataclass
class NetworkRecord:
    """Who a network belongs to and what it forwards."""

    name: str
    keep: bool
    """Whether it stays up after the process that made it."""
    owner_pid: int
    owner_start: int
    forwards: list[Forward] = field(default_factory=list)

    @property
    def abandoned(self) -> bool:
        """Whether its owner died without closing it."""
        return not self.keep and not Process(self.owner_pid, self.owner_start).alive


def run_directory(network: str, host: str = "") -> Path:
    """Where the state of a network, or of a host in it, is kept while it is up."""
    return RUN / network / "hosts" / host if host else RUN / network


def disk_directory(network: str, host: str = "") -> Path:
    """Where the disk of a persistent host is."""
    return DISKS / network / host if host else DISKS / network


def save_network(record: NetworkRecord) -> None:
    """Write a network's record."""
    write_atomically(run_directory(record.name) / "network.json", json.dumps(asdict(record)))


def load_network(name: str) -> NetworkRecord | None:
    """Read a network's record, if it is up."""
    try:
        text = (run_directory(name) / "network.json").read_text()
    except FileNotFoundError:
        return None
    fields = json.loads(text)
    fields["forwards"] = [Forward(**forward) for forward in fields["forwards"]]
    return NetworkRecord(**fields)


def networks() -> list[str]:
    """The names of all networks that are up or left something behind."""
    found = RUN.iterdir() if RUN.exists() else iter(())
    return sorted(path.name for path in found if path.is_dir() and path.name[0] != ".")


def save_host(network: str, record: HostRecord) -> None:
    """Write a host's record, beside its disk too if it has one."""
    text = json.dumps(asdict(record))
    write_atomically(run_directory(network, record.name) / "host.json", text)
    if record.persistent:
        disk = disk_directory(network, record.name)
        disk.mkdir(parents=True, exist_ok=True)
        write_atomically(disk / "host.json", text)


def running_hosts(network: str) -> Iterator[HostRecord]:
    """The hosts of a network that is up, in the order of their addresses."""
    return _load(run_directory(network) / "hosts")


def disks(network: str) -> Iterator[HostRecord]:
    """The hosts of a network that have a disk, in the order of their addresses."""
    return _load(disk_directory(network))


def _load(directory: Path) -> Iterator[HostRecord]:
    records = (HostRecord(**json.loads(path.read_text())) for path in directory.glob("*/host.json"))
    return iter(sorted(records, key=lambda record: record.number))
