"""The portal's feed: integrated exchanges and receipts, in the order of the log (開示記録).

A line's number is its position in the log plus one: it never changes, and the entries between are
of kinds that are nobody's line.
"""

from dataclasses import dataclass
from typing import Final

import msgspec
import sqlalchemy as sa
from sqlalchemy import Connection

from renkei.roles.linkage.store.tables import FEED, LEAF
from renkei.wire.entries import EntryKind
from renkei.wire.fields import Box

_KINDS: Final = (int(EntryKind.EXCHANGE), int(EntryKind.RECEIPT))
_LINES: Final = (
    sa.select(
        LEAF.c.position,
        LEAF.c.kind,
        LEAF.c.salt,
        LEAF.c.record,
        FEED.c.portal_code,
        FEED.c.portal_seed,
        FEED.c.request,
    )
    .select_from(LEAF.outerjoin(FEED, FEED.c.leaf == LEAF.c.seq))
    .where(LEAF.c.position >= sa.bindparam("after"), LEAF.c.position < sa.bindparam("size"))
    .where(LEAF.c.kind.in_(_KINDS), LEAF.c.record.is_not(None))
    .order_by(LEAF.c.position)
    .limit(sa.bindparam("most"))
)
_FORGET: Final = FEED.delete().where(
    sa.exists().where(LEAF.c.seq == FEED.c.leaf, LEAF.c.position < sa.bindparam("through"))
)
_box: Final = msgspec.json.Decoder(Box).decode


@dataclass(frozen=True, slots=True)
class Line:
    """One integrated entry with what opens it; nothing opens a receipt or an acknowledged line."""

    position: int
    kind: EntryKind
    salt: bytes
    record: bytes
    portal_code: bytes | None
    portal_seed: Box | None
    request: str | None


def lines(connection: Connection, after: int, size: int, limit: int) -> list[Line]:
    """Lines numbered above `after`, below log size `size`, in order, at most `limit`.

    Entries whose record was deleted after retention are nobody's line any more.
    """
    rows = connection.execute(_LINES, {"after": after, "size": size, "most": limit})
    return [
        Line(position, EntryKind(kind), salt, record, code, _box(seed) if seed else None, request)
        for position, kind, salt, record, code, seed, request in rows
    ]


def forget(connection: Connection, through: int) -> int:
    """Delete points, boxes and requests of all lines numbered up to `through`; gives how many."""
    return connection.execute(_FORGET, {"through": through}).rowcount
