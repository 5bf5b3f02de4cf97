"""What the witness vouches for: the newest checkpoint it saw, written first (連署の記録)."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

import sqlalchemy as sa
from sqlalchemy import Connection

from renkei.crypto.merkle import TreeHead
from renkei.roles.oversight.store.tables import WITNESS

_LOAD: Final = sa.select(WITNESS)
_INSERT: Final = WITNESS.insert()
_ADVANCE: Final = (
    WITNESS.update()
    .where(WITNESS.c.size == sa.bindparam("from_size"), WITNESS.c.root == sa.bindparam("from_root"))
    .values({name: sa.bindparam(name) for name in ("size", "root", "note", "seen_at")})
)
_HANDED: Final = WITNESS.update()


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
    row = connection.execute(_LOAD).one_or_none()
    if row is None:
        return None
    return Seen(
        head=TreeHead(row.size, row.root),
        note=row.note,
        handed_size=row.handed_size,
        handed_at=row.handed_at,
        halted=row.halted,
    )


class Superseded(Exception):
    """Somebody else moved the state meanwhile: nothing was written, nothing may be cosigned."""


def advance(
    connection: Connection, before: Seen | None, head: TreeHead, note: bytes, now: datetime
) -> None:
    """Move to a checkpoint that was shown to extend `before`; raises Superseded."""
    values = {"size": head.size, "root": head.root, "note": note, "seen_at": now}
    if before is None:
        if load(connection) is not None:
            raise Superseded
        connection.execute(_INSERT, values | {"id": 1})
        return
    origin = {"from_size": before.head.size, "from_root": before.head.root}
    moved = connection.execute(_ADVANCE, values | origin)
    if moved.rowcount != 1:
        raise Superseded


def handed(connection: Connection, size: int, now: datetime) -> None:
    """The network has noted the cosignature of this size."""
    connection.execute(_HANDED, {"handed_size": size, "handed_at": now})


def halt(connection: Connection, reason: str) -> None:
    """Stop cosigning until a human has looked: the state stays, the reason stands in it."""
    connection.execute(WITNESS.update().values(halted=reason[:200]))
