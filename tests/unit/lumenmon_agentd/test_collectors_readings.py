"""Readings of one moment: memory, file systems, temperatures, units, updates, identity."""

from __future__ import annotations

from pathlib import Path

import pytest

from lumenmon_agentd.collectors import (
    filesystems,
    identity,
    load,
    memory,
    temperatures,
    units,
    updates,
    uptime,
)
from lumenmon_agentd.collectors.names import Names, slug

FIXTURES = Path(__file__).parents[2] / "fixtures"
BARE, BIG = FIXTURES / "host-bare", FIXTURES / "host-big"
SIMULATED = """Reading package lists...
Inst libssl3 [3.0.11-1] (3.0.15-1~deb12u1 Debian-Security:12/stable-security [amd64])
Inst base-files [12.4] (12.4+deb12u8 Debian:12.8/stable [amd64])
Inst new-dep (1.0 Debian:12.8/stable [amd64]) []
Inst curl [7] (8 Ubuntu:24.04/noble-updates, Ubuntu:24.04/noble-security [amd64])
Conf libssl3 (3.0.15-1~deb12u1 Debian-Security:12/stable-security [amd64])
Remv old [1]
"""


def named(readings: object) -> dict[str, object]:
    return {metric.name: value for metric, value in readings}  # type: ignore[attr-defined]


def test_memory() -> None:
    assert named(memory.collect(BARE)) == {
        "generic_mem": pytest.approx(40),
        "generic_mem_used_bytes": 200000 * 1024,
        "generic_mem_total_bytes": 500000 * 1024,
    }
    big = named(memory.collect(BIG))
    assert big["generic_mem"] == pytest.approx(80)
    assert big["generic_swap_percent"] == pytest.approx(25)


def test_load_and_uptime() -> None:
    assert list(named(load.collect(BIG)).values()) == [12.5, 8.25, 4.0]
    assert named(uptime.collect(BIG)) == {"generic_sys_uptime": 86400123}


def test_filesystems_are_the_real_ones_once() -> None:
    mounts = filesystems.parse((BIG / "proc/1/mountinfo").read_text())
    paths = [m.path for m in filesystems.real(mounts)]
    assert paths == [
        "/", "/boot", "/gone", "/inodes", "/var/log", "/srv/my data", "/var/cache/apt",
    ]  # fmt: skip
    found = named(filesystems.collect(BIG))
    assert {n for n in found if n.endswith("_free_bytes")} >= {
        "generic_disk_root_free_bytes",
        "generic_disk_srv_my_data_free_bytes",
        "generic_disk_var_log_free_bytes",
    }
    assert "generic_disk_gone_percent" not in found, "cannot be reached"
    assert "generic_disk_var_cache_apt_percent" not in found, "is /var/log's once more"
    assert found["generic_disk"] == max(
        v for n, v in found.items()  # type: ignore[type-var]
        if n.endswith("_percent") and "inodes" not in n
    )  # fmt: skip


def test_filesystems_root_counts_whatever_it_is_and_the_last_mount_hides_others() -> None:
    text = (
        "1 0 0:5 / / rw - overlay overlay rw\n"
        "2 1 8:1 / /data rw - ext4 /dev/sda1 rw\n"
        "3 1 0:6 / /data rw - tmpfs tmpfs rw\n"
        "damaged\n"
    )
    mounts = filesystems.real(filesystems.parse(text))
    assert [(m.path, m.kind) for m in mounts] == [("/", "overlay")]


def test_filesystems_are_looked_at_where_they_are_directories(tmp_path: Path) -> None:
    for place in ("proc/1", "etc", "var/lib/postgresql", "run/host/incoming"):
        (tmp_path / place).mkdir(parents=True)
    (tmp_path / "etc/hosts").touch()
    (tmp_path / "proc/1/mountinfo").write_text(
        "1 0 0:5 / / rw - overlay overlay rw\n"
        "2 1 8:1 /x /etc/hosts rw - ext4 /dev/sda1 rw\n"
        "3 1 8:1 /y /var/lib/postgresql rw - ext4 /dev/sda1 rw\n"
        "4 1 8:2 /z /run/host/incoming rw - ext4 /dev/sda2 rw\n"
    )
    free = [n for n in named(filesystems.collect(tmp_path)) if n.endswith("_free_bytes")]
    assert free == ["generic_disk_root_free_bytes", "generic_disk_var_lib_postgresql_free_bytes"]


def test_filesystems_percent_is_that_of_df() -> None:
    assert filesystems.percent(30, 60) == pytest.approx(100 / 3)
    assert filesystems.percent(0, 0) == 0


def test_filesystems_own_mountinfo_where_pid_1_is_hidden(tmp_path: Path) -> None:
    (tmp_path / "proc/self").mkdir(parents=True)
    (tmp_path / "proc/self/mountinfo").write_text("1 0 8:1 / / rw - ext4 /dev/sda1 rw\n")
    assert "generic_disk_root_percent" in named(filesystems.collect(tmp_path))


def test_temperatures() -> None:
    found = named(temperatures.collect(BIG))
    assert found["generic_temp_coretemp_Package_id_0_celsius"] == 61
    assert found["generic_temp_max_celsius"] == 61, "not the thermal zone, not a broken sensor"
    assert sorted(v for n, v in found.items() if "nvme" in n) == [38.85, 41.85]  # type: ignore[type-var]
    assert not [n for n in found if "nct6798" in n]
    assert list(temperatures.collect(BARE)) == []


