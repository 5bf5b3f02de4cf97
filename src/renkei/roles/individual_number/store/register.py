"""The register's people, and who of them the portal's set has (本人確認情報)."""

from typing import Final

import msgspec
import sqlalchemy as sa
from sqlalchemy import Connection

from renkei.kit.database.columns import holds
from renkei.roles.individual_number.rules import RegisteredPerson
from renkei.roles.individual_number.store.tables import ACQUISITION, PORTAL_AFFAIR, RESIDENT
from renkei.values.birth_date import BirthDate
from renkei.values.individual_number import IndividualNumber
from renkei.values.municipality_code import MunicipalityCode
from renkei.wire.individual_number.messages import FourAttributes

Found = tuple[str, bytes, RegisteredPerson]
"""Resident code, link seed and attributes of one person."""
BORN_LIKE_LIMIT: Final = 20_000
"""More than are born on one day: some 2,000 of a sex in the whole country, and those of unknown
day. Who is sought by a year alone is not found among more."""
NEIGHBOURS_LIMIT: Final = 200


class Resident(msgspec.Struct, frozen=True, kw_only=True):
    """One row of the register (本人確認情報). Dates and resident code as text."""

    resident_code: str
    individual_number: IndividualNumber
    attributes: FourAttributes
    earlier_addresses: tuple[str, ...]
    municipality_code: MunicipalityCode
    link_seed: bytes
    common_name: str | None = None
    """A foreign resident's common name in the register (通称, 住民基本台帳法施行令30条の16)."""
    persona: str | None = None


def add_residents(connection: Connection, residents: list[Resident]) -> None:
    """Write residents in one batch; for the register's loading only."""
    rows = [
        {
            "resident_code": one.resident_code,
            "individual_number": one.individual_number,
            "name": one.attributes.name,
            "common_name": one.common_name,
            "address": one.attributes.address,
            "earlier_addresses": one.earlier_addresses,
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
    connection: Connection, individual_number: IndividualNumber
) -> tuple[str, bytes, RegisteredPerson] | None:
    """Resident code, link seed and attributes of one number."""
    query = RESIDENT.select().where(RESIDENT.c.individual_number == individual_number)
    row = connection.execute(query).one_or_none()
    return _found(row) if row is not None else None


def find_by_code(
    connection: Connection, resident_code: str
) -> tuple[str, bytes, RegisteredPerson] | None:
    """Resident code, link seed and attributes of one resident code."""
    query = RESIDENT.select().where(RESIDENT.c.resident_code == resident_code)
    row = connection.execute(query).one_or_none()
    return _found(row) if row is not None else None


def born_like(
    connection: Connection, birth: BirthDate, sex: str
) -> list[tuple[str, str, str | None]]:
    """Resident code, name and common name of everybody of a sex who may be born on a date.

    More than `BORN_LIKE_LIMIT` people are as good as nobody: none is given.
    """
    query = (
        sa.select(RESIDENT.c.resident_code, RESIDENT.c.name, RESIDENT.c.common_name)
        .where(_may_be_born(birth), RESIDENT.c.sex == sex)
        .limit(BORN_LIKE_LIMIT + 1)
    )
    rows = [(code, name, common) for code, name, common in connection.execute(query)]
    return rows if len(rows) <= BORN_LIKE_LIMIT else []


def born_like_in(
    connection: Connection, birth: BirthDate, sex: str, place: str
) -> list[tuple[str, bytes, RegisteredPerson]]:
    """Some of a sex who may be born on a date and live where an address holds a text."""
    query = (
        RESIDENT.select()
        .where(_may_be_born(birth), RESIDENT.c.sex == sex)
        .where(holds(RESIDENT.c.address, place))
        .order_by(RESIDENT.c.resident_code)
        .limit(NEIGHBOURS_LIMIT)
    )
    return [_found(row) for row in connection.execute(query)]


def _may_be_born(birth: BirthDate) -> sa.ColumnElement[bool]:
    """Rows whose birth date, known or not, may be this one."""
    same: sa.ColumnElement[bool] = RESIDENT.c.birth_date.in_(birth.less_known())
    span = birth.better_known()
    return same if span is None else sa.or_(same, RESIDENT.c.birth_date.between(*span))


def _found(row: sa.Row[tuple[object, ...]]) -> tuple[str, bytes, RegisteredPerson]:
    data = row._mapping
    attributes = FourAttributes(
        name=data["name"],
        address=data["address"],
        birth_date=data["birth_date"],
        sex=data["sex"],
    )
    person = RegisteredPerson(attributes, data["earlier_addresses"], data["common_name"])
    return data["resident_code"], data["link_seed"], person


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


def take_out_of_portal_set(connection: Connection, numbers: list[str]) -> None:
    """Numbers of the portal's are gone at the network: their persons' turn comes again."""
    owner = sa.select(ACQUISITION.c.resident_code).where(ACQUISITION.c.number.in_(numbers))
    portal = owner.where(ACQUISITION.c.affair == PORTAL_AFFAIR)
    connection.execute(
        RESIDENT.update().where(RESIDENT.c.resident_code.in_(portal)).values(in_portal_set=False)
    )


def find_persona(connection: Connection, persona: str) -> tuple[str, bytes] | None:
    """SANDBOX: resident code and link seed of a persona."""
    query = sa.select(RESIDENT.c.resident_code, RESIDENT.c.link_seed)
    row = connection.execute(query.where(RESIDENT.c.persona == persona)).one_or_none()
    return (row[0], row[1]) if row is not None else None
