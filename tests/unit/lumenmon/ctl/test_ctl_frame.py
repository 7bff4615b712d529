"""The frame of lumenmonctl: its table, its words for units, and how errors reach a person."""

import json
import threading
import time
from pathlib import Path

import pytest

from lumenmon import run
from lumenmon.ctl import (
    Check,
    Command,
    Mark,
    Part,
    Probe,
    Side,
    common,
    main,
    probes,
    status,
    units,
)
from lumenmon.errors import AccessError, LumenmonError

ROOT = Path(__file__).resolve().parents[4]
MAN = ROOT / "packaging/man/lumenmonctl.1"
SHOWN = """\
Id=lumenmond.service
LoadState=loaded
ActiveState={active}
SubState=running
Result={result}
StatusText={status}
MemoryCurrent=12582912
StateChangeTimestampMonotonic=1
UnitFileState={file_state}
ActiveEnterTimestampMonotonic={since}
NRefused={refused}
NRestarts={restarts}
"""


def unit(active="active", result="success", status="3 agents", file_state="enabled", **more):
    since = int((time.clock_gettime(time.CLOCK_MONOTONIC) - more.get("age", 3600)) * 1e6)
    return units._unit(
        SHOWN.format(
            active=active, result=result, status=status, file_state=file_state,
            restarts=more.get("restarts", 2), refused=more.get("refused", 0), since=max(since, 1),
        )
    )  # fmt: skip


def fake_side(*commands, parts=(), checks=()):
    probe = Probe("looked at", lambda: checks)
    return Side("fake", "fake-package", (), commands, lambda: iter(parts), (probe,))


@pytest.fixture
def side(monkeypatch):
    def use(*commands, **rest):
        monkeypatch.setattr(common, "sides", lambda: (fake_side(*commands, **rest),))

    return use


@pytest.fixture
def of_host(monkeypatch):
    """Let a test say what is looked at of the whole host; nothing by default."""

    def use(*found):
        monkeypatch.setattr(probes, "of_host", lambda _sides: found)

    use()
    return use


@pytest.mark.parametrize("command", main.commands(common.sides()), ids=lambda each: each.name)
def test_each_command_explains_itself(command, capsys):
    assert command.text
    assert main.main([command.name, "--help"]) == 0
    assert f"lumenmonctl {command.name}" in capsys.readouterr().out
    if MAN.exists():
        assert command.name in MAN.read_text().replace("\\-", "-")


