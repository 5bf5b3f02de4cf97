"""What this institution was asked and answered (提供の記録)."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import msgspec
import sqlalchemy as sa
from sqlalchemy import ColumnElement, Connection, bindparam

from renkei.kit.database.statements import Prepared
from renkei.roles.institution.store.receipts import owe
from renkei.roles.institution.store.tables import PROVIDED
from renkei.values.person_id import PersonId
from renkei.wire.institution.messages import ReceivedAnswer
from renkei.wire.linkage.permit import Permit, Receipt

Key = tuple[str, str]
"""Requester and transaction."""


class Provided(msgspec.Struct, frozen=True, kw_only=True):
    """The provider's record of one exchange, as far as a later step needs it."""

    permit_digest: bytes
    commitment: bytes
    valid_until: datetime
    outcome: str | None
    answer: bytes | None
    answer_digest: bytes | None
    received: bool
    affair: str
    items: list[str]
    person: PersonId | None
    pending_reason: str | None
    decision: str | None


class Waits(msgspec.Struct, frozen=True, kw_only=True):
    """Why there is no final answer yet; a person only where a human must decide."""

    person: PersonId | None = None
    pending_reason: str | None = None


class Waiting(msgspec.Struct, frozen=True, kw_only=True):
    """One request that waits for an officer: who asks for what about whom, until when."""

    requester: str
    tx: str
    affair: str
    sub_affair: str
    items: list[str]
    subject: str
    person: PersonId
    pending_reason: str
    valid_until: datetime


class Ruling(msgspec.Struct, frozen=True, kw_only=True):
    """A final answer ready to be written: outcome, signed bytes, digest."""

    outcome: str
    answer: bytes
    answer_digest: bytes
    person: PersonId | None
    article: str | None
    reason: str | None


class Decision(msgspec.Struct, frozen=True, kw_only=True):
    """What an officer decided about a waiting request."""

    officer: str
    decision: str


_RULED = ("answered_at", "outcome", "article", "reason", "answer", "answer_digest", "person")
"""What a final answer writes into the record."""
_SHOWN = (
    *("requester", "tx", "permit_digest", "entry_hash", "commitment", "office", "affair"),
    *("sub_affair", "items", "subject", "asked_at", "valid_until", "provider_epoch"),
    *("request_digest", "portal_box", "consent_digest", "conditions", "basis_article"),
    "basis_row",
)
"""What a permit says and the record keeps."""
_SEEN = tuple(Provided.__struct_fields__)
_THIS = sa.and_(PROVIDED.c.requester == bindparam("of"), PROVIDED.c.tx == bindparam("this"))
_FIND = Prepared(sa.select(*(PROVIDED.c[name] for name in _SEEN)).where(_THIS))
_RECORD = Prepared(PROVIDED.insert(), columns=(*_SHOWN, *_RULED, "received"))
_CLOSE = Prepared(
    PROVIDED.update().where(_THIS).values({name: bindparam(f"new_{name}") for name in _RULED})
)
_RECEIVED = Prepared(
    PROVIDED.update()
    .where(_THIS, PROVIDED.c.answer_digest == bindparam("digest"))
    .values(answer=None, received=True)
)
"""What every exchange needs, built once: building costs several times what executing does."""


def find(connection: Connection, requester: str, tx: str) -> Provided | None:
    """The record of one exchange."""
    row = _FIND.one(connection, _key((requester, tx)))
    return Provided(**dict(zip(_SEEN, row, strict=True))) if row is not None else None


def _key(key: Key) -> dict[str, str]:
    return {"of": key[0], "this": key[1]}


def _is(key: Key) -> ColumnElement[bool]:
    return sa.and_(PROVIDED.c.requester == key[0], PROVIDED.c.tx == key[1])


def _now_found(connection: Connection, key: Key) -> Provided:
    found = find(connection, *key)
    assert found is not None
    return found


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
        "items": permit.items,
        "subject": permit.subject,
        "asked_at": permit.asked_at,
        "valid_until": permit.valid_until,
        "provider_epoch": permit.provider_epoch,
        "request_digest": permit.request_digest,
        "portal_box": permit.portal_box,
        "consent_digest": permit.consent_digest,
        "conditions": permit.conditions or None,
        "basis_article": permit.basis.article,
        "basis_row": permit.basis.row,
    }


def note_undecided(connection: Connection, permit: Permit, digest: bytes, waits: Waits) -> Provided:
    """Record a presentation that has no final answer yet; an answer given meanwhile stands."""
    key = (permit.requester, permit.tx)
    why = msgspec.structs.asdict(waits)
    if find(connection, *key) is None:
        facts = _facts(permit, digest)
        connection.execute(PROVIDED.insert().values(**facts, **why, received=False))
    else:
        undecided = sa.and_(_is(key), PROVIDED.c.outcome.is_(None))
        connection.execute(PROVIDED.update().where(undecided).values(**why))
    return _now_found(connection, key)


