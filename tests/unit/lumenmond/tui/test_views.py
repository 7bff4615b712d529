from __future__ import annotations

import pytest
import urwid
from hypothesis import given, settings
from hypothesis import strategies as st
from tui_desk import NOW, FakeDesk, make

from lumenmon.errors import LumenmonError
from lumenmon.live import Ready, Samples, State, Value
from lumenmond.plot import Glyphs
from lumenmond.tui import charts, columns, dialogs, facts, paint, screen
from lumenmond.tui.fleet_view import FleetView
from lumenmond.tui.history import Past
from lumenmond.tui.host_view import HostView
from lumenmond.tui.invite_view import InviteView
from lumenmond.tui.view import Field, View, box, key_line

SIZES = [(24, 4), (80, 22), (119, 7), (200, 58)]
MADE = {
    "link": "ssh://reg_1:secret@host:2345/#key", "expires": 9e12, "user": "reg_1", "host": "h",
    "why": "it is",
}  # fmt: skip


@pytest.fixture(autouse=True)
def utf8() -> None:
    urwid.set_encoding("utf-8")


def test_a_terminal_without_a_size_has_the_usual_one():
    assert screen.usual(0, 0) == (80, 24)
    assert screen.usual(200, 60) == (200, 60)


def text(view: View, wide: int = 80, rows: int = 22) -> str:
    view.hits.areas.clear()
    lines = view.draw(wide, rows)
    return "\n".join("".join(piece for _, piece in line) for line in lines)


def press(view: View, *keys: str) -> None:
    for key in keys:
        view.key(key)


def test_the_table_shows_trouble_first_and_no_strangers_escapes(desk: FakeDesk) -> None:
    shown = text(FleetView(desk)).splitlines()
    assert "✗ offline web2" in shown[1]
    assert "● online  db" in shown[2]
    assert "● online  web1" in shown[3]
    assert "evil�[2J�" in shown[4]
    assert not any(c in "".join(shown) for c in "\x1b\u202e")


@pytest.mark.parametrize(
    ("metric", "count", "note"),
    [
        ("security_updates", 1, "1 security update"),
        ("security_updates", 12, "12 security updates"),
        ("security_updates", 0, ""),
        ("failed_units", 1, "1 failed unit"),
        ("failed_units", 2, "2 failed units"),
    ],
)
def test_a_note_counts(desk: FakeDesk, metric: str, count: int, note: str) -> None:
    latest = {f"generic_sys_{metric}": Value(int(NOW), 3600, count, "INTEGER", "")}
    agent = make("web", latest=latest)
    assert columns._why(agent, desk.model, 18, desk.glyphs)[1] == note
    state = columns._state(agent, desk.model, 9, desk.glyphs)[1]
    assert state == ("● online!" if "failed" in note else "● online")


def test_the_cursor_stays_with_its_agent(desk: FakeDesk) -> None:
    view = FleetView(desk)
    text(view)
    press(view, "j", "j")
    assert view.selected().name == "web1"
    desk.model.apply(make("web1", State.OFFLINE, digit="1"))
    text(view)
    assert view.selected().name == "web1"
    press(view, "G")
    assert view.selected().name.startswith("evil")
    press(view, "g", "k")
    assert view.selected().state is State.OFFLINE


def test_the_filter_is_written_kept_and_cleared(desk: FakeDesk) -> None:
    view = FleetView(desk)
    press(view, "/", "w", "e", "x", "backspace", "b")
    assert "2 of 4" in text(view)
    press(view, "enter")
    assert not view.writing
    assert len(view.agents()) == 2
    assert view.key("esc")
    assert len(view.agents()) == 4
    assert not view.key("esc")
    press(view, "/", "z")
    assert "No agent fits" in text(view)


def test_keys_ask_for_the_dialogs_and_open_the_host(desk: FakeDesk) -> None:
    view = FleetView(desk)
    text(view)
    press(view, "r", "t", "d", "enter")
    two = "id_" + "2" * 16
    assert desk.asked == [("rename", two), ("tag", two), ("remove", two)]
    assert isinstance(desk.opened[0], HostView)
    assert desk.followed == [two]
    desk.opened[0].closed()
    assert desk.followed == []


