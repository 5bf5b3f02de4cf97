"""Letters kept as evidence, and how far each party's lists were read (証拠)."""

from collections.abc import Mapping
from datetime import datetime
from typing import Final

import sqlalchemy as sa
from sqlalchemy import Connection

from renkei.kit.database.statements import Prepared, insert_new, insert_or_update
from renkei.roles.oversight.store.tables import ACCOUNT, CURSOR, ENTRY, LETTER

_KEEP: Final = Prepared(insert_new(LETTER))
_LETTER: Final = sa.select(LETTER.c.raw).where(LETTER.c.digest == sa.bindparam("digest"))
_DROP: Final = LETTER.delete().where(
    ~sa.exists().where(ENTRY.c.letter == LETTER.c.digest),
    ~sa.exists().where(ACCOUNT.c.letter == LETTER.c.digest),
)
"""What an institution said stays as long as its record does: it may say something else later."""
_CURSOR: Final = sa.select(CURSOR).where(CURSOR.c.name == sa.bindparam("name"))
_CURSORS: Final = sa.select(CURSOR)
_MOVE: Final = Prepared(insert_or_update(CURSOR, "number", "read_at"))


def keep_letter(connection: Connection, digest: bytes, raw: bytes) -> None:
    """Keep a signed letter while something rests on it."""
    _KEEP.run(connection, {"digest": digest, "raw": raw})


def letter(connection: Connection, digest: bytes) -> bytes | None:
    """A kept letter."""
    found: bytes | None = connection.execute(_LETTER, {"digest": digest}).scalar_one_or_none()
    return found


def drop_letters(connection: Connection) -> int:
    """Delete letters on which nothing rests any more; gives how many."""
    return connection.execute(_DROP).rowcount


def cursor(connection: Connection, name: str) -> tuple[int, datetime | None]:
    """Up to which number a list was read, and when it was last read to its end."""
    row = connection.execute(_CURSOR, {"name": name}).one_or_none()
    return (row.number, row.read_at) if row is not None else (0, None)


def cursors(connection: Connection) -> dict[str, tuple[int, datetime]]:
    """Of every list that was read: up to which number, and when it was last read to its end."""
    return {row.name: (row.number, row.read_at) for row in connection.execute(_CURSORS)}


def move_cursors(connection: Connection, numbers: Mapping[str, int], now: datetime) -> None:
    """Note how far lists were read, to their ends, as of `now`."""
    if numbers:
        rows = [{"name": name, "number": one, "read_at": now} for name, one in numbers.items()]
        _MOVE.run_all(connection, rows)


def move_cursor(connection: Connection, name: str, number: int, now: datetime) -> None:
    """Note how far a list was read, to its end, as of `now`."""
    move_cursors(connection, {name: number}, now)
