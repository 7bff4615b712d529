from __future__ import annotations

import gzip
import io
import json
import pwd
import tarfile
from pathlib import Path

import pytest

from lumenmon import paths, run
from lumenmon.errors import ConfigError, LumenmonError
from lumenmon.keys import PublicKey
from lumenmond.host import archive, hostkey, recover
from lumenmond.host.archive import ArchiveError, pack, unpack

KEY = PublicKey(b"\x00\x00\x00\x0bssh-ed25519\x00\x00\x00\x20" + bytes(32))
LINE = f'restrict,command="/usr/lib/lumenmon/ingest" {KEY.line}\n'


def quiet(what: str, done: int, total: int) -> None:
    assert what
    assert 0 <= done <= total


@pytest.fixture
def packed(tmp_path: Path) -> Path:
    members = []
    for name, text in {
        archive.DATABASE: "rows" * 1000,
        archive.UIDS: f"66000 {KEY.agent_id}\n66001 reg_1729123456789\n",
        f"host/keys/{KEY.agent_id}": LINE,
    }.items():
        path = tmp_path / name.replace("/", "-")
        path.write_text(text)
        members.append(archive.Member.of(name, path))
    target = tmp_path / "backup.tar.gz"
    pack(target, members, quiet)
    return target


def place(tmp_path: Path) -> Path:
    made = tmp_path / "place"
    made.mkdir()
    return made


def test_what_is_packed_is_unpacked(tmp_path: Path, packed: Path) -> None:
    into = place(tmp_path)
    manifest = unpack(packed, into, quiet)
    assert manifest.agents == [KEY.agent_id]
    assert (into / archive.DATABASE).read_text() == "rows" * 1000
    assert recover.keys(into, manifest) == {KEY.agent_id: KEY}
    assert packed.stat().st_mode & 0o777 == 0o600
    assert not packed.with_name(packed.name + ".part").exists()


def test_each_byte_counts(tmp_path: Path, packed: Path) -> None:
    whole = packed.read_bytes()
    for i, damaged in enumerate((
        whole[: len(whole) // 2],
        whole[: len(whole) * 3 // 4],
        b"",
        b"no archive",
        gzip.compress(gzip.decompress(whole).replace(b"rowsrows", b"rowsrowx", 1)),
    )):  # fmt: skip
        packed.write_bytes(damaged)
        into = tmp_path / str(i)
        into.mkdir()
        with pytest.raises(ArchiveError):
            unpack(packed, into, quiet)


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("../../etc/passwd", tarfile.REGTYPE), ("/etc/passwd", tarfile.REGTYPE),
        ("host/keys/../uids", tarfile.REGTYPE), ("host/keys/id_xyz", tarfile.REGTYPE),
        ("metrics.db", tarfile.SYMTYPE), ("metrics.db", tarfile.LNKTYPE),
        ("metrics.db", tarfile.FIFOTYPE), ("metrics.db\n", tarfile.REGTYPE),
    ],
)  # fmt: skip
def test_nothing_else_is_written(tmp_path: Path, name: str, kind: bytes) -> None:
    file = tmp_path / "evil.tar.gz"
    with tarfile.open(file, "w:gz") as tar:
        info = tarfile.TarInfo(name)
        info.type, info.linkname = kind, "/etc/shadow"
        tar.addfile(info, io.BytesIO(b""))
    into = place(tmp_path)
    with pytest.raises(ArchiveError, match="holds what no backup"):
        unpack(file, into, quiet)
    assert list(into.iterdir()) == []


def written(file: Path, members: dict[str, bytes]) -> Path:
    with tarfile.open(file, "w:gz") as tar:
        for name, data in members.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            tar.addfile(info, io.BytesIO(data))
    return file


def test_a_later_version_is_named_whatever_else_it_has(tmp_path: Path) -> None:
    manifest = {"format": 2, "version": "9", "parts": []}
    file = written(
        tmp_path / "later.tar.gz",
        {"alerts.db": b"x", archive.DATABASE: b"", archive.MANIFEST: json.dumps(manifest).encode()},
    )
    into = place(tmp_path)
    with pytest.raises(ArchiveError, match="lumenmon 9, which is newer") as refused:
        unpack(file, into, quiet)
    assert "update" in refused.value.hint
    assert not (into / "alerts.db").exists()


@pytest.mark.parametrize(
    "change",
    [{"created": "now"}, {"version": 1}, {"host": None}, {"format": "1"}, {"format": 0},
     {"sums": []}, {"more": 1}, None],
)  # fmt: skip
def test_a_manifest_is_not_believed(tmp_path: Path, change: dict[str, object] | None) -> None:
    whole = {"format": 1, "version": "1", "host": "", "created": 0, "sums": {}}
    text = json.dumps([] if change is None else {**whole, **change}).encode()
    file = written(tmp_path / "odd.tar.gz", {archive.DATABASE: b"", archive.MANIFEST: text})
    with pytest.raises(ArchiveError, match="manifest that cannot be read"):
        unpack(file, place(tmp_path), quiet)


