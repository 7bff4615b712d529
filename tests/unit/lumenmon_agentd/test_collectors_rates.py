"""Rates: CPU shares, network, disks, pressure, and counters that fall."""

from __future__ import annotations

from pathlib import Path

import pytest

from lumenmon_agentd.collectors import cpu, diskio, network, pressure
from lumenmon_agentd.collectors.counters import Counters

HEAD = "Inter-| Receive | Transmit\n face |bytes packets\n"


class Clock:
    """A clock that a test turns."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


def put(root: Path, name: str, text: str = "") -> None:
    path = root / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def shares(root: Path, *lines: str) -> dict[str, float]:
    collect, found = cpu.Cpu(), {}
    for line in lines:
        put(root, "proc/stat", line + "\ncpu0 1 2 3\n")
        found = {m.name: float(v) for m, v in collect(root)}
    return found


def test_cpu_shares_are_apart_and_sum_up(tmp_path: Path) -> None:
    found = shares(tmp_path, "cpu 0 0 0 0 0 0 0 0 0 0", "cpu 20 5 10 40 10 2 3 10 15 5")
    assert found == {
        "generic_cpu": pytest.approx(40),  # guest (15) and guest_nice (5) are in user and nice
        "generic_cpu_user_percent": pytest.approx(25),
        "generic_cpu_system_percent": pytest.approx(15),
        "generic_cpu_iowait_percent": pytest.approx(10),
        "generic_cpu_steal_percent": pytest.approx(10),
    }


def test_cpu_first_call_standstill_and_reset_yield_nothing(tmp_path: Path) -> None:
    line = "cpu 20 5 10 40 10 2 3 10 15 5"
    assert shares(tmp_path, line) == {}
    assert shares(tmp_path, line, line) == {}
    assert shares(tmp_path, line, "cpu 0 0 0 0 0 0 0 0 0 0") == {}


def test_cpu_iowait_that_steps_back_is_no_time(tmp_path: Path) -> None:
    found = shares(tmp_path, "cpu 0 0 0 0 50 0 0 0 0 0", "cpu 50 0 0 50 40 0 0 0 0 0")
    assert found["generic_cpu"] == pytest.approx(50)
    assert found["generic_cpu_iowait_percent"] == 0


def test_cpu_refuses_what_is_not_proc_stat() -> None:
    with pytest.raises(ValueError, match="cpu"):
        cpu.parse("")


def test_counters(clock: Clock) -> None:
    counters = Counters(clock)
    assert counters.rates({"a": 100}) == {}
    assert counters.rates({"a": 200}) == {}, "no time passed"
    clock.now += 2
    assert counters.rates({"a": 300, "b": 5}) == {"a": 50.0}
    clock.now += 1
    assert counters.rates({"a": 10, "b": 5}) == {"b": 0.0}, "a was reset"
    clock.now += 1
    assert counters.rates({"a": 20}) == {"a": 10.0}


def test_network_sums_own_interfaces(tmp_path: Path, clock: Clock) -> None:
    for name in ("eth0", "eth1"):
        put(tmp_path, f"sys/class/net/{name}/device/vendor")
    put(tmp_path, "sys/class/net/docker0/bridge/id")
    collect = network.Network(clock)
    line = "{}: {} 0 0 0 0 0 0 0 {} 0 0 0 0 0 0 0\n"

    def read(*rows: tuple[str, int, int]) -> dict[str, float]:
        put(tmp_path, "proc/net/dev", HEAD + "".join(line.format(*row) for row in rows))
        clock.now += 2
        return {m.name: float(v) for m, v in collect(tmp_path)}

    assert read(("lo", 0, 0), ("eth0", 0, 0), ("eth1", 0, 0), ("docker0", 0, 0)) == {}
    assert read(("lo", 9, 9), ("eth0", 100, 10), ("eth1", 40, 4), ("docker0", 99, 99)) == {
        "generic_net_rx_bytes_per_second": 70,
        "generic_net_tx_bytes_per_second": 7,
        "generic_net_eth0_rx_bytes_per_second": 50,
        "generic_net_eth0_tx_bytes_per_second": 5,
        "generic_net_eth1_rx_bytes_per_second": 20,
        "generic_net_eth1_tx_bytes_per_second": 2,
    }
    found = read(("lo", 9, 9), ("eth0", 5, 5), ("eth1", 60, 4), ("docker0", 99, 99))
    assert found["generic_net_rx_bytes_per_second"] == 10, "eth0 was reset"
    assert "generic_net_eth0_rx_bytes_per_second" not in found
    assert read(("eth1", 80, 8)) == {
        "generic_net_rx_bytes_per_second": 10,
        "generic_net_tx_bytes_per_second": 2,
    }


def test_network_counts_a_cloud_s_fast_path_once(tmp_path: Path) -> None:
    net = tmp_path / "sys/class/net"
    for name in ("eth0", "enP1s1", "eth1"):
        put(net, f"{name}/device/vendor")
    put(net, "bond0/bonding/mode")
    (net / "enP1s1/master").symlink_to("../eth0")  # a virtual function and its synthetic twin
    (net / "eth1/master").symlink_to("../bond0")
    assert network.own(tmp_path, ["bond0", "enP1s1", "eth0", "eth1"]) == ["eth0", "eth1"]


def test_network_in_a_container(tmp_path: Path) -> None:
    net = tmp_path / "sys/class/net"
    for name, kind in (
        ("lo", "772"),
        ("eth0", "1"),
        ("wg0", "65534"),
        ("veth0", "1"),
        ("br0", "1"),
    ):
        put(net, f"{name}/type", f"{kind}\n")
    put(net, "br0/bridge/id")
    put(net, "veth0/master/ifindex")
    put(net, "tap0/tun_flags", "0x1002")
    names = ["br0", "dummy0", "eth0", "ifb0", "lo", "tap0", "veth0", "wg0"]
    assert network.own(tmp_path, names) == ["eth0"]


def test_network_looks_again_after_a_while(tmp_path: Path, clock: Clock) -> None:
    put(tmp_path, "proc/net/dev", HEAD + "veth1: 1 0 0 0 0 0 0 0 1 0 0 0 0 0 0 0\n")
    put(tmp_path, "sys/class/net/veth1/type", "1")
    collect = network.Network(clock)
    list(collect(tmp_path))
    put(tmp_path, "sys/class/net/veth1/master/ifindex")
    clock.now += 1
    assert list(collect(tmp_path))
    clock.now += network.RECHECK
    assert list(collect(tmp_path)) == []


def test_network_parses_wide_numbers_after_the_colon() -> None:
    assert network.parse(HEAD + "eth0:123 0 0 0 0 0 0 0 456 0 0 0 0 0 0 0\n") == {
        "eth0": (123, 456)
    }
    assert network.parse(HEAD + "eth0:1: 123 0 0 0 0 0 0 0 4 0 0 0 0 0 0 0\n") == {
        "eth0:1": (123, 4)
    }


def test_disks_count_each_byte_once(clock: Clock, tmp_path: Path) -> None:
    for disk in (
        "sda",
        "cciss!c0d0",
        "loop0",
        "zram0",
        "sr0",
        "nvme0c0n1",
        "nvme0n1",
        "zd16",
        "drbd0",
    ):
        put(tmp_path, f"sys/block/{disk}/size")
    put(tmp_path, "sys/block/md0/slaves/sda")
    assert diskio.disks(tmp_path) == ["cciss/c0d0", "nvme0n1", "sda"]
    collect = diskio.DiskIo(clock)
    found = {}
    for read in (0, 4):
        put(tmp_path, "proc/diskstats", "".join(
            f"8 0 {name} 1 0 {read} 1 1 0 {read * 2} 1 0 1 1\n" for name in ("sda", "sda1", "md0")
        ))  # fmt: skip
        clock.now += 2
        found = {m.name: v for m, v in collect(tmp_path)}
    assert found == {
        "generic_disk_read_bytes_per_second": 4 * 512 / 2,
        "generic_disk_write_bytes_per_second": 8 * 512 / 2,
    }


def test_pressure(clock: Clock, tmp_path: Path) -> None:
    collect = pressure.Pressure(clock)
    assert list(collect(tmp_path)) == [], "a kernel without PSI"

    def read(total: int) -> dict[str, float]:
        text = f"some avg10=0.00 avg60=7.50 avg300=0.00 total={total}\nfull avg10=0 total=1\n"
        put(tmp_path, "proc/pressure/cpu", text)
        clock.now += 10
        return {m.name: float(v) for m, v in collect(tmp_path)}

    assert read(1_000_000) == {"generic_psi_cpu_percent": 7.5}, "first the kernel's average"
    assert read(2_000_000) == {"generic_psi_cpu_percent": pytest.approx(10)}
    assert read(2_000_000) == {"generic_psi_cpu_percent": 0}
    assert read(99_000_000) == {"generic_psi_cpu_percent": 100}


def test_pressure_without_its_line_is_an_error() -> None:
    with pytest.raises(ValueError, match="some"):
        pressure.parse("full avg10=0.00 avg60=0.00 avg300=0.00 total=0\n")
