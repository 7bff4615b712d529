"""install.sh: POSIX sh, and what it refuses before it looks at the host."""

import os
import subprocess
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parents[2] / "install.sh"


def run(*words, shell="sh", **env):
    return subprocess.run(
        [shell, str(SCRIPT), *words], capture_output=True, text=True, check=False,
        input="", env={"PATH": os.environ["PATH"], **env},
    )  # fmt: skip


def test_help_names_all_it_reads():
    done = run("--help")
    assert (done.returncode, done.stderr) == (0, "")
    for name in ("INVITE", "FROM", "REPO", "KEY", "UNTESTED"):
        assert f"LUMENMON_{name}" in done.stdout


@pytest.mark.parametrize(
    "env",
    [
        {"LUMENMON_INVITE": ""},
        {"LUMENMON_INVITE": "-"},
        {"LUMENMON_INVITE": "ssh://reg_1:p@h:2345/"},
        {"LUMENMON_INVITE": "https://reg_1:p@h/#ssh-ed25519_A"},
        {"LUMENMON_REPO": "ftp://h"},
        {"LUMENMON_REPO": "http://h/;x"},
        {"LUMENMON_REPO": "http://h", "LUMENMON_FROM": "/x"},
        {"LUMENMON_KEY": "x"},
    ],
    ids=str,
)
def test_wrong_use(env):
    done = run(**env)
    assert done.returncode == 2
    assert done.stderr.startswith("install.sh: ")
    assert "p@h" not in done.stderr


def test_a_word_is_wrong_use():
    assert run("console").returncode == 2


def test_a_file_that_arrived_in_part_does_nothing(tmp_path):
    """Cut anywhere before its last line, it says what functions are and runs no program."""
    text = SCRIPT.read_text()
    *_, last = text.splitlines()
    assert last == 'main "$@"'
    ran = tmp_path / "ran"
    for name in ("apt-get", "id", "mktemp", "dpkg-query", "rm"):
        (tmp_path / name).write_text(f"#!/bin/sh\necho {name} >>{ran}\n")
        (tmp_path / name).chmod(0o755)
    body = text.removesuffix(f"{last}\n")
    for end in range(0, len(body), 97):
        done = subprocess.run(
            ["/bin/sh"], input=body[:end], capture_output=True, text=True, check=False,
            env={"PATH": str(tmp_path)},
        )  # fmt: skip
        assert done.stdout == ""
    assert not ran.exists()
