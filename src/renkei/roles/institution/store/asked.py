"""What this institution asked: cases and one record per request (照会の記録)."""

from datetime import datetime
from typing import Any, Final, Literal

import msgspec
import sqlalchemy as sa
from sqlalchemy import Connection, bindparam

from renkei.kit.prepared import Prepared
from renkei.roles.institution.store.receipts import owe
from renkei.roles.institution.store.tables import ASKED, CASE
from renkei.wire.messages.exchange import ProvidedItem, Receipt

State = Literal["asked", "permitted", "waiting", "answered", "closed"]
Via = Literal["network", "own-data", "not-connected", "no-code", "nobody"]
RefusedBy = Literal["requester", "network", "provider"]


class PlanLine(msgspec.Struct, frozen=True, kw_only=True):
    """One item of a procedure and how it is obtained (照会計画)."""

    item: str
    subject: str | None
    person: str | None
    via: Via
    tx: str | None = None


class Case(msgspec.Struct, frozen=True, kw_only=True):
    """A case of a desk: its facts as sent, and the plan made from them."""

    case_number: str
    facts: bytes
    plan: list[PlanLine]


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """One request's record; bytes of request and permit only while they are needed."""

    tx: str
    case_number: str
    office: str
    officer: str
    affair: str
    sub_affair: str
    items: list[str]
    subject: str
    person: str
    provider: str
    asked_at: datetime
    state: State
    request: bytes | None = None
    request_digest: bytes | None = None
    commitment: bytes | None = None
    permit: bytes | None = None
    permit_digest: bytes | None = None
    entry_hash: bytes | None = None
    valid_until: datetime | None = None
    answer_digest: bytes | None = None
    outcome: str | None = None
    article: str | None = None
    row: str | None = None
    reason: str | None = None
    refused_by: RefusedBy | None = None
    content: list[ProvidedItem] = []
    ended_at: datetime | None = None
    attributes_at: datetime | None = None
    """When the four attributes were sent to the provider (令26条3項)."""
    instead_of: str | None = None
    """The transaction this one was asked for anew, with a fresh time and code."""


class Ending(msgspec.Struct, frozen=True, kw_only=True):
    """How a request ended for the inquirer."""

    outcome: str
    state: State = "closed"
    article: str | None = None
    row: str | None = None
    reason: str | None = None
    refused_by: RefusedBy | None = None
    answer_digest: bytes | None = None
    content: list[ProvidedItem] = []
    entry_hash: bytes | None = None
    """Promised with a refusal; a permit's was written with the permit."""


def _naive(instant: datetime | None) -> datetime | None:
    return instant.replace(tzinfo=None) if instant is not None else None


_PLAN: Final = msgspec.json.Decoder(list[PlanLine])
_CONTENT: Final = msgspec.json.Decoder(list[ProvidedItem])
_CASE: Final = Prepared(
    sa.select(CASE.c.case_number, CASE.c.facts, CASE.c.plan).where(
        CASE.c.case_number == bindparam("case_number")
    )
)
_OPEN_CASE: Final = Prepared(CASE.insert())
_ASK: Final = Prepared(ASKED.insert())
_THIS: Final = ASKED.c.tx == bindparam("this")
_RECORD: Final = sa.select(*(ASKED.c[name] for name in Asked.__struct_fields__))
_FIND: Final = Prepared(_RECORD.where(_THIS))
_OF_CASE: Final = Prepared(
    _RECORD.where(ASKED.c.case_number == bindparam("case_number")).order_by(
        ASKED.c.asked_at, ASKED.c.tx
    )
)
_PERMITTED: Final = Prepared(
    ASKED.update()
    .where(_THIS, ASKED.c.state == "asked")
    .values(
        state="permitted",
        permit=bindparam("permit_bytes"),
        permit_digest=bindparam("digest"),
        entry_hash=bindparam("promised"),
        valid_until=bindparam("until"),
        article=bindparam("basis_article"),
        row=bindparam("basis_row"),
    )
)
_ENDED: Final = Prepared(
    ASKED.update()
    .where(_THIS, ASKED.c.state != "answered", ASKED.c.state != "closed")
    .values(
        state=bindparam("new_state"),
        outcome=bindparam("new_outcome"),
        article=bindparam("new_article"),
        row=bindparam("new_row"),
        reason=bindparam("new_reason"),
        refused_by=bindparam("new_refused_by"),
        answer_digest=bindparam("new_answer_digest"),
        content=bindparam("new_content"),
        request=None,
        permit=None,
        entry_hash=sa.func.coalesce(ASKED.c.entry_hash, bindparam("promised")),
        ended_at=bindparam("at"),
    )
)
_CLOSED: Final = Prepared(
    ASKED.update().where(_THIS, ASKED.c.state == "answered").values(state="closed")
)
"""What every exchange needs, built once: building costs several times what executing does."""


def find_case(connection: Connection, case_number: str) -> Case | None:
    """A case by its number."""
    row = _CASE.one(connection, {"case_number": case_number})
    if row is None:
        return None
    return Case(case_number=row[0], facts=row[1], plan=_PLAN.decode(row[2]))


