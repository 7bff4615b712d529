"""The console's host key beside the pinned one."""

from __future__ import annotations

from pathlib import Path

import pytest

from lumenmon import asuser, run
from lumenmon.ctl import Mark
from lumenmon.keys import PublicKey, decode_blob
from lumenmon_agentd import hostkey
from lumenmon_agentd.identity import Console, Files

PINNED = PublicKey(decode_blob("AAAAC3NzaC1lZDI1NTE5AAAAI" + "A" * 43)).line
OTHER = PublicKey(decode_blob("AAAAC3NzaC1lZDI1NTE5AAAAI" + "A" * 21 + "B" * 22)).line


@pytest.mark.parametrize(
    ("pin", "shown", "marks"),
    [
        (f"[c]:2345 {PINNED}\n", f"[c]:2345 {PINNED}\n", [Mark.GOOD]),
        (f"[c]:2345 {PINNED}\n", f"# c:2345 SSH-2.0\n[c]:2345 {OTHER}\n", [Mark.BAD]),
        (f"[c]:2345 {PINNED}\n", "", []),
        ("rubbish\n", f"[c]:2345 {PINNED}\n", [Mark.BAD]),
        (None, f"[c]:2345 {PINNED}\n", [Mark.BAD]),
    ],
)
def test_both_keys_are_compared(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, pin: str | None, shown: str, marks: list[Mark]
) -> None:
    files = Files(tmp_path, tmp_path)
    files.console.write_text(Console("c", 2345, "id_" + "0" * 16).encode())
    if pin is not None:
        files.known_hosts.write_text(pin)
    monkeypatch.setattr(hostkey, "Files", lambda: files)
    monkeypatch.setattr(asuser, "call", lambda _, work: work())
    monkeypatch.setattr(run, "run", lambda *_, **__: run.Result(0, shown, ""))
    found = list(hostkey.check())
    assert [each.mark for each in found] == marks
    if shown and marks == [Mark.BAD] and pin == f"[c]:2345 {PINNED}\n":
        assert found[0].remedy.index("compare on the console") < found[0].remedy.index("--force")
