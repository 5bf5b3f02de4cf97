"""Signed heads of the log, one root per size, some cosigned (チェックポイント)."""

from dataclasses import dataclass
from typing import Final

import sqlalchemy as sa
from sqlalchemy import Connection

from renkei.crypto.merkle import HASH_BYTES, Frontier
from renkei.roles.linkage.store.tables import CHECKPOINT

# Statements are built once: building one costs several times what running it does.
_NEWEST: Final = CHECKPOINT.select().order_by(CHECKPOINT.c.size.desc()).limit(1)
_SIZE: Final = sa.select(sa.func.max(CHECKPOINT.c.size))
_ADD: Final = CHECKPOINT.insert()
_NOTE: Final = sa.select(CHECKPOINT.c.note).where(CHECKPOINT.c.size == sa.bindparam("at"))
_COSIGNED: Final = CHECKPOINT.c.cosigned.is_not(None)
_NEWEST_COSIGNED: Final = (
    sa.select(CHECKPOINT.c.cosigned).where(_COSIGNED).order_by(CHECKPOINT.c.size.desc()).limit(1)
)
_COSIGN: Final = (
    CHECKPOINT.update()
    .where(CHECKPOINT.c.size == sa.bindparam("at"))
    .where(sa.func.coalesce(CHECKPOINT.c.cosigned_time, 0) < sa.bindparam("made"))
    .values(cosigned=sa.bindparam("line"), cosigned_time=sa.bindparam("made"))
)
_OLDEST_KEPT: Final = (
    sa.select(CHECKPOINT.c.size)
    .order_by(CHECKPOINT.c.size.desc())
    .offset(sa.bindparam("skip"))
    .limit(1)
)
_COSIGNED_SIZE: Final = sa.select(sa.func.max(CHECKPOINT.c.size)).where(_COSIGNED)
_PRUNE: Final = (
    CHECKPOINT.delete()
    .where(CHECKPOINT.c.size < sa.bindparam("oldest"))
    .where(CHECKPOINT.c.size != sa.bindparam("kept"))
)


@dataclass(frozen=True, slots=True)
class Head:
    """A signed head: the frontier to go on from, the root as signed, the signed note."""

    frontier: Frontier
    root: bytes
    note: str


def newest(connection: Connection) -> Head | None:
    """The head of the largest size, None for a log that has none yet."""
    row = connection.execute(_NEWEST).one_or_none()
    if row is None:
        return None
    peaks = tuple(row.peaks[at : at + HASH_BYTES] for at in range(0, len(row.peaks), HASH_BYTES))
    return Head(Frontier(row.size, peaks), row.root, row.note)


def size(connection: Connection) -> int:
    """The size of the newest signed head, 0 for none: what is below it is integrated."""
    largest = connection.execute(_SIZE).scalar_one()
    return int(largest or 0)


def add(connection: Connection, head: Head) -> None:
    """Write a head; a second one of the same size breaks the primary key and is not written."""
    connection.execute(
        _ADD,
        {
            "size": head.frontier.size,
            "root": head.root,
            "peaks": b"".join(head.frontier.peaks),
            "note": head.note,
        },
    )


def note_of(connection: Connection, at_size: int) -> str | None:
    """The signed note of one size, if it is kept."""
    return connection.execute(_NOTE, {"at": at_size}).scalar_one_or_none()


def newest_cosigned(connection: Connection) -> str | None:
    """The newest note that the witness has cosigned, with its cosignature."""
    return connection.execute(_NEWEST_COSIGNED).scalar_one_or_none()


def cosign(connection: Connection, at_size: int, note: str, time: int) -> None:
    """Keep a note with its cosignature, unless one made later is kept."""
    connection.execute(_COSIGN, {"at": at_size, "line": note, "made": time})


def prune(connection: Connection, keep: int) -> int:
    """Forget old heads but the newest `keep` and the newest cosigned one; gives how many."""
    oldest_kept = connection.execute(_OLDEST_KEPT, {"skip": keep - 1}).scalar_one_or_none()
    if oldest_kept is None:
        return 0
    cosigned = connection.execute(_COSIGNED_SIZE).scalar_one()
    return connection.execute(_PRUNE, {"oldest": oldest_kept, "kept": cosigned or 0}).rowcount
