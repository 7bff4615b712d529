"""The unit files: well-formed, hardened to a held score, and alike."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest
from exposure import WORST, command

ROOT = Path(__file__).parents[2]
UNITS = ROOT / "packaging" / "systemd"
SANDBOXED = list(WORST)
needs_systemd = pytest.mark.skipif(
    shutil.which("systemd-analyze") is None, reason="systemd-analyze is not installed"
)


def settings(name: str) -> list[tuple[str, str]]:
    lines = (UNITS / name).read_text().splitlines()
    return [(key, value) for key, _, value in (line.partition("=") for line in lines) if value]


def test_every_service_has_a_threshold() -> None:
    assert {path.name for path in UNITS.glob("*.service")} == set(WORST)


@needs_systemd
@pytest.mark.parametrize("name", sorted(WORST))
def test_exposure(name: str) -> None:
    done = subprocess.run(
        [*command(name, str(UNITS / name)), "--offline=true"],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout[-200:] + done.stderr


@needs_systemd
def test_verify(tmp_path: Path) -> None:
    """systemd finds nothing wrong; programs that are not installed here stand in as /bin/true."""
    for path in UNITS.iterdir():
        text = re.sub(r"^(ExecStart=-?)/\S+", r"\1/bin/true", path.read_text(), flags=re.MULTILINE)
        (tmp_path / path.name).write_text(text)
        (tmp_path / path.name.replace("@.", "@x.")).write_text(text)
    units = [str(path) for path in sorted(tmp_path.iterdir()) if "@." not in path.name]
    done = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", *units],
        capture_output=True, text=True, check=False,
        env={"PATH": "/usr/bin:/bin", "SYSTEMD_UNIT_PATH": f"{tmp_path}:/lib/systemd/system"},
    )  # fmt: skip
    complaints = [line for line in done.stderr.splitlines() if "lumenmon" in line]
    assert not complaints, "\n".join(complaints)


@pytest.mark.parametrize("name", SANDBOXED)
def test_hardening_is_sorted(name: str) -> None:
    """The block begins at CapabilityBoundingSet= and is in alphabetical order."""
    text = (UNITS / name).read_text()
    block = text[text.index("CapabilityBoundingSet=") :].partition("\n\n")[0]
    keys = [line.partition("=")[0] for line in block.splitlines() if not line.startswith("#")]
    assert keys == sorted(keys, key=str.lower)


def test_console_daemon_knows_its_callers() -> None:
    """With PrivateUsers=yes the kernel would name every agent 65534."""
    assert ("PrivateUsers", "no") in settings("lumenmond.service")
    assert ("PrivateNetwork", "yes") in settings("lumenmond.service")


@pytest.mark.parametrize(
    ("name", "written"),
    [
        ("lumenmond-accounts@", "/etc"),
        ("lumenmond-enroll@", "/var/lib/lumenmon-host"),
        ("lumenmond-host@", "/var/lib/lumenmon-host -/etc/lumenmon -/etc/ssh/sshd_config.d"),
        ("lumenmond-sweep", "/var/lib/lumenmon-host"),
    ],
)
def test_root_writes_no_more_than_it_has_to(name: str, written: str) -> None:
    """The shadow tools make files in /etc itself; sshd's rules are for the one who applies them."""
    values = settings(f"{name}.service")
    assert ("ReadWritePaths", written) in values
    assert ("ProtectSystem", "strict") in values
    assert ("RestrictAddressFamilies", "AF_UNIX") in values


def test_the_account_database_is_root_s_alone_to_ask_for() -> None:
    values = settings("lumenmond-accounts.socket")
    assert ("SocketUser", "root") in values
    assert ("SocketMode", "0600") in values


@pytest.mark.parametrize(
    "name",
    [
        "lumenmond-accounts@", "lumenmond-enroll@", "lumenmond-host@", "lumenmond-sweep",
        "lumenmond-web", "lumenmond",
    ],
)  # fmt: skip
def test_no_process_of_the_console_reaches_systemd_or_the_bus(name: str) -> None:
    values = settings(f"{name}.service")
    assert ("TemporaryFileSystem", "/run:ro") in values
    bound = {
        path.removeprefix("-")
        for key, value in values
        if key in ("BindPaths", "BindReadOnlyPaths")
        for path in value.split()
    }
    ours = {path for path in bound if path.startswith("/run/lumenmon")}
    assert bound - ours <= {
        "/run/sshd", "/run/systemd/journal", "/run/systemd/notify", "/run/systemd/dynamic-uid",
    }  # fmt: skip


def test_dashboard_reaches_nothing_but_its_sockets() -> None:
    values = settings("lumenmond-web.service")
    for expected in [
        ("User", "lumenmon-web"), ("PrivateNetwork", "yes"), ("RestrictAddressFamilies", "AF_UNIX"),
        ("ProtectSystem", "strict"), ("PrivateUsers", "yes"),
    ]:  # fmt: skip
        assert expected in values
    assert "ReadWritePaths" not in dict(values)


@pytest.mark.parametrize(
    "name", ["lumenmond.service", "lumenmond-web.service", "lumenmon-agentd.service"]
)
def test_daemons_always_come_back(name: str) -> None:
    values = settings(name)
    for expected in [("Restart", "always"), ("StartLimitIntervalSec", "0"), ("Type", "notify")]:
        assert expected in values


@pytest.mark.parametrize("name", sorted(path.name for path in UNITS.iterdir()))
def test_no_unit_is_started_too_often(name: str) -> None:
    assert ("StartLimitIntervalSec", "0") in settings(name)


@pytest.mark.parametrize(
    ("name", "group"),
    [
        ("lumenmond.socket", "lumenmon-agents"),
        ("lumenmond-host.socket", "lumenmon-web"),
        ("lumenmond-enroll.socket", "lumenmon-enroll"),
    ],
)
def test_sockets_open_to_one_group(name: str, group: str) -> None:
    values = settings(name)
    assert ("SocketGroup", group) in values
    assert ("SocketMode", "0660") in values
    assert ("SocketUser", "root") in values
