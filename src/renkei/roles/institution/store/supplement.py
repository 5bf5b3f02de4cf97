"""The supplement of the family register: who has the domicile here and lives where (戸籍の附票)."""

import msgspec
from sqlalchemy import Connection

from renkei.roles.institution.store.tables import SUPPLEMENT
from renkei.wire.messages.acquisition import DomicileSubject, FourAttributes


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """One person of one register, with the address the residence reported (住基法17条)."""

    entry: str
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
    """The one entry of a register with this name and birth date; None for nobody or several."""
    rows = connection.execute(
        SUPPLEMENT.select()
        .where(SUPPLEMENT.c.register == subject.register)
        .where(SUPPLEMENT.c.birth_date == subject.birth_date)
        .where(SUPPLEMENT.c.name == subject.name)
        .limit(2)
    ).all()
    return Entry(**rows[0]._mapping) if len(rows) == 1 else None


def attributes(entry: Entry) -> FourAttributes:
    """The four attributes of an entry, as J-LIS is told them (令27条の2第3項)."""
    return FourAttributes(
        name=entry.name,
        address=entry.address,
        birth_date=entry.birth_date,
        sex=entry.sex,  # type: ignore[arg-type]  # the file holds the three words only
    )
