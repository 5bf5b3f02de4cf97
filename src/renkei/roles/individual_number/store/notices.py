"""What people are to read about comparisons of their attributes (本人への通知)."""

from collections.abc import Sequence
from datetime import datetime

import msgspec
import sqlalchemy as sa
from sqlalchemy import Connection

from renkei.roles.individual_number.store.tables import NOTICE


class Notice(msgspec.Struct, frozen=True, kw_only=True):
    """One row: comparisons of a day by one office for one affair that ended alike."""

    id: int
    resident_code: str
    day: str
    institution: str
    office: str
    affair: str
    verdict: str
    count: int
    last_at: datetime


class Compared(msgspec.Struct, frozen=True, kw_only=True):
    """One comparison that a person is to read of."""

    resident_code: str
    day: str
    institution: str
    office: str
    affair: str
    verdict: str


def add(connection: Connection, compared: Compared, now: datetime) -> None:
    """Count a comparison; the row of its kind and day is one, whatever its count."""
    facts = msgspec.structs.asdict(compared)
    same = sa.and_(*(NOTICE.c[name] == value for name, value in facts.items()))
    counted = connection.execute(
        NOTICE.update().where(same).values(count=NOTICE.c.count + 1, last_at=now)
    )
    if not counted.rowcount:
        connection.execute(NOTICE.insert().values(**facts, count=1, last_at=now, told=0))


def untold(connection: Connection, limit: int) -> list[Notice]:
    """Rows the portal does not know of as they are now, oldest first."""
    names = tuple(Notice.__struct_fields__)
    query = sa.select(*(NOTICE.c[name] for name in names)).where(NOTICE.c.told < NOTICE.c.count)
    rows = connection.execute(query.order_by(NOTICE.c.id).limit(limit))
    return [Notice(**row._mapping) for row in rows]


def waiting(connection: Connection) -> int:
    """How many rows the portal does not know of as they are now."""
    query = sa.select(sa.func.count()).select_from(NOTICE).where(NOTICE.c.told < NOTICE.c.count)
    return int(connection.execute(query).scalar_one())


def tell(connection: Connection, told: Sequence[tuple[int, int]]) -> None:
    """The portal has filed these rows with these counts; what came since is still to be told."""
    for id_, count in told:
        connection.execute(
            NOTICE.update()
            .where(NOTICE.c.id == id_, NOTICE.c.told < count, NOTICE.c.count >= count)
            .values(told=count)
        )
