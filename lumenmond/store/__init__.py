"""The database: the only package that speaks SQL.

One process writes (``writer.Store``); every other reads (``reader.Reader``).
"""

from sqlite3 import Error as DatabaseError

__all__ = ["DatabaseError"]
