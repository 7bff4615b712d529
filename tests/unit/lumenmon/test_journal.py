"""The journal's lines: one each, whatever a stranger's text holds."""

from __future__ import annotations

import logging
import sys
from types import ModuleType
from typing import Any

import pytest

from lumenmon import journal

HOSTILE = "a\nb\x1b[2J\u202e"


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """Stand in for python3-systemd; returns what was sent."""
    found: list[dict[str, Any]] = []
    module = ModuleType("systemd")
    module.journal = ModuleType("journal")  # type: ignore[attr-defined]
    module.journal.send = lambda text, **fields: found.append({"text": text, **fields})  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "systemd", module)
    monkeypatch.setenv("JOURNAL_STREAM", "1:2")
    root = logging.getLogger()
    monkeypatch.setattr(root, "handlers", [])
    level = root.level
    journal.setup("lumenmon-test")
    yield found
    root.setLevel(level)


def test_a_message_and_its_fields_are_one_line(sent: list[dict[str, Any]]) -> None:
    journal.event(logging.WARNING, "word", "said: %s", HOSTILE, agent=HOSTILE, name=HOSTILE)
    (line,) = sent
    assert line["text"] == "said: a�b�[2J�"
    assert line["LUMENMON_AGENT"] == line["LUMENMON_NAME"] == "a�b�[2J�"
    assert line["LUMENMON_EVENT"] == "word"


@pytest.mark.parametrize(
    ("level", "priority"),
    [(logging.ERROR, 3), (logging.WARNING, 4), (journal.NOTICE, 5), (logging.INFO, 6)],
)
def test_levels_are_the_journals(level: int, priority: int, sent: list[dict[str, Any]]) -> None:
    journal.event(level, "word", "said")
    assert sent[0]["PRIORITY"] == priority


def test_a_traceback_keeps_its_lines(sent: list[dict[str, Any]]) -> None:
    try:
        raise ValueError("\x1b[2J")
    except ValueError:
        logging.getLogger().exception("it ends: %s", HOSTILE)
    first, *_, last = sent[0]["text"].split("\n")
    assert first == "it ends: a�b�[2J�"
    assert last == "ValueError: �[2J"


def test_stderr_gets_the_same(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("JOURNAL_STREAM", raising=False)
    root = logging.getLogger()
    monkeypatch.setattr(root, "handlers", [])
    monkeypatch.setattr(root, "level", root.level)
    journal.setup("lumenmon-test")
    journal.event(logging.ERROR, "word", "%s", HOSTILE)
    assert capsys.readouterr().err == "lumenmon-test: a�b�[2J�\n"
