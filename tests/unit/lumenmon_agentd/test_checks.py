"""The agent's lines in ``lumenmonctl status``: what they say is the agent's, what to do is ours."""

from __future__ import annotations

import json
import time
from dataclasses import asdict, replace
from pathlib import Path

import pytest

from lumenmon.ctl import Mark
from lumenmon_agentd import checks
from lumenmon_agentd.identity import Files
from lumenmon_agentd.status import Status, StatusError

LOST = Status("c:2345", "id_0123456789abcdef", error="lost")


def parts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str) -> list[tuple[str, str]]:
    files = Files(tmp_path, tmp_path)
    files.status.write_text(text)
    monkeypatch.setattr(checks, "Files", lambda: files)
    return [(part.text, part.remedy) for part in checks.parts() if part.mark is Mark.BAD]


@pytest.mark.parametrize(
    ("kind", "remedy"),
    [
        ("HostKeyRefused", "compare it with the pinned one: sudo lumenmonctl doctor"),
        ("Refused", "does the console still have this host? there: sudo lumenmonctl agents"),
        ("Unanswered", checks.UNANSWERED),
        ("Unreachable", checks.LOGS),
        ("sudo sh -c evil", checks.LOGS),
    ],
)
def test_the_agent_names_an_error_and_never_a_command(
    kind: str, remedy: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = json.dumps(asdict(LOST) | {"kind": kind})
    assert parts(tmp_path, monkeypatch, text) == [("not connected to c:2345: lost", remedy)]


@pytest.mark.parametrize("connected", [None, 1.0])
def test_a_console_that_acknowledges_nothing_is_named_with_the_time(
    connected: float | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    since = time.time() - 130
    status = replace(LOST, error="", connected_since=connected, unanswered_since=since)
    found = parts(tmp_path, monkeypatch, json.dumps(asdict(status)))
    ((text, remedy),) = found
    assert text.startswith("c:2345 takes the login, and has acknowledged nothing for 2 min")
    assert remedy == "what keeps it from storing? there: sudo lumenmonctl doctor"
    assert "no acknowledgement since" in status.text


@pytest.mark.parametrize(("ago", "mark"), [(60, Mark.WARN), (2 * 86400, Mark.GOOD)])
def test_what_a_console_refused_is_a_fault_for_a_day_and_stays_counted(
    ago: float, mark: Mark, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    last = time.time() - ago
    status = replace(LOST, rejected=3, rejected_at=last, strange=1, strange_at=last)
    files = Files(tmp_path, tmp_path)
    files.status.write_text(json.dumps(asdict(status)))
    monkeypatch.setattr(checks, "Files", lambda: files)
    *_, strange, rejected = checks.parts()
    assert (strange.mark, rejected.mark) == (mark, mark)
    assert strange.text.startswith("1 line that answered nothing, the last ")
    assert rejected.text.startswith("3 lines since the agent started, the last ")


def test_a_start_that_fails_has_a_remedy_of_ours(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = json.dumps({"error": "console.json is damaged", "kind": "IdentityError"})
    remedy = "register again: sudo lumenmonctl register --force LINK"
    found = parts(tmp_path, monkeypatch, text)
    assert found == [("the agent cannot start: console.json is damaged", remedy)]


def test_a_hint_in_the_status_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(StatusError) as caught:
        parts(tmp_path, monkeypatch, json.dumps(asdict(LOST) | {"hint": "sudo sh -c evil"}))
    assert "evil" not in caught.value.message + caught.value.hint
