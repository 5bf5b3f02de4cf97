"""Cases that questions are bound to, with consents and statements (案件, 本人の同意, 申立て)."""

from datetime import datetime
from typing import Final

import msgspec
import sqlalchemy as sa
from sqlalchemy import Connection, bindparam

from renkei.kit.database.statements import Prepared
from renkei.roles.institution.store.tables import CASE, CONSENT, STATEMENT, CaseFacts, PlanLine
from renkei.values.person_id import PersonId
from renkei.wire.institution.desk import DeskAnswer
from renkei.wire.limits import CASE_CONSENTS, CASE_STATEMENTS

_OPENED: Final = Prepared(
    sa.select(CASE.c.facts, CASE.c.opened_at, CASE.c.closed_at).where(
        CASE.c.case_number == bindparam("case_number")
    )
)


class Application(msgspec.Struct, frozen=True, kw_only=True):
    """A case as questions see it: what it is about, and whether it goes on (案件)."""

    facts: CaseFacts
    opened_at: datetime
    closed_at: datetime | None


class Consent(msgspec.Struct, frozen=True, kw_only=True):
    """A consent statement on file: to what, by whom, since when (本人の同意)."""

    digest: bytes
    case_number: str
    person: PersonId
    affair: str
    items: list[str]
    given_on: str
    """YYYY-MM-DD."""
    statement: bytes
    """The desk's message as it was signed."""


class Statement(msgspec.Struct, frozen=True, kw_only=True):
    """What an officer stated and answered in a case (申立て・回答)."""

    digest: bytes
    case_number: str
    officer: str
    conditions: list[str]
    statement: bytes
    """The desk's order as it was signed."""
    stated_at: datetime
    not_met: list[str] | None = None
    answers: list[DeskAnswer] | None = None
    """None in statements of older releases."""


_STATEMENTS: Final = Prepared(
    sa.select(*(STATEMENT.c[name] for name in Statement.__struct_fields__))
    .where(STATEMENT.c.case_number == bindparam("of"))
    .order_by(STATEMENT.c.stated_at, STATEMENT.c.digest)
)
_CONSENT: Final = Prepared(
    sa.select(*(CONSENT.c[name] for name in Consent.__struct_fields__)).where(
        CONSENT.c.digest == bindparam("this")
    )
)
_QUESTIONS: Final = Prepared(
    sa.select(sa.func.count()).select_from(CASE).where(CASE.c.in_case == bindparam("of"))
)


def application(connection: Connection, case_number: str) -> Application | None:
    """A case, or a question, by its number."""
    row = _OPENED.one(connection, {"case_number": case_number})
    if row is None:
        return None
    return Application(facts=row[0], opened_at=row[1], closed_at=row[2])


def close(connection: Connection, case_number: str, now: datetime) -> None:
    """Bind no question to this case any more; the first time counts."""
    connection.execute(
        CASE.update()
        .where(CASE.c.case_number == case_number, CASE.c.closed_at.is_(None))
        .values(closed_at=now)
    )


def questions(connection: Connection, case_number: str) -> int:
    """How many questions are bound to a case."""
    row = _QUESTIONS.one(connection, {"of": case_number})
    assert row is not None
    return int(row[0])


def keep(connection: Connection, consent: Consent, now: datetime) -> bool:
    """Write a consent; the same again changes nothing. False where the case has no room."""
    if find_consent(connection, consent.digest) is not None:
        return True
    if len(consents_of(connection, consent.case_number)) >= CASE_CONSENTS:
        return False
    connection.execute(CONSENT.insert().values(**msgspec.structs.asdict(consent), kept_at=now))
    return True


def find_consent(connection: Connection, digest: bytes) -> Consent | None:
    """A consent by the digest of its statement."""
    row = _CONSENT.one(connection, {"this": digest})
    return Consent(**dict(zip(Consent.__struct_fields__, row, strict=True))) if row else None


def consents_of(connection: Connection, case_number: str) -> list[bytes]:
    """The statements of a case as they were signed, oldest first."""
    query = (
        sa.select(CONSENT.c.statement)
        .where(CONSENT.c.case_number == case_number)
        .order_by(CONSENT.c.kept_at, CONSENT.c.digest)
    )
    return list(connection.execute(query).scalars())


def statements_of(connection: Connection, case_number: str) -> list[Statement]:
    """What was stated of a case, oldest first."""
    rows = _STATEMENTS.all(connection, {"of": case_number})
    return [Statement(**dict(zip(Statement.__struct_fields__, row, strict=True))) for row in rows]


def state(connection: Connection, statement: Statement) -> bool:
    """Write a statement; False where the case has no room."""
    if len(statements_of(connection, statement.case_number)) >= CASE_STATEMENTS:
        return False
    connection.execute(STATEMENT.insert().values(**msgspec.structs.asdict(statement)))
    return True


def replan(connection: Connection, case_number: str, plan: list[PlanLine]) -> None:
    """Write a case's plan anew: what it held back has requests now."""
    connection.execute(CASE.update().where(CASE.c.case_number == case_number).values(plan=plan))
