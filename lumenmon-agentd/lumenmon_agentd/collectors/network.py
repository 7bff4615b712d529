"""Network: bytes per second through the host's own interfaces."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from fnmatch import fnmatchcase
from pathlib import Path

from lumenmon.metrics import Metric
from lumenmon.wire import Type
from lumenmon_agentd.collector import Reading
from lumenmon_agentd.collectors.counters import Clock, Counters
from lumenmon_agentd.collectors.names import Names

RX = Metric(
    "generic_net_rx_bytes_per_second", Type.REAL,
    "received by all the host's own interfaces; bridges, VLANs, tunnels and containers' ends "
    "carry the same bytes again and are left out",
)  # fmt: skip
TX = Metric("generic_net_tx_bytes_per_second", Type.REAL, "sent by the same interfaces")
RX_ONE = Metric(
    "generic_net_<slug>_rx_bytes_per_second", Type.REAL,
    "received by one interface, where the host has several",
)  # fmt: skip
TX_ONE = Metric(
    "generic_net_<slug>_tx_bytes_per_second", Type.REAL,
    "sent by one interface, where the host has several",
)  # fmt: skip
METRICS = (RX, TX, RX_ONE, TX_ONE)

MAX_INTERFACES = 16
"""Interfaces that get metrics of their own; the sums always hold all of them."""
RECHECK = 60.0
"""Seconds after which interfaces are looked at again: one may have become a bridge's port."""
_ETHERNET, _VOID = "1", "65535"  # ARPHRD_ETHER, ARPHRD_VOID: a container's only interface
_IDLE = ("ifb", "dummy")  # carry others' bytes, or none


def parse(text: str) -> dict[str, tuple[int, int]]:
    """Read /proc/net/dev: received and sent bytes of each interface."""
    found = {}
    for line in text.splitlines()[2:]:
        name, _, rest = line.rpartition(":")
        fields = rest.split()
        found[name.strip()] = int(fields[0]), int(fields[8])
    return found


def own(root: Path, names: list[str]) -> list[str]:
    """Return those interfaces that carry the host's traffic, each byte once.

    They are the ones with a device behind them; but not the fast path of another one, as clouds
    pair them (netvsc, net_failover), for its bytes are counted there too. A container has none
    such; there it is every Ethernet that is neither a bridge, nor part of another interface, nor a
    tunnel.
    """
    net = root / "sys/class/net"
    devices = [name for name in names if (net / name / "device").exists()]
    devices = [name for name in devices if not (net / name / "master/device").exists()]
    return devices or [name for name in names if _stands_alone(net / name)]


def _stands_alone(interface: Path) -> bool:
    if interface.name.startswith(_IDLE):
        return False
    if any((interface / part).exists() for part in ("bridge", "master", "tun_flags")):
        return False
    try:
        return (interface / "type").read_text().strip() in (_ETHERNET, _VOID)
    except OSError:
        return interface.name != "lo"


class Network:
    """Collects network rates between two calls, but of interfaces that match ``exclude``."""

    def __init__(self, clock: Clock = time.monotonic, exclude: Sequence[str] = ()) -> None:
        self._clock = clock
        self._exclude = exclude
        self._counters = Counters(clock)
        self._seen: list[str] = []
        self._own: list[str] = []
        self._checked = 0.0

    def __call__(self, root: Path) -> Iterator[Reading]:
        """Yield the rates since the last call; the first call only remembers."""
        found = parse((root / "proc/net/dev").read_text())
        names = sorted(n for n in found if not any(fnmatchcase(n, e) for e in self._exclude))
        if names != self._seen or self._clock() - self._checked >= RECHECK:
            self._seen, self._checked = names, self._clock()
            self._own = own(root, names)
        values = {
            f"{way} {n}": found[n][i] for n in self._own for i, way in enumerate(("rx", "tx"))
        }
        rates = self._counters.rates(values)
        known = [n for n in self._own if f"rx {n}" in rates and f"tx {n}" in rates]
        if not known:
            return
        yield RX, sum(rates[f"rx {n}"] for n in known)
        yield TX, sum(rates[f"tx {n}"] for n in known)
        if len(self._own) > 1:
            give = Names((RX_ONE.name, TX_ONE.name), (RX.name, TX.name)).give
            named = {n: give(n) for n in self._own[:MAX_INTERFACES]}
            for name in filter(named.__contains__, known):
                rx, tx = named[name]
                yield Metric(rx, Type.REAL, RX_ONE.text), rates[f"rx {name}"]
                yield Metric(tx, Type.REAL, TX_ONE.text), rates[f"tx {name}"]