@pytest.mark.parametrize("command", main.commands(common.sides()), ids=lambda each: each.name)
def test_help_fits_a_terminal_of_80_columns(command, capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")
    assert main.main([command.name, "--help"]) == 0
    assert [line for line in capsys.readouterr().out.splitlines() if len(line) > 80] == []


def test_a_command_of_the_other_side_is_known(monkeypatch, capsys):
    there = common.sides()
    assert {package: words.split() for package, (_, words) in main.ELSEWHERE.items()} == {
        side.package: [
            *(each.name for each in side.commands),
            *(each.alias for each in side.commands if each.alias),
        ]
        for side in there
    }
    monkeypatch.setattr(common, "sides", lambda: there[1:])
    assert main.main(["invite"]) == 2
    assert "invite is a command of the console" in capsys.readouterr().err


def test_a_socket_says_what_it_refused():
    """Its unit logs none of them."""
    shown = units.part(unit(refused=70), "lumenmond").text
    assert "70 connections refused: there were too many" in shown
    assert "refused" not in units.part(unit(), "lumenmond").text


def test_no_word_means_two_commands():
    words = []
    for command in main.commands(common.sides()):
        words += [command.name, *([command.alias] if command.alias else [])]
    assert len(words) == len(set(words))


def test_help_lists_every_command(capsys):
    assert main.main(["--help"]) == 0
    listed = capsys.readouterr().out
    for command in main.commands(common.sides()):
        assert f"{command.name} " in listed
        assert command.text in listed


def test_readme_lists_every_command():
    readme = (ROOT / "README.md").read_text()
    for command in main.commands(common.sides()):
        assert f"`{command.name}" in readme, command.name


def test_unknown_command_suggests_the_nearest(capsys):
    assert main.main(["statsu"]) == 2
    assert "did you mean: lumenmonctl status" in capsys.readouterr().err
    assert main.main(["\x1b[31m"]) == 2
    assert "\x1b" not in capsys.readouterr().err


def test_an_error_is_reported_once_with_its_hint(side, capsys):
    def fail(_args):
        raise LumenmonError("it broke", "mend it")

    side(Command("break", "b", fail, "break it"))
    assert main.main(["b"]) == 1
    out, err = capsys.readouterr()
    assert (out, err.splitlines()) == ("", ["lumenmonctl: it broke", "  → mend it"])


@pytest.mark.parametrize(("error", "status"), [(KeyboardInterrupt, 130), (EOFError, 130)])
def test_an_interrupted_command_is_quiet(side, capsys, error, status):
    def interrupt(_args):
        raise error

    side(Command("wait", "", interrupt, "wait"))
    assert main.main(["wait"]) == status
    assert capsys.readouterr() == ("", "")


@pytest.mark.parametrize(
    ("words", "read"),
    [
        (["temp", "REAL", "-1e-5"], ["temp", "REAL", " -1e-5"]),
        (["temp", "REAL", "-3.5", "--interval", "5"], ["temp", "REAL", " -3.5", "--interval", "5"]),
        (["--from", "-5m", "--to", "-1h30m"], ["--from=-5m", "--to=-1h30m"]),
        (["-n", "-3"], ["-n", "-3"]),
        (["note", "TEXT", "--", "-x", "-5"], ["note", "TEXT", "--", "-x", "-5"]),
        (["--json", "-x"], ["--json", "-x"]),
    ],
)
def test_a_negative_value_is_no_option(words, read):
    assert main.with_negatives(words) == read


@pytest.mark.parametrize("value", ["-1e-5", "-5", "-.5"])
def test_submit_takes_a_negative_value(value):
    submit = main.find("submit", common.sides())
    words = main.with_negatives(["temp", "REAL", value, "--interval", "3"])
    read = main.parser(submit).parse_args(words)
    assert (read.value, read.interval) == (f" {value}", 3)


def test_a_bad_argument_is_a_usage_error(capsys):
    assert main.main(["logs", "-n", "-3"]) == 2
    assert main.main(["logs", "--nonsense"]) == 2
    assert "usage: lumenmonctl logs" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("shown", "mark", "word", "remedy"),
    [
        (unit(), Mark.GOOD, "running", ""),
        (unit("failed", "exit-code"), Mark.BAD, "failed (exit-code)", "journalctl"),
        (unit("inactive"), Mark.BAD, "stopped", "sudo lumenmonctl start"),
        (
            unit("activating", "exit-code"),
            Mark.BAD,
            "ends again and again (exit-code)",
            "journalctl",
        ),
        (unit("activating", restarts=0), Mark.WARN, "running", "journalctl"),
        (unit(restarts=2, age=5), Mark.BAD, "running again", "journalctl"),
        (unit(restarts=2, age=90), Mark.WARN, "running again", "journalctl"),
        (unit(restarts=1, age=5), Mark.WARN, "running again", "journalctl"),
        (unit(file_state="disabled"), Mark.WARN, "not at the next boot", "systemctl enable"),
    ],
)
def test_a_unit_in_words(shown, mark, word, remedy):
    part = units.part(shown, "lumenmond")
    assert part.mark is mark
    assert word in part.text
    assert remedy in part.remedy


def test_a_running_unit_says_memory_status_and_restarts():
    text = units.part(unit(status="3 agents\x1b[2J"), "lumenmond").text
    assert "12.0 MiB" in text
    assert "restarted 2 times" in text
    assert "3 agents�[2J" in text


def test_a_missing_unit_names_its_package():
    part = units.part(units._unit("Id=x.service\nLoadState=not-found\n"), "lumenmond")
    assert part.mark is Mark.BAD
    assert part.remedy == "sudo apt install --reinstall lumenmond"


