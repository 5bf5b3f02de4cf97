"""Findings, letters kept as evidence, and how far each party's lists were read (指摘事項)."""

from base64 import b64decode, b64encode
from datetime import datetime

import msgspec
import sqlalchemy as sa
from sqlalchemy import Connection

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
    known = connection.execute(
        sa.select(FINDING.c.number).where(
            FINDING.c.kind == finding.kind, FINDING.c.subject == subject
        )
    ).first()
    if known is not None:
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
    query = sa.select(FINDING.c.number).where(FINDING.c.kind == kind, FINDING.c.subject == subject)
    return connection.execute(query).first() is not None


def keep_letter(connection: Connection, digest: bytes, raw: bytes) -> None:
    """Keep a signed letter while something rests on it."""
    if letter(connection, digest) is None:
        connection.execute(LETTER.insert().values(digest=digest, raw=raw))


def letter(connection: Connection, digest: bytes) -> bytes | None:
    """A kept letter."""
    found: bytes | None = connection.execute(
        sa.select(LETTER.c.raw).where(LETTER.c.digest == digest)
    ).scalar_one_or_none()
    return found


def drop_letters(connection: Connection) -> int:
    """Delete letters on which nothing rests any more; gives how many."""
    needed = sa.union(
        sa.select(ENTRY.c.letter).where(ENTRY.c.state != "agreed"), sa.select(ACCOUNT.c.letter)
    )
    return connection.execute(LETTER.delete().where(LETTER.c.digest.not_in(needed))).rowcount


def cursor(connection: Connection, name: str) -> tuple[int, datetime | None]:
    """Up to which number a list was read, and when it was last read to its end."""
    row = connection.execute(CURSOR.select().where(CURSOR.c.name == name)).one_or_none()
    return (row.number, aware(row.read_at)) if row is not None else (0, None)


def move_cursor(connection: Connection, name: str, number: int, now: datetime) -> None:
    """Note how far a list was read, to its end, as of `now`."""
    values = {"number": number, "read_at": naive(now)}
    changed = connection.execute(CURSOR.update().where(CURSOR.c.name == name).values(**values))
    if not changed.rowcount:
        connection.execute(CURSOR.insert().values(name=name, **values))
