"""What this institution was asked and answered (提供の記録)."""

from datetime import datetime
from typing import Any

import msgspec
import sqlalchemy as sa
from sqlalchemy import Connection

from renkei.roles.institution.store.receipts import owe
from renkei.roles.institution.store.tables import PROVIDED
from renkei.wire.messages.exchange import Permit, Receipt


class Provided(msgspec.Struct, frozen=True, kw_only=True):
    """The provider's record of one exchange, as far as a repeated presentation needs it."""

    permit_digest: bytes
    commitment: bytes
    valid_until: datetime
    outcome: str | None
    answer: bytes | None
    answer_digest: bytes | None
    received: bool


class Ruling(msgspec.Struct, frozen=True, kw_only=True):
    """A final answer ready to be written: outcome, signed bytes, digest."""

    outcome: str
    answer: bytes
    answer_digest: bytes
    person: str | None
    article: str | None
    reason: str | None


_SEEN = tuple(Provided.__struct_fields__)


def find(connection: Connection, requester: str, tx: str) -> Provided | None:
    """The record of one exchange."""
    row = connection.execute(
        sa.select(*(PROVIDED.c[name] for name in _SEEN)).where(
            PROVIDED.c.requester == requester, PROVIDED.c.tx == tx
        )
    ).one_or_none()
    return Provided(**row._mapping) if row is not None else None


def _facts(permit: Permit, digest: bytes) -> dict[str, Any]:
    return {
        "requester": permit.requester,
        "tx": permit.tx,
        "permit_digest": digest,
        "entry_hash": permit.entry_hash,
        "commitment": permit.commitment,
        "office": permit.office,
        "affair": permit.affair,
        "sub_affair": permit.sub_affair,
        "items": " ".join(permit.items),
        "subject": permit.subject,
        "asked_at": permit.asked_at.replace(tzinfo=None),
        "valid_until": permit.valid_until.replace(tzinfo=None),
    }


def note_undecided(connection: Connection, permit: Permit, digest: bytes) -> None:
    """Record a presentation that has no final answer yet; once only."""
    if find(connection, permit.requester, permit.tx) is None:
        connection.execute(PROVIDED.insert().values(**_facts(permit, digest), received=False))


def answer(
    connection: Connection, permit: Permit, digest: bytes, ruling: Ruling, now: datetime
) -> Provided:
    """Write record, answer and receipt in one transaction; an earlier answer stands."""
    earlier = find(connection, permit.requester, permit.tx)
    if earlier is not None and earlier.outcome is not None:
        return earlier
    decided = {
        "answered_at": now.replace(tzinfo=None),
        "outcome": ruling.outcome,
        "article": ruling.article,
        "reason": ruling.reason,
        "answer": ruling.answer,
        "answer_digest": ruling.answer_digest,
        "person": ruling.person,
    }
    if earlier is None:
        connection.execute(
            PROVIDED.insert().values(**_facts(permit, digest), **decided, received=False)
        )
    else:
        connection.execute(
            PROVIDED.update()
            .where(PROVIDED.c.requester == permit.requester, PROVIDED.c.tx == permit.tx)
            .values(**decided)
        )
    owe(
        connection,
        Receipt(
            requester=permit.requester,
            tx=permit.tx,
            outcome=ruling.outcome,  # type: ignore[arg-type]  # one of FinalOutcome
            digest=ruling.answer_digest,
            commitment=permit.commitment,
        ),
    )
    written = find(connection, permit.requester, permit.tx)
    assert written is not None
    return written


def received(connection: Connection, requester: str, tx: str) -> None:
    """The inquirer has the answer: delete it here."""
    connection.execute(
        PROVIDED.update()
        .where(PROVIDED.c.requester == requester, PROVIDED.c.tx == tx)
        .values(answer=None, received=True)
    )


def lapse(connection: Connection, now: datetime, limit: int) -> int:
    """End undecided exchanges whose permit has run out; gives how many (省令41条3項)."""
    rows = connection.execute(
        PROVIDED.select()
        .where(PROVIDED.c.outcome.is_(None), PROVIDED.c.valid_until <= now.replace(tzinfo=None))
        .limit(limit)
    ).all()
    for row in rows:
        connection.execute(
            PROVIDED.update()
            .where(PROVIDED.c.requester == row.requester, PROVIDED.c.tx == row.tx)
            .values(outcome="lapsed", answered_at=now.replace(tzinfo=None))
        )
        owe(
            connection,
            Receipt(
                requester=row.requester,
                tx=row.tx,
                outcome="lapsed",
                digest=row.permit_digest,
                commitment=row.commitment,
            ),
        )
    return len(rows)


def forget_unfetched(connection: Connection, before: datetime) -> int:
    """Delete answers nobody fetched whose permit ran out before `before`; gives how many."""
    result = connection.execute(
        PROVIDED.update()
        .where(
            PROVIDED.c.answer.is_not(None), PROVIDED.c.valid_until <= before.replace(tzinfo=None)
        )
        .values(answer=None)
    )
    return result.rowcount
