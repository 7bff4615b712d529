"""The checks that both sides make."""

from __future__ import annotations

import pytest

from lumenmon import run
from lumenmon.ctl import Mark, checks


@pytest.mark.parametrize(
    ("container", "synchronised", "mark", "words"),
    [
        (True, "no", Mark.GOOD, "container's host"), (False, "yes", Mark.GOOD, "is synchronised"),
        (False, "no", Mark.WARN, "not synchronised"),
    ],
)  # fmt: skip
def test_the_clock_of_a_container_is_its_hosts(
    container: bool, synchronised: str, mark: Mark, words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    answers = {
        "systemd-detect-virt": run.Result(0 if container else 1, "", ""),
        "timedatectl": run.Result(0, f"{synchronised}\n", ""),
    }
    monkeypatch.setattr(run, "run", lambda argv, **_rest: answers[argv[0]])
    found = checks.clock()
    assert found.mark is mark
    assert words in found.text
