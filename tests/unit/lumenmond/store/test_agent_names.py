"""What a new agent is called: its key's comment names its host."""

import logging

import pytest

from lumenmon.errors import LumenmonError
from lumenmond.config import Config
from lumenmond.store.writer import Store

ID, OTHER = "id_" + "1" * 16, "id_" + "2" * 16


@pytest.fixture
def store(tmp_path):
    return Store(tmp_path / "metrics.db", Config())


@pytest.mark.parametrize(
    ("comment", "name"),
    [
        ("web1", "web1"),
        ("root@web1", "web1"),
        ("", ID),
        ("my old key", ID),
        ("a\x1bb", ID),
        ("x@--purge", ID),
        (f"x@{OTHER}", ID),
        ("../../etc/passwd", ID),
        ("x@web;reboot", ID),
    ],
)
def test_a_new_agent_is_called_by_its_host(store, comment, name):
    assert store.enrol(ID, 66000, comment=comment).name == name


def test_an_agent_seen_before_it_was_announced_still_gets_its_name(store):
    assert store.enrol(ID, 66000).name == ID
    assert store.enrol(ID, 66000, comment="web1").name == "web1"
    assert store.enrol(ID, 66000, comment="other").name == "web1"


def test_two_hosts_of_one_name_are_told_apart(store):
    store.enrol(ID, 66000, comment="web1")
    assert store.enrol(OTHER, 66001, comment="web1").name == "web1-2"


@pytest.mark.parametrize("name", [OTHER, "id_abc", "--purge", "a/b", "a\u202eb", ""])
def test_no_agent_is_renamed_to_what_is_no_name(store, name):
    agent = store.enrol(ID, 66000, comment="web1")
    with pytest.raises(LumenmonError):
        store.rename(agent, name)
    store.rename(agent, ID)
    assert agent.name == ID


def test_names_of_an_older_version_are_replaced_at_the_start(store, tmp_path, caplog):
    store.enrol(ID, 66000, comment="web1")
    rogue = store.enrol(OTHER, 66001, comment="web2")
    with store.db:
        store.db.execute("UPDATE agents SET name = ? WHERE id = ?", (ID, rogue.id))
        store.db.execute("UPDATE agents SET name = '--purge\x1b' WHERE id = ?", (ID,))
    with caplog.at_level(logging.WARNING):
        again = Store(tmp_path / "metrics.db", Config())
    assert {agent.id: agent.name for agent in again.agents.values()} == {ID: ID, OTHER: OTHER}
    assert f"agent {OTHER} was called {ID}: a name does not begin as an id does" in caplog.text
    assert "\x1b" not in caplog.text
    caplog.clear()
    third = Store(tmp_path / "metrics.db", Config())
    assert caplog.text == ""
    assert third.find(ID).id == ID
    assert third.find(OTHER).id == OTHER
