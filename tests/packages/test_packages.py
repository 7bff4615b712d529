"""The built packages: contents, scripts, lintian. They are built once, by dev/build."""

from __future__ import annotations

import hashlib
import shutil
import subprocess
from pathlib import Path

import pytest

from lumenmond import install

ROOT = Path(__file__).parents[2]
DEBIAN = ROOT / "debian"
NAMES = ("lumenmon-common", "lumenmond", "lumenmon-agentd")
ENABLED = (
    "lumenmon-ssh-log.socket",
    "lumenmon-ssh.service",
    "lumenmon-ssh.socket",
    "lumenmond-accounts.socket",
    "lumenmond-enroll.socket",
    "lumenmond-host.socket",
    "lumenmond-sweep.timer",
    "lumenmond-web.service",
    "lumenmond-web.socket",
    "lumenmond.service",
    "lumenmond.socket",
)
SCRIPTS = ("postinst", "prerm", "postrm")

if shutil.which("dpkg-buildpackage") is None:
    pytest.skip("dpkg-dev is not installed", allow_module_level=True)


def run(*argv: str | Path) -> str:
    done = subprocess.run(argv, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="session")
def dist(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The packages, built from the tree as it is."""
    directory = tmp_path_factory.mktemp("dist")
    run(ROOT / "dev" / "build", "--output", directory)
    return directory


def files(deb: Path) -> set[str]:
    listed = run("dpkg-deb", "-c", deb)
    return {line.split(None, 5)[5] for line in listed.splitlines() if not line.startswith("d")}


def deb(dist: Path, name: str) -> Path:
    (found,) = dist.glob(f"{name}_*_all.deb")
    return found


def test_no_file_is_in_two_packages(dist: Path) -> None:
    contents = [files(deb(dist, name)) for name in NAMES]
    assert sum(map(len, contents)) == len(set.union(*contents))


@pytest.mark.parametrize(
    ("name", "package"),
    [("lumenmon-common", "lumenmon"), ("lumenmond", "lumenmond"),
     ("lumenmon-agentd", "lumenmon_agentd")],
)  # fmt: skip
def test_each_side_has_its_own_python(dist: Path, name: str, package: str) -> None:
    modules = {
        path.split("/dist-packages/")[1].split("/")[0]
        for path in files(deb(dist, name))
        if path.endswith(".py")
    }
    assert modules == {package}


def test_every_unit_is_shipped(dist: Path) -> None:
    shipped = {
        Path(path).name for name in NAMES for path in files(deb(dist, name)) if "/system/" in path
    }
    assert shipped == {path.name for path in (ROOT / "packaging" / "systemd").iterdir()}


def test_units_are_enabled_and_started(dist: Path, tmp_path: Path) -> None:
    run("dpkg-deb", "-e", deb(dist, "lumenmond"), tmp_path)
    script = (tmp_path / "postinst").read_text()
    invoked = " ".join(line for line in script.splitlines() if "deb-systemd-invoke" in line)
    for unit in ENABLED:
        assert f"enable '{unit}'" in script
        assert unit in invoked
    assert "enable 'lumenmond-setup.service'" in script
    # An agent's connection outlives an upgrade of the console.
    assert "lumenmon-ssh@" not in script


@pytest.mark.parametrize("name", NAMES)
def test_no_update_asks_about_configuration(dist: Path, name: str, tmp_path: Path) -> None:
    run("dpkg-deb", "-e", deb(dist, name), tmp_path)
    assert not (tmp_path / "conffiles").exists()


@pytest.mark.parametrize("name", NAMES)
def test_scripts_are_posix_sh(dist: Path, tmp_path: Path, name: str) -> None:
    run("dpkg-deb", "-e", deb(dist, name), tmp_path)
    for script in SCRIPTS:
        if (tmp_path / script).exists():
            run("sh", "-n", tmp_path / script)


def test_the_console_hands_out_the_agent(dist: Path, tmp_path: Path) -> None:
    """The very packages of this build, each held to its SHA-256 by what the one before it says."""
    run("dpkg-deb", "-x", deb(dist, "lumenmond"), tmp_path)
    handed = tmp_path / "usr/share/lumenmon/agent"
    assert {path.name for path in handed.iterdir()} == install.files(handed)
    for name in ("lumenmon-common", "lumenmon-agentd"):
        assert deb(handed, name).read_bytes() == deb(dist, name).read_bytes()
    sums = (handed / install.SUMS).read_bytes()
    assert run("sh", "-c", f"cd {handed} && sha256sum --check --strict {install.SUMS}")
    script = (handed / install.SCRIPT).read_text()
    assert f"\nPINNED={hashlib.sha256(sums).hexdigest()}\n" in script
    plain = (ROOT / "install.sh").read_text().splitlines()
    assert [line for line in script.splitlines() if line not in plain][1:] == []


def test_the_sums_beside_the_packages(dist: Path) -> None:
    run("sh", "-c", f"cd {dist} && sha256sum --check --strict SHA256SUMS")
    assert (dist / "install.sh").read_bytes() == (ROOT / "install.sh").read_bytes()


def test_postrm_needs_nothing_of_the_package() -> None:
    for path in DEBIAN.glob("*.postrm"):
        assert "python" not in path.read_text()
        assert "/usr/lib/lumenmon" not in path.read_text()


def test_two_builds_are_identical(dist: Path, tmp_path: Path) -> None:
    run(ROOT / "dev" / "build", "--fresh", "--output", tmp_path)
    for name in NAMES:
        assert deb(dist, name).read_bytes() == deb(tmp_path, name).read_bytes()


@pytest.mark.parametrize("path", sorted(DEBIAN.glob("*.sysusers")), ids=lambda path: path.stem)
def test_sysusers_of_both_releases(path: Path, tmp_path: Path) -> None:
    """Lines that systemd 252 knows too, and no home or shell that a login could use."""
    for line in path.read_text().splitlines():
        if line and not line.startswith("#"):
            assert line.split()[0] in {"u", "g", "m"}
            assert not line.endswith("sh")
    (tmp_path / "etc").mkdir()
    run("systemd-sysusers", f"--root={tmp_path}", path)
    assert "lumenmon" in (tmp_path / "etc" / "passwd").read_text()
