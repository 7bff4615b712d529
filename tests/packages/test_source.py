"""The source package in a clone: Debian's own tools build it and find nothing wrong with it."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest
from lab import Host, Image, Network
from outlook import ALL_RELEASES, reported

ROOT = Path(__file__).parents[2]
TOOLS = (
    "build-essential",
    "debhelper",
    "dh-python",
    "git",
    "lintian",
    "po-debconf",
    "pybuild-plugin-pyproject",
    "python3-all",
    "python3-setuptools",
)
"""What debian/control asks for to build, and lintian."""
TIMEOUT = 600

if os.geteuid() != 0 or shutil.which("systemd-nspawn") is None:
    pytest.skip("needs root and systemd-nspawn", allow_module_level=True)


def clone(directory: Path) -> Path:
    """A clone with the tree as it is, committed."""
    tree = directory / "lumenmon"
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    for name in filter(None, listed.stdout.split("\0")):
        if (ROOT / name).is_file():
            (tree / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, tree / name)
    identity = ["-c", "user.name=test", "-c", "user.email=test@localhost"]
    for command in (["init", "-q"], ["add", "-A"], [*identity, "commit", "-qm", "as it is"]):
        subprocess.run(["git", *command], cwd=tree, check=True)
    return tree


@pytest.mark.parametrize("release", ALL_RELEASES)
def test_debians_tools_build_a_clone(release: str, tmp_path: Path) -> None:
    clone(tmp_path)
    with reported(release), Network("source") as network:
        image = Image.get(release).derive("build", packages=TOOLS)
        host = Host.boot(image, "build", network, binds={tmp_path: "/src"})
        host.run("git config --global --add safe.directory '*'")
        host.run("cd /src/lumenmon && apt-get -s build-dep .")
        host.run("cd /src/lumenmon && dpkg-buildpackage -us -uc", timeout=TIMEOUT)
        kinds = {path.suffix for path in tmp_path.iterdir() if path.is_file()}
        assert kinds == {".buildinfo", ".changes", ".deb", ".dsc", ".xz"}
        found = host.run(
            "cd /src && lintian --pedantic --allow-root --fail-on=error,warning *.changes",
            check=False,
            timeout=TIMEOUT,
        )
        assert found.returncode == 0, found.stdout
        host.run("cd /src/lumenmon && dpkg-buildpackage --target=clean", timeout=TIMEOUT)
        left = host.run("cd /src/lumenmon && git status --porcelain --ignored").stdout
        assert left == "", left


def test_the_tools_are_what_the_source_asks_for() -> None:
    control = (ROOT / "debian" / "control").read_text()
    asked = control.partition("Build-Depends:")[2].partition("Standards-Version")[0]
    for line in asked.strip().splitlines():
        package = line.strip().strip(",").split()[0]
        assert package in TOOLS or package.startswith(("debhelper-compat", "dh-sequence-")), package
