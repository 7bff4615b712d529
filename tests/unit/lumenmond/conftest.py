from __future__ import annotations

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from console import Console

from lumenmon import paths


@pytest.fixture
def console(tmp_path: Path) -> Console:
    return Console(tmp_path)


@pytest.fixture
def handout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The directory of the agent's packages, with files in it as the console's package has them."""
    directory = tmp_path / "handout"
    directory.mkdir()
    for name in ("lumenmon-common_1.2_all.deb", "lumenmon-agentd_1.2_all.deb"):
        (directory / name).write_bytes(name.encode())
    (directory / "SHA256SUMS").write_text("…")
    (directory / "install.sh").write_text("#!/bin/sh\n")
    monkeypatch.setattr(paths, "AGENT_PACKAGES", directory)
    return directory
