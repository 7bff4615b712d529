from __future__ import annotations

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from dashboard import Dashboard


@pytest.fixture
def dashboard(tmp_path: Path):
    made = Dashboard(tmp_path)
    yield made
    made.close()
