from collections import Counter
from pathlib import Path

import pytest

from lumenmon.ctl import Mark
from lumenmond.host import sessions, sshlog, traffic

AGENT = "id_71f6896f287a3014"
LINES = f"""\
Server listening on :: port 2345.
beginning MaxStartups throttling
drop connection #30 from [fd23:45::3]:49382 on [fd23:45::2]:2345 past MaxStartups
drop connection #30 from [10.0.0.7]:33054 on [10.0.0.2]:2345 Maxstartups
drop connection #31 from [10.0.0.7]:33055 on [10.0.0.2]:2345 Maxstartups
terminating inactive connection from user {AGENT} 10.0.0.9 port 59802
Accepted publickey for {AGENT} from 10.0.0.9 port 59802 ssh2: ED25519 SHA256:cfaJbyh6MBT66A
Invalid user drop connection #1 from [10.6.6.6]:1 on [10.0.0.2]:2345 from 10.0.0.8 port 1
drop connection #1 from [\x1b[31m]:1 on [10.0.0.2]:2345 Maxstartups
Accepted publickey for admin from 10.0.0.9 port 22 ssh2
"""
"""sshd's lines of OpenSSH 9.2 and 10.0; the later ones are a stranger's attempts."""


def test_sshds_lines_are_counted_by_source_and_a_strangers_are_not() -> None:
    found = sshlog.summarize(LINES.splitlines())
    assert found.refused == {"fd23:45::3": 1, "10.0.0.7": 2}
    assert found.unused == {(AGENT, "10.0.0.9"): 1}
    assert found.accepted == {(AGENT, "10.0.0.9"): 1}


def test_many_sources_are_named_in_a_few_words() -> None:
    sources = Counter({f"10.0.0.{n}": n for n in range(1, 6)})
    assert sshlog.named(sources) == "10.0.0.5 (5), 10.0.0.4 (4), 10.0.0.3 (3) and 2 more"


def test_status_warns_only_while_there_is_something(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sshlog, "lately", sshlog.Summary)
    assert list(traffic.parts()) == []
    monkeypatch.setattr(sshlog, "lately", lambda: sshlog.summarize(LINES.splitlines()))
    [part] = traffic.parts()
    assert part.mark is Mark.WARN
    assert "From 10.0.0.7 (2), fd23:45::3 (1)" in part.text
    assert part.remedy.startswith("sudo journalctl ")


def test_doctor_names_the_agent_and_where_it_comes_from(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sshlog, "lately", lambda: sshlog.summarize(LINES.splitlines()))
    monkeypatch.setattr(traffic.pwd, "getpwnam", lambda _: type("User", (), {"pw_uid": 66001}))
    monkeypatch.setattr(sessions, "connections", lambda _: Counter({66001: 40}))
    texts = [check.text for check in traffic.checks([AGENT])]
    assert [text.split(":")[0] for text in texts[:1]] == ["port 2345"]
    ended = f"connections of {AGENT} were ended in the last hour: they sent nothing."
    assert f"{ended} From 10.0.0.9 (1)" in texts
    assert texts[-1].startswith(f"{AGENT} has 40 connections at once. Logins in the last hour")


def test_connections_are_the_users_own_sshd_processes(tmp_path: Path) -> None:
    def process(pid: int, name: str, uid: int) -> None:
        (tmp_path / str(pid)).mkdir()
        text = f"Name:\t{name}\nState:\tS (sleeping)\nUid:\t{uid}\t{uid}\t{uid}\t{uid}\n"
        (tmp_path / str(pid) / "status").write_text(text)

    for pid, (name, uid) in enumerate(
        [("sshd", 66001), ("sshd-session", 66001), ("sh", 66001), ("sshd", 0), ("sshd", 1000)]
    ):
        process(pid, name, uid)
    assert sessions.connections({66001}, tmp_path) == {66001: 2}
