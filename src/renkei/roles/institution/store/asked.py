"""What this institution asked: cases and one record per request (照会の記録)."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final, Literal

import msgspec
import sqlalchemy as sa
from sqlalchemy import Connection, bindparam

from renkei.kit.database.statements import Prepared
from renkei.roles.institution.store.receipts import owe
from renkei.roles.institution.store.tables import ASKED, CASE, CaseFacts, PlanLine
from renkei.values.person_id import PersonId
from renkei.wire.institution.messages import ProvidedItem
from renkei.wire.linkage.permit import Receipt

State = Literal["asked", "permitted", "waiting", "answered", "closed"]
RefusedBy = Literal["requester", "network", "provider"]


class Case(msgspec.Struct, frozen=True, kw_only=True):
    """A case of a desk: its facts as sent, and the plan made from them."""

    case_number: str
    facts: CaseFacts
    plan: list[PlanLine]
    closed_at: datetime | None = None


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
    person: PersonId
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
    """The transaction this one was asked for anew, with a fresh time and code, or of which it asks
    for the items that found no room in the answer."""
    signed: str | None = None
    """The signed request without its boxes; None where nothing was sent, or in the older form."""
    basis_article: str | None = None
    basis_row: str | None = None
    """What the network decided by; an answer may cite another article."""
    disputed: bytes | None = None
    """A signed reply of the network's that was not taken: it is not about what was asked."""
    conditions: list[str] = []
    """What was stated to be met; of a request that was sent, no more than the law wanted."""


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
    basis_article: str | None = None
    basis_row: str | None = None
    disputed: bytes | None = None


_CASE: Final = Prepared(
    sa.select(CASE.c.case_number, CASE.c.facts, CASE.c.plan, CASE.c.closed_at).where(
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
        article=bindparam("article_cited"),
        row=bindparam("row_cited"),
        basis_article=bindparam("article_cited"),
        basis_row=bindparam("row_cited"),
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
        basis_article=sa.func.coalesce(ASKED.c.basis_article, bindparam("article_cited")),
        basis_row=sa.func.coalesce(ASKED.c.basis_row, bindparam("row_cited")),
        disputed=bindparam("reply"),
        ended_at=bindparam("at"),
    )
)
_CLOSED: Final = Prepared(
    ASKED.update().where(_THIS, ASKED.c.state == "answered").values(state="closed")
)
"""What every exchange needs, built once: building costs several times what executing does."""
_UNSETTLED: Final = (
    sa.select(ASKED.c.case_number)
    .where(ASKED.c.case_number.in_(bindparam("cases", expanding=True)))
    .where(ASKED.c.state != "answered", ASKED.c.state != "closed")
    .distinct()
)


def find_case(connection: Connection, case_number: str) -> Case | None:
    """A case by its number."""
    row = _CASE.one(connection, {"case_number": case_number})
    if row is None:
        return None
    return Case(case_number=row[0], facts=row[1], plan=row[2], closed_at=row[3])


def open_case(connection: Connection, case: Case, asked: list[Asked], now: datetime) -> None:
    """Write a case with all its requests in one transaction."""
    _OPEN_CASE.run(
        connection,
        {
            "case_number": case.case_number,
            "facts": case.facts,
            "plan": case.plan,
            "opened_at": now,
            "in_case": case.facts.in_case,
            "closed_at": case.closed_at,
        },
    )
    if asked:
        _ASK.run_all(connection, [_values(one) for one in asked])


def _values(one: Asked) -> dict[str, Any]:
    values = msgspec.structs.asdict(one)
    values["content"] = one.content or None
    values["conditions"] = one.conditions or None
    return values


def _asked(row: tuple[Any, ...]) -> Asked:
    values = dict(zip(Asked.__struct_fields__, row, strict=True))
    values["content"] = values["content"] or []
    values["conditions"] = values["conditions"] or []
    return Asked(**values)


def find(connection: Connection, tx: str) -> Asked | None:
    """The record of one request."""
    row = _FIND.one(connection, {"this": tx})
    return _asked(row) if row is not None else None


def of_case(connection: Connection, case_number: str) -> list[Asked]:
    """All requests of a case, in the order asked."""
    return [_asked(row) for row in _OF_CASE.all(connection, {"case_number": case_number})]


def unsettled(connection: Connection, cases: Sequence[str]) -> set[str]:
    """Those of some cases in which a request is still open."""
    rows = connection.execute(_UNSETTLED, {"cases": list(cases)})
    return set(rows.scalars())


def open_transactions(
    connection: Connection, after: str, limit: int, asked_before: datetime | None = None
) -> list[str]:
    """Transactions later than `after` that have not ended, in their order.

    `asked_before`: only those asked before a moment.
    """
    query = (
        sa.select(ASKED.c.tx)
        .where(ASKED.c.state != "closed", ASKED.c.tx > after)
        .order_by(ASKED.c.tx)
        .limit(limit)
    )
    if asked_before is not None:
        query = query.where(ASKED.c.asked_at < asked_before)
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
    written = _PERMITTED.run(
        connection,
        {
            "this": one.tx,
            "permit_bytes": permission.permit,
            "digest": permission.permit_digest,
            "promised": permission.entry_hash,
            "until": permission.valid_until,
            "article_cited": permission.article,
            "row_cited": permission.row,
        },
    )
    if not written.rowcount:
        return None
    facts = msgspec.structs.asdict(permission)
    basis = {"basis_article": permission.article, "basis_row": permission.row}
    return msgspec.structs.replace(one, state="permitted", **facts, **basis)


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
        .values(attributes_at=now)
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
            basis_article=ending.basis_article,
            basis_row=ending.basis_row,
            request=None,
            ended_at=now,
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
            "new_content": ending.content or None,
            "promised": ending.entry_hash,
            "article_cited": ending.basis_article,
            "row_cited": ending.basis_row,
            "reply": ending.disputed,
            "at": now,
        },
    )
    if not written.rowcount:
        return None
    if receipt is not None:
        owe(connection, receipt)
    facts = msgspec.structs.asdict(ending) | {
        name: getattr(one, name) or getattr(ending, name)
        for name in ("entry_hash", "basis_article", "basis_row")
    }
    return msgspec.structs.replace(one, request=None, permit=None, ended_at=now, **facts)


def add(connection: Connection, one: Asked) -> None:
    """Write one more request of a case."""
    _ASK.run(connection, _values(one))


def close(connection: Connection, transactions: list[str]) -> None:
    """The provider knows that these answers arrived."""
    _CLOSED.run_all(connection, ({"this": tx} for tx in transactions))
