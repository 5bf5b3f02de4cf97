"""J-LIS's tables: the register, and every acquisition with its verdict (本人確認情報・取得記録)."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal

import msgspec
import sqlalchemy as sa
from sqlalchemy import Connection

from renkei.roles.individual_number.rules import Attempts, RegisteredPerson
from renkei.wire.messages.acquisition import FieldVerdict, FourAttributes, Verdict

REVISION: Final = "0001"
PORTAL_AFFAIR: Final = "portal"
"""What stands for affair and office where the portal acquires its own codes."""
METADATA: Final = sa.MetaData()
FAILED: Final = sa.text("verdict IN ('doubtful', 'differ')")
"""In these words in queries and indexes alike, so that few rows are counted, not all.

What was refused was not compared: counting it would never let a limit end.
"""

RESIDENT: Final = sa.Table(
    "resident",
    METADATA,
    sa.Column("resident_code", sa.String(11), primary_key=True),
    sa.Column("individual_number", sa.String(12), nullable=False, unique=True),
    sa.Column("name", sa.String(200), nullable=False),
    sa.Column("common_name", sa.String(200)),
    sa.Column("address", sa.String(200), nullable=False),
    sa.Column("earlier_addresses", sa.Text, nullable=False),
    sa.Column("birth_date", sa.String(10), nullable=False),
    sa.Column("sex", sa.String(8), nullable=False),
    sa.Column("municipality_code", sa.String(6), nullable=False),
    sa.Column("link_seed", sa.LargeBinary(32), nullable=False),
    sa.Column("in_portal_set", sa.Boolean, nullable=False),
    sa.Column("persona", sa.String(40), unique=True),
    sa.Index("resident_attributes", "birth_date", "sex", "name"),
    sa.Index("resident_outside", "resident_code", sqlite_where=sa.text("in_portal_set = 0")),
)
"""`in_portal_set`: the portal's set of valid codes has this person's; `persona`: SANDBOX only."""

ACQUISITION: Final = sa.Table(
    "acquisition",
    METADATA,
    sa.Column("number", sa.String(22), primary_key=True),
    sa.Column("institution", sa.String(63), nullable=False),
    sa.Column("on_behalf_of", sa.String(63)),
    sa.Column("affair", sa.String(20), nullable=False),
    sa.Column("office", sa.String(80), nullable=False),
    sa.Column("officer", sa.LargeBinary(32), nullable=False),
    sa.Column("resident_code", sa.String(11)),
    sa.Column("number_asked", sa.LargeBinary(32)),
    sa.Column("verdict", sa.String(8), nullable=False),
    sa.Column("fields", sa.LargeBinary, nullable=False),
    sa.Column("request_digest", sa.LargeBinary(32), nullable=False),
    sa.Column("paper", sa.String(40)),
    sa.Column("fill", sa.LargeBinary),
    sa.Column("filled", sa.Boolean, nullable=False, default=False),
    sa.Column("at", sa.DateTime, nullable=False),
    sa.Index("acquisition_institution", "institution", "at"),
    sa.Index("acquisition_failed", "institution", "at", sqlite_where=FAILED),
    sa.Index("acquisition_officer", "officer", "at", sqlite_where=FAILED),
    sa.Index("acquisition_number_asked", "number_asked", "at", sqlite_where=FAILED),
    sa.Index("acquisition_unfilled", "filled", sqlite_where=sa.text("fill IS NOT NULL")),
)


class Resident(msgspec.Struct, frozen=True, kw_only=True):
    """One row of the register (本人確認情報). Digits and dates as text."""

    resident_code: str
    individual_number: str
    attributes: FourAttributes
    earlier_addresses: tuple[str, ...]
    municipality_code: str
    link_seed: bytes
    common_name: str | None = None
    """A foreign resident's common name in the register (通称, 住民基本台帳法施行令30条の16)."""
    persona: str | None = None


@dataclass(frozen=True, slots=True)
class Acquisition:
    """One recorded acquisition (取得の記録); `fill` are signed bytes still owed to the network."""

    number: str
    institution: str
    affair: str
    office: str
    officer: bytes
    resident_code: str | None
    number_asked: bytes | None
    """Keyed digest of the number asked with, to count attempts per number."""
    verdict: Verdict | Literal["refused"]
    """`refused` without a comparison: no legal basis, or too many attempts."""
    fields: list[FieldVerdict]
    request_digest: bytes
    at: datetime
    fill: bytes | None = None
    on_behalf_of: str | None = None
    """The Minister of Justice, where a registered domicile's municipality sends (令27条の2)."""

    @property
    def holder(self) -> str:
        """Whose number it is: the filling and its seed are for nobody else."""
        return self.on_behalf_of or self.institution


