"""Invite links: there and back, and each damage named."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lumenmon.invite import Link, LinkError, check_host, parse_link
from lumenmon.keys import PublicKey

KEY = PublicKey(b"\0\0\0\x0bssh-ed25519\0\0\0\x20" + bytes(range(200, 232)))
USER = "reg_1729123456789"
LINK = Link(USER, "pass", "console.example.com", 2345, KEY)
TEXT = str(LINK)
HOSTS = ["console", "a.b-c_d.example", "192.0.2.1", "2001:db8::1", "::1"]


@given(
    st.text(min_size=1),
    st.sampled_from(HOSTS),
    st.integers(1, 65535),
    st.binary(min_size=32, max_size=32),
)
def test_there_and_back(password: str, host: str, port: int, raw: bytes) -> None:
    link = Link(USER, password, host, port, PublicKey(KEY.blob[:-32] + raw))
    assert parse_link(str(link)) == link


def test_the_form() -> None:
    assert f"ssh://{USER}:pass@console.example.com:2345/#ssh-ed25519_{KEY.base64}" == TEXT
    assert "@[2001:db8::1]:2345/" in str(Link(USER, "p", "2001:db8::1", 2345, KEY))
    assert LINK.created == 1729123456.789


def test_the_port_may_be_left_out_and_a_line_end_may_be_there() -> None:
    assert parse_link(TEXT.replace(":2345", "") + "\n") == LINK


def test_the_password_does_not_reach_a_log() -> None:
    assert "pass" not in repr(LINK)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "does not start with ssh://"),
        (TEXT.replace("ssh://", "http://"), "does not start with ssh://"),
        (TEXT.replace("reg_", "root"), "names no invite"),
        (TEXT.replace("reg_1", "reg_"), "names no invite"),
        (TEXT.replace(":pass", ""), "carries no password"),
        (TEXT.partition("#")[0], "carries no host key"),
        (TEXT.replace("#ssh-ed25519", "#ssh-rsa"), "not of type ssh-ed25519"),
        (TEXT[:-1], "host key: the "),
        (TEXT[:-4], "host key: the "),
        (TEXT.replace(":2345", ":99999"), "address or port"),
        (TEXT.replace(":2345", ":http"), "address or port"),
        (TEXT.replace("console.example.com", "[::1"), "address or port"),
        (TEXT.replace("console.example.com", ""), "neither a name nor an IP"),
        (TEXT.replace("console.example.com", "-oProxyCommand=x"), "neither a name nor an IP"),
        (TEXT.replace("console.example.com", "a b"), "neither a name nor an IP"),
    ],
)
def test_each_damage_has_its_own_message(text: str, message: str) -> None:
    with pytest.raises(LinkError, match=message) as caught:
        parse_link(text)
    assert caught.value.hint
    assert "pass" not in caught.value.message.replace("password", "")


def test_a_link_without_its_host_does_not_give_its_password_away() -> None:
    with pytest.raises(LinkError) as caught:
        parse_link(f"ssh://{USER}:s3cret")
    assert "s3cret" not in caught.value.message


@pytest.mark.parametrize("host", HOSTS)
def test_hosts(host: str) -> None:
    assert check_host(host) == host


@pytest.mark.parametrize(
    "host",
    ["", "-x", ".x", "a/b", "a b", "a\nb", "x" * 254, "é", "[::1]", "a..b", "x" * 64 + ".org"],
)
def test_not_hosts(host: str) -> None:
    with pytest.raises(LinkError):
        check_host(host)


def test_the_link_of_an_enrolled_key_holds_no_secret():
    text = f"ssh://{KEY.agent_id}@console:2345/#ssh-ed25519_{KEY.base64}"
    link = parse_link(text)
    assert link.enrolled
    assert str(link) == text
    with pytest.raises(LinkError, match="no password"):
        parse_link(text.replace("@", ":secret@"))
    assert not LINK.enrolled


@pytest.mark.parametrize("quotes", ["''", '""', "“”", "„“", "‘’", "«»", "``"])
def test_quotes_around_a_link_are_no_part_of_it(quotes):
    assert parse_link(f" {quotes[0]}{TEXT}{quotes[1]}\n") == LINK