def test_temperatures_from_thermal_zones(tmp_path: Path) -> None:
    zone = tmp_path / "sys/class/thermal/thermal_zone0"
    zone.mkdir(parents=True)
    (zone / "type").write_text("cpu-thermal\n")
    (zone / "temp").write_text("48312\n")
    assert named(temperatures.collect(tmp_path)) == {
        "generic_temp_cpu_thermal_celsius": 48.312,
        "generic_temp_max_celsius": 48.312,
    }


@pytest.mark.parametrize("text", ["", "-274000", "127000", "150000", "x", "12.5"])
def test_temperatures_refuse_nonsense(text: str) -> None:
    assert temperatures.parse(text) is None


def test_units() -> None:
    text = "a.service loaded failed failed Some words\nb.mount not-found failed failed /b\n\n"
    assert units.parse(text) == ["a.service", "b.mount"]
    assert named(units.readings(["a.service", "b.mount"])) == {
        "generic_sys_failed_units": 2,
        "generic_sys_failed_unit_names": "a.service, b.mount",
    }
    assert named(units.readings([]))["generic_sys_failed_unit_names"] == ""


def test_units_names_are_bounded() -> None:
    found = named(units.readings([f"unit-{n}.service" for n in range(500)]))
    names = str(found["generic_sys_failed_unit_names"])
    assert found["generic_sys_failed_units"] == 500
    assert len(names) <= units.MAX_TEXT + 5
    assert names.endswith(".service, …")


def test_units_without_systemd() -> None:
    assert list(units.collect(BARE)) == []


def test_updates() -> None:
    assert updates.parse(SIMULATED) == (4, 2)
    assert updates.parse("") == (0, 0)


@pytest.mark.parametrize(
    ("running", "installed", "waits"),
    [
        ("6.1.0-18-amd64", ["6.1.0-18-amd64"], False),
        ("6.1.0-18-amd64", ["6.1.0-18-amd64", "6.1.0-9-amd64"], False),
        ("6.1.0-9-amd64", ["6.1.0-18-amd64", "6.1.0-9-amd64"], True),
        ("6.1.0-9-amd64", ["6.1.0-18-cloud-amd64", "6.1.0-9-amd64"], False),
        ("6.1.0-9-cloud-amd64", ["6.1.0-18-cloud-amd64", "6.1.0-9-cloud-amd64"], True),
        ("6.12.41+deb13-amd64", ["6.12.43+deb13-amd64", "6.12.41+deb13-amd64"], True),
        ("6.12.43+deb13-amd64", ["6.12.43+deb13+1-amd64", "6.12.43+deb13-amd64"], True),
        ("6.18.44-fc", ["6.1.0-18-amd64"], False),
        ("6.1.0-9-amd64", [], False),
    ],
)
def test_a_newer_kernel_waits(running: str, installed: list[str], waits: bool) -> None:
    assert updates.kernel_waits(running, installed) is waits


def test_reboot_required(tmp_path: Path) -> None:
    assert named(updates.collect(BARE)) == {"generic_sys_reboot_required": 0}
    assert named(updates.collect(BIG)) == {"generic_sys_reboot_required": 1}
    assert not updates.reboot_required(tmp_path)
    (tmp_path / "var/run").mkdir(parents=True)
    (tmp_path / "var/run/reboot-required").touch()
    assert updates.reboot_required(tmp_path)


def test_identity() -> None:
    assert named(identity.collect(BARE))["generic_sys_os"] == "Debian GNU/Linux 12 (bookworm)"
    big = named(identity.collect(BIG))
    assert big["generic_hostname"] == "big.example.com"
    assert big["generic_sys_os"] == "Big OS 13"
    assert big["generic_sys_kernel"] == "6.12.41+deb13-amd64"


def test_identity_of_a_system_without_a_name(tmp_path: Path) -> None:
    (tmp_path / "proc/sys/kernel").mkdir(parents=True)
    for name in ("hostname", "osrelease"):
        (tmp_path / "proc/sys/kernel" / name).write_text("x\n")
    assert named(identity.collect(tmp_path))["generic_sys_os"] == "Linux"
    assert identity.parse("A=\"unbalanced\nB='b c'\n\n#C=1") == {"A": '"unbalanced', "B": "b c"}


def test_slug() -> None:
    assert slug("/") == "root"
    assert slug("/srv/my data/") == "srv_my_data"
    assert slug("/ünï") == "n"


def test_names_are_given_once() -> None:
    give = Names(("d_<slug>_percent", "d_<slug>_inodes_percent"), ("d_inodes_percent",)).give
    assert give("/data")[0] == "d_data_percent"
    assert give("/data/inodes")[0].startswith("d_data_inodes_"), "its percent is /data's inodes"
    assert give("/Data")[0].startswith("d_Data_")
    assert give("/Data")[0] != "d_Data_percent"
    assert give("/inodes")[0] != "d_inodes_percent"
    long = give("/x" * 100)
    assert max(map(len, long)) <= 64
    assert Names(("d_<slug>_percent",)).give("/x" * 100) != long
