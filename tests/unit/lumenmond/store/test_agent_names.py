"""What a new agent is called: its key's comment names its host."""

import pytest

from lumenmond.config import Config
from lumenmond.store.writer import Store

ID = "id_" + "1" * 16


@pytest.fixture
def store(tmp_path):
    return Store(tmp_path / "metrics.db", Config())


@pytest.mark.parametrize(
    ("comment", "name"),
    [("web1", "web1"), ("root@web1", "web1"), ("", ID), ("my old key", ID), ("a\x1bb", ID)],
)
def test_a_new_agent_is_called_by_its_host(store, comment, name):
    assert store.enrol(ID, 66000, comment=comment).name == name


def test_an_agent_seen_before_it_was_announced_still_gets_its_name(store):
    assert store.enrol(ID, 66000).name == ID
    assert store.enrol(ID, 66000, comment="web1").name == "web1"
    assert store.enrol(ID, 66000, comment="other").name == "web1"


def test_two_hosts_of_one_name_are_told_apart(store):
    store.enrol(ID, 66000, comment="web1")
    assert store.enrol("id_" + "2" * 16, 66001, comment="web1").name == "web1-2"
