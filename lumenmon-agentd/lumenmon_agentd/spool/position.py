"""A place in the spool."""

from __future__ import annotations

import re
from dataclasses import dataclass

_TOKEN = re.compile(r"([0-9]{1,15})-([0-9]{1,15})", re.ASCII)


@dataclass(frozen=True, order=True, slots=True)
class Position:
    """A place between two lines of the spool; as text, it is the token of a ``@sync``."""

    segment: int
    offset: int

    def __str__(self) -> str:
        return f"{self.segment}-{self.offset}"

    @classmethod
    def parse(cls, token: str) -> Position:
        """Read a token; raises ValueError when it is not one of ours."""
        found = _TOKEN.fullmatch(token)
        if not found:
            raise ValueError("not SEGMENT-OFFSET")
        return cls(int(found[1]), int(found[2]))
