"""Findings, letters kept as evidence, and how far each party's lists were read (指摘事項)."""

from base64 import b64decode, b64encode
from collections.abc import Mapping
from datetime import datetime
from typing import Final

import msgspec
import sqlalchemy as sa
from sqlalchemy import Connection
from sqlalchemy.dialects.sqlite import insert

from renkei.roles.oversight.rules import Finding
from renkei.roles.oversight.store.tables import (
    ACCOUNT,
    CURSOR,
    ENTRY,
    FINDING,
    LETTER,
    aware,
    naive,
)

DETAIL_CHARACTERS_LIMIT = 500
SUBJECT_CHARACTERS_LIMIT = 200
_HAS: Final = sa.select(FINDING.c.number).where(
    FINDING.c.kind == sa.bindparam("kind"), FINDING.c.subject == sa.bindparam("subject")
)
_KEEP: Final = insert(LETTER).on_conflict_do_nothing()
_LETTER: Final = sa.select(LETTER.c.raw).where(LETTER.c.digest == sa.bindparam("digest"))
_DROP: Final = LETTER.delete().where(
    LETTER.c.digest.not_in(
        sa.union(
            # A constant, as the partial index of open entries has it.
            sa.select(ENTRY.c.letter).where(ENTRY.c.state != sa.literal_column("'agreed'")),
            sa.select(ACCOUNT.c.letter),
        )
    )
)
_CURSOR: Final = sa.select(CURSOR).where(CURSOR.c.name == sa.bindparam("name"))
_CURSORS: Final = sa.select(CURSOR)
_MOVE: Final = insert(CURSOR).on_conflict_do_update(
    index_elements=["name"],
    set_={
        "number": sa.literal_column("excluded.number"),
        "read_at": sa.literal_column("excluded.read_at"),
    },
)


class Found(msgspec.Struct, frozen=True, kw_only=True):
    """A finding as it stands in the list; evidence as text: signed notes and messages are text."""

    number: int
    kind: str
    parties: list[str]
    subject: str
    detail: str
    found_at: datetime
    evidence: list[str]


def add(connection: Connection, finding: Finding, now: datetime) -> bool:
    """Write a finding; False where the same kind and subject stands there already."""
    subject = finding.subject[:SUBJECT_CHARACTERS_LIMIT]
    if has(connection, finding.kind, subject):
        return False
    connection.execute(
        FINDING.insert().values(
            kind=finding.kind,
            parties=msgspec.json.encode(finding.parties).decode(),
            subject=subject,
            evidence=msgspec.json.encode([b64encode(one).decode() for one in finding.evidence]),
            detail=finding.detail[:DETAIL_CHARACTERS_LIMIT],
            found_at=naive(now),
        )
    )
    return True


def every(connection: Connection, after: int = 0, limit: int = 1_000) -> list[Found]:
    """Findings in order of their numbers, at most `limit` after a number."""
    query = FINDING.select().where(FINDING.c.number > after).order_by(FINDING.c.number).limit(limit)
    return [
        Found(
            number=row.number,
            kind=row.kind,
            parties=msgspec.json.decode(row.parties, type=list[str]),
            subject=row.subject,
            detail=row.detail,
            found_at=aware(row.found_at),
            evidence=[
                b64decode(one).decode("utf-8", "backslashreplace")
                for one in msgspec.json.decode(row.evidence, type=list[str])
            ],
        )
        for row in connection.execute(query)
    ]


def count(connection: Connection) -> int:
    """How many findings there are."""
    return int(connection.execute(sa.select(sa.func.count()).select_from(FINDING)).scalar_one())


def has(connection: Connection, kind: str, subject: str) -> bool:
    """Whether a finding of this kind and subject stands in the list."""
    return connection.execute(_HAS, {"kind": kind, "subject": subject}).first() is not None


def keep_letter(connection: Connection, digest: bytes, raw: bytes) -> None:
    """Keep a signed letter while something rests on it."""
    connection.execute(_KEEP, {"digest": digest, "raw": raw})


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
    return (row.number, aware(row.read_at)) if row is not None else (0, None)


def cursors(connection: Connection) -> dict[str, tuple[int, datetime]]:
    """Of every list that was read: up to which number, and when it was last read to its end."""
    return {row.name: (row.number, aware(row.read_at)) for row in connection.execute(_CURSORS)}


def move_cursors(connection: Connection, numbers: Mapping[str, int], now: datetime) -> None:
    """Note how far lists were read, to their ends, as of `now`."""
    if numbers:
        at = naive(now)
        rows = [{"name": name, "number": one, "read_at": at} for name, one in numbers.items()]
        connection.execute(_MOVE, rows)


def move_cursor(connection: Connection, name: str, number: int, now: datetime) -> None:
    """Note how far a list was read, to its end, as of `now`."""
    move_cursors(connection, {name: number}, now)