def test_memory_that_systemd_does_not_know():
    assert units._unit("Id=x.service\nMemoryCurrent=18446744073709551615\n").memory is None
    assert units._unit("Id=x.service\nMemoryCurrent=[not set]\n").memory is None


def test_per_connection_services_belong_to_their_sockets():
    assert units.instances(["a.socket", "a.service", "b.socket", "c.timer"]) == ["b@*.service"]


def test_status_puts_the_worst_first_and_fails(side, capsys, of_host):
    side(parts=[Part(Mark.GOOD, "fine", "ok"), Part(Mark.BAD, "broken", "down", "mend it")])
    assert main.main([]) == 1
    out = capsys.readouterr().out
    assert out.index("broken") < out.index("mend it") < out.index("fine")
    assert main.main(["s", "--json"]) == 1
    found = json.loads(capsys.readouterr().out)
    assert found["ok"] is False
    assert found["sides"]["fake"][0] == {
        "name": "broken", "mark": "bad", "text": "down", "remedy": "mend it",
    }  # fmt: skip


def test_status_is_one_line_a_part_where_all_is_well(side, capsys, of_host, monkeypatch):
    monkeypatch.setenv("COLUMNS", "40")
    long = "word " * 20
    side(parts=[Part(Mark.GOOD, "a", long), Part(Mark.BAD, "b", long, "mend it")])
    main.main(["status"])
    assert capsys.readouterr().out.count(long.strip()) == 2
    monkeypatch.setattr("sys.stdout.isatty", lambda: True, raising=False)
    monkeypatch.setenv("NO_COLOR", "1")
    main.main(["status"])
    *wrong, well = [line for line in capsys.readouterr().out.splitlines() if "word" in line]
    assert sum(line.count("word") for line in wrong) == 20
    assert all(line[: line.index("word")].isspace() for line in wrong[1:])
    assert max(map(len, wrong)) <= 40
    assert well.endswith("…")
    assert len(well) == 40


def narrow(monkeypatch):
    """Make stdout a terminal of 40 columns."""
    monkeypatch.setenv("COLUMNS", "40")
    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.setattr("sys.stdout.isatty", lambda: True, raising=False)


def test_what_is_wrong_stands_below_a_long_name(side, capsys, of_host, monkeypatch):
    narrow(monkeypatch)
    side(parts=[Part(Mark.BAD, "lumenmon-agentd.service", "word " * 20, "sudo lumenmonctl start")])
    main.main(["status"])
    _, head, *text, remedy = capsys.readouterr().out.splitlines()
    assert head == "  × lumenmon-agentd.service"
    assert all(line.startswith("    word") and len(line) <= 40 for line in text)
    assert remedy == "    → sudo lumenmonctl start"


def test_a_remedy_is_one_line_that_begins_where_it_fits(side, capsys, of_host, monkeypatch):
    narrow(monkeypatch)
    for long in (20, 50):
        side(parts=[Part(Mark.BAD, "a", "down", "x" * long)])
        main.main(["status"])
        *_, remedy = capsys.readouterr().out.splitlines()
        assert remedy == f"{' ' * (7 if long == 20 else 4)}→ {'x' * long}"


def test_doctor_and_help_fit_a_narrow_terminal(side, capsys, of_host, monkeypatch):
    narrow(monkeypatch)
    side(checks=[Check(Mark.GOOD, "word " * 20)])
    main.main(["doctor"])
    out = capsys.readouterr().out
    assert out.count("\n    word") >= 2
    main.main(["help"])
    assert max(map(len, (out + capsys.readouterr().out).splitlines())) <= 40


def test_doctor_fails_when_a_check_does(side, capsys, of_host):
    side(checks=[Check(Mark.WARN, "hm", "look")])
    assert main.main(["doctor"]) == 0
    assert "→ look" in capsys.readouterr().out
    side(checks=[Check(Mark.BAD, "no", "mend")])
    assert main.main(["doctor", "--json"]) == 1
    assert json.loads(capsys.readouterr().out)["checks"][0]["remedy"] == "mend"


