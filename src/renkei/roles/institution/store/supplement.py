"""The supplement of the family register: who has the domicile here and lives where (戸籍の附票)."""

from typing import Final

import msgspec
from sqlalchemy import Connection

from renkei.roles.institution.store.tables import SUPPLEMENT
from renkei.values.names import compare_names
from renkei.values.person_id import PersonId
from renkei.wire.individual_number.messages import FourAttributes
from renkei.wire.institution.messages import DomicileSubject

REGISTER_LIMIT: Final = 100
"""More people than one register has of one birth date."""


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """One person of one register, with the address the residence reported (住基法17条)."""

    entry: PersonId
    """This body's own id of whom it is about."""
    register: str
    name: str
    birth_date: str
    sex: str
    address: str

    def __repr__(self) -> str:
        """The id only: attributes do not belong in logs."""
        return f"Entry({self.entry})"


def add_entries(connection: Connection, entries: list[Entry]) -> None:
    """Write entries in one batch."""
    connection.execute(SUPPLEMENT.insert(), [msgspec.structs.asdict(one) for one in entries])


def find(connection: Connection, subject: DomicileSubject) -> Entry | None:
    """The one entry of a register with this name and birth date; None for nobody or several.

    A name in doubt is nobody's: nobody here sees a paper, and J-LIS compares the entry, not this.
    """
    rows = connection.execute(
        SUPPLEMENT.select()
        .where(SUPPLEMENT.c.register == subject.register)
        .where(SUPPLEMENT.c.birth_date == subject.birth_date)
        .limit(REGISTER_LIMIT)
    )
    entries = [Entry(**row._mapping) for row in rows]
    named = [one for one in entries if compare_names(subject.name, one.name).verdict == "agree"]
    return named[0] if len(named) == 1 else None


def attributes(entry: Entry) -> FourAttributes:
    """The four attributes of an entry, as J-LIS is told them (令27条の2第3項)."""
    return FourAttributes(
        name=entry.name,
        address=entry.address,
        birth_date=entry.birth_date,
        sex=entry.sex,  # type: ignore[arg-type]  # the file holds the three words only
    )
