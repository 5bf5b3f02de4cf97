"""Code epochs begun at institutions, until the scalar before them is destroyed (符号の世代)."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from renkei.roles.linkage.store.tables import EPOCH


@dataclass(frozen=True, slots=True)
class Epoch:
    """A new epoch of one institution, and how far it has come."""

    institution: str
    epoch: int
    confirmed: bool
    in_force_at: datetime | None


def begin(connection: Connection, institution: str, epoch: int) -> None:
    """Begin an epoch whose scalar exists."""
    connection.execute(
        EPOCH.insert().values(
            institution=institution, epoch=epoch, confirmed=False, old_destroyed=False
        )
    )


def open_epochs(connection: Connection) -> list[Epoch]:
    """Epochs whose predecessor's scalar still exists, by institution."""
    rows = connection.execute(
        EPOCH.select()
        .where(EPOCH.c.old_destroyed.is_(False))
        .order_by(EPOCH.c.institution, EPOCH.c.epoch)
    )
    return [
        Epoch(
            row.institution,
            row.epoch,
            bool(row.confirmed),
            row.in_force_at,
        )
        for row in rows
    ]


def waiting(connection: Connection, institution: str) -> Epoch | None:
    """The epoch of an institution that is begun and not yet in force."""
    for one in open_epochs(connection):
        if one.institution == institution and one.in_force_at is None:
            return one
    return None


def _set(connection: Connection, which: Epoch, **values: object) -> None:
    connection.execute(
        EPOCH.update()
        .where(EPOCH.c.institution == which.institution, EPOCH.c.epoch == which.epoch)
        .values(**values)
    )


def confirm(connection: Connection, which: Epoch) -> None:
    """The institution holds its codes in this epoch too."""
    _set(connection, which, confirmed=True)


def enter_into_force(connection: Connection, which: Epoch, at: datetime) -> None:
    """A directory version brought the epoch into force at this moment."""
    _set(connection, which, in_force_at=at)


def old_destroyed(connection: Connection, which: Epoch) -> None:
    """The scalar of the epoch before it is destroyed."""
    _set(connection, which, old_destroyed=True)
