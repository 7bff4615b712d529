from pathlib import Path

import pytest

from lumenmon import paths, run
from lumenmon.ctl import Mark
from lumenmond.host import doctor, hostkey, obstacles, sshd
from lumenmond.host.effective import Effective

PACKAGING = Path(__file__).parents[4] / "packaging"
DROP_IN = PACKAGING / "sshd_config.d" / "00-lumenmon.conf"


def blocks() -> dict[str, dict[str, str]]:
    found: dict[str, dict[str, str]] = {}
    for line in DROP_IN.read_text().splitlines():
        words = line.split(None, 1)
        if not words or line.startswith("#"):
            continue
        if words[0] == "Match":
            current = found.setdefault(words[1], {})
        else:
            current[words[0]] = words[1]
    return found


def test_the_drop_in_concerns_our_users_alone() -> None:
    assert set(blocks()) == {"User id_" + 16 * "?", "User reg_" + 13 * "?"}


@pytest.mark.parametrize("kind", ["id_", "reg_"])
def test_each_block_closes_every_way(kind: str) -> None:
    block = next(v for k, v in blocks().items() if k.startswith(f"User {kind}"))
    assert block["DisableForwarding"] == "yes"
    for word in ("AllowTcpForwarding", "AllowStreamLocalForwarding", "AllowAgentForwarding",
                 "X11Forwarding", "PermitTTY", "PermitUserRC", "PermitTunnel"):  # fmt: skip
        assert block[word] == "no", word
    assert block["ForceCommand"] in sshd.GATEWAYS.values()
    assert block["AuthenticationMethods"] == ("publickey" if kind == "id_" else "password")


def test_host_keys_are_named_only_where_they_differ(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    key, other = tmp_path / "a", tmp_path / "b"
    key.touch()
    monkeypatch.setattr(hostkey, "DEFAULTS", (key, tmp_path / "missing"))
    template = (PACKAGING / "sshd_config").read_text()
    assert sshd.render(template, [key]) == template
    changed = sshd.render(template, [other])
    assert f"HostKey {other}\n\nInclude " in changed
    assert changed.replace(f"HostKey {other}\n\n", "") == template


def test_the_links_key_is_the_ed25519_key_of_the_port(tmp_path: Path) -> None:
    paths = []
    for kind in ("ecdsa", "ed25519"):
        path = tmp_path / kind
        run.run(["ssh-keygen", "-q", "-t", kind, "-N", "", "-f", str(path)])
        paths.append(path)
    (tmp_path / "ed25519.pub").unlink()  # the private key says it too
    key = hostkey.current("".join(f"HostKey {path}\n" for path in paths))
    assert key.line.startswith("ssh-ed25519 ")


def make_key(path: Path, kind: str = "ed25519") -> Path:
    run.run(["ssh-keygen", "-q", "-t", kind, "-N", "", "-f", str(path)])
    return path


def test_a_key_of_our_own_stays_once_agents_have_pinned_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hostkey, "OWN", tmp_path / "own")
    ecdsa = make_key(tmp_path / "ecdsa", "ecdsa")
    assert hostkey.choose([ecdsa]) == [ecdsa, hostkey.OWN]
    system = make_key(tmp_path / "ed25519")
    assert hostkey.choose([ecdsa, system]) == [ecdsa, hostkey.OWN]
    hostkey.OWN.unlink()
    assert hostkey.choose([ecdsa, system]) == [ecdsa, system]


def test_the_key_that_agents_pinned_stays_when_the_system_drops_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hostkey, "OWN", tmp_path / "own")
    ecdsa, system = make_key(tmp_path / "ecdsa", "ecdsa"), make_key(tmp_path / "ed25519")
    before = f"HostKey {ecdsa}\nHostKey {system}\n"
    assert hostkey.choose([ecdsa], before) == [ecdsa, system]
    assert hostkey.choose([tmp_path / "missing"], before) == [system]
    other = make_key(tmp_path / "other")
    assert hostkey.choose([other], before) == [other]
    system.unlink()
    assert hostkey.choose([ecdsa], before) == [ecdsa, hostkey.OWN]


def test_the_ports_host_key_outlives_a_broken_system_configuration(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hostkey, "OWN", tmp_path / "own")
    monkeypatch.setattr(hostkey, "DEFAULTS", (make_key(tmp_path / "default"),))
    monkeypatch.setattr(sshd, "PORT_CONFIG", tmp_path / "etc" / "sshd_config")
    monkeypatch.setattr(sshd, "TEMPLATES", PACKAGING)
    monkeypatch.setattr(sshd, "valid", lambda *_: "")
    custom = make_key(tmp_path / "custom")
    sshd.write_port_config(Effective.of(f"hostkey {custom}\n"))
    assert f"HostKey {custom}\n" in sshd.PORT_CONFIG.read_text()
    sshd.write_port_config(Effective(error="line 3: Bad configuration option"))
    assert f"HostKey {custom}\n" in sshd.PORT_CONFIG.read_text()


