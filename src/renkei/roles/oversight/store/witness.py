"""What the witness vouches for: the newest checkpoint it saw, written first (連署の記録)."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from renkei.crypto.merkle import TreeHead
from renkei.roles.oversight.store.tables import WITNESS, aware, naive


@dataclass(frozen=True, slots=True)
class Seen:
    """The newest checkpoint it saw and cosigned or is about to cosign."""

    head: TreeHead
    note: bytes
    """The log's signed note, as evidence should the log ever contradict it."""
    handed_size: int | None
    """Size of the newest checkpoint whose cosignature the network has noted."""
    handed_at: datetime | None
    halted: str | None
    """Why it has stopped cosigning, if it has."""


def load(connection: Connection) -> Seen | None:
    """The state; None before the first checkpoint."""
    row = connection.execute(WITNESS.select()).one_or_none()
    if row is None:
        return None
    return Seen(
        head=TreeHead(row.size, row.root),
        note=row.note,
        handed_size=row.handed_size,
        handed_at=aware(row.handed_at) if row.handed_at is not None else None,
        halted=row.halted,
    )


class Superseded(Exception):
    """Somebody else moved the state meanwhile: nothing was written, nothing may be cosigned."""


def advance(
    connection: Connection, before: Seen | None, head: TreeHead, note: bytes, now: datetime
) -> None:
    """Move to a checkpoint that was shown to extend `before`; raises Superseded."""
    values = {"size": head.size, "root": head.root, "note": note, "seen_at": naive(now)}
    if before is None:
        if load(connection) is not None:
            raise Superseded
        connection.execute(WITNESS.insert().values(id=1, **values))
        return
    moved = connection.execute(
        WITNESS.update()
        .where(WITNESS.c.size == before.head.size, WITNESS.c.root == before.head.root)
        .values(**values)
    )
    if moved.rowcount != 1:
        raise Superseded


def handed(connection: Connection, size: int, now: datetime) -> None:
    """The network has noted the cosignature of this size."""
    connection.execute(WITNESS.update().values(handed_size=size, handed_at=naive(now)))


def halt(connection: Connection, reason: str) -> None:
    """Stop cosigning until a human has looked: the state stays, the reason stands in it."""
    connection.execute(WITNESS.update().values(halted=reason[:200]))
