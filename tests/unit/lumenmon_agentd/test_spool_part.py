"""What ``status`` says of the spool."""

from __future__ import annotations

import pytest

from lumenmon.ctl import Mark
from lumenmon_agentd import checks, config
from lumenmon_agentd.status import Status

SIZE = 2**20


@pytest.mark.parametrize(
    ("waiting", "dropped", "mark", "words"),
    [
        (900, 0, Mark.GOOD, "900 B of 1.0 MiB waiting"),
        (SIZE * 3 // 4, 0, Mark.WARN, "it fills"),
        # The oldest segment of eight has just been dropped.
        (SIZE * 7 // 8 - 100, 5, Mark.BAD, "full, so the oldest samples are dropped"),
        (1000, 1, Mark.WARN, "1 sample dropped"),
    ],
)
def test_the_spool(
    waiting: int, dropped: int, mark: Mark, words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(config, "load", lambda: config.Config(spool_size=SIZE))
    part = checks._spool(Status(waiting_bytes=waiting, dropped=dropped))
    assert part.mark is mark
    assert words in part.text
