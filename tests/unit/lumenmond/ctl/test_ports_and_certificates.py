"""Who has a port of the console, and what is wrong with a certificate."""

from __future__ import annotations

from pathlib import Path

import pytest

from lumenmon import run
from lumenmon.ctl import Check, Mark
from lumenmond.ctl import certificate, ports, webchecks

EXPIRED = (Path(__file__).parents[3] / "fixtures/expired.pem").read_text()
SHOWN = """\
LISTEN 0 5 *:8080 *:* users:(("python3",pid=785,fd=3),("systemd",pid=1,fd=37))
LISTEN 0 5 127.0.0.1:8080 0.0.0.0:* users:(("ng\x1binx",pid=12,fd=3),("nginx",pid=13,fd=3))
"""


def test_who_has_a_port() -> None:
    assert ports.holding(SHOWN) == [("python3", 785), ("ng\x1binx", 12), ("nginx", 13)]
    assert ports.holding("LISTEN 0 5 *:8080 *:*") == []


@pytest.mark.parametrize(
    ("state", "file_state", "shown", "mark", "text"),
    [
        ("active", "enabled", "", Mark.GOOD, "systemd listens"),
        ("failed", "enabled", SHOWN, Mark.BAD, "taken by python3 (process 785)"),
        ("inactive", "enabled", "", Mark.BAD, "nothing listens"),
    ],
)
def test_a_port_of_ours(
    monkeypatch: pytest.MonkeyPatch, state: str, file_state: str, shown: str, mark: Mark, text: str
) -> None:
    def answer(argv: list[str], **_: object) -> run.Result:
        if argv[0] == "ss":
            return run.Result(0, shown, "")
        said = f"Listen=[::]:8080 (Stream)\nActiveState={state}\nUnitFileState={file_state}\n"
        return run.Result(0, said, "")

    monkeypatch.setattr(run, "run", answer)
    found = list(ports.checks())
    assert {check.mark for check in found} == {mark}
    assert all(text in check.text for check in found)


def test_a_port_whose_socket_is_disabled_is_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    said = "Listen=[::]:8080 (Stream)\nActiveState=inactive\nUnitFileState=disabled\n"
    monkeypatch.setattr(run, "run", lambda *_, **__: run.Result(0, said, ""))
    assert list(ports.checks()) == []


@pytest.fixture
def tls(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(certificate, "CERTIFICATE", tmp_path / "certificate.pem")
    monkeypatch.setattr(certificate, "KEY", tmp_path / "key.pem")
    monkeypatch.setattr(webchecks, "runs", lambda: False)
    return tmp_path


def put(place: Path, text: str, key: str, mode: int = 0o600) -> list[Check]:
    (place / "certificate.pem").write_text(text)
    (place / "key.pem").write_text(key)
    (place / "key.pem").chmod(mode)
    return list(certificate.checks())


def test_without_a_certificate_there_is_nothing_to_say(tls: Path) -> None:
    assert list(certificate.checks()) == []


def test_what_is_wrong_with_a_certificate(tls: Path) -> None:
    [expired] = put(tls, EXPIRED, EXPIRED)
    assert expired.mark is Mark.BAD
    assert "has expired" in expired.text
    assert "the file has no certificate in PEM" in put(tls, "junk", EXPIRED)[0].text
    assert "not a certificate with its key" in put(tls, EXPIRED, "junk")[0].text
    assert "can be read by others" in put(tls, EXPIRED, EXPIRED, 0o644)[0].text
    path = tls / "other"
    run.run(["ssh-keygen", "-q", "-t", "ecdsa", "-m", "PEM", "-N", "", "-f", str(path)])
    assert "the key is not the certificate's" in put(tls, EXPIRED, path.read_text())[0].text
    (tls / "key.pem").unlink()
    [alone] = certificate.checks()
    assert "key.pem is missing" in alone.text
