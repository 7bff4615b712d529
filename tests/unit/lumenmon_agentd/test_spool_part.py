"""What ``status`` says of the spool."""

from __future__ import annotations

import time

import pytest

from lumenmon.ctl import Mark
from lumenmon_agentd import checks, config
from lumenmon_agentd.status import Status

SIZE = 2**20


@pytest.mark.parametrize(
    ("waiting", "dropped", "ago", "mark", "words"),
    [
        (900, 0, None, Mark.GOOD, "900 B of 1.0 MiB waiting"),
        (SIZE * 3 // 4, 0, None, Mark.WARN, "it fills"),
        # The oldest segment of eight has just been dropped.
        (SIZE * 7 // 8 - 100, 5, 0, Mark.BAD, "full, so the oldest samples are dropped"),
        (1000, 1, 3600, Mark.WARN, "since the installation 1 sample dropped, the last 1 h"),
        (1000, 1, None, Mark.WARN, "1 sample dropped"),
        (1000, 1, -3600, Mark.WARN, "1 sample dropped"),
        # What was lost long ago is history that stays to be read.
        (1000, 5, 2 * 86400, Mark.GOOD, "since the installation 5 samples dropped, the last 2 d"),
        (SIZE * 3 // 4, 5, 2 * 86400, Mark.WARN, "it fills"),
        (SIZE, 5, 2 * 86400, Mark.BAD, "full"),
    ],
)
def test_the_spool(
    waiting: int,
    dropped: int,
    ago: float | None,
    mark: Mark,
    words: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(config, "load", lambda: config.Config(spool_size=SIZE))
    last = None if ago is None else time.time() - ago
    part = checks._spool(Status(waiting_bytes=waiting, dropped=dropped, dropped_at=last))
    assert part.mark is mark
    assert words in part.text
