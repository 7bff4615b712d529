"""Metrics' units and groups, errors, and the one door to other programs."""

from __future__ import annotations

import time

import pytest

from lumenmon import metrics, run
from lumenmon.errors import AccessError, ConfigError, LumenmonError, UsageError
from lumenmon.wire import Type


@pytest.mark.parametrize(
    ("name", "unit"),
    [
        ("generic_cpu", "%"),
        ("generic_mem", "%"),
        ("generic_disk", "%"),
        ("generic_sys_uptime", "s"),
        ("generic_net_rx_bytes_per_second", "B/s"),
        ("app_requests_per_second", "/s"),
        ("generic_mem_used_bytes", "B"),
        ("generic_temp_max_celsius", "°C"),
        ("generic_load_1", ""),
        ("generic_hostname", ""),
        ("bytes", ""),
    ],
)
def test_units(name: str, unit: str) -> None:
    assert metrics.unit(name) == unit
    assert metrics.Metric(name, Type.REAL, "").unit == unit


@pytest.mark.parametrize(
    ("name", "group"),
    [("generic_cpu", "cpu"), ("generic_cpu_user_percent", "cpu"), ("generic", "generic"),
     ("lumenmon_spool_bytes", "lumenmon"), ("mail_queue", "mail"), ("x", "x")],
)  # fmt: skip
def test_groups(name: str, group: str) -> None:
    assert metrics.group(name) == group


def test_errors_say_what_and_what_to_do() -> None:
    error = LumenmonError("it broke", "mend it")
    assert (str(error), error.message, error.hint) == ("it broke", "it broke", "mend it")
    assert (LumenmonError("x").hint, LumenmonError("x").exit_status) == ("", 1)
    assert (UsageError("x").exit_status, ConfigError("x").exit_status) == (2, 2)
    assert AccessError("x").exit_status == 1


def test_run_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LC_ALL", "de_DE.UTF-8")
    monkeypatch.setenv("SECRET", "x")
    result = run.run(
        ["sh", "-c", "cat; echo $LC_ALL $SECRET $MORE >&2"], stdin="in", env={"MORE": "m"}
    )
    assert result == run.Result(0, "in", "C.UTF-8 m\n"), "a clean environment, and what was added"
    assert run.run(["sh", "-c", "printf '\\377'"]).stdout == "\ufffd"
    assert run.run(["false"], check=False).status == 1


@pytest.mark.parametrize(
    ("argv", "message"),
    [
        (["/no/such/program"], "/no/such/program is not installed"),
        (["/"], "/ cannot be run: Permission denied"),
        (["false"], "false: exit status 1"),
        (["sh", "-c", "echo first >&2; echo last >&2; exit 3"], "sh: last"),
        (["sleep", "60"], "sleep took longer than 0.2 s"),
    ],
)
def test_run_fails_in_words(argv: list[str], message: str) -> None:
    before = time.monotonic()
    with pytest.raises(run.CommandError) as caught:
        run.run(argv, timeout=0.2 if argv[0] == "sleep" else 10)
    assert caught.value.message == message
    assert time.monotonic() - before < 10


def test_spawn() -> None:
    child = run.spawn(["cat"], stdin=run.PIPE, stdout=run.PIPE)
    assert child.communicate(b"x", timeout=10) == (b"x", None)
    with pytest.raises(run.CommandError, match="cannot be run"):
        run.spawn(["/no/such/program"])