def answer(
    connection: Connection, permit: Permit, digest: bytes, ruling: Ruling, now: datetime
) -> Provided:
    """Write record, answer and receipt in one transaction; an earlier answer stands."""
    key = (permit.requester, permit.tx)
    earlier = find(connection, *key)
    if earlier is not None:
        return earlier if earlier.outcome is not None else _close(connection, key, ruling, now)
    _RECORD.run(connection, {**_facts(permit, digest), **_ruled(ruling, now), "received": False})
    _settle(connection, key, permit.commitment, ruling)
    return Provided(
        permit_digest=digest,
        commitment=permit.commitment,
        valid_until=permit.valid_until,
        outcome=ruling.outcome,
        answer=ruling.answer,
        answer_digest=ruling.answer_digest,
        received=False,
        affair=permit.affair,
        items=permit.items,
        person=ruling.person,
        pending_reason=None,
        decision=None,
    )


def _ruled(ruling: Ruling, now: datetime) -> dict[str, Any]:
    return {
        "answered_at": now,
        "outcome": ruling.outcome,
        "article": ruling.article,
        "reason": ruling.reason,
        "answer": ruling.answer,
        "answer_digest": ruling.answer_digest,
        "person": ruling.person,
    }


def decide(
    connection: Connection, key: Key, decision: Decision, ruling: Ruling, now: datetime
) -> Provided:
    """Write an officer's decision with the final answer; an earlier answer stands."""
    earlier = _now_found(connection, key)
    if earlier.outcome is not None:
        return earlier
    if earlier.valid_until <= now:
        return _lapse(connection, key, now)
    connection.execute(PROVIDED.update().where(_is(key)).values(**msgspec.structs.asdict(decision)))
    return _close(connection, key, ruling, now)


def _close(connection: Connection, key: Key, ruling: Ruling, now: datetime) -> Provided:
    new = {f"new_{name}": value for name, value in _ruled(ruling, now).items()}
    _CLOSE.run(connection, {**_key(key), **new})
    written = _now_found(connection, key)
    _settle(connection, key, written.commitment, ruling)
    return written


def _settle(connection: Connection, key: Key, commitment: bytes, ruling: Ruling) -> None:
    """What goes with a final answer: the receipt."""
    _owe(connection, key, commitment, ruling.outcome, ruling.answer_digest)


def _owe(connection: Connection, key: Key, commitment: bytes, outcome: str, digest: bytes) -> None:
    owe(
        connection,
        Receipt(
            requester=key[0],
            tx=key[1],
            outcome=outcome,  # type: ignore[arg-type]  # one of Outcome
            digest=digest,
            commitment=commitment,
        ),
    )


def received(
    connection: Connection, requester: str, answers: Sequence[ReceivedAnswer]
) -> list[str]:
    """The inquirer has these answers: delete them here; gives those that were never given."""
    unknown = []
    for one in answers:
        key = {**_key((requester, one.tx)), "digest": one.answer_digest}
        if not _RECEIVED.run(connection, key).rowcount:
            unknown.append(one.tx)
    return unknown


def pending(connection: Connection, now: datetime, limit: int) -> list[Waiting]:
    """Requests an officer can still decide, oldest first (自動応答不可の一覧)."""
    names = tuple(Waiting.__struct_fields__)
    rows = connection.execute(
        sa.select(*(PROVIDED.c[name] for name in names))
        .where(PROVIDED.c.outcome.is_(None), PROVIDED.c.pending_reason.is_not(None))
        .where(PROVIDED.c.valid_until > now)
        .order_by(PROVIDED.c.valid_until, PROVIDED.c.tx)
        .limit(limit)
    )
    return [Waiting(**row._mapping) for row in rows]


def expire(connection: Connection, requester: str, tx: str, now: datetime) -> Provided | None:
    """End one exchange whose permit has run out undecided; None where nothing is recorded."""
    record = find(connection, requester, tx)
    if record is None or record.outcome is not None:
        return record
    return _lapse(connection, (requester, tx), now)


def lapse(connection: Connection, now: datetime, limit: int) -> int:
    """End undecided exchanges whose permit has run out; gives how many (省令41条3項)."""
    rows = connection.execute(
        sa.select(PROVIDED.c.requester, PROVIDED.c.tx)
        .where(PROVIDED.c.outcome.is_(None), PROVIDED.c.valid_until <= now)
        .limit(limit)
    ).all()
    for row in rows:
        _lapse(connection, (row.requester, row.tx), now)
    return len(rows)


def _lapse(connection: Connection, key: Key, now: datetime) -> Provided:
    connection.execute(PROVIDED.update().where(_is(key)).values(outcome="lapsed", answered_at=now))
    written = _now_found(connection, key)
    _owe(connection, key, written.commitment, "lapsed", written.permit_digest)
    return written


def forget_unfetched(connection: Connection, before: datetime) -> int:
    """Delete answers nobody fetched whose permit ran out before `before`; gives how many."""
    result = connection.execute(
        PROVIDED.update()
        .where(PROVIDED.c.answer.is_not(None), PROVIDED.c.valid_until <= before)
        .values(answer=None)
    )
    return result.rowcount
