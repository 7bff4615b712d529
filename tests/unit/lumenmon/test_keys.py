"""Public keys: exactly one ed25519 key a line, compared with what ssh-keygen makes of it."""

from __future__ import annotations

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lumenmon.keys import (
    AGENT_ID,
    MAX_LABEL,
    MAX_LINE,
    BadKey,
    PublicKey,
    decode_blob,
    parse_key_file,
    parse_public_key,
)

# made with ssh-keygen -t ed25519; the fingerprint is ssh-keygen -l's
LINE = (
    "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl "
    "GitHub's own host key"
)
FINGERPRINT = "SHA256:+DiY3wvvV6TuJJhbpZisF/zLDA0zPMSvHdkr4UvCOqU"
PREFIX = b"\0\0\0\x0bssh-ed25519\0\0\0\x20"


def test_a_real_key() -> None:
    key = parse_public_key(LINE + "\n")
    assert key.comment == "GitHub's own host key"
    assert key.fingerprint == FINGERPRINT
    assert key.line == " ".join(LINE.split()[:2]), "without the comment"
    digest = base64.b64decode(FINGERPRINT.removeprefix("SHA256:") + "=")
    assert key.agent_id == "id_" + digest.hex()[:16]


@given(st.binary(min_size=32, max_size=32))
def test_any_key_comes_back(raw: bytes) -> None:
    key = PublicKey(PREFIX + raw)
    assert parse_public_key(key.line) == key
    assert AGENT_ID.fullmatch(key.agent_id)


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("", "not an ssh-ed25519"),
        ("ssh-ed25519", "not an ssh-ed25519"),
        ("ssh-rsa AAAAB3NzaC1yc2E", "not an ssh-ed25519"),
        ('command="x" ' + LINE, "not an ssh-ed25519"),
        (LINE + "\n" + LINE, "not one public-key line"),
        (LINE + "x" * MAX_LINE, "not one public-key line"),
        ("ssh-ed25519 AAAA!", "base64 is damaged"),
        ("ssh-ed25519 ÄÄÄÄ", "base64 is damaged"),
        ("ssh-ed25519 " + base64.b64encode(PREFIX + b"x" * 31).decode(), "not one ssh-ed25519 key"),
        ("ssh-ed25519 " + base64.b64encode(PREFIX + b"x" * 33).decode(), "not one ssh-ed25519 key"),
        ("ssh-ed25519 " + base64.b64encode(b"y" * 51).decode(), "not one ssh-ed25519 key"),
    ],
)
def test_anything_else_is_refused_with_a_hint(line: str, message: str) -> None:
    with pytest.raises(BadKey, match=message) as caught:
        parse_public_key(line)
    assert caught.value.hint


def test_a_cut_blob() -> None:
    with pytest.raises(BadKey):
        decode_blob(LINE.split()[1][:-4])


def test_a_key_file_of_ours_is_read_again() -> None:
    key = parse_public_key(LINE.replace("GitHub's", "\x1b[31mGitHub's\u202e"))
    assert key.label == "[31mGitHub's own host key"
    written = f'restrict,command="/usr/lib/x" {key.line} {key.label}\n'
    assert parse_key_file(written).comment == key.label
    assert parse_key_file(written).agent_id == key.agent_id
    for damaged in ("", "restrict", "ssh-rsa AAAA", written * 2):
        with pytest.raises(BadKey):
            parse_key_file(damaged)


def test_a_label_is_bounded() -> None:
    key = parse_public_key(f"{' '.join(LINE.split()[:2])} {'x' * 500}")
    assert len(key.label) == MAX_LABEL
