"""What arrives, printed a line a value; what arrived, plotted; and which command is the default."""

from __future__ import annotations

import io
import re
import socket
import threading
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from lumenmon import live, paths, request
from lumenmon.ctl import common, main, service
from lumenmon.errors import LumenmonError
from lumenmond.ctl import figure
from lumenmond.plot import Glyphs
from lumenmond.store.reader import Point

ID = "id_" + "1" * 16
VALUE = live.Value(100, 1, 23.4, "REAL", "%")
AGENT = live.Agent(1, ID, "web1", live.State.ONLINE, "", latest={"generic_cpu": VALUE})


@pytest.fixture
def stream(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[list[list[live.Message]]]:
    """Serve live.sock: each connection gets a snapshot, then its messages, then hangs up."""
    monkeypatch.setattr(paths, "LIVE_SOCKET", tmp_path / "live.sock")
    monkeypatch.setattr("lumenmond.ctl.watch.RETRY", 0.01)
    script: list[list[live.Message]] = []
    server = socket.socket(socket.AF_UNIX)
    server.bind(str(paths.LIVE_SOCKET))
    server.listen()

    def serve() -> None:
        while True:
            try:
                connection, _ = server.accept()
            except OSError:
                return
            with connection, suppress(OSError):  # a client that has seen enough hangs up
                request.read_line(connection, 1000)
                after = script.pop(0) if script else []
                for message in (AGENT, live.Ready(2, 100.0), *after):
                    connection.sendall(live.encode(message))

    threading.Thread(target=serve, daemon=True).start()
    yield script
    server.close()


def samples(*values: float | str, metric: str = "generic_cpu") -> live.Samples:
    rows: list[list[object]] = [
        [metric, 100 + i, 1, value, "REAL", "%"] for i, value in enumerate(values)
    ]
    return live.Samples(3, ID, rows)


def test_watch_prints_what_arrives_also_after_the_daemon_was_away(
    stream: list[list[live.Message]], capsys: pytest.CaptureFixture[str]
) -> None:
    stream += [[], [], [samples(1.5, 2.5), samples(9, metric="other")], [], [samples(3.5)]]
    assert main.main(["watch", "web", "cpu", "-n", "4"]) == 0
    captured = capsys.readouterr()
    assert captured.out == "100 23.4\n100 1.5\n101 2.5\n100 3.5\n"
    assert captured.err.count("hung up, trying again") == 1


def test_watch_for_programs_and_on_a_terminal(
    stream: list[list[live.Message]],
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    stream += [[], [], [samples(50.0)]]
    assert main.main(["w", "web1", "generic_cpu", "-n", "2", "--json"]) == 0
    assert capsys.readouterr().out.splitlines() == [
        '{"time": 100, "value": 23.4}', '{"time": 100, "value": 50.0}',
    ]  # fmt: skip
    terminal = io.StringIO()
    terminal.isatty = lambda: True  # type: ignore[method-assign]
    monkeypatch.setattr("sys.stdout", terminal)
    monkeypatch.setenv("NO_COLOR", "1")
    stream += [[], [], [samples(50.0, "te\x1bxt")]]
    assert main.main(["w", "web1", "generic_cpu", "-n", "3"]) == 0
    known, first, second = terminal.getvalue().splitlines()
    assert "23.4 %" in known
    assert re.fullmatch(r"\d\d:\d\d:\d\d +50\.0 %  [█#]+", first)
    assert second.endswith("te�xt")


def test_watch_ends_with_the_agent_and_knows_its_metrics(
    stream: list[list[live.Message]], capsys: pytest.CaptureFixture[str]
) -> None:
    stream += [[], [], [live.Gone(4, ID)]]
    assert main.main(["watch", "web1", "cpu"]) == 1
    assert "was removed" in capsys.readouterr().err
    assert main.main(["watch", "web1", "generic_cpuu"]) == 1
    assert "did you mean: generic_cpu" in capsys.readouterr().err
    assert main.main(["watch", "web1", "cpu", "-n", "0"]) == 2


@pytest.mark.parametrize("glyphs", Glyphs)
def test_a_plot_has_a_scale_times_and_a_sum(
    glyphs: Glyphs, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    points = [Point(1000 + 10 * i, 10, 1.0, float(i), 60.0) for i in range(60)]
    lines = figure.figure(points, (1000, 1600), "%", 80, glyphs)
    assert len(lines) == figure.ROWS + 3
    assert "100 %" in lines[0]
    assert max(map(len, lines)) <= 80
    assert re.search(r"min 1\.0 %   mean 29\.5 %   max 60\.0 %   600 samples", lines[-1])


def test_the_sum_of_a_plot_fits_a_narrow_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    points = [Point(1000 + 10 * i, 10, 1.0, float(i), 60.0) for i in range(60)]
    lines = figure.figure(points, (1000, 1600), "%", 40, Glyphs.ASCII)
    assert max(map(len, lines)) <= 40
    assert [line.split() for line in lines[-2:]] == [
        ["min", "1.0", "%", "mean", "29.5", "%"], ["max", "60.0", "%", "600", "samples"],
    ]  # fmt: skip


def test_one_point_alone_is_plotted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    lines = figure.figure([Point(5, 1, 0.0, 0.0, 0.0)], (0, 10), "", 40, Glyphs.BRAILLE)
    assert lines[-1].endswith("1 sample")
    assert "mean 0" in "\n".join(lines)
    assert figure.bar(0.0, 0.0, 10, Glyphs.ASCII) == "#"
    assert figure.bar(20.0, 10.0, 10, Glyphs.BLOCKS) == "█" * 10


@pytest.mark.parametrize(
    ("terminal", "term", "command"),
    [(True, "xterm", "dashboard"), (True, "dumb", "status"), (False, "xterm", "status")],
)
def test_no_command_is_the_dashboard_on_a_terminal(
    monkeypatch: pytest.MonkeyPatch, terminal: bool, term: str, command: str
) -> None:
    monkeypatch.setattr("sys.stdin.isatty", lambda: terminal, raising=False)
    monkeypatch.setattr("sys.stdout.isatty", lambda: terminal, raising=False)
    monkeypatch.setenv("TERM", term)
    assert main.default(common.sides()) == command
    assert main.default([]) == "status"


def test_one_agents_story_is_asked_for_by_name(
    stream: list[list[live.Message]], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert service._agent(ID) == ID
    assert service._agent("web1") == ID
    monkeypatch.setattr(common, "sides", lambda: common_sides[1:])
    with pytest.raises(LumenmonError, match="web1"):
        service._agent("web1")


common_sides = common.sides()


@pytest.mark.parametrize("command", ["dashboard", "backup x", "restore x"])
def test_others_are_told_what_is_missing(
    command: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("os.geteuid", lambda: 1000)
    assert main.main(command.split()) == 1
    said = capsys.readouterr().err
    assert "needs a terminal" in said or "sudo lumenmonctl" in said