def test_clicks_choose_open_and_sort(desk: FakeDesk) -> None:
    view = FleetView(desk)
    text(view)
    view.hits.find(2, 10)()
    assert view.selected().name == "db"
    view.hits.find(2, 10)()
    assert isinstance(desk.opened[0], HostView)
    view.hits.find(0, 14)()
    assert view.sort == "NAME"
    assert "NAME↑" in text(view)
    assert view.hits.find(20, 5) is None


@pytest.mark.parametrize("column", columns.SORTS, ids=lambda column: column.title)
def test_every_column_sorts_both_ways(desk: FakeDesk, column: columns.Column) -> None:
    agents = list(desk.model.agents.values())
    for turned in (False, True):
        found = columns.ordered(agents, desk.model, column.title, turned=turned)
        assert {agent.id for agent in found} == set(desk.model.agents)


@given(st.integers(0, 400))
def test_columns_fill_the_room_and_the_name_stays_longest(room: int) -> None:
    shown = columns.layout(room)
    assert sum(wide + 1 for _, wide in shown) - 1 <= max(room, -1)
    assert not shown or "NAME" in [column.title for column, _ in shown]


@pytest.mark.parametrize("glyphs", Glyphs)
@pytest.mark.parametrize(("wide", "rows"), SIZES)
def test_every_view_fits_every_size(desk: FakeDesk, wide: int, rows: int, glyphs: Glyphs) -> None:
    desk.glyphs = glyphs
    agent = desk.model.agents["id_" + "1" * 16]
    invite = InviteView(desk)
    invite._got(MADE, None)
    host = HostView(desk, agent)
    for view in (FleetView(desk), host, invite, dialogs.Help(desk), dialogs.Rename(desk, agent),
                 dialogs.Tag(desk, agent), dialogs.Remove(desk, agent),
                 dialogs.RootOnly(desk, "sudo lumenmonctl remove id_x")):  # fmt: skip
        for _ in range(4):
            lines = view.draw(wide, rows)
            canvas = paint.canvas(lines, wide, rows, glyphs)
            assert (canvas.cols(), canvas.rows()) == (wide, rows)
            assert max((paint.length(line) for line in lines), default=0) <= max(wide, 80)
            if view is host:
                view.key("tab")


@pytest.mark.parametrize(
    ("rows", "shown"),
    [(21, [0, 7, 14]), (17, [0, 7, 14]), (16, [0, 7, None]), (15, [0, 7, None]), (14, [0, 7])],
)
def test_no_chart_is_a_title_alone(rows: int, shown: list[int | None]) -> None:
    lines: list[paint.Line] = [[("bold", f"title {i}" if i % 7 == 0 else "")] for i in range(21)]
    found = charts.whole(lines, 7, rows)
    said = [text for ((_, text),) in found if text]
    assert said == ["  ↓ more below" if at is None else f"title {at}" for at in shown]
    assert len(found) <= rows


def test_facts_are_cut_with_an_ellipsis_and_name_failed_units(desk: FakeDesk) -> None:
    latest = {
        "generic_sys_failed_units": Value(int(NOW), 300, 1, "INTEGER", ""),
        "generic_sys_failed_unit_names": Value(int(NOW), 300, "runner.service", "TEXT", ""),
        "generic_sys_os": Value(int(NOW), 3600, "Debian GNU/Linux 12 (bookworm)", "TEXT", ""),
    }
    agent = make("web1", latest=latest)
    lines = ["".join(part for _, part in line) for line in facts.facts(agent, NOW, 36)]
    assert any(line.startswith(" failed units 1: runner.service") for line in lines)
    assert " system       Debian GNU/Linux 12 (…" in lines
    assert {len(line) for line in lines} == {36}


def test_a_hosts_page_reads_the_past_and_goes_on_live(desk: FakeDesk) -> None:
    view = HostView(desk, desk.model.agents["id_" + "1" * 16])
    assert "reading…" in text(view)
    ((_, done),) = desk.jobs
    past = [(NOW - 60 + i, NOW - 58 + i, 50.0, 60.0) for i in range(50)]
    done(dict.fromkeys(view._charted(view.agent()), past), None)
    assert "⣿" in text(view)
    view._model.apply(Samples(5, view.id, [["generic_cpu", int(NOW), 1, 99.0, "REAL", "%"]]))
    assert "99.0 %" in text(view)
    press(view, "4")
    assert "reading…" in text(view)
    assert len(desk.jobs) == 2
    desk.jobs[1][1](None, LumenmonError("no right to read it"))
    assert "no right to read it" in text(view)