def add_residents(connection: Connection, residents: list[Resident]) -> None:
    """Write residents in one batch; for the register's loading only."""
    rows = [
        {
            "resident_code": one.resident_code,
            "individual_number": one.individual_number,
            "name": one.attributes.name,
            "common_name": one.common_name,
            "address": one.attributes.address,
            "earlier_addresses": msgspec.json.encode(one.earlier_addresses).decode(),
            "birth_date": one.attributes.birth_date,
            "sex": one.attributes.sex,
            "municipality_code": one.municipality_code,
            "link_seed": one.link_seed,
            "in_portal_set": False,
            "persona": one.persona,
        }
        for one in residents
    ]
    connection.execute(RESIDENT.insert(), rows)


def find_by_number(
    connection: Connection, individual_number: str
) -> tuple[str, bytes, RegisteredPerson] | None:
    """Resident code, link seed and attributes of one number."""
    query = RESIDENT.select().where(RESIDENT.c.individual_number == individual_number)
    row = connection.execute(query).one_or_none()
    return _person(row) if row is not None else None


def find_by_code(
    connection: Connection, resident_code: str
) -> tuple[str, bytes, RegisteredPerson] | None:
    """Resident code, link seed and attributes of one resident code."""
    query = RESIDENT.select().where(RESIDENT.c.resident_code == resident_code)
    row = connection.execute(query).one_or_none()
    return _person(row) if row is not None else None


def find_by_attributes(
    connection: Connection, own: FourAttributes
) -> list[tuple[str, bytes, RegisteredPerson]]:
    """At most two people with this birth date, sex and name, to tell one from several."""
    query = (
        RESIDENT.select()
        .where(RESIDENT.c.birth_date == own.birth_date)
        .where(RESIDENT.c.sex == own.sex)
        .where(RESIDENT.c.name == own.name)
        .limit(2)
    )
    return [_person(row) for row in connection.execute(query)]


def _person(row: sa.Row[tuple[object, ...]]) -> tuple[str, bytes, RegisteredPerson]:
    data = row._mapping
    attributes = FourAttributes(
        name=data["name"],
        address=data["address"],
        birth_date=data["birth_date"],
        sex=data["sex"],
    )
    earlier = msgspec.json.decode(data["earlier_addresses"], type=tuple[str, ...])
    person = RegisteredPerson(attributes, earlier, data["common_name"])
    return data["resident_code"], data["link_seed"], person


def acquisition(connection: Connection, number: str) -> Acquisition | None:
    """The record of one acquisition number."""
    return acquisitions(connection, [number]).get(number)


def acquisitions(connection: Connection, numbers: list[str]) -> dict[str, Acquisition]:
    """The records there are of some acquisition numbers."""
    rows = connection.execute(ACQUISITION.select().where(ACQUISITION.c.number.in_(numbers)))
    return {row.number: _record(row) for row in rows}


def _record(row: sa.Row[tuple[object, ...]]) -> Acquisition:
    data = row._mapping
    names = ("number", "institution", "affair", "office", "officer", "resident_code")
    return Acquisition(
        **{name: data[name] for name in names},
        number_asked=data["number_asked"],
        verdict=data["verdict"],
        fields=msgspec.json.decode(data["fields"], type=list[FieldVerdict]),
        request_digest=data["request_digest"],
        at=data["at"],
        fill=data["fill"],
        on_behalf_of=data["on_behalf_of"],
    )


def add_acquisition(connection: Connection, record: Acquisition) -> None:
    """Write the record, with the filling owed to the network if the verdict is `agree`."""
    connection.execute(
        ACQUISITION.insert().values(
            number=record.number,
            institution=record.institution,
            on_behalf_of=record.on_behalf_of,
            affair=record.affair,
            office=record.office,
            officer=record.officer,
            resident_code=record.resident_code,
            number_asked=record.number_asked,
            verdict=record.verdict,
            fields=msgspec.json.encode(record.fields),
            request_digest=record.request_digest,
            fill=record.fill,
            filled=False,
            at=record.at.replace(tzinfo=None),
        )
    )


