"""``update`` and ``uninstall``: what they make of what dpkg and apt say."""

from __future__ import annotations

import gzip

import pytest

from lumenmon import run
from lumenmon.ctl import common, history, main, packages, uninstall, update

POLICY = """\
lumenmond:
  Installed: 1.0.0
  Candidate: {candidate}
  Version table:
{table}
"""
LOCAL = "*** 1.0.0 100\n        100 /var/lib/dpkg/status"
REMOTE = "     1.1.0 500\n        500 https://example.org ./ Packages\n " + LOCAL
SIMULATED = """\
Reading package lists...
Inst lumenmond [1.0.0] (1.1.0 lumenmon:stable [all]) []
Inst lumenmon-common [1.0.0] (1.1.0 lumenmon:stable [all])
Inst python3-new (2.0-1 Debian:13/stable [all])
Conf lumenmond (1.1.0 lumenmon:stable [all])
"""
CHANGELOG = """\
lumenmon (1.1.0) unstable; urgency=medium

  * Something new.

 -- A <a@b.invalid>  Sun, 01 Nov 2026 12:00:00 +0000

lumenmon (1.0.0) unstable; urgency=medium

  * First release.
"""
HISTORY = """
Start-Date: 2026-11-01  12:00:00
Install: idle:amd64 (3.13)
End-Date: 2026-11-01  12:00:01

Start-Date: 2026-11-02  12:00:00
Install: lumenmond:all (0.9), python3-flask:all (3.1, automatic), \
openssh-server:amd64 (1:10, automatic)

Start-Date: 2026-11-03  12:00:00
Install: python3-new:all (1, automatic)
Upgrade: lumenmond:all (0.9, 1.0.0), libc6:amd64 (2.41, 2.42)
"""


class Apt:
    """A host whose dpkg and apt say what a test wants; ``ran`` is what changed it."""

    def __init__(self) -> None:
        self.said = {
            "dpkg-query": "lumenmon-common 1.0.0 installed\nlumenmond 1.0.0 installed\n"
            "lumenmon-agentd 1.0.0 config-files\n",
            "apt-cache": POLICY.format(candidate="1.0.0", table=" " + LOCAL),
            "install": "", "update": "", "remove": "", "showhold": "",
            "download": "",
        }  # fmt: skip
        self.status = 0
        self.ran: list[list[str]] = []

    def run(self, argv, **_rest):
        for word in reversed(argv):
            if word in self.said:
                return run.Result(0, self.said[word], "")
        raise AssertionError(argv)

    def show(self, argv):
        self.ran.append(list(argv))
        return self.status


@pytest.fixture
def apt(monkeypatch):
    made = Apt()
    monkeypatch.setattr(run, "run", made.run)
    monkeypatch.setattr(packages, "show", made.show)
    monkeypatch.setattr(common, "need_root", lambda: None)
    monkeypatch.setattr(uninstall, "_forget_users", lambda: None)
    return made


def test_what_is_installed(apt):
    assert packages.installed() == {"lumenmon-common": "1.0.0", "lumenmond": "1.0.0"}


def test_no_packages(apt, capsys):
    apt.said["dpkg-query"] = ""
    for command in ("update", "uninstall"):
        assert main.main([command, "--yes"]) == 1
        assert "not installed as Debian packages" in capsys.readouterr().err


def test_what_would_change(apt):
    apt.said["install"] = SIMULATED
    assert packages.upgrade(["lumenmond"]) == [
        packages.Change("lumenmond", "1.0.0", "1.1.0"),
        packages.Change("lumenmon-common", "1.0.0", "1.1.0"),
        packages.Change("python3-new", "", "2.0-1"),
    ]


@pytest.mark.parametrize(("table", "there"), [(" " + LOCAL, False), (REMOTE, True)])
def test_a_source_is_somewhere_else(apt, table, there):
    apt.said["apt-cache"] = POLICY.format(candidate="1.1.0", table=table)
    assert packages.sources("lumenmond") is there


def test_the_changelog_since_a_version():
    assert update.since(CHANGELOG, "1.0.0") == ["changes in 1.1.0", "  * Something new."]
    assert update.since(CHANGELOG, "1.1.0") == []
    long = CHANGELOG.replace("  * Something new.\n", "  * More.\n" * 100)
    assert len(update.since(long, "1.0.0")) == update.LINES + 1


def test_update_says_when_nothing_is_newer(apt, capsys):
    apt.said["apt-cache"] = POLICY.format(candidate="1.0.0", table=REMOTE)
    assert main.main(["update"]) == 0
    assert "nothing newer" in capsys.readouterr().out
    assert apt.ran == []


def test_update_without_a_source_says_so(apt, capsys):
    assert main.main(["u"]) == 1
    assert "no source of apt" in capsys.readouterr().err