def test_status_fails_when_a_check_of_doctor_does(side, capsys, of_host):
    fine = Part(Mark.GOOD, "fine", "ok")
    side(parts=[fine], checks=[Check(Mark.BAD, "no", "mend"), Check(Mark.GOOD, "unsaid")])
    assert main.main(["status"]) == 1
    out = capsys.readouterr().out
    assert out.index("looked at  no") < out.index("mend") < out.index("fine")
    assert "unsaid" not in out
    side(parts=[fine], checks=[Check(Mark.GOOD, "unsaid")])
    assert main.main(["status"]) == 0
    assert "all is well" in capsys.readouterr().out


def test_doctor_fails_when_a_part_of_status_does(side, capsys, of_host):
    side(parts=[Part(Mark.BAD, "uplink", "down", "mend it")])
    assert main.main(["doctor"]) == 1
    assert "uplink: down" in capsys.readouterr().out


def test_what_was_not_looked_at_is_not_well(side, capsys, of_host, monkeypatch):
    monkeypatch.setattr("os.geteuid", lambda: 1000)
    of_host(Probe("secrets", lambda: [Check(Mark.GOOD, "fine")], needs_root=True))
    side(parts=[Part(Mark.UNSEEN, "dashboard", "not looked at", status.WITH_ROOT)])
    assert main.main(["status"]) == 0
    out = capsys.readouterr().out
    assert "all is well" not in out
    assert "secrets, dashboard" in out
    assert "sudo lumenmonctl status" in out
    assert main.main(["doctor"]) == 0
    out = capsys.readouterr().out
    assert "2 checks could not be made" in out
    assert "are well" not in out


def test_what_is_switched_off_is_no_fault(side, capsys, of_host):
    side(parts=[Part(Mark.OFF, "dashboard", "switched off"), Part(Mark.GOOD, "fine", "ok")])
    assert main.main(["status"]) == 0
    out = capsys.readouterr().out
    assert "all is well" in out
    assert "○ dashboard" in out


def broken():
    yield Check(Mark.GOOD, "first")
    raise PermissionError(13, "Permission denied")


def crashing():
    raise KeyError("local")


def hanging():
    threading.Event().wait()
    return []


@pytest.mark.parametrize("command", ["doctor", "status"])
def test_a_look_that_breaks_or_hangs_ends_no_other(side, capsys, of_host, command):
    of_host(Probe("broken", broken), Probe("hung", hanging, limit=0.3), Probe("crash", crashing))
    side(checks=[Check(Mark.WARN, "last")])
    assert main.main([command]) == 1
    out = capsys.readouterr().out
    assert "not looked at to the end: no answer within 0.3 s" in out
    assert "not looked at to the end: KeyError: 'local'" in out
    assert "last" in out
    assert ("Permission denied" if command == "doctor" else "broken") in out


def test_a_strangers_text_is_made_harmless(side, capsys, of_host):
    side(parts=[Part(Mark.BAD, "a", "x\x1b[2J", "\x1b]0;")], checks=[Check(Mark.BAD, "\x9b")])
    main.main(["status"])
    main.main(["doctor"])
    out = capsys.readouterr().out
    assert "\x1b" not in out
    assert "\x9b" not in out


def test_changes_need_root_and_say_the_line_to_type(side, capsys, monkeypatch):
    monkeypatch.setattr("os.geteuid", lambda: 1000)
    monkeypatch.setattr("sys.argv", ["lumenmonctl", "start"])
    side()
    assert main.main(["start"]) == 1
    assert "sudo lumenmonctl start" in capsys.readouterr().err


def test_what_a_right_is_missing_for_names_the_line_to_type(side, capsys, monkeypatch):
    def refuse(_args):
        raise AccessError("no right to use it")

    monkeypatch.setattr("sys.argv", ["lumenmonctl", "start", "a b"])
    monkeypatch.setattr(main, "find", lambda *_: Command("start", "", refuse, "x"))
    side()
    assert main.main(["start"]) == 1
    assert "→ run it with sudo: sudo lumenmonctl start 'a b'" in capsys.readouterr().err