class FakeSshd:
    """Stands for sshd: answers for root, and refuses what it is told to."""

    def __init__(self, drop_in: Path) -> None:
        self.drop_in = drop_in
        self.refuse = self.change = False

    def effective(self, user: str, *_: object) -> Effective:
        there = self.drop_in.exists()
        if user == "root":
            return Effective.of("port 22\n" + ("banner x\n" if there and self.change else ""))
        return Effective.of(f"forcecommand {sshd.GATEWAYS[user]}\n" if there else "")

    def valid(self, *_: object) -> str:
        return "line 1: no" if self.refuse and self.drop_in.exists() else ""


@pytest.fixture
def fake(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> FakeSshd:
    drop_in = tmp_path / "etc" / "00-lumenmon.conf"
    fake = FakeSshd(drop_in)
    monkeypatch.setattr(sshd, "DROP_IN", drop_in)
    monkeypatch.setattr(sshd, "TEMPLATES", PACKAGING)
    monkeypatch.setattr(sshd, "effective", fake.effective)
    monkeypatch.setattr(sshd, "valid", fake.valid)
    return fake


def test_the_drop_in_is_written(fake: FakeSshd) -> None:
    assert sshd.install(fake.effective("root")) == []
    assert fake.drop_in.read_text() == DROP_IN.read_text()


@pytest.mark.parametrize("fault", ["refuse", "change"])
@pytest.mark.parametrize("old", [None, "# older\n"])
def test_a_harmful_drop_in_is_taken_back(fake: FakeSshd, fault: str, old: str | None) -> None:
    if old:
        fake.drop_in.parent.mkdir()
        fake.drop_in.write_text(old)
    before = Effective.of("port 22\n")
    setattr(fake, fault, True)
    with pytest.raises(sshd.SshdError, match="taken back"):
        sshd.install(before)
    assert (fake.drop_in.read_text() if fake.drop_in.exists() else None) == old


def test_a_broken_system_configuration_is_not_judged(fake: FakeSshd) -> None:
    fake.refuse = True
    assert sshd.install(Effective(error="line 3: Bad configuration option")) == []
    assert fake.drop_in.exists()


@pytest.mark.parametrize(
    ("config", "words"),
    [
        ("Port 22\n", "includes no drop-ins"),
        ("#Include /etc/ssh/sshd_config.d/*.conf\n", "includes no drop-ins"),
        ("Match User x\nInclude /etc/ssh/sshd_config.d/*.conf\n", 'inside "Match User x"'),
        ("include sshd_config.d/*.conf\n", "ForceCommand /bin/true"),
    ],
)
def test_the_reason_is_named(config: str, words: str) -> None:
    check = doctor.reason(config, "/bin/true")
    assert words in check.text
    assert check.remedy


@pytest.mark.parametrize(
    ("agent", "invite", "words"),
    [
        ("", "", []),
        ("allowgroups *\n", "allowusers id_* reg_*\n", []),
        ("allowusers root\n", "allowusers root\n", ["AllowUsers keeps agents and invites out"]),
        ("allowusers id_*\n", "allowusers id_*\n", ["AllowUsers keeps invites out"]),
        (
            "denygroups lumenmon-*\nallowusers root\n", "allowusers admin@10.0.0.1 root\n",
            ["AllowUsers keeps agents and invites out", "DenyGroups keeps agents out"],
        ),
        ("usepam no\n", "", ["UsePAM is no"]),
    ],
)  # fmt: skip
def test_what_keeps_our_users_out_is_named(
    agent: str, invite: str, words: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    said = {sshd.AGENT: agent, sshd.INVITE: invite}
    monkeypatch.setattr(sshd, "prepare", lambda: None)
    monkeypatch.setattr(sshd, "valid", lambda: "")
    monkeypatch.setattr(sshd, "effective", lambda user: Effective.of(said[user]))
    found = list(obstacles.checks())
    assert [word in check.text for word, check in zip(words, found, strict=True)] == [
        True for _ in words
    ]
    for check in found:
        assert check.mark is Mark.WARN  # agents come in on port 2345
        assert check.remedy


def test_key_files_that_sshd_refuses_are_found(tmp_path: Path) -> None:
    directory = tmp_path / ("id_" + 16 * "a")
    file = directory / "authorized_keys"
    assert list(doctor.unsafe([directory], [file])) == [directory]
    assert doctor._mend(directory).endswith(f"lumenmonctl remove {directory.name}")
    directory.mkdir(mode=0o711)
    assert list(doctor.unsafe([directory], [file]))[-1] == file
    file.touch(0o600)
    assert file in list(doctor.unsafe([directory], [file]))
    assert doctor._mend(file) == f"sudo chown root:root {file}; sudo chmod 644 {file}"


def test_removal_keeps_the_host_key_that_agents_pinned(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("HOST_STATE", "KEYS", "INVITES"):
        monkeypatch.setattr(paths, name, tmp_path / name)
    monkeypatch.setattr(sshd, "PORT_CONFIG", tmp_path / "sshd_config")
    monkeypatch.setattr(sshd, "DROP_IN", tmp_path / "00-lumenmon.conf")
    monkeypatch.setattr(hostkey, "OWN", make_key(tmp_path / "own"))
    sshd.PORT_CONFIG.touch()
    sshd.DROP_IN.touch()
    sshd.remove()
    assert not sshd.PORT_CONFIG.exists()
    assert not sshd.DROP_IN.exists()
    assert hostkey.choose([make_key(tmp_path / "system")]) == [hostkey.OWN]
