"""Readers of the database are lent by turns."""

import threading

import pytest
from dashboard import until

from lumenmond.store.reader import ReaderError
from lumenmond.web import readers
from lumenmond.web.places import Owner
from lumenmond.web.readers import READERS, Readers

FLOOD, GUEST = Owner("flood", "192.0.2.1"), Owner("guest", "192.0.2.1")


class Asking:
    """A thread that has a reader until it is told to give it back."""

    def __init__(self, lender, owner, had):
        self.done = threading.Event()
        self._of = lender, owner, had
        self.thread = threading.Thread(target=self._ask, daemon=True)
        self.thread.start()

    def _ask(self):
        lender, owner, had = self._of
        with lender.one(owner):
            had.append((owner, self))
            self.done.wait(60)


@pytest.fixture
def lender(tmp_path, monkeypatch):
    monkeypatch.setattr(readers, "READER_WAIT", 60.0)
    return Readers(tmp_path / "none")


def test_whoever_has_fewer_is_next(lender):
    had, flood = [], []
    for number in range(READERS + 6):
        flood.append(Asking(lender, FLOOD, had))
        until(lambda number=number: len(had) + len(lender._waiting) == number + 1)
    guests = [Asking(lender, GUEST, had)]
    until(lambda: len(lender._waiting) == 7)
    other = Asking(lender, Owner("other", "198.51.100.7"), had)
    until(lambda: len(lender._waiting) == 8)
    assert [owner for owner, _ in had] == [FLOOD] * READERS
    had[0][1].done.set()
    until(lambda: len(had) == READERS + 1)
    assert had[READERS][0].session == "other", "of sessions with none, the source with fewer"
    had[1][1].done.set()
    until(lambda: len(had) == READERS + 2)
    assert had[READERS + 1][0] == GUEST
    for each in (*flood, *guests, other):
        each.done.set()
    for each in (*flood, *guests, other):
        each.thread.join(60)
    assert (len(lender._free), lender._lent) == (READERS, {})


def test_who_waits_for_too_long_is_told(lender, monkeypatch):
    had = []
    asking = [Asking(lender, FLOOD, had) for _ in range(READERS)]
    until(lambda: len(had) == READERS)
    monkeypatch.setattr(readers, "READER_WAIT", 0.05)
    with pytest.raises(ReaderError, match="too many questions"), lender.one(GUEST):
        pass
    assert not lender._waiting
    for each in asking:
        each.done.set()
        each.thread.join(60)
    with lender.one(GUEST):
        assert len(lender._free) == READERS - 1