@pytest.fixture
def systemctl(monkeypatch):
    """Two units; returns what is run, and a place for how they are and for what fails."""
    ran, units_shown, failing = [], {}, set()

    def answer(argv, **_rest):
        if argv[1] == "show":
            blocks = [
                f"Id={name}\n{units_shown.get(name, 'LoadState=loaded')}\nActiveState=active\n"
                for name in argv[argv.index("--") + 1 :]
            ]
            return run.Result(0, "\n".join(blocks), "")
        ran.append(argv)
        return run.Result(1, "", "Job failed.") if failing & {*argv} else run.Result(0, "", "")

    monkeypatch.setattr("os.geteuid", lambda: 0)
    monkeypatch.setattr(run, "run", answer)
    made = Side("fake", "p", ("a.service", "b.socket"), (), lambda: ())
    monkeypatch.setattr(common, "sides", lambda: (made,))
    return ran, units_shown, failing


def test_start_echoes_what_it_runs(capsys, systemctl):
    ran, *_ = systemctl
    assert main.main(["start"]) == 0
    assert ran[-1] == ["systemctl", "start", "a.service", "b.socket"]
    assert "[#] systemctl start a.service b.socket" in capsys.readouterr().out


def test_a_question_without_a_terminal_is_a_no(monkeypatch):
    monkeypatch.setattr("sys.stdin.isatty", lambda: False, raising=False)
    monkeypatch.setattr("sys.argv", ["lumenmonctl", "remove", "web 1"])
    with pytest.raises(LumenmonError) as caught:
        common.confirm("Really?", yes=False)
    assert caught.value.hint == "without a question: sudo lumenmonctl remove 'web 1' --yes"
    common.confirm("Really?", yes=True)


def test_restart_leaves_sockets_listening(systemctl):
    ran, *_ = systemctl
    assert main.main(["restart"]) == 0
    assert ran[-2:] == [["systemctl", "start", "b.socket"], ["systemctl", "restart", "a.service"]]


@pytest.mark.parametrize(
    ("file_state", "remedy"),
    [("masked", "unmask a.service;"), ("masked-runtime", "unmask --runtime a.service;")],
)
@pytest.mark.parametrize("command", ["start", "restart"])
def test_a_masked_unit_keeps_no_other_from_its_start(
    command, file_state, remedy, systemctl, capsys
):
    ran, shown, _ = systemctl
    shown["a.service"] = f"LoadState=masked\nUnitFileState={file_state}"
    assert main.main([command]) == 1
    assert ["systemctl", "start", "b.socket"] in ran
    error = capsys.readouterr().err
    assert "a.service is masked; all other units were started" in error
    assert f"sudo systemctl {remedy} sudo lumenmonctl start" in error


def test_restart_goes_on_after_a_socket_that_fails(systemctl, capsys):
    ran, _, failing = systemctl
    failing.add("b.socket")
    assert main.main(["restart"]) == 1
    assert ran[-1] == ["systemctl", "restart", "a.service"]
    assert "Job failed." in capsys.readouterr().err


@pytest.mark.parametrize(
    ("done", "line", "status", "said", "remedy"),
    [
        (run.Result(1, "", "Failed to parse timestamp: soon"), ["--since", "soon"], 2,
         "--since is no time: soon", "10 min ago"),
        (run.Result(1, "", "No journal files were opened due to insufficient permissions."), [], 1,
         "no right to read the journal", "usermod -aG systemd-journal"),
        (run.Result(1, "", "Bad message"), [], 1, "Bad message", "systemd-journald"),
    ],
)  # fmt: skip
def test_logs_says_what_keeps_it_from_reading(
    side, capsys, monkeypatch, done, line, status, said, remedy
):
    monkeypatch.setattr(run, "run", lambda _argv, **_rest: done)
    monkeypatch.setattr("os.geteuid", lambda: 1000)
    side()
    assert main.main(["logs", *line]) == status
    err = capsys.readouterr().err
    assert said in err
    assert remedy in err
