"""Configuration files: TOML that becomes a frozen dataclass, or an error that names the line.

A configuration class is a frozen dataclass whose fields are made with ``key``: a default, a
parser and a text. The same text stands in the man page (a test holds both together).
"""

from __future__ import annotations

import dataclasses
import re
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

from lumenmon.errors import ConfigError

T = TypeVar("T")
_DURATION = {"s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604800, "y": 31536000}
_SIZE = {"": 1, "K": 2**10, "M": 2**20, "G": 2**30, "T": 2**40}


def key(default: Any, parse: Callable[[Any], Any], text: str) -> Any:
    """Declare one key: ``parse`` turns the TOML value into the field's or raises ValueError."""
    return dataclasses.field(default=default, metadata={"parse": parse, "text": text})


def load(path: Path, kind: type[T], *, missing_ok: bool = True) -> T:
    """Read ``path`` into ``kind``.

    Raises ConfigError that names the file, the line and the key for an unknown key, a bad value
    or a file that is not TOML. A missing file means all defaults, unless not ``missing_ok``.
    """
    try:
        text = path.read_text()
    except FileNotFoundError:
        if missing_ok:
            return kind()
        raise ConfigError(f"{path} does not exist") from None
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path} cannot be read: {error}") from error
    return parse(text, kind, str(path))


def parse(text: str, kind: type[T], name: str) -> T:
    """Read a configuration's text; ``name`` is the file's name for errors."""
    try:
        values = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"{name}: {error}", "TOML needs key = value, text in quotes") from None
    fields = {f.name: f for f in dataclasses.fields(kind)}  # type: ignore[arg-type]
    known = ", ".join(sorted(fields))
    settings: dict[str, Any] = {}
    for word, value in values.items():
        where = f"{name}, line {_line_of(text, word)}"
        if word not in fields:
            raise ConfigError(f"{where}: unknown key: {word}", f"known keys: {known}")
        try:
            settings[word] = fields[word].metadata["parse"](value)
        except (ValueError, TypeError) as error:
            raise ConfigError(f"{where}: {word}: {error}") from None
    return kind(**settings)


def _line_of(text: str, word: str) -> int:
    pattern = re.compile(rf"""\s*\[?\s*["']?{re.escape(word)}["']?\s*[=.\]]""")
    for number, line in enumerate(text.splitlines(), 1):
        if pattern.match(line):
            return number
    return 1


def boolean(value: Any) -> bool:
    """Read true or false."""
    if isinstance(value, bool):
        return value
    raise ValueError("wants true or false")


def text(value: Any) -> str:
    """Read a text."""
    if isinstance(value, str):
        return value
    raise ValueError("wants a text in quotes")


def texts(value: Any) -> tuple[str, ...]:
    """Read a list of texts."""
    if isinstance(value, list) and all(isinstance(item, str) for item in value):
        return tuple(value)
    raise ValueError('wants a list of texts: ["…", "…"]')


def integer(low: int, high: int) -> Callable[[Any], int]:
    """Return a parser of whole numbers from ``low`` to ``high``."""

    def read(value: Any) -> int:
        if isinstance(value, int) and not isinstance(value, bool) and low <= value <= high:
            return value
        raise ValueError(f"wants a whole number from {low} to {high}")

    return read


def duration(low: int, high: int) -> Callable[[Any], int]:
    """Return a parser of durations in seconds: a number, or a text like "90s", "5m", "7d"."""

    def read(value: Any) -> int:
        seconds = _scaled(value, _DURATION, "s")
        if seconds is None or not low <= seconds <= high:
            raise ValueError(
                f'wants a duration like "30s", "5m", "12h", "7d", "5y" from {low} to {high} seconds'
            )
        return seconds

    return read


def size(low: int, high: int) -> Callable[[Any], int]:
    """Return a parser of sizes in bytes: a number, or a text like "64M", "1G"."""

    def read(value: Any) -> int:
        count = _scaled(value, _SIZE, "")
        if count is None or not low <= count <= high:
            raise ValueError(f'wants a size like "64M" or "1G" from {low} to {high} bytes')
        return count

    return read


def _scaled(value: Any, units: dict[str, int], default: str) -> int | None:
    if isinstance(value, bool):
        return None
    if isinstance(value, int):
        return value
    if not isinstance(value, str):
        return None
    ending = r"(?:(?<=[KMGT])i?B|(?<=[0-9 ])B)?" if units is _SIZE else ""
    found = re.fullmatch(rf"([0-9]{{1,15}})\s*([{''.join(units)}]?){ending}", value.strip())
    if not found:
        return None
    return int(found[1]) * units[found[2] or default]
