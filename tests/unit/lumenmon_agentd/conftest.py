"""What the tests of the agent share."""

from __future__ import annotations

import pytest

from lumenmon_agentd import sampling


@pytest.fixture(autouse=True)
def nothing_was_said(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let each test begin as a daemon does, which has said no trouble of a collector yet."""
    monkeypatch.setattr(sampling, "_said", {})
    monkeypatch.setattr(sampling, "troubles", {})
