"""What this institution asked: cases and one record per request (照会の記録)."""

from datetime import datetime
from typing import Any, Literal

import msgspec
import sqlalchemy as sa
from sqlalchemy import Connection

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


def find_case(connection: Connection, case_number: str) -> Case | None:
    """A case by its number."""
    row = connection.execute(CASE.select().where(CASE.c.case_number == case_number)).one_or_none()
    if row is None:
        return None
    plan = msgspec.json.decode(row.plan, type=list[PlanLine])
    return Case(case_number=row.case_number, facts=row.facts, plan=plan)


def open_case(connection: Connection, case: Case, asked: list[Asked], now: datetime) -> None:
    """Write a case with all its requests in one transaction."""
    connection.execute(
        CASE.insert().values(
            case_number=case.case_number,
            facts=case.facts,
            plan=msgspec.json.encode(case.plan),
            opened_at=_naive(now),
        )
    )
    for one in asked:
        connection.execute(ASKED.insert().values(**_values(one)))


def _values(one: Asked) -> dict[str, Any]:
    values = msgspec.structs.asdict(one)
    values["items"] = " ".join(one.items)
    values["content"] = msgspec.json.encode(one.content) if one.content else None
    for name in ("asked_at", "valid_until", "ended_at", "attributes_at"):
        values[name] = _naive(values[name])
    return values


def _asked(row: sa.Row[Any]) -> Asked:
    values = dict(row._mapping)
    values["items"] = values["items"].split(" ")
    content = values["content"]
    values["content"] = msgspec.json.decode(content, type=list[ProvidedItem]) if content else []
    return Asked(**values)


def find(connection: Connection, tx: str) -> Asked | None:
    """The record of one request."""
    row = connection.execute(ASKED.select().where(ASKED.c.tx == tx)).one_or_none()
    return _asked(row) if row is not None else None


def of_case(connection: Connection, case_number: str) -> list[Asked]:
    """All requests of a case, in the order asked."""
    query = ASKED.select().where(ASKED.c.case_number == case_number)
    query = query.order_by(ASKED.c.asked_at, ASKED.c.tx)
    return [_asked(row) for row in connection.execute(query)]


def open_transactions(connection: Connection, after: str, limit: int) -> list[str]:
    """Transactions later than `after` that have not ended, in their order."""
    query = (
        sa.select(ASKED.c.tx)
        .where(ASKED.c.state != "closed", ASKED.c.tx > after)
        .order_by(ASKED.c.tx)
        .limit(limit)
    )
    return list(connection.execute(query).scalars())


def permitted(
    connection: Connection, tx: str, permit: bytes, digests: tuple[bytes, bytes], until: datetime
) -> None:
    """Store the permit; `digests` are the permit's digest and the promised entry hash."""
    connection.execute(
        ASKED.update()
        .where(ASKED.c.tx == tx, ASKED.c.state == "asked")
        .values(
            state="permitted",
            permit=permit,
            permit_digest=digests[0],
            entry_hash=digests[1],
            valid_until=_naive(until),
        )
    )


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
        connection.execute(ASKED.insert().values(**_values(new)))


def end(
    connection: Connection, tx: str, ending: Ending, receipt: Receipt | None, now: datetime
) -> None:
    """Write how a request ended, delete request and permit, and owe the network a receipt.

    An earlier end stands, with its receipt.
    """
    written = connection.execute(
        ASKED.update()
        .where(ASKED.c.tx == tx, ASKED.c.state.not_in(("answered", "closed")))
        .values(
            state=ending.state,
            outcome=ending.outcome,
            article=ending.article,
            row=ending.row,
            reason=ending.reason,
            refused_by=ending.refused_by,
            answer_digest=ending.answer_digest,
            content=msgspec.json.encode(ending.content) if ending.content else None,
            request=None,
            permit=None,
            entry_hash=sa.func.coalesce(ASKED.c.entry_hash, ending.entry_hash),
            ended_at=_naive(now),
        )
    )
    if receipt is not None and written.rowcount:
        owe(connection, receipt)


def close(connection: Connection, tx: str) -> None:
    """The provider knows that the answer arrived."""
    connection.execute(
        ASKED.update().where(ASKED.c.tx == tx, ASKED.c.state == "answered").values(state="closed")
    )
