"""Sources take turns: whoever asks for much waits for himself, not others for him."""

import threading
from types import SimpleNamespace

import pytest

from lumenmond.web import turns
from lumenmond.web.turns import AT_A_TIME, Dispatcher, Turns


def request(source, name=""):
    return SimpleNamespace(source=lambda: source, name=name)


@pytest.fixture
def waiting():
    return Turns()


def test_sources_alternate(waiting):
    for number in range(3):
        waiting.append(request("flood", f"flood {number}"))
    waiting.append(request("other", "other"))
    assert len(waiting) == 4
    names = [waiting.popleft().name for _ in range(4)]
    assert names == ["flood 0", "other", "flood 1", "flood 2"]
    assert not waiting


def test_a_source_has_a_few_at_a_time(waiting):
    for _ in range(AT_A_TIME + 2):
        waiting.append(request("flood"))
    for _ in range(AT_A_TIME):
        waiting.popleft()
    assert not waiting
    assert len(waiting) == 2
    waiting.append(request("other"))
    assert waiting.popleft().source() == "other"
    assert waiting.end()
    assert not waiting.end(), "a thread's turn ends once"
    assert not waiting, "it was the other's turn that ended"


def test_threads_go_on_when_a_turn_ends(monkeypatch):
    monkeypatch.setattr(turns, "AT_A_TIME", 2)
    dispatcher, go_on, done = Dispatcher(8), threading.Event(), threading.Semaphore(0)
    running = []
    application = dispatcher.limited(lambda *_: running.append(1) or go_on.wait(60))

    def service():
        application({}, None)
        done.release()

    for source in ("flood",) * 5 + ("other",):
        dispatcher.add_task(SimpleNamespace(source=lambda at=source: at, service=service))
    while len(running) < 3:
        pass
    assert len(dispatcher.queue) == 3
    go_on.set()
    assert all(done.acquire(timeout=60) for _ in range(6))
    dispatcher.shutdown()
