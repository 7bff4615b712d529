from __future__ import annotations

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from console import Console


@pytest.fixture
def console(tmp_path: Path) -> Console:
    return Console(tmp_path)
