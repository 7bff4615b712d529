"""What is said of a configuration file, and of the daemons that have read it."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from lumenmon.ctl import Check, Mark, settings, units
from lumenmon.errors import ConfigError

NAMES = ["lumenmond.service", "lumenmond-web.service"]


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "lumenmond.toml"
    path.touch()
    tmp_path.chmod(0o755)
    return path


def look(monkeypatch: pytest.MonkeyPatch, path: Path, error: str = "", age: float = 60) -> Check:
    def show(names: list[str]) -> list[units.Unit]:
        since = time.clock_gettime(time.CLOCK_MONOTONIC) - age
        text = f"ActiveState=active\nActiveEnterTimestampMonotonic={max(int(since * 1e6), 1)}"
        return [units._unit(f"Id={name}\n{text}") for name in names]

    def load() -> None:
        if error:
            raise ConfigError(error)

    monkeypatch.setattr(units, "show", show)
    [check] = settings.look(path, load, NAMES)
    return check


def test_a_valid_file_that_is_in_force(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    os.utime(file, (1, 1))
    assert look(monkeypatch, file).mark is Mark.GOOD
    file.unlink()
    assert look(monkeypatch, file).mark is Mark.GOOD


def test_a_mistake_while_the_daemons_still_run(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    check = look(monkeypatch, file, "line 3: unknown key: x")
    assert check.mark is Mark.BAD
    assert "lumenmond and lumenmond-web still run with the old values" in check.text
    assert f"sudoedit {file}; then: sudo lumenmonctl restart" in check.remedy


def test_a_change_that_is_not_in_force(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    check = look(monkeypatch, file)
    assert check.mark is Mark.WARN
    assert "not in force yet" in check.text
    assert "sudo systemctl restart lumenmond.service lumenmond-web.service" in check.remedy


def test_a_file_that_the_daemon_cannot_read(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file.chmod(0o600)
    check = look(monkeypatch, file)
    assert check.mark is Mark.BAD
    assert check.remedy == f"sudo chmod 644 {file}"
    file.parent.chmod(0o700)
    assert look(monkeypatch, file).remedy == f"sudo chmod 755 {file.parent}"
