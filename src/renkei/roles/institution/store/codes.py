"""The table of codes with its marks, and who is stopped (符号, 停止). Read by `codes.book`."""

from datetime import datetime
from typing import Final, Literal

import msgspec
import sqlalchemy as sa
from sqlalchemy import Connection, bindparam

from renkei.kit.database.statements import Prepared
from renkei.roles.institution.store.tables import CODE, CODE_SAMPLE, MARKS_OWED, PERSON, STOP
from renkei.values.individual_number import IndividualNumber
from renkei.values.institution_code import InstitutionCode
from renkei.values.person_id import PersonId
from renkei.values.reveal import Purpose

StopKind = Literal["code-mark", "code-differs"]
"""`code-mark`: a row is not as this body wrote it. `code-differs`: it was acquired otherwise."""


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """A row of the table of codes, with what its mark is about."""

    person: PersonId
    code: InstitutionCode
    mark: bytes | None
    individual_number: IndividualNumber | None
    stopped: StopKind | None


class Stopped(msgspec.Struct, frozen=True, kw_only=True):
    """A person whose code is not used, why, and since when."""

    person: PersonId
    kind: StopKind
    found_at: datetime


_ROWS: Final = (
    sa.select(
        CODE.c.person,
        CODE.c.epoch,
        CODE.c.element,
        CODE.c.mark,
        PERSON.c.individual_number,
        STOP.c.kind,
    )
    .select_from(CODE)
    .join(PERSON, PERSON.c.person == CODE.c.person)
    .outerjoin(STOP, STOP.c.person == CODE.c.person)
)
_OF: Final = Prepared(
    _ROWS.where(CODE.c.person == bindparam("this"), CODE.c.epoch == bindparam("of"))
)
_WITH: Final = Prepared(
    _ROWS.where(CODE.c.epoch == bindparam("of"), CODE.c.element == bindparam("this"))
)
"""What every exchange needs, built once: building costs several times what executing does."""


def _row(values: tuple[object, ...]) -> Row:
    person, epoch, element, mark, number, kind = values
    return Row(
        person=person,  # type: ignore[arg-type]  # as the columns above say
        code=InstitutionCode(element, epoch),  # type: ignore[arg-type]
        mark=mark,  # type: ignore[arg-type]
        individual_number=number,  # type: ignore[arg-type]
        stopped=kind,  # type: ignore[arg-type]
    )


def row_of(connection: Connection, person: PersonId, epoch: int) -> Row | None:
    """A person's row of an epoch."""
    values = _OF.one(connection, {"this": person, "of": epoch})
    return _row(values) if values is not None else None


def row_with(connection: Connection, code: InstitutionCode) -> Row | None:
    """The row with a code."""
    values = _WITH.one(connection, {"of": code.epoch, "this": code.reveal(Purpose.COMPARE)})
    return _row(values) if values is not None else None


def number_of(connection: Connection, person: PersonId) -> IndividualNumber | None:
    """The individual number on file of a person."""
    query = sa.select(PERSON.c.individual_number).where(PERSON.c.person == person)
    found: IndividualNumber | None = connection.execute(query).scalar_one()
    return found


def insert(connection: Connection, person: PersonId, code: InstitutionCode, mark: bytes) -> None:
    """Write a row."""
    connection.execute(
        CODE.insert().values(
            person=person,
            epoch=code.epoch,
            element=code.reveal(Purpose.STORE_IN_REGISTER),
            mark=mark,
        )
    )


def without_next(
    connection: Connection, epochs: tuple[int, int], after: PersonId | None, limit: int
) -> list[Row]:
    """Rows of the first epoch whose persons have none of the second, those after one."""
    old, new = epochs
    there = CODE.alias()
    query = (
        _ROWS.where(CODE.c.epoch == old)
        .where(~sa.exists().where(there.c.person == CODE.c.person, there.c.epoch == new))
        .order_by(CODE.c.person)
        .limit(limit)
    )
    if after is not None:
        query = query.where(CODE.c.person > after)
    return [_row(tuple(row)) for row in connection.execute(query)]


def count_of(connection: Connection, epoch: int) -> int:
    """How many codes of an epoch are held."""
    query = sa.select(sa.func.count()).select_from(CODE).where(CODE.c.epoch == epoch)
    return int(connection.execute(query).scalar_one())


def at_place(connection: Connection, epoch: int, place: int) -> Row | None:
    """The row at a place of an epoch's column, from 0, by person id."""
    query = _ROWS.where(CODE.c.epoch == epoch).order_by(CODE.c.person).offset(place).limit(1)
    row = connection.execute(query).first()
    return _row(tuple(row)) if row is not None else None


def cut(connection: Connection, persons: list[PersonId]) -> None:
    """Delete every code of these persons (符号の切離し)."""
    connection.execute(CODE.delete().where(CODE.c.person.in_(persons)))


# -- who is stopped -----------------------------------------------------------------------------


def stop(connection: Connection, person: PersonId, kind: StopKind, now: datetime) -> bool:
    """Stop a person; False where that was done before."""
    if stopped(connection, person) is not None:
        return False
    connection.execute(STOP.insert().values(person=person, kind=kind, found_at=now))
    return True


def stopped(connection: Connection, person: PersonId) -> StopKind | None:
    """Why a person is stopped."""
    query = sa.select(STOP.c.kind).where(STOP.c.person == person)
    found: StopKind | None = connection.execute(query).scalar_one_or_none()
    return found


def lift(connection: Connection, person: PersonId) -> None:
    """A person whose code was acquired anew is stopped no longer."""
    connection.execute(STOP.delete().where(STOP.c.person == person))


def count_stopped(connection: Connection) -> int:
    """How many are stopped."""
    return int(connection.execute(sa.select(sa.func.count()).select_from(STOP)).scalar_one())


def list_stopped(connection: Connection, limit: int) -> list[Stopped]:
    """Those who are stopped, the newest first."""
    query = STOP.select().order_by(STOP.c.found_at.desc(), STOP.c.person).limit(limit)
    return [Stopped(**row._mapping) for row in connection.execute(query)]


# -- rows from before there were marks ----------------------------------------------------------


def marks_owed(connection: Connection) -> bool:
    """Whether rows are to be marked that stood before there were marks."""
    return connection.execute(MARKS_OWED.select().limit(1)).first() is not None


def unmarked(connection: Connection, limit: int) -> list[Row]:
    """Some rows without a mark."""
    query = _ROWS.where(CODE.c.mark.is_(None)).limit(limit)
    return [_row(tuple(row)) for row in connection.execute(query)]


def set_mark(connection: Connection, row: Row, mark: bytes) -> None:
    """Mark a row."""
    connection.execute(
        CODE.update()
        .where(CODE.c.person == row.person, CODE.c.epoch == row.code.epoch)
        .values(mark=mark)
    )


def all_marked(connection: Connection) -> None:
    """No row is to be marked any more: one without a mark was written by somebody else."""
    connection.execute(MARKS_OWED.delete())


# -- samples ------------------------------------------------------------------------------------


def sampled_at(connection: Connection) -> datetime | None:
    """When codes were last acquired anew to compare them."""
    found: datetime | None = connection.execute(sa.select(CODE_SAMPLE.c.at)).scalar_one_or_none()
    return found


def note_sample(connection: Connection, now: datetime) -> None:
    """Codes are compared now, or counting begins."""
    connection.execute(CODE_SAMPLE.delete())
    connection.execute(CODE_SAMPLE.insert().values(number=1, at=now))