def test_update_goes_on_when_a_source_is_away(apt, monkeypatch, capsys):
    def say(argv, **rest):
        if argv[-1] == "update":
            return run.Result(0, "", "W: Failed to fetch http://a.example\nW: Some index files\n")
        return apt.run(argv, **rest)

    monkeypatch.setattr(run, "run", say)
    apt.said["apt-cache"] = POLICY.format(candidate="1.0.0", table=REMOTE)
    assert main.main(["update"]) == 0
    out = capsys.readouterr().out
    assert "Failed to fetch http://a.example" in out
    assert "going on with the rest" in out


def test_update_asks_and_keeps_configuration(apt, capsys):
    apt.said["install"] = SIMULATED
    assert main.main(["update"]) == 1
    out, err = capsys.readouterr()
    assert "python3-new" in out
    assert "→ without a question: sudo lumenmonctl" in err
    assert apt.ran == []
    assert main.main(["update", "--yes"]) == 0
    [argv] = apt.ran
    assert argv[-2:] == ["lumenmond", "lumenmon-common"]
    assert "Dpkg::Options::=--force-confold" in argv


def test_update_of_a_held_package(apt, capsys):
    apt.said |= {"install": SIMULATED, "showhold": "lumenmond\n"}
    assert main.main(["update", "--yes"]) == 1
    assert "apt-mark unhold lumenmond" in capsys.readouterr().err
    assert apt.ran == []


def test_a_failed_apt_is_a_failure(apt, capsys):
    apt.said["install"] = SIMULATED
    apt.status = 100
    assert main.main(["update", "--yes"]) == 1
    assert "status 100" in capsys.readouterr().err
    assert main.main(["uninstall", "--yes"]) == 1


@pytest.mark.parametrize(("words", "verb"), [((), "remove"), (("--purge",), "purge")])
def test_uninstall_takes_along_what_only_we_needed(apt, monkeypatch, capsys, words, verb):
    plain = "Remv lumenmond [1.0.0]\nRemv lumenmon-common [1.0.0]\n"
    more = "Remv python3-flask [3.1]\nRemv openssh-server [1:10]\nRemv idle [1]\n"

    def say(argv, **rest):
        if "--auto-remove" in argv:
            return run.Result(0, plain + more, "")
        return apt.run(argv, **rest)

    apt.said["remove"] = plain
    monkeypatch.setattr(run, "run", say)
    monkeypatch.setattr(history, "logs", lambda: iter([HISTORY]))
    assert main.main(["uninstall", *words]) == 1
    assert "This removes" in capsys.readouterr().out
    assert apt.ran == []
    assert main.main(["uninstall", "--yes", *words]) == 0
    [argv] = apt.ran
    assert argv[-4:] == [verb, "lumenmon-common", "lumenmond", "python3-flask"]


def test_the_plan_of_an_uninstall_fits_the_terminal(monkeypatch):
    monkeypatch.setenv("COLUMNS", "60")
    along = [f"python3-library-{number}" for number in range(20)]
    plan = "\n".join(uninstall._plan({"lumenmon-agentd": "1.0.0"}, along, purge=False)).split("\n")
    assert max(map(len, plan)) <= 60
    listed = [line[15:] for line in plan if "library" in line]
    assert " ".join(listed).split() == along
    assert len(listed) == sum(line.startswith((" " * 15, "  with them")) for line in plan) > 1


def test_what_came_with_ours():
    came = history.read([HISTORY], ["lumenmond", "lumenmon-common"])
    assert came.along == {"python3-flask", "openssh-server", "python3-new"}
    assert not came.others_since
    later = "\nInstall: zsh:amd64 (5.9-4)\n"
    assert history.read([HISTORY, later], ["lumenmond"]).others_since
    assert not history.read([later, HISTORY], ["lumenmond"]).others_since
    assert history.read([], ["lumenmond"]) == history.Came(frozenset(), False)


def test_the_oldest_history_comes_first(tmp_path):
    for name in ("history.log.10.gz", "history.log.2.gz"):
        (tmp_path / name).write_bytes(gzip.compress(name.encode()))
    (tmp_path / "history.log").write_text("now")
    assert list(history.logs(tmp_path)) == ["history.log.10.gz", "history.log.2.gz", "now"]


def test_a_history_that_cannot_be_read_is_left_out(tmp_path):
    whole = gzip.compress(b"whole" * 1000)
    broken = {"3": b"no gzip at all", "4": whole[:-9], "5": whole[:30] + b"\0" * 40, "6": b""}
    for number, raw in broken.items():
        (tmp_path / f"history.log.{number}.gz").write_bytes(raw)
    for name in ("history.log.old.gz", "history.log.1.bak.gz", "history.log.²x.gz"):
        (tmp_path / name).write_bytes(whole)
    (tmp_path / "history.log.7.gz").mkdir()
    (tmp_path / "history.log.2.gz").write_bytes(gzip.compress(b"read"))
    assert [text for text in history.logs(tmp_path) if text] == ["read"]