def decide(connection: Connection, number: str, paper: str, fill: bytes) -> None:
    """Record the officer's decision on a doubtful comparison and the filling it leads to."""
    connection.execute(
        ACQUISITION.update()
        .where(ACQUISITION.c.number == number)
        .values(verdict="agree", paper=paper, fill=fill)
    )


def mark_filled(connection: Connection, numbers: list[str]) -> None:
    """The network has these fillings: delete them here."""
    connection.execute(
        ACQUISITION.update().where(ACQUISITION.c.number.in_(numbers)).values(filled=True, fill=None)
    )


def unfilled(connection: Connection, limit: int) -> list[tuple[str, bytes]]:
    """Fillings still owed to the network: number and signed bytes."""
    query = (
        sa.select(ACQUISITION.c.number, ACQUISITION.c.fill)
        .where(ACQUISITION.c.filled.is_(False))
        .where(ACQUISITION.c.fill.is_not(None))
        .limit(limit)
    )
    return [(number, fill) for number, fill in connection.execute(query)]


def _count(*conditions: sa.ColumnElement[bool] | sa.TextClause) -> sa.ScalarSelect[int]:
    query = sa.select(sa.func.count()).select_from(ACQUISITION).where(*conditions)
    return query.scalar_subquery()


_HOUR: Final = ACQUISITION.c.at > sa.bindparam("hour")
_DAY: Final = ACQUISITION.c.at > sa.bindparam("day")
_COUNTS: Final = sa.select(
    _count(ACQUISITION.c.officer == sa.bindparam("officer"), _HOUR, FAILED),
    _count(ACQUISITION.c.institution == sa.bindparam("institution"), _HOUR, FAILED),
    _count(
        ACQUISITION.c.number_asked == sa.bindparam("number_asked"),
        # by this institution: no other one can lock a person out
        ACQUISITION.c.institution == sa.bindparam("institution"),
        _DAY,
        FAILED,
    ),
    _count(ACQUISITION.c.institution == sa.bindparam("institution"), _HOUR),
)
"""One statement, built once: it runs before every comparison."""


def attempts(
    connection: Connection, record: Acquisition, hour_ago: datetime, day_ago: datetime
) -> Attempts:
    """How many comparisons of this officer, institution and number did not agree lately."""
    facts = {
        "officer": record.officer,
        "institution": record.institution,
        # A number nobody gave is nobody's: no row has an empty digest.
        "number_asked": record.number_asked or b"",
        "hour": hour_ago.replace(tzinfo=None),
        "day": day_ago.replace(tzinfo=None),
    }
    return Attempts(*connection.execute(_COUNTS, facts).one())


def outside_portal_set(connection: Connection, limit: int) -> list[tuple[str, bytes]]:
    """People whose code the portal's set lacks: resident code and link seed."""
    query = (
        sa.select(RESIDENT.c.resident_code, RESIDENT.c.link_seed)
        .where(RESIDENT.c.in_portal_set.is_(False))
        .limit(limit)
    )
    return [(code, seed) for code, seed in connection.execute(query)]


def count_outside_portal_set(connection: Connection) -> int:
    """How many people the portal's set lacks."""
    query = sa.select(sa.func.count()).where(RESIDENT.c.in_portal_set.is_(False))
    return int(connection.execute(query).scalar_one())


def put_into_portal_set(connection: Connection, resident_code: str) -> None:
    """The portal's set has this person's code, or will once it collects."""
    connection.execute(
        RESIDENT.update()
        .where(RESIDENT.c.resident_code == resident_code)
        .values(in_portal_set=True)
    )


def take_out_of_portal_set(connection: Connection, number: str) -> None:
    """A number of the portal's is gone at the network: its person's turn comes again."""
    owner = sa.select(ACQUISITION.c.resident_code).where(ACQUISITION.c.number == number)
    portal = owner.where(ACQUISITION.c.affair == PORTAL_AFFAIR)
    connection.execute(
        RESIDENT.update().where(RESIDENT.c.resident_code.in_(portal)).values(in_portal_set=False)
    )


def find_persona(connection: Connection, persona: str) -> tuple[str, bytes] | None:
    """SANDBOX: resident code and link seed of a persona."""
    query = sa.select(RESIDENT.c.resident_code, RESIDENT.c.link_seed)
    row = connection.execute(query.where(RESIDENT.c.persona == persona)).one_or_none()
    return (row[0], row[1]) if row is not None else None
