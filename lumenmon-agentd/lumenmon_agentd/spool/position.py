"""A place in the spool."""

from __future__ import annotations

from dataclasses import dataclass


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
        segment, _, offset = token.partition("-")
        return cls(int(segment), int(offset))
