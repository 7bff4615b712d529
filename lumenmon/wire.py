"""The wire: the text that an agent sends and its console answers (lumenmon-wire(7)).

``Decoder`` turns bytes into events and never raises for what a stranger sent: a bad line
becomes a ``Reject`` that names it. The console alone knows what is stored, so it alone rejects
a metric for its stored type or for being one too many.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from enum import Enum

from lumenmon.errors import LumenmonError
from lumenmon.greeting import AgentGreeting, GreetingError

MAX_LINE = 4096
"""Bytes in a line, its LF not counted."""
MAX_REJECTS = 100
"""Rejects that are spelled out between two syncs; more are only counted."""
EARLIEST = 946684800
"""2000-01-01 UTC: an older timestamp comes from a clock that was never set."""
MAX_AHEAD = 86400
"""Seconds that a timestamp may lie ahead of the console's clock."""

NAME = re.compile(r"[A-Za-z0-9_-]{1,64}")
TOKEN = re.compile(r"[A-Za-z0-9._-]{1,64}")
_HEADER = re.compile(r"([^\s]+)\.tsv(?:[ \t]+(\S+))?[ \t]*")
_DATA = re.compile(r"([0-9]{1,12})[ \t]+([0-9]{1,10})[ \t](.*)", re.DOTALL)
_INTEGER = re.compile(r"-?[0-9]{1,19}")
_REAL = re.compile(r"-?[0-9]+(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?")
_INT64 = range(-(2**63), 2**63)

Value = float | int | str


class WireError(LumenmonError):
    """A line, a name or a value that the wire cannot carry."""


class Ahead(WireError):
    """A timestamp that lies too far ahead, if our own clock is right."""

    def __init__(self, timestamp: int) -> None:
        super().__init__(f"timestamp {timestamp} is more than a day ahead")
        self.timestamp = timestamp


class Type(Enum):
    """The type of a metric's values; also the name of its SQLite column type."""

    REAL = "REAL"
    INTEGER = "INTEGER"
    TEXT = "TEXT"

    def parse(self, text: str) -> Value:
        """Read a value of this type; raises WireError when ``text`` is not one."""
        if self is Type.TEXT:
            return text
        text = text.strip(" \t")
        if self is Type.INTEGER:
            if _INTEGER.fullmatch(text) and (number := int(text)) in _INT64:
                return number
            raise WireError(f"value is not an INTEGER of 64 bits: {quote(text)}")
        if _REAL.fullmatch(text) and math.isfinite(real := float(text)):
            return real
        raise WireError(f"value is not a finite REAL: {quote(text)}")


@dataclass(frozen=True, slots=True)
class Sample:
    """One value of one metric.

    ``timestamp`` is in seconds since 1970 UTC; ``interval`` is the seconds until the next
    value is due, 0 when the value does not grow stale.
    """

    metric: str
    type: Type
    timestamp: int
    interval: int
    value: Value


@dataclass(frozen=True, slots=True)
class Sync:
    """The sender asks to be told when everything before this is durable."""

    token: str


@dataclass(frozen=True, slots=True)
class Resume:
    """The sender echoes the console's nonce: from here on it is as on a new connection."""

    nonce: str


@dataclass(frozen=True, slots=True)
class Reject:
    """A line that is not stored, counted from 1 on this connection, and why."""

    line: int
    reason: str
    ahead: int = 0
    """The timestamp when all that is wrong is that it lies ahead of our own clock, 0 otherwise."""


Event = Sample | Sync | AgentGreeting | Resume | Reject


