"""Configuration: values, and errors that name the file, the line and the key."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from lumenmon import config
from lumenmon.config import key
from lumenmon.errors import ConfigError


@dataclass(frozen=True)
class Settings:
    """A configuration as the daemons declare theirs."""

    name: str = key("x", config.text, "a name")
    on: bool = key(True, config.boolean, "a switch")
    keep: int = key(60, config.duration(1, 86400), "a time")
    room: int = key(1024, config.size(1, 2**40), "a size")
    count: int = key(3, config.integer(1, 10), "a count")
    words: tuple[str, ...] = key((), config.texts, "some words")


def read(text: str) -> Settings:
    return config.parse(text, Settings, "/etc/x.toml")


def test_values_and_defaults() -> None:
    assert read("") == Settings()
    text = 'name = "n"\non = false\nkeep = "5m"\nroom = "64M"\ncount = 10\nwords = ["a", "b"]\n'
    assert read(text) == Settings("n", False, 300, 64 * 2**20, 10, ("a", "b"))


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ('# c\n\nnmae = "x"\n', 3, "unknown key: nmae"),
        ('name = "x"\n[section]\na = 1\n', 2, "unknown key: section"),
        ("# name = 1\n  name = 1\n", 2, "name: wants a text in quotes"),
        ('"name" = 1\n', 1, "name: wants a text in quotes"),
        ("on = 1\n", 1, "on: wants true or false"),
        ("\nkeep = 0\n", 2, "keep: wants a duration"),
        ('keep = "5x"\n', 1, "keep: wants a duration"),
        ("count = 11\n", 1, "count: wants a whole number from 1 to 10"),
        ("count = true\n", 1, "count: wants a whole number"),
        ("count = 1.5\n", 1, "count: wants a whole number"),
        ('room = "5X"\n', 1, "room: wants a size"),
        ('words = ["a", 1]\n', 1, "words: wants a list of texts"),
        ('words = "a"\n', 1, "words: wants a list of texts"),
    ],
)
def test_an_error_names_file_line_and_key(text: str, line: int, words: str) -> None:
    with pytest.raises(ConfigError) as caught:
        read(text)
    assert caught.value.message.startswith(f"/etc/x.toml, line {line}: {words}")


def test_an_unknown_key_lists_the_known_ones() -> None:
    with pytest.raises(ConfigError) as caught:
        read("x = 1")
    assert caught.value.hint == "known keys: count, keep, name, on, room, words"


@pytest.mark.parametrize("text", ["name = x", "name", "name = 'a'\nname = 'b'", "[", "\0"])
def test_what_is_not_toml(text: str) -> None:
    with pytest.raises(ConfigError, match=r"/etc/x\.toml: .*(line|end of document)") as caught:
        read(text)
    assert caught.value.hint
    assert caught.value.exit_status == 2


@pytest.mark.parametrize(
    ("value", "seconds"),
    [(90, 90), ("90", 90), ("90s", 90), ("5m", 300), ("12 h", 43200), (" 1d ", 86400)],
)
def test_durations(value: Any, seconds: int) -> None:
    assert config.duration(1, 86400)(value) == seconds


@pytest.mark.parametrize("value", ["", "s", "5mB", "5M", "-5s", "1.5h", "2d", 0, True, None, 1.5])
def test_not_durations(value: Any) -> None:
    with pytest.raises(ValueError, match="duration"):
        config.duration(1, 86400)(value)


@pytest.mark.parametrize(
    ("value", "count"),
    [(5, 5), ("5", 5), ("5B", 5), ("5 B", 5), ("2K", 2048), ("2KB", 2048), ("2 MiB", 2**21)],
)
def test_sizes(value: Any, count: int) -> None:
    assert config.size(1, 2**40)(value) == count


@pytest.mark.parametrize("value", ["", "K", "2k", "2iB", "2X", "2P", "-2K", True, 0, 2**41])
def test_not_sizes(value: Any) -> None:
    with pytest.raises(ValueError, match="size"):
        config.size(1, 2**40)(value)


def test_files(tmp_path: Path) -> None:
    path = tmp_path / "x.toml"
    assert config.load(path, Settings) == Settings()
    with pytest.raises(ConfigError, match="does not exist"):
        config.load(path, Settings, missing_ok=False)
    path.write_text("count = 4\n")
    assert config.load(path, Settings).count == 4
    path.write_bytes(b"\xff")
    with pytest.raises(ConfigError, match="cannot be read"):
        config.load(path, Settings)
    with pytest.raises(ConfigError, match="cannot be read"):
        config.load(tmp_path, Settings)
