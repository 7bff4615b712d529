"""What status and doctor say of collectors."""

from __future__ import annotations

from pathlib import Path

import pytest

from lumenmon.ctl import Check, Mark
from lumenmon_agentd import collectorchecks, sampling, submit
from lumenmon_agentd.collector import Collector
from lumenmon_agentd.identity import Files
from lumenmon_agentd.rhythm import Rhythm
from lumenmon_agentd.status import Status

USER = "id_0123456789abcdef"


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The directory of executables; the agent's status lies beside it."""
    monkeypatch.setattr(collectorchecks, "Files", lambda: Files(tmp_path, tmp_path))
    monkeypatch.setattr(sampling, "troubles", {})
    for rhythm in Rhythm:
        (tmp_path / "collectors.d" / rhythm.value).mkdir(parents=True)
    tell(tmp_path)
    return tmp_path / "collectors.d"


def tell(run: Path, troubles: str = "") -> None:
    Status(console="console:2345", user=USER, troubles=troubles).write(run / "status.json")


def put(path: Path, mode: int = 0o755) -> Path:
    path.write_text("#!/bin/sh\nexit 3\n")
    path.chmod(mode)
    return path


def only(place: Path) -> Check:
    [check] = collectorchecks.checks(place)
    return check


def test_all_is_well(place: Path) -> None:
    put(place / "pulse/good")
    put(place / "pulse/.hidden", 0o644)
    assert only(place).mark is Mark.GOOD


@pytest.mark.parametrize(
    ("name", "mode", "text", "remedy"),
    [
        ("pulse/a b", 0o644, "cannot be executed", "sudo chmod 755 '"),
        ("cycle/private", 0o700, "cannot be executed", "sudo chmod 755"),
        ("breathe/open", 0o777, "not root's alone to write", "sudo chmod go-w"),
        ("stray", 0o755, "never runs", "sudo mv"),
    ],
)
def test_what_never_runs_is_named(
    place: Path, name: str, mode: int, text: str, remedy: str
) -> None:
    put(place / name, mode)
    check = only(place)
    assert check.mark is Mark.BAD
    assert name in check.text
    assert text in check.text
    assert remedy in check.remedy


def test_an_unknown_directory_is_named(place: Path) -> None:
    (place / "hourly").mkdir()
    put(place / "hourly/x")
    check = only(place)
    assert "hourly is no rhythm" in check.text
    assert "the rhythms are pulse, breathe, cycle, report" in check.remedy


def test_what_the_agent_tells_is_shown_with_the_way_to_try_it(place: Path) -> None:
    path = put(place / "cycle/x")
    tell(place.parent, f"{path}: exit status 3\nmemory: ValueError: no")
    first, second = collectorchecks.checks(place)
    assert f"runuser -u lumenmon-agentd -- {path}" in first.remedy
    assert "systemctl start lumenmon-collect@cycle" in first.remedy
    assert "collector memory: ValueError: no" in second.text
    assert "journalctl" in second.remedy


def test_a_trouble_lasts_until_it_is_over(place: Path) -> None:
    path = put(place / "pulse/x")
    sampling.execute(path)
    assert sampling.troubles == {str(path): "exit status 3"}
    path.write_text("#!/bin/sh\n")
    sampling.execute(path)
    assert sampling.troubles == {}
    put(path)
    sampling.execute(path)
    path.unlink()
    assert list(sampling.executables(path.parent)) == []
    assert sampling.troubles == {}


def test_a_failing_collector_is_a_trouble_until_it_is_well(place: Path) -> None:
    answers = [ValueError("no\x1b"), None]

    def collect(_root: Path) -> list[tuple[object, object]]:
        if error := answers.pop(0):
            raise error
        return []

    mine = Collector("fickle", Rhythm.CYCLE, collect, ())  # type: ignore[arg-type]
    sampling.read(mine, place, 1, 1)
    assert sampling.troubles == {"fickle": "ValueError: no�"}
    sampling.read(mine, place, 1, 1)
    assert sampling.troubles == {}


def test_a_report_reaches_the_daemon_and_junk_is_refused() -> None:
    heard: dict[str, dict[str, str]] = {}
    server = object.__new__(submit.Server)
    server._hear = heard.__setitem__
    assert server._submit(b'@troubles ["cycle", {"x": "failed"}]') == "@ok 0\n"
    assert heard == {"cycle": {"x": "failed"}}
    for junk in (b"", b"[1]", b"[1, 2]", b"[" * 100_000, b"\xff"):
        assert server._submit(b"@troubles " + junk).startswith("@reject 1 ")
