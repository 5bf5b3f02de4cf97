"""The only door to databases (データベース).

`door` opens, `columns` and `statements` are what tables and queries are written with, `migration`
makes and changes tables. A folder per engine: `sqlite`, `postgresql`.
"""

from renkei.kit.database.door import Database, connect, reading
from renkei.kit.database.errors import (
    CommitFailed,
    DatabaseClosed,
    DatabaseError,
    RevisionMismatch,
)
from renkei.kit.database.seat import Deposed
from renkei.kit.limits import Overloaded
from renkei.kit.location import Location

__all__ = [
    "CommitFailed",
    "Database",
    "DatabaseClosed",
    "DatabaseError",
    "Deposed",
    "Location",
    "Overloaded",
    "RevisionMismatch",
    "connect",
    "reading",
]
