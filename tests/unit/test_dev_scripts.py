"""The scripts in dev/: what they say when they are called wrongly."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

DEV = Path(__file__).parents[2] / "dev"


@pytest.mark.parametrize(
    "line",
    [
        "build --output",
        "build --output --fresh",
        "repo --output",
        "repo --url",
        "repo --key --fresh",
    ],
)
def test_an_option_without_its_value(line: str) -> None:
    name, *words = line.split()
    done = subprocess.run([DEV / name, *words], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.endswith(f"{words[0]} wants a value\n  See dev/{name} --help.\n")
