"""Signed heads of the log, one root per size, some cosigned (チェックポイント)."""

from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy import Connection

from renkei.crypto.merkle import HASH_BYTES, Frontier
from renkei.roles.linkage.store.tables import CHECKPOINT


@dataclass(frozen=True, slots=True)
class Head:
    """A signed head: the frontier to go on from, the root as signed, the signed note."""

    frontier: Frontier
    root: bytes
    note: str


def newest(connection: Connection) -> Head | None:
    """The head of the largest size, None for a log that has none yet."""
    row = connection.execute(
        CHECKPOINT.select().order_by(CHECKPOINT.c.size.desc()).limit(1)
    ).one_or_none()
    if row is None:
        return None
    peaks = tuple(row.peaks[at : at + HASH_BYTES] for at in range(0, len(row.peaks), HASH_BYTES))
    return Head(Frontier(row.size, peaks), row.root, row.note)


def size(connection: Connection) -> int:
    """The size of the newest signed head, 0 for none: what is below it is integrated."""
    largest = connection.execute(sa.select(sa.func.max(CHECKPOINT.c.size))).scalar_one()
    return int(largest or 0)


def add(connection: Connection, head: Head) -> None:
    """Write a head; a second one of the same size breaks the primary key and is not written."""
    connection.execute(
        CHECKPOINT.insert(),
        {
            "size": head.frontier.size,
            "root": head.root,
            "peaks": b"".join(head.frontier.peaks),
            "note": head.note,
        },
    )


def note_of(connection: Connection, at_size: int) -> str | None:
    """The signed note of one size, if it is kept."""
    query = sa.select(CHECKPOINT.c.note).where(CHECKPOINT.c.size == at_size)
    return connection.execute(query).scalar_one_or_none()


def newest_cosigned(connection: Connection) -> str | None:
    """The newest note that the witness has cosigned, with its cosignature."""
    query = (
        sa.select(CHECKPOINT.c.cosigned)
        .where(CHECKPOINT.c.cosigned.is_not(None))
        .order_by(CHECKPOINT.c.size.desc())
        .limit(1)
    )
    return connection.execute(query).scalar_one_or_none()


def cosign(connection: Connection, at_size: int, note: str, time: int) -> None:
    """Keep a note with its cosignature, unless one made later is kept."""
    connection.execute(
        CHECKPOINT.update()
        .where(CHECKPOINT.c.size == at_size)
        .where(sa.func.coalesce(CHECKPOINT.c.cosigned_time, 0) < time)
        .values(cosigned=note, cosigned_time=time)
    )


def prune(connection: Connection, keep: int) -> int:
    """Forget old heads but the newest `keep` and the newest cosigned one; gives how many."""
    sizes = sa.select(CHECKPOINT.c.size).order_by(CHECKPOINT.c.size.desc())
    oldest_kept = connection.execute(sizes.offset(keep - 1).limit(1)).scalar_one_or_none()
    if oldest_kept is None:
        return 0
    cosigned = connection.execute(
        sa.select(sa.func.max(CHECKPOINT.c.size)).where(CHECKPOINT.c.cosigned.is_not(None))
    ).scalar_one()
    result = connection.execute(
        CHECKPOINT.delete()
        .where(CHECKPOINT.c.size < oldest_kept)
        .where(CHECKPOINT.c.size != (cosigned or 0))
    )
    return result.rowcount