def test_answers_for_a_range_that_is_no_longer_shown_are_dropped(desk: FakeDesk) -> None:
    view = HostView(desk, desk.model.agents["id_" + "1" * 16])
    text(view)
    press(view, "6")
    text(view)
    desk.jobs[0][1]({}, None)
    text(view)
    assert len(desk.jobs) == 2
    press(view, "left", "left", "right")
    assert view.range == 4


def test_values_are_listed_and_charted(desk: FakeDesk) -> None:
    view = HostView(desk, desk.model.agents["id_" + "1" * 16])
    press(view, "tab")
    shown = text(view)
    assert "12.5 %" in shown
    press(view, "enter")
    assert view.metric == "generic_cpu"
    assert "│ generic_cpu" in text(view)
    press(view, "esc")
    assert (view.metric, desk.closed) == ("", 0)
    press(view, "tab", "end", "enter")
    assert (view.tab, view.metric) == ("charts", "generic_net_tx_bytes_per_second")
    press(view, "shift tab", "tab", "esc", "esc")
    assert desk.closed == 1


def test_text_has_no_chart(desk: FakeDesk) -> None:
    view = HostView(desk, desk.model.agents["id_" + "1" * 16])
    press(view, "tab")
    view._at = view._ordered(view.agent()).index("generic_hostname")
    press(view, "enter")
    assert (view.metric, len(desk.said)) == ("", 1)


def test_an_agent_that_is_removed_meanwhile_is_said_to_be(desk: FakeDesk) -> None:
    view = HostView(desk, desk.model.agents["id_" + "1" * 16])
    desk.model.agents.clear()
    assert "was removed" in text(view)
    assert view.key("j")


def test_the_invite_counts_down_and_sees_who_comes(desk: FakeDesk) -> None:
    view = InviteView(desk)
    assert "Making" in text(view)
    view._got(MADE, None)
    assert "sudo lumenmonctl register 'ssh://reg_1:secret@host:2345/#key'" in text(view)
    press(view, "c", "p")
    assert desk.copied == desk.printed == [view.line]
    desk.model.begin()
    desk.model.apply(make("new", digit="9"))
    desk.model.apply(Ready(1, NOW))
    shown = text(view)
    assert "✓ new has come in: ● online" in shown
    assert "secret" not in shown
    press(view, "p")
    assert len(desk.printed) == 1


def test_the_invite_leads_with_the_line_for_a_bare_host(desk: FakeDesk) -> None:
    view = InviteView(desk)
    view._got({**MADE, "install": "echo 'x' | sh"}, None)
    assert view.line == "echo 'x' | sh"
    shown = text(view)
    assert shown.index(view.line) < shown.index("sudo lumenmonctl register 'ssh://reg_1:secret")


def test_an_invite_that_expired_or_failed_can_be_made_anew(desk: FakeDesk) -> None:
    view = InviteView(desk)
    view._got({**MADE, "expires": 0}, None)
    shown = text(view)
    assert "has expired" in shown
    assert "secret" not in shown
    press(view, "n")
    assert len(desk.jobs) == 2
    view._got(None, LumenmonError("no address", "add --host"))
    assert "add --host" in text(view)


def test_remove_wants_a_y(desk: FakeDesk) -> None:
    view = dialogs.Remove(desk, desk.model.agents["id_" + "1" * 16])
    press(view, "enter", "Y", "x")
    assert desk.jobs == []
    press(view, "y", "y")
    assert len(desk.jobs) == 1
    desk.jobs[0][1](None, LumenmonError("busy", "try again"))
    assert "try again" in text(view)
    press(view, "y")
    desk.jobs[1][1]({}, None)
    assert (desk.closed, desk.said) == (1, ["removed web1"])


def test_an_answer_that_nobody_waited_for_closes_nothing_else(desk: FakeDesk) -> None:
    for error, said in ((None, "removed web1"), (LumenmonError("no"), "web1: no")):
        dialog = dialogs.Remove(desk, desk.model.agents["id_" + "1" * 16])
        dialog.key("y")
        before = desk.closed
        dialog.key("esc")
        dialog.closed()  # as the dashboard does
        desk.jobs[-1][1](None, error)
        assert desk.closed == before + 1
        assert desk.said[-1] == said