def test_a_full_disk_is_not_called_a_damaged_backup(
    tmp_path: Path, packed: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    into, real = place(tmp_path), archive.os.fdopen
    full = Path("/dev/full").open
    monkeypatch.setattr(
        archive.os, "fdopen", lambda fd, mode: (real(fd, mode).close(), full("wb"))[1]
    )
    with pytest.raises(LumenmonError, match="cannot be unpacked: No space left") as refused:
        unpack(packed, into, quiet)
    assert not isinstance(refused.value, ArchiveError)


def test_a_key_must_be_the_one_of_its_id(tmp_path: Path) -> None:
    (tmp_path / "host/keys").mkdir(parents=True)
    id = "id_" + "0" * 16
    (tmp_path / "host/keys" / id).write_text(LINE)
    manifest = archive.Manifest(1, "1", "h", 0, {f"host/keys/{id}": ""})
    with pytest.raises(ArchiveError, match="another's"):
        recover.keys(tmp_path, manifest)


@pytest.fixture
def host(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(paths, "UIDS", tmp_path / "uids")
    (tmp_path / "host").mkdir()
    return tmp_path


def test_numbers_that_are_free_or_the_same_are_taken(host: Path) -> None:
    (host / "host/uids").write_text(f"66000 {KEY.agent_id}\n66001 reg_1729123456789\n")
    assert recover.check_uids(host) == {KEY.agent_id: 66000}, "invites of old had no user here"
    paths.UIDS.write_text(f"66000 {KEY.agent_id}\n66001 reg_1829123456789\n")
    assert recover.check_uids(host)[KEY.agent_id] == 66000


def test_a_number_never_means_two_agents(host: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (host / "host/uids").write_text(f"66000 {KEY.agent_id}\n")
    for given in ("66000 id_ffffffffffffffff\n", f"66007 {KEY.agent_id}\n"):
        paths.UIDS.write_text(given)
        with pytest.raises(LumenmonError, match="belongs to"):
            recover.check_uids(host)
    paths.UIDS.unlink()
    monkeypatch.setattr(pwd, "getpwuid", lambda _: pwd.getpwnam("root"))
    with pytest.raises(LumenmonError, match="belongs to root"):
        recover.check_uids(host)
    (host / "host/uids").write_text(f"0 {KEY.agent_id}\n")
    with pytest.raises(ArchiveError, match="user id 0"):
        recover.check_uids(host)


def test_a_host_key_is_taken_with_its_own_public_half(
    host: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = host / "own"
    monkeypatch.setattr(hostkey, "OWN", own)
    made = host / "made"
    run.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(made)])
    (host / "ssh").mkdir()
    (host / archive.HOST_KEY).write_text(made.read_text())
    (host / archive.HOST_KEY).chmod(0o600)
    own.with_name("own.pub").write_text(KEY.line + "\n")
    recover.put_host_key(host)
    assert hostkey.public(own) == PublicKey(hostkey.public(made).blob)
    assert own.stat().st_mode & 0o777 == 0o600
    recover.check_host_key(host)
    (host / archive.HOST_KEY).write_text("nothing\n")
    with pytest.raises(ArchiveError, match="host key"):
        recover.check_host_key(host)


def test_a_database_takes_the_place_of_another_that_is_kept(
    host: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target, new = host / "metrics.db", host / "new"
    for ending in ("", "-wal", "-shm"):
        Path(f"{target}{ending}").write_text(f"old{ending}")
    new.write_text("new")
    me = pwd.getpwuid(0).pw_name
    monkeypatch.setattr("os.chown", lambda *_args, **_options: None)
    before = recover.put_database(new, target, me, 0o640)
    assert target.read_text() == "new"
    assert not Path(f"{target}-wal").exists()
    assert before is not None
    assert Path(f"{before}-wal").read_text() == "old-wal"
    assert target.stat().st_mode & 0o777 == 0o640


def test_the_configuration_comes_back_and_the_other_is_kept(
    host: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(paths, "CONFIG", host / "etc")
    target = paths.CONFIG / recover.CONFIG
    target.parent.mkdir()
    assert recover.put_config(host) is None  # a backup without one
    (host / "config").mkdir()
    (host / archive.CONFIG).write_text('retention_raw = "30d"\n')
    recover.check_config(host)
    assert recover.put_config(host) is None
    assert target.read_text() == 'retention_raw = "30d"\n'
    assert recover.put_config(host) is None  # the same again
    target.write_text("# mine\n")
    before = recover.put_config(host)
    assert before is not None
    assert before.read_text() == "# mine\n"
    assert target.read_text() == 'retention_raw = "30d"\n'
    assert target.stat().st_mode & 0o777 == 0o644


@pytest.mark.parametrize("text", [b"\xff", b"retention = 1", b'retention_raw = "90y"', b"= 1"])
def test_a_configuration_that_is_not_understood_is_told(host: Path, text: bytes) -> None:
    (host / "config").mkdir()
    (host / archive.CONFIG).write_bytes(text)
    with pytest.raises(ConfigError, match=r"^lumenmond\.toml"):
        recover.check_config(host)