def open_case(connection: Connection, case: Case, asked: list[Asked], now: datetime) -> None:
    """Write a case with all its requests in one transaction."""
    _OPEN_CASE.run(
        connection,
        {
            "case_number": case.case_number,
            "facts": case.facts,
            "plan": msgspec.json.encode(case.plan),
            "opened_at": _naive(now),
        },
    )
    if asked:
        _ASK.run_all(connection, [_values(one) for one in asked])


def _values(one: Asked) -> dict[str, Any]:
    values = msgspec.structs.asdict(one)
    values["items"] = " ".join(one.items)
    values["content"] = msgspec.json.encode(one.content) if one.content else None
    for name in ("asked_at", "valid_until", "ended_at", "attributes_at"):
        values[name] = _naive(values[name])
    return values


def _asked(row: tuple[Any, ...]) -> Asked:
    values = dict(zip(Asked.__struct_fields__, row, strict=True))
    values["items"] = values["items"].split(" ")
    content = values["content"]
    values["content"] = _CONTENT.decode(content) if content else []
    return Asked(**values)


def find(connection: Connection, tx: str) -> Asked | None:
    """The record of one request."""
    row = _FIND.one(connection, {"this": tx})
    return _asked(row) if row is not None else None


def of_case(connection: Connection, case_number: str) -> list[Asked]:
    """All requests of a case, in the order asked."""
    return [_asked(row) for row in _OF_CASE.all(connection, {"case_number": case_number})]


def open_transactions(connection: Connection, after: str, limit: int) -> list[str]:
    """Transactions later than `after` that have not ended, in their order."""
    query = (
        sa.select(ASKED.c.tx)
        .where(ASKED.c.state != "closed", ASKED.c.tx > after)
        .order_by(ASKED.c.tx)
        .limit(limit)
    )
    return list(connection.execute(query).scalars())


class Permission(msgspec.Struct, frozen=True, kw_only=True):
    """A permit as it is kept with its request: bytes, digests, end, and what it rests on."""

    permit: bytes
    permit_digest: bytes
    entry_hash: bytes
    valid_until: datetime
    article: str
    row: str


def permitted(connection: Connection, one: Asked, permission: Permission) -> Asked | None:
    """Store a permit; gives the record as it is now, None where it had gone on already."""
    until = _naive(permission.valid_until)
    written = _PERMITTED.run(
        connection,
        {
            "this": one.tx,
            "permit_bytes": permission.permit,
            "digest": permission.permit_digest,
            "promised": permission.entry_hash,
            "until": until,
            "basis_article": permission.article,
            "basis_row": permission.row,
        },
    )
    if not written.rowcount:
        return None
    facts = msgspec.structs.asdict(permission) | {"valid_until": until}
    return msgspec.structs.replace(one, state="permitted", **facts)


def waiting(connection: Connection, tx: str, why: str) -> None:
    """The provider has seen the permit and not decided yet: `pending` or `no-code`."""
    connection.execute(
        ASKED.update()
        .where(ASKED.c.tx == tx, ASKED.c.state.in_(("permitted", "waiting")))
        .values(state="waiting", reason=why)
    )


def offering(connection: Connection, tx: str, now: datetime) -> None:
    """Record that the four attributes are sent, before they are; the first time counts."""
    connection.execute(
        ASKED.update()
        .where(ASKED.c.tx == tx, ASKED.c.attributes_at.is_(None))
        .values(attributes_at=_naive(now))
    )


def replace(connection: Connection, tx: str, ending: Ending, new: Asked, now: datetime) -> None:
    """End a request that got no permit and record the one asked in its stead, both or neither."""
    ended = connection.execute(
        ASKED.update()
        .where(ASKED.c.tx == tx, ASKED.c.state == "asked")
        .values(
            state="closed",
            outcome=ending.outcome,
            reason=ending.reason,
            refused_by=ending.refused_by,
            entry_hash=ending.entry_hash,
            request=None,
            ended_at=_naive(now),
        )
    )
    if ended.rowcount:
        _ASK.run(connection, _values(new))


def end(
    connection: Connection, one: Asked, ending: Ending, receipt: Receipt | None, now: datetime
) -> Asked | None:
    """Write how a request ended, delete request and permit, and owe the network a receipt.

    Gives the record as it is now; None where it had ended: an earlier end stands.
    """
    written = _ENDED.run(
        connection,
        {
            "this": one.tx,
            "new_state": ending.state,
            "new_outcome": ending.outcome,
            "new_article": ending.article,
            "new_row": ending.row,
            "new_reason": ending.reason,
            "new_refused_by": ending.refused_by,
            "new_answer_digest": ending.answer_digest,
            "new_content": msgspec.json.encode(ending.content) if ending.content else None,
            "promised": ending.entry_hash,
            "at": _naive(now),
        },
    )
    if not written.rowcount:
        return None
    if receipt is not None:
        owe(connection, receipt)
    facts = msgspec.structs.asdict(ending) | {"entry_hash": one.entry_hash or ending.entry_hash}
    return msgspec.structs.replace(one, request=None, permit=None, ended_at=_naive(now), **facts)


def close(connection: Connection, tx: str) -> None:
    """The provider knows that the answer arrived."""
    _CLOSED.run(connection, {"this": tx})
