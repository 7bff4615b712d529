"""Logs: one line per event to the journal, with fields that ``journalctl`` can select by.

``event`` is a word (``agent-connected``), ``agent`` an agent's id; they become
``LUMENMON_EVENT=`` and ``LUMENMON_AGENT=``, and an event that the catalog explains carries its
``MESSAGE_ID=`` (``journalctl -x``). Where no journal listens, lines go to stderr.
"""

from __future__ import annotations

import logging
import os
import sys
import time
from typing import Any
from uuid import UUID, uuid5

from lumenmon.term import printable

_NAMESPACE = UUID("5f0c3ec7-8a29-4b58-9f0a-1f6ce0b1a9d2")
NOTICE = 25
"""A level between INFO and WARNING, as the journal has it: normal, and worth knowing."""
_PRIORITIES = ((logging.ERROR, 3), (logging.WARNING, 4), (NOTICE, 5), (logging.INFO, 6))

log = logging.getLogger("lumenmon")
_always: dict[str, str] = {}


def message_id(event: str) -> str:
    """Return the id of an event's catalog entry: the same word gives the same id for ever."""
    return uuid5(_NAMESPACE, event).hex


def setup(identifier: str) -> None:
    """Send the process's log to the journal as ``identifier``, or to stderr outside a unit."""
    handler: logging.Handler
    if os.environ.get("JOURNAL_STREAM"):
        handler = _JournalHandler(identifier)
    else:
        handler = logging.StreamHandler(sys.stderr)
        handler.setFormatter(_Text(f"{identifier}: "))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.INFO)


def speak_of(agent: str) -> None:
    """Mark every later line of this process as one of an agent's story."""
    _always["LUMENMON_AGENT"] = agent


def event(
    level: int,
    word: str,
    message: str,
    *args: Any,
    agent: str = "",
    limit: Limit | None = None,
    exc_info: bool = False,
    **fields: str,
) -> None:
    """Log one event; ``fields`` become journal fields of the same name in capitals.

    ``limit`` bounds how often the event is logged of each agent; ``exc_info`` adds the exception
    that is being handled.
    """
    if limit is not None:
        more = limit.admit(f"{word} {agent}")
        if more is None:
            return
        message, args = message + "%s", (*args, more)
    extra = {"lumenmon": {"LUMENMON_EVENT": word, "MESSAGE_ID": message_id(word), **{
        f"LUMENMON_{name.upper()}": value for name, value in fields.items()
    }, **({"LUMENMON_AGENT": agent} if agent else {})}}  # fmt: skip
    log.log(level, message, *args, extra=extra, exc_info=exc_info)


class Limit:
    """Admits so many events of one key in a minute; the others are counted.

    So whoever causes events cannot fill the journal.
    """

    def __init__(self, most: int, seconds: float = 60.0) -> None:
        self._most = most
        self._seconds = seconds
        self._counts: dict[str, int] = {}
        self._over: dict[str, int] = {}
        self._until = 0.0

    def admit(self, key: str = "") -> str | None:
        """Return what the event's message is to end with, None when it is only counted."""
        now = time.monotonic()
        if now >= self._until:
            self._until = now + self._seconds
            self._over = {
                key: count - self._most for key, count in self._counts.items() if count > self._most
            }
            self._counts.clear()
        count = self._counts[key] = self._counts.get(key, 0) + 1
        if count > self._most:
            return None
        before = self._over.pop(key, 0)
        more = f" ({before} more since the last)" if before else ""
        last = count == self._most > 1
        return more + ("; more of this minute are only counted" if last else "")


class _Text(logging.Formatter):
    """Makes a record one line, whose end no stranger's text can be; a traceback has its own."""

    def __init__(self, prefix: str = "") -> None:
        super().__init__()
        self._prefix = prefix

    def format(self, record: logging.LogRecord) -> str:
        lines = [printable(f"{self._prefix}{record.getMessage()}")]
        if record.exc_info:
            lines += map(printable, self.formatException(record.exc_info).split("\n"))
        return "\n".join(lines)


class _JournalHandler(logging.Handler):
    """Writes records with python3-systemd, which speaks the journal's native protocol."""

    def __init__(self, identifier: str) -> None:
        super().__init__()
        from systemd import journal  # only where there is a journal

        self._send = journal.send
        self._identifier = identifier

    def emit(self, record: logging.LogRecord) -> None:
        try:
            fields = {**_always, **getattr(record, "lumenmon", {})}
            self._send(
                _Text().format(record),
                PRIORITY=next((p for level, p in _PRIORITIES if record.levelno >= level), 7),
                SYSLOG_IDENTIFIER=self._identifier,
                **{name: printable(value) for name, value in fields.items()},
            )
        except Exception:
            self.handleError(record)
