"""What an agent may be called, and which agent a word means."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from lumenmon import names
from lumenmon.errors import LumenmonError


@dataclass(frozen=True)
class Agent:
    id: str
    name: str


VICTIM = Agent("id_" + "1" * 16, "web-1")
OTHER = Agent("id_" + "12" * 8, "db")
FLEET = [OTHER, VICTIM]


@pytest.mark.parametrize("name", ["web", "web 1", "Büro (Keller)", "10.0.0.1", "cafe", "🐧", "a-b"])
def test_names(name: str) -> None:
    assert names.objection(name) == ""


@pytest.mark.parametrize(
    "name",
    [
        "", "x" * 65, " a", "a ", "a\nb", "a\x1b[2J", "a\x9b", "a\u202eb", "a\u200db", "a\u2028b",
        "id_1111111111111111", "id_abc", "ID_abc", "id_", "reg_1729123456789", "reg_x", "ｉｄ_1",
        "--purge", "-f", "../../etc/passwd", "..", ".", ".x", "a/b", "a\\b", "\u3164", "a\u00adb",
    ],
)  # fmt: skip
def test_what_is_no_name(name: str) -> None:
    assert names.objection(name)


@pytest.mark.parametrize(
    ("comment", "host"),
    [
        ("web1", "web1"), ("root@web1.example.org", "web1.example.org"), ("", ""),
        (f"x@{VICTIM.id}", ""), ("x@--purge", ""), ("../../etc/passwd", ""), ("a b", ""),
        ("x@web;reboot", ""), ("x@$(reboot)", ""), ("x@web\u202e", ""), ("x@reg_1", ""),
        ("x@" + "a" * 64, ""), ("x@web-", ""), ("x@wéb", ""),
    ],
)  # fmt: skip
def test_only_a_host_is_taken_from_a_comment(comment: str, host: str) -> None:
    assert names.suggested(comment) == host


def test_a_name_is_given_once() -> None:
    assert names.free("web", []) == "web"
    assert names.free("web", ["WEB", "web-2"]) == "web-3"
    assert names.free("x" * 64, ["x" * 64]) == "x" * 62 + "-2"
    assert names.free("straße", ["STRASSE"]) == "straße-2"


def test_an_id_comes_before_a_name_and_a_name_before_a_beginning() -> None:
    rogue = Agent("id_" + "f" * 16, VICTIM.id)  # as an older version took it from a comment
    assert names.one(VICTIM.id, [rogue, *FLEET]) is VICTIM
    assert names.one(VICTIM.id, [rogue, *FLEET], whole=True) is VICTIM
    named = Agent("id_" + "e" * 16, "1111")
    assert names.one("1111", [*FLEET, named]) is named
    assert names.one("1111", FLEET) is VICTIM
    assert names.one("id_11", FLEET) is VICTIM
    assert names.one("web", FLEET) is VICTIM


@pytest.mark.parametrize("word", ["web", "1111", "id_11", "WEB-1", ""])
def test_only_the_whole_word_counts_where_it_matters(word: str) -> None:
    with pytest.raises(LumenmonError, match="no agent is called"):
        names.one(word, FLEET, whole=True)
    assert names.one("web-1", FLEET, whole=True) is VICTIM


def test_those_that_a_word_could_mean_are_named() -> None:
    with pytest.raises(LumenmonError, match="id_1 means 2 agents") as caught:
        names.one("id_1", FLEET)
    assert f"{VICTIM.id} (web-1)" in caught.value.hint
    with pytest.raises(LumenmonError) as caught:
        names.one("web", FLEET, whole=True)
    assert VICTIM.id in caught.value.hint
    with pytest.raises(LumenmonError) as caught:
        names.one("web-11\x1b", FLEET)
    assert "did you mean: web-1" in caught.value.hint
    assert "\x1b" not in caught.value.message
    with pytest.raises(LumenmonError, match="means 2 agents"):
        names.one("twin", [Agent("id_a", "twin"), Agent("id_b", "twin")])
