"""piuparts: install, remove and purge in a chroot of each release leave nothing behind."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
DIST = ROOT / "dist"
IGNORED = r"^/var/cache/debconf/tmp\.ci/?$"
"""apt's own."""
TIMEOUT = 600
ENVIRONMENT = {**os.environ, "PATH": "/usr/sbin:/usr/bin:/sbin:/bin"}
LAYER = "import sys; from lab import Image; print(Image.get(sys.argv[1]).layers[0])"

for program in ("piuparts", "mmdebstrap"):
    if shutil.which(program, path=ENVIRONMENT["PATH"]) is None:
        pytest.skip(f"{program} is not installed", allow_module_level=True)
if os.geteuid() != 0:
    pytest.skip("needs root", allow_module_level=True)


def chroot(release: str) -> str:
    """The tree of the lab's base image, which piuparts copies."""
    done = subprocess.run(
        [sys.executable, "-c", LAYER, release], cwd=ROOT / "tests" / "system",
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


@pytest.mark.parametrize("release", ["bookworm", "trixie"])
@pytest.mark.parametrize("name", ["lumenmond", "lumenmon-agentd"])
def test_install_and_purge(name: str, release: str, tmp_path: Path) -> None:
    packages = [*DIST.glob("lumenmon-common_*.deb"), *DIST.glob(f"{name}_*.deb")]
    assert len(packages) == 2, "dist/ has not one version of each package: run dev/build"
    # Broken symlinks are Debian's own: piuparts only tells of them by default.
    done = subprocess.run(
        ["piuparts", "--existing-chroot", chroot(release), "--distribution", release,
         "--keep-sources-list", "--no-eatmydata", "--no-upgrade-test", "--tmpdir", tmp_path,
         "--ignore-regex", IGNORED,
         *packages],
        env=ENVIRONMENT, capture_output=True, text=True, timeout=TIMEOUT, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout[-6000:] + done.stderr
