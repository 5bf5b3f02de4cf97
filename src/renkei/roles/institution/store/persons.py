"""Persons on file, their codes and copies (宛名, 機関別符号, 副本)."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

import msgspec
import sqlalchemy as sa
from sqlalchemy import Connection, bindparam

from renkei.kit.database.statements import Prepared
from renkei.roles.institution.rules import Person
from renkei.roles.institution.store.tables import ACQUISITION, COPY, PERSON
from renkei.values.birth_date import BirthDate
from renkei.values.person_id import PersonId
from renkei.wire.institution.messages import Field, ProvidedItem

BORN_ON_LIMIT: Final = 20_000
"""More than anybody has: a body with the whole country on file has some 2,000 a day and sex."""
COPIED: Final = ("item", "as_of", "fields")
_PERSON: Final = Prepared(
    sa.select(*(PERSON.c[name] for name in Person.__struct_fields__)).where(
        PERSON.c.person == bindparam("this")
    )
)
_HOUSEHOLD: Final = Prepared(
    sa.select(*(PERSON.c[name] for name in Person.__struct_fields__)).where(
        PERSON.c.household == bindparam("of")
    )
)
_MANUAL: Final = Prepared(
    sa.select(PERSON.c.manual_reason).where(PERSON.c.person == bindparam("this"))
)
_COPY: Final = Prepared(
    sa.select(*(COPY.c[name] for name in COPIED), COPY.c.manual_reason).where(
        COPY.c.person == bindparam("this"), COPY.c.item == bindparam("asked")
    )
)
"""What every exchange needs, built once: building costs several times what executing does."""


COPY_BYTES_LIMIT: Final = 60_000
"""A copy fits into the box of an answer, with room for what surrounds it."""


class Copy(msgspec.Struct, frozen=True, kw_only=True):
    """A copy of one item about one person, ready to be provided (副本)."""

    person: PersonId
    item: str
    as_of: str
    fields: list[Field]
    manual_reason: str | None = None
    """Why a human decides before this copy is provided, e.g. `correcting`; None: nobody need."""


def add_persons(connection: Connection, persons: list[Person]) -> None:
    """Write persons in one batch."""
    if persons:
        connection.execute(PERSON.insert(), [msgspec.structs.asdict(one) for one in persons])


def add_copies(connection: Connection, copies: list[Copy]) -> None:
    """Write copies in one batch; raises ValueError for one that no answer could carry."""
    for one in copies:
        _check(one)
    rows = [
        {
            "person": one.person,
            "item": one.item,
            "as_of": one.as_of,
            "fields": one.fields,
            "manual_reason": one.manual_reason,
        }
        for one in copies
    ]
    if rows:
        connection.execute(COPY.insert(), rows)


def _check(copy: Copy) -> None:
    """Refuse on the way in what could not leave: a day that is none, hidden characters, size."""
    item = ProvidedItem(item=copy.item, as_of=copy.as_of, fields=copy.fields)
    data = msgspec.json.encode(item)
    if len(data) > COPY_BYTES_LIMIT:
        raise ValueError(f"a copy of {copy.item!r} has {len(data)} of {COPY_BYTES_LIMIT} bytes")
    try:
        msgspec.json.decode(data, type=ProvidedItem)
    except msgspec.ValidationError as error:
        raise ValueError(f"a copy of {copy.item!r} is none that can be provided: {error}") from None


def find(connection: Connection, person: PersonId) -> Person | None:
    """One person on file."""
    row = _PERSON.one(connection, {"this": person})
    return _person(row) if row else None


def _person(row: tuple[Any, ...]) -> Person:
    return Person(**dict(zip(Person.__struct_fields__, row, strict=True)))


def born_like(connection: Connection, birth_date: str, sex: str) -> list[Person]:
    """Everybody on file of a sex who may be born on a date, up to `BORN_ON_LIMIT`."""
    birth = BirthDate.parse(birth_date)
    same: sa.ColumnElement[bool] = PERSON.c.birth_date.in_(birth.less_known())
    span = birth.better_known()
    if span is not None:
        same = sa.or_(same, PERSON.c.birth_date.between(*span))
    rows = connection.execute(PERSON.select().where(same, PERSON.c.sex == sex).limit(BORN_ON_LIMIT))
    return [Person(**row._mapping) for row in rows]


def on_file(
    connection: Connection, person: PersonId, items: list[str]
) -> tuple[str | None, list[ProvidedItem]]:
    """Why a human must decide about these items of a person, and the copies held of them.

    No reason: nobody need (自動応答不可). The copies come in the order asked.
    """
    row = _MANUAL.one(connection, {"this": person})
    about: str | None = row[0] if row is not None else None
    found = [_COPY.one(connection, {"this": person, "asked": item}) for item in items]
    held = [row for row in found if row is not None]
    reasons = [reason for *_, reason in sorted(held, key=lambda row: row[0]) if reason]
    provided = [ProvidedItem(item=row[0], as_of=row[1], fields=row[2]) for row in held]
    return about or next(iter(reasons), None), provided


def household_of(connection: Connection, person: Person) -> list[Person]:
    """Everybody on file in the same household, the person included."""
    if person.household is None:
        return [person]
    rows = _HOUSEHOLD.all(connection, {"of": person.household})
    return [_person(row) for row in rows]


def add_acquisitions(
    connection: Connection, people: dict[str, PersonId], facts: dict[str, Any], at: datetime
) -> None:
    """Record several acquisitions of one request; `people` maps numbers to persons."""
    rows = [
        {"number": number, "person": person, "at": at, **facts} for number, person in people.items()
    ]
    connection.execute(ACQUISITION.insert(), rows)


def set_verdicts(connection: Connection, verdicts: Mapping[str, str]) -> None:
    """Record how several acquisitions ended, by number."""
    for verdict in set(verdicts.values()):
        numbers = [number for number, ended in verdicts.items() if ended == verdict]
        connection.execute(
            ACQUISITION.update().where(ACQUISITION.c.number.in_(numbers)).values(verdict=verdict)
        )


class Doubt(msgspec.Struct, frozen=True, kw_only=True):
    """A doubtful comparison, and what a first officer has seen of it."""

    number: str
    request_digest: bytes
    paper: str | None
    paper_officer: str | None


def note_paper(connection: Connection, number: str, paper: str, officer: str) -> None:
    """Record which paper a first officer has seen; a second one is to see it too."""
    connection.execute(
        ACQUISITION.update()
        .where(ACQUISITION.c.number == number)
        .values(paper=paper, paper_officer=officer)
    )


def doubtful(connection: Connection, person: PersonId) -> Doubt | None:
    """A person's newest acquisition, if J-LIS was in doubt."""
    names = tuple(Doubt.__struct_fields__)
    row = connection.execute(
        sa.select(*(ACQUISITION.c[name] for name in names), ACQUISITION.c.verdict)
        .where(ACQUISITION.c.person == person)
        .order_by(ACQUISITION.c.at.desc())
        .limit(1)
    ).one_or_none()
    if row is None or row.verdict != "doubtful":
        return None
    return Doubt(**{name: row._mapping[name] for name in names})
