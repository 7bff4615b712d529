"""What the daemon keeps of its clocks and of copies over a restart, in the table of its numbers."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable

from lumenmond.clock import Kept
from lumenmond.store.registry import AgentRow

_PREFIX = "clock_"
_COPY = "copy_{}_{}"


def load(db: sqlite3.Connection) -> Kept | None:
    """Return what was kept last, None when nothing is."""
    rows = dict(db.execute("SELECT name, value FROM state WHERE name LIKE 'clock\\_%' ESCAPE '\\'"))
    try:
        return Kept(*(int(rows[_PREFIX + name]) for name in Kept.__slots__))
    except KeyError:
        return None


def save(db: sqlite3.Connection, kept: Kept) -> None:
    """Keep it; raises sqlite3.Error."""
    db.executemany(
        "INSERT OR REPLACE INTO state VALUES (?, ?)",
        ((_PREFIX + name, getattr(kept, name)) for name in Kept.__slots__),
    )


def last_seen(db: sqlite3.Connection) -> float | None:
    """Return when an agent was last heard or enrolled, by the clock of then.

    A database of 1.0.0 knows no better how far the time had come.
    """
    sql = "SELECT max(max(enrolled, coalesce(last_seen, 0))) FROM agents"
    (found,) = db.execute(sql).fetchone()
    return None if found is None else float(found)


def load_copies(db: sqlite3.Connection, agents: Iterable[AgentRow]) -> None:
    """Give each agent the copies that were kept of it."""
    kept = dict(db.execute("SELECT name, value FROM state WHERE name LIKE 'copy\\_%' ESCAPE '\\'"))
    for agent in agents:
        names = (_COPY.format(agent.number, place) for place in range(len(kept)))
        agent.copies = [kept[name] for name in names if name in kept]


def save_copies(db: sqlite3.Connection, agent: AgentRow, copies: list[int]) -> None:
    """Keep them, within the caller's transaction; raises sqlite3.Error."""
    db.execute("DELETE FROM state WHERE name GLOB ?", (_COPY.format(agent.number, "*"),))
    db.executemany(
        "INSERT INTO state VALUES (?, ?)",
        [(_COPY.format(agent.number, place), copy) for place, copy in enumerate(copies)],
    )
