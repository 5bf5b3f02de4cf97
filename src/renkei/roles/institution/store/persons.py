"""Persons on file, their codes and copies (宛名, 機関別符号, 副本)."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

import msgspec
import sqlalchemy as sa
from sqlalchemy import Connection, bindparam

from renkei.kit.prepared import Prepared
from renkei.roles.institution.rules import Person
from renkei.roles.institution.store.tables import ACQUISITION, CODE, COPY, PERSON
from renkei.values.institution_code import InstitutionCode
from renkei.values.reveal import Purpose
from renkei.wire.messages.exchange import Field, ProvidedItem

BORN_ON_LIMIT: Final = 20_000
"""More than anybody has: a body with the whole country on file has some 2,000 a day and sex."""
_PERSON: Final = Prepared(
    sa.select(*(PERSON.c[name] for name in Person.__struct_fields__)).where(
        PERSON.c.person == bindparam("this")
    )
)
_MANUAL: Final = Prepared(
    sa.select(PERSON.c.manual_reason).where(PERSON.c.person == bindparam("this"))
)
_COPIES: Final = COPY.select().where(
    COPY.c.person == bindparam("this"), COPY.c.item.in_(bindparam("asked", expanding=True))
)
_CODE: Final = Prepared(
    sa.select(CODE.c.element).where(
        CODE.c.person == bindparam("this"), CODE.c.epoch == bindparam("of")
    )
)
_HOLDER: Final = Prepared(
    sa.select(CODE.c.person).where(
        CODE.c.epoch == bindparam("of"), CODE.c.element == bindparam("this")
    )
)
"""What every exchange needs, built once: building costs several times what executing does."""
_FIELDS: Final = msgspec.json.Decoder(list[Field])


COPY_BYTES_LIMIT: Final = 60_000
"""A copy fits into the box of an answer, with room for what surrounds it."""


class Copy(msgspec.Struct, frozen=True, kw_only=True):
    """A copy of one item about one person, ready to be provided (副本)."""

    person: str
    item: str
    as_of: str
    fields: list[Field]
    manual_reason: str | None = None
    """Why a human decides before this copy is provided, e.g. `correcting`; None: nobody need."""


def add_persons(connection: Connection, persons: list[Person]) -> None:
    """Write persons in one batch."""
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
            "fields": msgspec.json.encode(one.fields),
            "manual_reason": one.manual_reason,
        }
        for one in copies
    ]
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


def find(connection: Connection, person: str) -> Person | None:
    """One person on file."""
    row = _PERSON.one(connection, {"this": person})
    return Person(**dict(zip(Person.__struct_fields__, row, strict=True))) if row else None


def born_on(connection: Connection, birth_date: str, sex: str) -> list[Person]:
    """Everybody on file with this birth date and sex, up to `BORN_ON_LIMIT`."""
    rows = connection.execute(
        PERSON.select()
        .where(PERSON.c.birth_date == birth_date, PERSON.c.sex == sex)
        .limit(BORN_ON_LIMIT)
    )
    return [Person(**row._mapping) for row in rows]


def on_file(
    connection: Connection, person: str, items: list[str]
) -> tuple[str | None, list[ProvidedItem]]:
    """Why a human must decide about these items of a person, and the copies held of them.

    No reason: nobody need (自動応答不可). The copies come in the order asked.
    """
    row = _MANUAL.one(connection, {"this": person})
    about: str | None = row[0] if row is not None else None
    rows = connection.execute(_COPIES, {"this": person, "asked": items}).all()
    held = {row.item: row for row in rows}
    for item in sorted(held):
        about = about or held[item].manual_reason
    return about, [_provided(held[item]) for item in items if item in held]


def copies_of(connection: Connection, person: str, items: list[str]) -> list[ProvidedItem]:
    """The copies held of these items about a person, in the order asked."""
    return on_file(connection, person, items)[1]


def _provided(row: sa.Row[Any]) -> ProvidedItem:
    return ProvidedItem(item=row.item, as_of=row.as_of, fields=_FIELDS.decode(row.fields))


def household_of(connection: Connection, person: Person) -> list[Person]:
    """Everybody on file in the same household, the person included."""
    if person.household is None:
        return [person]
    rows = connection.execute(PERSON.select().where(PERSON.c.household == person.household))
    return [Person(**row._mapping) for row in rows]


def code_of(connection: Connection, person: str, epoch: int) -> InstitutionCode | None:
    """The code of a person in an epoch."""
    row = _CODE.one(connection, {"this": person, "of": epoch})
    return InstitutionCode(row[0], epoch) if row is not None else None


def person_of(connection: Connection, code: InstitutionCode) -> str | None:
    """The person a code belongs to here."""
    key = {"of": code.epoch, "this": code.reveal(Purpose.COMPARE)}
    row = _HOLDER.one(connection, key)
    return row[0] if row is not None else None


def bind_code(connection: Connection, person: str, code: InstitutionCode) -> str | None:
    """Bind a code to a person; gives the person in whose way it is, if any.

    That is another person who has this code, or this one with another code of the same epoch.
    """
    holder = person_of(connection, code)
    if holder is not None:
        return None if holder == person else holder
    if code_of(connection, person, code.epoch) is not None:
        return person
    connection.execute(
        CODE.insert().values(
            person=person, epoch=code.epoch, element=code.reveal(Purpose.STORE_IN_REGISTER)
        )
    )
    return None


def add_acquisitions(
    connection: Connection, people: dict[str, str], facts: dict[str, Any], at: datetime
) -> None:
    """Record several acquisitions of one request; `people` maps numbers to persons."""
    rows = [
        {"number": number, "person": person, "at": at.replace(tzinfo=None), **facts}
        for number, person in people.items()
    ]
    connection.execute(ACQUISITION.insert(), rows)


def set_verdicts(connection: Connection, verdicts: Mapping[str, str]) -> None:
    """Record how several acquisitions ended, by number."""
    for verdict in set(verdicts.values()):
        numbers = [number for number, ended in verdicts.items() if ended == verdict]
        connection.execute(
            ACQUISITION.update().where(ACQUISITION.c.number.in_(numbers)).values(verdict=verdict)
        )


def doubtful(connection: Connection, person: str) -> tuple[str, bytes] | None:
    """Number and request digest of a person's newest acquisition, if J-LIS was in doubt."""
    row = connection.execute(
        sa.select(ACQUISITION.c.number, ACQUISITION.c.request_digest, ACQUISITION.c.verdict)
        .where(ACQUISITION.c.person == person)
        .order_by(ACQUISITION.c.at.desc())
        .limit(1)
    ).one_or_none()
    if row is None or row.verdict != "doubtful":
        return None
    return row.number, row.request_digest