class Decoder:
    """Turns one connection's bytes into events.

    ``now`` gives the console's clock in seconds since 1970. ``line`` is the number of the line
    read last. After a restart of the console, ``awaiting`` holds the nonce that the sender has
    to echo; every byte before that line is ignored, as its beginning is not known.
    """

    def __init__(self, now: Callable[[], float], awaiting: str | None = None) -> None:
        self._now = now
        self._rest = b""
        self._too_long = False
        self._metric: str | None = None
        self._type = Type.TEXT
        self._greeted = False
        self.awaiting = awaiting
        self.line = 0

    def feed(self, data: bytes) -> Iterator[Event]:
        """Yield the events of all lines that ``data`` completes."""
        *lines, rest = (self._rest + data).split(b"\n")
        begun = self._too_long
        self._too_long = len(rest) > MAX_LINE or (begun and not lines)
        # A stranger does not choose how much we hold.
        self._rest = rest[:1] if self._too_long else rest
        for raw in lines:
            too_long, begun = begun or len(raw) > MAX_LINE, False
            if self.awaiting is not None:
                if not too_long:
                    yield from self._resume(raw)
                continue
            self.line += 1
            try:
                event = self._decode(raw, too_long=too_long)
            except WireError as error:
                ahead = error.timestamp if isinstance(error, Ahead) else 0
                yield Reject(self.line, error.message, ahead)
            else:
                if event is not None:
                    yield event

    def close(self) -> Iterator[Reject]:
        """End of stream: a rest without its LF may be a cut value, so it is rejected."""
        if (self._rest or self._too_long) and self.awaiting is None:
            self.line += 1
            yield Reject(self.line, "line has no line feed at its end")
        self._rest = b""

    def _resume(self, raw: bytes) -> Iterator[Event]:
        if raw.removesuffix(b"\r") == f"@resume {self.awaiting}".encode():
            yield Resume(self.awaiting or "")
            self.awaiting = None
            self.line = 0
            self._metric = None
            self._greeted = False

    def _decode(self, raw: bytes, *, too_long: bool) -> Event | None:
        text, wrong = "", f"line is longer than {MAX_LINE} bytes" if too_long else ""
        if b"\0" in raw:  # of a power cut, as a rule: any header may have stood there
            self._metric = None
            raise WireError("line holds a zero byte")
        try:
            text = raw.removesuffix(b"\r").decode()
        except UnicodeDecodeError:
            wrong = wrong or "line is not UTF-8"
        if wrong:
            if not raw[:1].isdigit():
                self._metric = None  # it may have been a header
            raise WireError(wrong)
        if text[:1].isdigit() and not text.split(maxsplit=1)[0].endswith(".tsv"):
            return self._data(text)
        if text.startswith("@"):
            return self._control(text)
        if text.strip(" \t") == "":
            return None
        self._header(text)
        return None

    def _data(self, text: str) -> Sample:
        found = _DATA.fullmatch(text)
        if not found:
            raise WireError(f"expected 'TIMESTAMP INTERVAL VALUE': {quote(text)}")
        if self._metric is None:
            raise WireError("data without a header")
        timestamp = int(found[1])
        if timestamp < EARLIEST:
            raise WireError(f"timestamp {timestamp} is before the year 2000")
        value = self._type.parse(found[3])
        if timestamp > self._now() + MAX_AHEAD:
            raise Ahead(timestamp)
        return Sample(self._metric, self._type, timestamp, int(found[2]), value)

    def _control(self, text: str) -> Sync | AgentGreeting:
        word, _, token = text.partition(" ")
        if word == "@agent" and not self._greeted:
            self._greeted = True
            with suppress(GreetingError):
                return AgentGreeting.parse(token)
        token = token.strip(" \t")
        if word == "@sync" and TOKEN.fullmatch(token):
            return Sync(token)
        raise WireError(f"unknown control line: {quote(text)}")

    def _header(self, text: str) -> None:
        self._metric = None
        found = _HEADER.fullmatch(text)
        if not found:
            raise WireError(f"neither a header 'METRIC.tsv TYPE' nor data: {quote(text)}")
        check_name(found[1])
        try:
            self._type = Type(found[2] or "TEXT")
        except ValueError:
            raise WireError(f"unknown type {quote(found[2])}, not REAL, INTEGER, TEXT") from None
        self._metric = found[1]


def check_name(metric: str) -> str:
    """Return ``metric`` if it may name one; raises WireError otherwise."""
    if NAME.fullmatch(metric):
        return metric
    raise WireError(
        f"metric name {quote(metric)} is not 1 to 64 of A-Z a-z 0-9 _ -",
    )


def header(metric: str, type: Type) -> str:
    """Return the line that opens a run of samples of ``metric``, with its LF."""
    return f"{check_name(metric)}.tsv {type.value}\n"


def data(sample: Sample) -> str:
    """Return the line of ``sample``, with its LF; raises WireError for what it cannot carry."""
    text = _text(sample)
    line = f"{sample.timestamp} {sample.interval} {text}"
    if "\n" in text or "\0" in text or text.endswith("\r"):
        raise WireError(f"{sample.metric}: a TEXT value holds no line breaks and no zero bytes")
    try:
        length = len(line.encode())
    except UnicodeEncodeError:
        raise WireError(f"{sample.metric}: a TEXT value holds UTF-8 only") from None
    if length > MAX_LINE:
        raise WireError(f"{sample.metric}: value makes a line longer than {MAX_LINE} bytes")
    return line + "\n"


def _text(sample: Sample) -> str:
    value = sample.value
    if sample.type is Type.TEXT:
        return str(value)
    if sample.type is Type.INTEGER:
        if isinstance(value, int) and value in _INT64:
            return str(int(value))
        raise WireError(f"{sample.metric}: value is not an INTEGER of 64 bits: {quote(str(value))}")
    try:
        real = float(value)
    except (ValueError, OverflowError):
        real = math.nan
    if not math.isfinite(real):
        raise WireError(f"{sample.metric}: value is not a finite REAL: {quote(str(value))}")
    return repr(real)


def quote(text: str, limit: int = 60) -> str:
    """Quote a stranger's text for a message: short, and without control characters."""
    shown = text if len(text) <= limit else text[: limit - 1] + "…"
    return "'" + "".join(c if c.isprintable() else "�" for c in shown) + "'"
