"""The wire: every rule of lumenmon-wire(7), its limits at their edge, any text in any chunks."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lumenmon import wire
from lumenmon.wire import Decoder, Reject, Resume, Sample, Sync, Type, WireError

NOW = 1_729_123_456
HEADER = b"generic_cpu.tsv REAL\n"


def decode(*chunks: bytes, end: bool = True) -> list[wire.Event]:
    decoder = Decoder(lambda: NOW)
    events = [event for chunk in chunks for event in decoder.feed(chunk)]
    return [*events, *decoder.close()] if end else events


def reasons(*chunks: bytes) -> list[str]:
    return [f"{e.line} {e.reason}" for e in decode(*chunks) if isinstance(e, Reject)]


def values(*chunks: bytes) -> list[object]:
    return [e.value for e in decode(*chunks) if isinstance(e, Sample)]


def sample(value: wire.Value, type: Type = Type.TEXT, metric: str = "m") -> Sample:
    return Sample(metric, type, NOW, 1, value)


def test_the_example() -> None:
    assert decode(HEADER + b"1729123456 1 23.4\n") == [
        Sample("generic_cpu", Type.REAL, 1729123456, 1, 23.4)
    ]


def test_a_header_holds_until_the_next() -> None:
    text = b"a.tsv INTEGER\n1729123456 1 1\n1729123457 1 2\nb.tsv\n1729123456 0 x y\n"
    assert [(e.metric, e.value) for e in decode(text) if isinstance(e, Sample)] == [
        ("a", 1), ("a", 2), ("b", "x y"),
    ]  # fmt: skip


@pytest.mark.parametrize("line", [b"1729123456 1 2", b"1729123456\t1\t2", b"1729123456  1 \t 2 "])
def test_fields_are_parted_by_spaces_or_tabs(line: bytes) -> None:
    assert values(HEADER + line + b"\n") == [2.0]


def test_text_starts_after_one_separator_and_runs_to_the_end() -> None:
    assert values(b"t.tsv TEXT\n1729123456 0  a \t b \n1729123456 0 \n") == [" a \t b ", ""]


def test_one_trailing_carriage_return_is_dropped() -> None:
    assert values(b"t.tsv TEXT\r\n1729123456 0 a\r\r\n") == ["a\r"]


@pytest.mark.parametrize("line", [b"", b"\r", b"  \t "])
def test_an_empty_line_says_nothing(line: bytes) -> None:
    assert decode(HEADER + line + b"\n" + b"1729123456 1 2\n") == [
        Sample("generic_cpu", Type.REAL, NOW, 1, 2.0)
    ]


@pytest.mark.parametrize("text", ["0", "-1", "23.4", "1e5", "1E-5", "-2.5e+3", "007", "1e308"])
def test_real(text: str) -> None:
    assert Type.REAL.parse(text) == float(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "nan",
        "inf",
        "-Infinity",
        "1e999",
        "1.",
        ".5",
        "+1",
        "1_0",
        "0x1",
        "1,5",
        "1 2",
        "١",
        "e5",
    ],
)
def test_not_real(text: str) -> None:
    with pytest.raises(WireError, match="finite REAL"):
        Type.REAL.parse(text)


@pytest.mark.parametrize("text", ["0", "-0", "-9223372036854775808", "9223372036854775807", "007"])
def test_integer(text: str) -> None:
    assert Type.INTEGER.parse(text) == int(text)


@pytest.mark.parametrize(
    "text",
    ["", "1.0", "-9223372036854775809", "9223372036854775808", "0" * 20, "+1", "1e3", "1_0", "٣"],
)
def test_not_integer(text: str) -> None:
    with pytest.raises(WireError, match="INTEGER of 64 bits"):
        Type.INTEGER.parse(text)


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (b"x.tsv FLOAT", "unknown type 'FLOAT'"),
        (b"x.tsv real", "unknown type 'real'"),
        (b"a.b.tsv REAL", "metric name 'a.b'"),
        (b".tsv REAL", "neither a header"),
        (b"x.tsv REAL more", "neither a header"),
        (b"x REAL", "neither a header"),
        ("ü.tsv REAL".encode(), "metric name 'ü'"),
        (b"x" * 65 + b".tsv REAL", "metric name"),
        (b" 1729123456 1 2", "neither a header"),
        (b"1729123456 1", "expected 'TIMESTAMP INTERVAL VALUE'"),
        (b"1729123456.5 1 2", "expected 'TIMESTAMP INTERVAL VALUE'"),
        (b"1729123456 -1 2", "expected 'TIMESTAMP INTERVAL VALUE'"),
        (b"1729123456 1 x", "value is not a finite REAL: 'x'"),
        (b"946684799 1 2", "before the year 2000"),
        (b"%d 1 2" % (NOW + 86401), "more than a day ahead"),
        (b"@sync", "unknown control line"),
        (b"@sync a b", "unknown control line"),
        (b"@sync " + b"x" * 65, "unknown control line"),
        (b"@resume x", "unknown control line"),
        (b"@ok 1", "unknown control line"),
        (b"\xff", "not UTF-8"),
        (b"1729123456 1 \xff", "not UTF-8"),
    ],
)
def test_a_bad_line_costs_only_itself(line: bytes, reason: str) -> None:
    found = decode(HEADER + line + b"\n" + HEADER + b"1729123456 1 2\n")
    assert isinstance(found[0], Reject)
    assert found[0].line == 2
    assert reason in found[0].reason
    assert found[1:] == [Sample("generic_cpu", Type.REAL, NOW, 1, 2.0)]


def test_a_bad_header_clears_the_current_one() -> None:
    text = HEADER + b"bad name.tsv REAL\n1729123456 1 2\n"
    assert reasons(text)[1] == "3 data without a header"
    assert reasons(HEADER + b"\xff.tsv\n1729123456 1 2\n")[1] == "3 data without a header"


@pytest.mark.parametrize("size", [60, 2**16])
def test_a_header_that_is_too_long_clears_the_current_one(size: int) -> None:
    text = HEADER + b"x" * 9000 + b".tsv REAL\n1729123456 1 2\n"
    pieces = [text[i : i + size] for i in range(0, len(text), size)]
    assert reasons(*pieces) == ["2 line is longer than 4096 bytes", "3 data without a header"]


def test_the_beginning_of_a_long_line_costs_no_line_before_it() -> None:
    decoder = Decoder(lambda: NOW)
    events = list(decoder.feed(HEADER + b"1729123456 1 2\n1729123457 1 " + b"3" * 5000))
    events += decoder.feed(b"3\n1729123458 1 4\n")
    assert [e.value for e in events if isinstance(e, Sample)] == [2.0, 4.0]
    assert [e.line for e in events if isinstance(e, Reject)] == [3]


@pytest.mark.parametrize("size", [60, 2**16])
def test_data_that_is_too_long_keeps_the_header(size: int) -> None:
    text = HEADER + b"1729123456 1 " + b"1" * 9000 + b"\n1729123456 1 2\n"
    assert values(*[text[i : i + size] for i in range(0, len(text), size)]) == [2.0]


def test_bad_data_keeps_the_header() -> None:
    assert values(HEADER + b"1729123456 1 x\n1729123456 1 \xff\n1729123456 1 2\n") == [2.0]


def test_data_without_a_header() -> None:
    assert reasons(b"1729123456 1 2\n") == ["1 data without a header"]


def test_edges_of_time() -> None:
    assert values(HEADER + b"946684800 0 1\n") == [1.0]
    assert values(HEADER + b"%d 9999999999 1\n" % (NOW + 86400)) == [1.0]


def test_edges_of_names() -> None:
    assert values(b"x" * 64 + b".tsv TEXT\n1729123456 0 a\n") == ["a"]
    assert values(b"1729123456.tsv TEXT\n1729123456 0 a\n") == ["a"]
    for name in ("", "x" * 65, "a b", "a.b", "a\n", "é"):
        with pytest.raises(WireError):
            wire.check_name(name)


def test_edge_of_a_line() -> None:
    start = b"1729123456 0 "
    fits = start + b"x" * (wire.MAX_LINE - len(start))
    assert values(b"t.tsv TEXT\n" + fits + b"\n") == [fits[len(start) :].decode()]
    assert reasons(b"t.tsv TEXT\n" + fits + b"y\n") == ["2 line is longer than 4096 bytes"]


def test_a_line_without_end_is_bounded_and_rejected_once() -> None:
    decoder = Decoder(lambda: NOW)
    for _ in range(50):
        assert list(decoder.feed(b"x" * 4000)) == []
        assert len(decoder._rest) <= wire.MAX_LINE
    assert [e.reason for e in decoder.feed(b"\n") if isinstance(e, Reject)] == [
        "line is longer than 4096 bytes"
    ]
    assert list(decoder.feed(b"@sync a\n")) == [Sync("a")]


def test_an_unterminated_rest_is_never_parsed() -> None:
    assert reasons(HEADER + b"1729123456 1 2") == ["2 line has no line feed at its end"]
    assert values(HEADER + b"1729123456 1 2") == []
    assert reasons(b"x" * 5000) == ["1 line has no line feed at its end"]


def test_sync() -> None:
    token = "aZ09._-" + "x" * 57
    assert decode(f"@sync {token}\n@sync 1 \n".encode()) == [Sync(token), Sync("1")]


def test_resume_ignores_all_up_to_the_echo() -> None:
    decoder = Decoder(lambda: NOW, awaiting="n1")
    assert list(decoder.feed(b"rest of a line\n1729123456 1 2\n@resume n2\n")) == []
    events = list(decoder.feed(b"@resume n1\r\n1729123456 1 2\n" + HEADER + b"1729123456 1 3\n"))
    assert events[0] == Resume("n1")
    assert events[1] == Reject(1, "data without a header")
    assert events[2] == Sample("generic_cpu", Type.REAL, NOW, 1, 3.0)


def test_resume_is_a_whole_line_however_it_is_cut() -> None:
    decoder = Decoder(lambda: NOW, awaiting="n1")
    assert list(decoder.feed(b"x" * 5000 + b"@")) == []
    assert list(decoder.feed(b"resume n1\n")) == [], "the end of a long line is no echo"
    assert list(decoder.close()) == []


@pytest.mark.parametrize(
    "bad",
    [
        sample("a\nb"), sample("a\r"), sample("\ud800"), sample("x" * 4096),
        sample(math.nan, Type.REAL), sample(-math.inf, Type.REAL), sample("x", Type.REAL),
        sample(10**400, Type.REAL), sample(2**63, Type.INTEGER), sample(1.5, Type.INTEGER),
        sample("x", Type.INTEGER),
    ],
)  # fmt: skip
def test_what_the_wire_cannot_carry(bad: Sample) -> None:
    with pytest.raises(WireError, match=r"^m: (value|a TEXT)"):
        wire.data(bad)
    with pytest.raises(WireError):
        wire.header("a b", Type.REAL)


SAMPLES = st.builds(
    lambda metric, pair, when, interval: Sample(metric, pair[0], when, interval, pair[1]),
    st.from_regex(wire.NAME, fullmatch=True),
    st.one_of(
        st.tuples(st.just(Type.REAL), st.floats(allow_nan=False, allow_infinity=False)),
        st.tuples(st.just(Type.INTEGER), st.integers(-(2**63), 2**63 - 1)),
        st.tuples(
            st.just(Type.TEXT),
            st.text(max_size=80).filter(lambda t: not {"\n", "\0"} & {*t} and t[-1:] != "\r"),
        ),
    ),
    st.integers(wire.EARLIEST, NOW + wire.MAX_AHEAD),
    st.integers(0, 9_999_999_999),
)  # fmt: skip


@given(st.lists(SAMPLES, max_size=8), st.lists(st.integers(1, 60), min_size=1))
def test_what_is_encoded_is_decoded_in_any_chunks(samples: list[Sample], cuts: list[int]) -> None:
    rest = "".join(wire.header(s.metric, s.type) + wire.data(s) for s in samples).encode()
    decoder, found, turn = Decoder(lambda: NOW), [], 0
    while rest:
        size = cuts[turn % len(cuts)]
        found += decoder.feed(rest[:size])
        rest, turn = rest[size:], turn + 1
    assert [*found, *decoder.close()] == samples


PIECES = st.sampled_from([b"1729123456 1 2", b"\n", b"a.tsv REAL\n", b"7" * 3000, b"x" * 3000])


@given(st.binary(max_size=400) | st.lists(PIECES, max_size=12).map(b"".join), st.integers(1, 6000))
def test_a_strangers_bytes_never_raise_and_chunks_do_not_matter(data: bytes, size: int) -> None:
    pieces = [data[i : i + size] for i in range(0, len(data), size)]
    assert decode(*pieces) == decode(data)
    assert len(reasons(data)) <= data.count(b"\n") + 1


def test_quote_is_short_and_harmless() -> None:
    assert wire.quote("a\x1b[31m\n") == "'a�[31m�'"
    assert len(wire.quote("x" * 500)) == 62
