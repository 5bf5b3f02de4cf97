"""The code column in two epochs at once: carried over, in force, dropped (符号の世代)."""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy import Connection

from renkei.roles.institution.store.tables import CODE, EPOCH_CHANGE, PROVIDED
from renkei.values.person_id import PersonId


def is_held(connection: Connection, epoch: int) -> bool:
    """Whether any code of an epoch is held."""
    query = sa.select(CODE.c.epoch).where(CODE.c.epoch == epoch).limit(1)
    return connection.execute(query).first() is not None


def source(connection: Connection, epoch: int, in_force: int) -> int | None:
    """The newest epoch below `epoch` that the network has known: in force here, or complete."""
    carried = sa.select(EPOCH_CHANGE.c.epoch).where(EPOCH_CHANGE.c.carried_at.is_not(None))
    known = sa.or_(CODE.c.epoch <= in_force, CODE.c.epoch.in_(carried))
    found: int | None = connection.execute(
        sa.select(sa.func.max(CODE.c.epoch)).where(CODE.c.epoch < epoch, known)
    ).scalar_one()
    return found


def pair(connection: Connection, epochs: tuple[int, int]) -> tuple[bytes, bytes] | None:
    """One person's codes in both epochs, if anybody has both."""
    old, new = epochs
    there = CODE.alias()
    row = connection.execute(
        sa.select(CODE.c.element, there.c.element.label("other"))
        .join(there, sa.and_(there.c.person == CODE.c.person, there.c.epoch == new))
        .where(CODE.c.epoch == old)
        .limit(1)
    ).first()
    return (row.element, row.other) if row is not None else None


def note_carried(connection: Connection, epoch: int, now: datetime) -> None:
    """The column of this epoch is complete; the first time counts."""
    _note(connection, epoch, "carried_at", now)


def note_in_force(connection: Connection, epoch: int, now: datetime) -> None:
    """The directory shows this epoch; the first time counts."""
    _note(connection, epoch, "in_force_at", now)


def _note(connection: Connection, epoch: int, column: str, now: datetime) -> None:
    row = connection.execute(
        EPOCH_CHANGE.select().where(EPOCH_CHANGE.c.epoch == epoch)
    ).one_or_none()
    if row is None:
        connection.execute(EPOCH_CHANGE.insert().values(epoch=epoch, **{column: now}))
    elif row._mapping[column] is None:
        connection.execute(
            EPOCH_CHANGE.update().where(EPOCH_CHANGE.c.epoch == epoch).values({column: now})
        )


def in_force_since(connection: Connection, epoch: int) -> datetime | None:
    """When the directory first showed this epoch here."""
    found: datetime | None = connection.execute(
        sa.select(EPOCH_CHANGE.c.in_force_at).where(EPOCH_CHANGE.c.epoch == epoch)
    ).scalar_one_or_none()
    return found


def is_carried(connection: Connection, epoch: int) -> bool:
    """Whether the column of this epoch was complete once."""
    query = sa.select(EPOCH_CHANGE.c.epoch).where(
        EPOCH_CHANGE.c.epoch == epoch, EPOCH_CHANGE.c.carried_at.is_not(None)
    )
    return connection.execute(query).first() is not None


def stranded(connection: Connection, epoch: int, limit: int) -> list[PersonId]:
    """Persons with a code of an older epoch and none of this one."""
    there = CODE.alias()
    query = (
        sa.select(CODE.c.person)
        .where(CODE.c.epoch < epoch)
        .where(~sa.exists().where(there.c.person == CODE.c.person, there.c.epoch >= epoch))
        .distinct()
        .order_by(CODE.c.person)
        .limit(limit)
    )
    return list(connection.execute(query).scalars())


def has_older(connection: Connection, epoch: int) -> bool:
    """Whether codes of an older epoch are held."""
    query = sa.select(CODE.c.epoch).where(CODE.c.epoch < epoch).limit(1)
    return connection.execute(query).first() is not None


def has_open_permit(connection: Connection, epoch: int, now: datetime) -> bool:
    """Whether a presentation made under an older epoch is still undecided and valid."""
    query = (
        sa.select(PROVIDED.c.tx)
        .where(PROVIDED.c.outcome.is_(None), PROVIDED.c.provider_epoch < epoch)
        .where(PROVIDED.c.valid_until > now)
        .limit(1)
    )
    return connection.execute(query).first() is not None


def drop_older(connection: Connection, epoch: int, limit: int) -> int:
    """Delete up to `limit` codes of older epochs; gives how many (廃止)."""
    doomed = (
        sa.select(CODE.c.person, CODE.c.epoch).where(CODE.c.epoch < epoch).limit(limit).subquery()
    )
    result = connection.execute(
        CODE.delete().where(
            sa.tuple_(CODE.c.person, CODE.c.epoch).in_(sa.select(doomed.c.person, doomed.c.epoch))
        )
    )
    return result.rowcount
