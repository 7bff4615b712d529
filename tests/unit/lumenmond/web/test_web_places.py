"""Places are shared: whoever has the most gives way to whoever has fewer."""

import pytest

from lumenmond.web.places import Owner, Places, Taken


class Taking:
    """Places, and which of them were ended."""

    def __init__(self, most):
        self.places = Places(most, "streams", "close other windows")
        self.ended = []

    def take(self, name, session="one", source="192.0.2.1", size=1):
        return self.places.take(Owner(session, source), lambda: self.ended.append(name), size)


def test_the_oldest_of_the_session_with_the_most_gives_way(caplog):
    taking = Taking(4)
    taking.take("guest", "other")
    for number in range(3):
        taking.take(number)
    with pytest.raises(Taken, match="all 4 streams are taken"):
        taking.take("one more")
    assert not taking.ended
    taking.take("new", "third")
    assert taking.ended == [0]
    for session in ("third", "one"):
        with pytest.raises(Taken):
            taking.take("as many as others have", session)
    assert taking.ended == [0]
    assert caplog.text.count("whoever has the most gives way") == 1


def test_among_sessions_with_as_many_the_source_with_the_most_gives_way():
    taking = Taking(4)
    taking.take("guest", "guest", "198.51.100.7")
    for number in range(3):
        taking.take(number, f"session {number}")
    taking.take("new", "new", "203.0.113.9")
    assert taking.ended == [0]
    with pytest.raises(Taken):
        taking.take("again", "session 0")


def test_a_crowd_of_sessions_does_not_take_turns():
    """Whoever was refused comes again; nobody is ended for somebody with as many."""
    taking = Taking(6)
    for session in range(10):
        for source in ("192.0.2.1", "198.51.100.7"):
            try:
                taking.take((session, source), f"{session} {source}", source)
            except Taken:
                continue
    assert not taking.ended


def test_a_large_place_counts_for_its_size():
    taking = Taking(16)
    taking.take("large", size=10)
    for number in range(6):
        taking.take(number, "other")
    taking.take("nothing", "third", size=0)
    assert not taking.ended
    taking.take("new", "third", size=2)
    assert taking.ended == ["large"]
    with pytest.raises(Taken):
        taking.take("too large", "fourth", size=17)
    assert taking.ended == ["large"]


def test_a_place_is_given_back_once():
    taking = Taking(2)
    first = taking.take("first")
    taking.take("second")
    taking.places.leave(first)
    taking.places.leave(first)
    taking.take("third")
    with pytest.raises(Taken):
        taking.take("fourth")
    assert not taking.ended
