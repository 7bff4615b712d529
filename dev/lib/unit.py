"""Run tests/unit on a booted host of each release, with that release's own Python and libraries.

unit.py RESULTS [PYTEST-ARGUMENT…] leaves one junit XML file per release in the directory RESULTS.
"""

from __future__ import annotations

import re
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from lab import RELEASES, Host, Image, Network

ROOT = Path(__file__).resolve().parents[2]
TOOLS = ("openssh-client", "python3-hypothesis", "python3-pytest")
TIMEOUT = 900.0


def packages() -> list[str]:
    """The Debian packages that the tests need: pytest, and the libraries the packages depend on."""
    control = (ROOT / "debian" / "control").read_text()
    libraries = set(re.findall(r"\bpython3-[a-z0-9.+-]+", control))
    return sorted({*TOOLS, *libraries - {"python3-all", "python3-distutils"}})


def run(network: Network, release: str, arguments: list[str], results: Path) -> tuple[str, int]:
    """Run the tests on one release; return what pytest printed and its status."""
    image = Image.get(release).derive("unit", packages=packages())
    host = Host.boot(image, release, network, binds={ROOT: "/src", results: "/results"})
    command = ["python3", "-m", "pytest", "-p", "no:cacheprovider", "--color=no"]
    command += [f"--junit-xml=/results/unit-{release}.xml", *(arguments or ["-q", "tests/unit"])]
    outcome = host.run(
        ["env", "--chdir=/src", *command],
        check=False,
        timeout=TIMEOUT,
        env={"PYTHONDONTWRITEBYTECODE": "1", "HYPOTHESIS_STORAGE_DIRECTORY": "/tmp/hypothesis"},
    )
    return outcome.stdout + outcome.stderr, outcome.returncode


def main(results: Path, arguments: list[str]) -> int:
    """Run the tests on all releases at a time; 0 when they passed on each."""
    with Network("unit") as network, ThreadPoolExecutor() as pool:
        runs = {
            release: pool.submit(run, network, release, arguments, results) for release in RELEASES
        }
        statuses = []
        for release, future in runs.items():
            printed, status = future.result()
            print(f"--- {release}\n{printed}", flush=True)
            statuses.append(status)
    return max(statuses)


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), sys.argv[2:]))
