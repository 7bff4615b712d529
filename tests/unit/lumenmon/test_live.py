"""The live socket's messages: what one end encodes, the other decodes."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lumenmon import live, wire
from lumenmon.live import Agent, Gone, LiveError, Message, Ready, Samples, State, Value, Want

TEXT = st.text(max_size=20)
VALUE = st.integers() | st.floats(0, 1) | TEXT
TIME = st.none() | st.floats(0, 2e9)
MESSAGES: st.SearchStrategy[Message] = st.one_of(
    st.builds(Want, st.sampled_from(["fleet", "agent"]), TEXT),
    st.builds(Ready, st.integers(0), st.floats(0, 2e9)),
    st.builds(Gone, st.integers(0), TEXT),
    st.builds(
        Samples, st.integers(0), TEXT,
        st.lists(
            st.tuples(
                TEXT, st.integers(), st.integers(), VALUE, TEXT, TEXT
            ).map(list),
            max_size=3,
        ),
    ),
    st.builds(
        Agent, seq=st.integers(0), id=TEXT, name=TEXT, state=st.sampled_from(State), why=TEXT,
        tags=st.lists(TEXT, max_size=3), address=TEXT, enrolled=st.floats(0, 2e9), connected=TIME,
        last_seen=TIME, skew=TIME, rejected=st.integers(0), last_reject=TEXT,
        latest=st.dictionaries(
            TEXT, st.builds(Value, st.integers(), st.integers(), TEXT, TEXT, TEXT), max_size=3
        ),
        recent=st.lists(st.floats(0, 100), max_size=5),
    ),
)  # fmt: skip


@given(MESSAGES)
def test_every_message_arrives_as_it_was(message: Message) -> None:
    line = live.encode(message)
    assert line.endswith(b"\n")
    assert line.count(b"\n") == 1
    assert live.decode(line) == message


def test_the_forms_that_the_design_names() -> None:
    assert json.loads(live.encode(Want("agent", "id_1"))) == {"want": "agent", "id": "id_1"}
    assert live.decode(b'{"want":"fleet"}') == Want("fleet")
    assert json.loads(live.encode(Gone(3, "id_1"))) == {"t": "gone", "seq": 3, "id": "id_1"}


@pytest.mark.parametrize(
    "line",
    [
        b"", b"x", b"[]", b"null", b"1", b"[" * 5000, b"\xff", b'{"t":"other"}', b'{"t":[]}',
        b'{"t":"gone","seq":1}', b'{"t":"gone","seq":1,"id":"a","more":1}', b'{"t":"agent"}',
        b'{"t":"agent","state":"sleepy","latest":{}}', b'{"t":"agent","state":"online","latest":1}',
        b'{"t":"agent","state":"online","latest":{"m":{"x":1}}}',
        b'{"t":"gone","seq":1,"id":7}', b'{"t":"ready","seq":true,"now":1}',
        b'{"t":"samples","seq":1,"id":"a","samples":[["m",1]]}',
        b'{"t":"samples","seq":1,"id":"a","samples":[["m",1,1,[],"REAL","%"]]}',
        b'{"t":"samples","seq":1,"id":"a","samples":1}',
        b'{"t":"agent","seq":1,"id":"a","name":1,"state":"online","why":""}',
        b'{"t":"agent","seq":1,"id":"a","name":"b","state":"online","why":"","tags":[1]}',
    ],
)  # fmt: skip
def test_anything_else_is_an_error(line: bytes) -> None:
    with pytest.raises(LiveError):
        live.decode(line)


def test_edge_of_a_line() -> None:
    empty = len(live.encode(Gone(1, "")))
    assert len(live.encode(Gone(1, "x" * (live.MAX_LINE - empty)))) == live.MAX_LINE
    with pytest.raises(LiveError, match="longer"):
        live.encode(Gone(1, "x" * (live.MAX_LINE - empty + 1)))


def test_text_that_is_not_unicode_is_an_error() -> None:
    with pytest.raises(LiveError):
        live.encode(Gone(1, "\ud800"))


def test_a_fleet_line_fits_with_every_value_at_its_longest() -> None:
    latest = {
        name: Value(2**33, 10**9, "x" * wire.MAX_LINE if name == "generic_hostname" else 1e-300,
                    "INTEGER", "B/s")
        for name in live.FLEET_METRICS
    }  # fmt: skip
    agent = Agent(
        1, "id_" + "f" * 16, "n" * 64, State.OFFLINE, "w" * 200, tags=["t" * 64] * 16,
        last_reject="r" * 300, latest=latest, recent=[99.99999999999999] * live.SPARKLINE,
    )  # fmt: skip
    assert len(live.encode(agent)) <= live.MAX_LINE


def test_fleet_metrics_may_travel() -> None:
    assert len(set(live.FLEET_METRICS)) == len(live.FLEET_METRICS)
    assert all(wire.check_name(name) for name in live.FLEET_METRICS)