def test_names_and_tags_are_written(desk: FakeDesk, monkeypatch: pytest.MonkeyPatch) -> None:
    calls = []
    monkeypatch.setattr(
        "lumenmond.tui.dialogs.request.call",
        lambda path, verb, **args: calls.append((verb, args)),
    )
    agent = desk.model.agents["id_" + "1" * 16]
    rename, tag = dialogs.Rename(desk, agent), dialogs.Tag(desk, agent)
    press(rename, "ctrl u", "n", "e", "w", "enter")
    press(tag, ",", "#", "b", "enter")
    for work, _ in desk.jobs:
        work()
    assert calls == [
        ("rename", {"agent": agent.id, "name": "new"}),
        ("tag", {"agent": agent.id, "tags": ["web", "b"]}),
    ]


@given(st.lists(st.sampled_from(["a", "漢", " ", "left", "right", "home", "end", "backspace",
                                 "delete", "ctrl u", "ctrl w", "f5"])))  # fmt: skip
def test_a_field_takes_any_keys(keys: list[str]) -> None:
    field = Field("start")
    for key in keys:
        field.key(key)
        assert 0 <= field.at <= len(field.text)
        assert paint.length(field.draw(12)) == 12


def test_frames_and_key_lines_fit() -> None:
    lines = box("Title", [[("text", "x" * 100)]], 40)
    assert {paint.length(line) for line in lines} == {40}
    assert paint.length(key_line([("a", "first"), ("b", "second")], 12)) == 12


@settings(max_examples=30)
@given(st.floats(allow_nan=False, allow_infinity=False) | st.integers(-(2**63), 2**63 - 1),
       st.sampled_from(["", "%", "B", "B/s", "s", "°C"]))  # fmt: skip
def test_any_number_is_shown(value: float, unit: str) -> None:
    desk = FakeDesk()
    known = dict.fromkeys(charts.CHARTS, Value(int(NOW), 1, value, "REAL", unit))
    known["generic_sys_uptime"] = known["generic_sys_failed_units"] = known["generic_cpu"]
    agent = make("odd", digit="1", latest=known, recent=[float(value)] * 9)
    desk.model.begin()
    desk.model.apply(agent)
    desk.model.apply(Ready(1, NOW))
    host = HostView(desk, agent)
    for view in (FleetView(desk), host):
        text(view, 250, 50)
        for metric in charts.CHARTS:
            host._pasts.setdefault(metric, Past(unit)).add(int(NOW) - 9, 9, float(value))
        assert text(view, 250, 50)


def test_a_narrow_terminal_cuts_nothing_that_misleads(desk: FakeDesk) -> None:
    long = make("database-primary-berlin-01.example.org", State.OFFLINE, digit="5")
    desk.model.apply(long)
    view = HostView(desk, long)
    head, bar, *_ = text(view, 40, 13).splitlines()
    assert "✗ offline" in head
    assert "…" in head
    view.key("6")
    bar = text(view, 40, 13).splitlines()[1]
    assert "‹ 1y ›" in bar, "the range that is shown"
    assert "5m" not in bar
    for room in (80, 200):
        assert "heard of just now" in text(HostView(desk, make("web1", digit="1")), room, 22)
    shown = text(dialogs.Remove(desk, long), 40, 13)
    words = " ".join(shown.replace("│", " ").split())
    assert "all its data. This can't be undone. Its host can come back with a new invite." in words
    assert "y  remove it" in shown
    help = dialogs.Help(desk)
    assert len(text(help, 40, 13).splitlines()) == 13
    assert "for more" in text(help, 40, 13)
    press(help, *["down"] * 30)
    assert "click a row twice" in text(help, 40, 13)


@pytest.mark.parametrize("columns", [40, 60, 80, 200])
def test_the_first_line_tells_how_the_fleet_is(
    desk: FakeDesk, columns: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(screen.socket, "gethostname", lambda: "monitoring.internal.example.org")
    desk.trouble = None  # type: ignore[attr-defined]
    line = "".join(piece for _, piece in screen._bar(desk, columns))  # type: ignore[arg-type]
    assert [count in line for count in ("✗ 1", "○ 1", "● 2")] == [True] * 3
    assert len(line) == columns
