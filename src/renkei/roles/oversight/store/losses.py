"""Losses of lines that officers proposed to accept, and accepted (喪失の承認)."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

import sqlalchemy as sa
from sqlalchemy import Connection

from renkei.kit.clock import tokyo_day
from renkei.roles.oversight.store.tables import LOSS
from renkei.wire.portal.messages import AcceptedLoss

_NEWEST: Final = (
    sa.select(LOSS).where(LOSS.c.accepted_at.is_not(None)).order_by(LOSS.c.number.desc()).limit(1)
)
_PROPOSED: Final = sa.select(LOSS).where(LOSS.c.number == sa.bindparam("which"))
_LAST: Final = sa.select(sa.func.max(LOSS.c.number))


@dataclass(frozen=True, slots=True)
class Proposed:
    """What one officer proposed: below which log size lines are taken to be gone, and why."""

    number: int
    below: int
    reason: str
    officer: str
    accepted: bool


def propose(
    connection: Connection, below: int, officer: str, reason: str, now: datetime
) -> Proposed:
    """Write a proposal; it changes nothing until another officer accepts it."""
    number = int(connection.execute(_LAST).scalar_one() or 0) + 1
    connection.execute(
        LOSS.insert().values(
            number=number, below=below, reason=reason, proposed_by=officer, proposed_at=now
        )
    )
    return Proposed(number, below, reason, officer, accepted=False)


def proposed(connection: Connection, number: int) -> Proposed | None:
    """A proposal by its number."""
    row = connection.execute(_PROPOSED, {"which": number}).one_or_none()
    if row is None:
        return None
    accepted = row.accepted_at is not None
    return Proposed(row.number, row.below, row.reason, row.proposed_by, accepted)


def accept(connection: Connection, number: int, officer: str, now: datetime) -> None:
    """Write who accepted a proposal."""
    update = LOSS.update().where(LOSS.c.number == number)
    connection.execute(update.values(accepted_by=officer, accepted_at=now))


def accepted(connection: Connection) -> AcceptedLoss | None:
    """The newest loss that was accepted, as statements name it."""
    row = connection.execute(_NEWEST).one_or_none()
    if row is None:
        return None
    return AcceptedLoss(
        number=row.number,
        below=row.below,
        day=tokyo_day(row.accepted_at).isoformat(),
        reason=row.reason,
        officers=[row.proposed_by, row.accepted_by],
    )
