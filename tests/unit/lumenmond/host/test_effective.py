"""sshd's own words: recorded from OpenSSH 9.2 (Debian 12), 10.0 (Debian 13) and 10.6."""

from pathlib import Path

import pytest

from lumenmon import paths, run
from lumenmond.host import hostkey, sshd
from lumenmond.host.effective import ALWAYS, Effective, NotUnderstood, parse

TOP = Path(__file__).parents[4]
RECORDED = TOP / "tests" / "fixtures" / "sshd"
VERSIONS = ("9.2", "10.0", "10.6")


def answer(version: str) -> str:
    return (RECORDED / f"openssh-{version}").read_text()


@pytest.mark.parametrize("version", VERSIONS)
def test_every_version_is_understood(version: str) -> None:
    found = parse(answer(version))
    assert found.all("hostkey")[:3] == [
        f"/etc/ssh/ssh_host_{kind}_key" for kind in ("rsa", "ecdsa", "ed25519")
    ]
    assert found.all("listenaddress") == ["[::]:22", "0.0.0.0:22"]
    assert found.all("acceptenv")[:2] == ["LANG", "LC_*"]
    assert (found.get("usepam"), found.get("forcecommand")) == ("yes", "none")
    assert found.get("denyusers") == ""
    assert found.all("denyusers") == []


@pytest.mark.parametrize("name", ALWAYS)
def test_an_answer_without_what_all_have_is_not_understood(name: str) -> None:
    lines = answer("10.6").splitlines()
    rest = [line for line in lines if line.split(" ")[0].lower() != name]
    assert len(rest) < len(lines)
    with pytest.raises(NotUnderstood, match=f"it has no {name}"):
        parse("\n".join(rest))


@pytest.mark.parametrize("text", ["", "\n", "{}", '{"port": 22}', "Port=22\nHostKey=/etc/key\n"])
def test_other_words_are_not_understood(text: str) -> None:
    with pytest.raises(NotUnderstood):
        parse(text)


@pytest.mark.parametrize("path", ['"/etc/ssh/key"', "none", "file:/etc/ssh/key"])
def test_a_host_key_that_is_no_path_is_not_understood(path: str) -> None:
    with pytest.raises(NotUnderstood, match="hostkey is no path"):
        parse(f"{answer('10.6')}\nHostKey {path}\n")


@pytest.fixture
def console(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A console whose sshd answers with the text of ``answer``, and finds every file valid."""
    for name in ("HOST_STATE", "KEYS", "INVITES"):
        monkeypatch.setattr(paths, name, tmp_path / name)
    monkeypatch.setattr(sshd, "PORT_CONFIG", tmp_path / "lumenmon" / "sshd_config")
    monkeypatch.setattr(sshd, "DROP_IN", tmp_path / "ssh" / "00-lumenmon.conf")
    monkeypatch.setattr(sshd, "PRIVSEP", tmp_path / "run")
    monkeypatch.setattr(sshd, "TEMPLATES", TOP / "packaging")
    monkeypatch.setattr(hostkey, "SYSTEM", tmp_path)
    monkeypatch.setattr(hostkey, "OWN", tmp_path / "own")
    default = tmp_path / "ssh_host_ed25519_key"
    default.touch()
    default.with_name(default.name + ".pub").write_text(f"{KEY}\n")
    monkeypatch.setattr(hostkey, "DEFAULTS", (default,))

    def fake(argv: list[str], **_: object) -> run.Result:
        text = (tmp_path / "answer").read_text() if "-T" in argv else ""
        return run.Result(0, text, "")

    monkeypatch.setattr(run, "run", fake)
    return tmp_path


KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl"


def test_nothing_is_written_from_an_answer_that_was_not_understood(console: Path) -> None:
    sshd.PORT_CONFIG.parent.mkdir()
    sshd.PORT_CONFIG.write_text("HostKey /pinned\n")
    (console / "answer").write_text("Hosts = many\n")
    [note] = sshd.apply()
    assert "not understood" in note
    assert "stay as they are" in note
    assert sshd.PORT_CONFIG.read_text() == "HostKey /pinned\n"
    assert not sshd.DROP_IN.exists()


def test_a_new_console_gets_its_port_all_the_same(console: Path) -> None:
    (console / "answer").write_text("Hosts = many\n")
    [note] = sshd.apply()
    assert "port 22 gets no rules" in note
    assert sshd.PORT_CONFIG.read_text() == (TOP / "packaging" / "sshd_config").read_text()
    assert not sshd.DROP_IN.exists()


@pytest.mark.parametrize("version", VERSIONS)
def test_the_consoles_host_keys_outlive_an_update_of_openssh(console: Path, version: str) -> None:
    custom = console / "custom"
    custom.touch()
    custom.with_name("custom.pub").write_text(f"{KEY}\n")
    mine = [line for line in answer(version).splitlines() if "hostkey " not in line.lower()]
    (console / "answer").write_text("\n".join([*mine, f"HostKey {custom}", ""]))
    sshd.apply()
    assert f"HostKey {custom}\n" in sshd.PORT_CONFIG.read_text()


def test_a_setting_has_its_first_value() -> None:
    found = Effective.of("Subsystem sftp /x\nsubsystem other /y\nBanner\n")
    assert found.get("subsystem") == "sftp /x"
    assert found.all("banner") == [""]
