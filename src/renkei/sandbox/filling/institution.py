"""Filling an institution's file and copies from the population (台帳・副本の初期登録)."""

import enum
import random
from collections.abc import Callable, Iterator
from dataclasses import fields
from datetime import date
from typing import Final

from renkei.kit.database import connect
from renkei.kit.location import Location
from renkei.law.information import field_kinds
from renkei.roles.institution.rules import Person
from renkei.roles.institution.store import persons as store
from renkei.roles.institution.store import supplement
from renkei.sandbox.blueprint import Holder
from renkei.sandbox.copies import Record
from renkei.sandbox.copies.records import Held
from renkei.sandbox.filling.site import Site
from renkei.sandbox.people.draw import Draw
from renkei.sandbox.people.resident import Resident
from renkei.sandbox.population import Population
from renkei.values import MunicipalityCode, PersonId
from renkei.wire.institution.messages import Field

SUPPORT_MEASURES: Final = "support-measures"
"""Why a human at a city decides before anything about a protected person is provided."""
_UNITS: Final = ("yen", "percent")
APPLICANTS_SHARE: Final = 0.02
"""Share of all households whom such a body has on file although it holds nothing of them."""
_PERSON_ID_LIMIT: Final = 10**8


def fill(site: Site) -> dict[int, PersonId]:
    """Write what an institution holds; gives its own person ids by serial number."""
    if site.plan.holds is None:
        return {}
    holder = Holder(site.plan.holds)
    return _FILES.get(holder, _body)(site, holder)


def _city(site: Site, _: Holder) -> dict[int, PersonId]:
    """Write a city's file: who lives there, who did on 1 January, and their copies."""
    copies, path, secret = site.copies, site.database, site.secret
    code = site.plan.municipality_code
    assert code is not None
    population = copies.population
    here = [
        one
        for one in population.residents
        if code in (one.municipality, one.address_on_january_1)
        or (one.previous_address is not None and one.previous_address.municipality == code)
    ]
    ids = _person_ids(here, secret)
    persons = [_person(one, ids[one.serial], code) for one in here]
    held = copies.at_municipality(code)
    rows = [_copy(ids[resident.serial], record) for resident, record in held]
    _write(path, persons, rows)
    _load_supplement(path, code, population, secret)
    return ids


def _load_supplement(
    where: Location, code: MunicipalityCode, population: Population, secret: str
) -> None:
    """Write the supplement of everybody whose registered domicile is in a city (戸籍の附票)."""
    domiciled = [
        (one, one.register)
        for one in population.residents
        if one.register is not None and one.register.municipality == code
    ]
    ids = _person_ids([one for one, _ in domiciled], f"{secret}|supplement")
    entries = [
        supplement.Entry(
            entry=PersonId(f"S{ids[one.serial].removeprefix('P')}"),
            register=register.text,
            name=one.name,
            birth_date=one.birth_date.isoformat(),
            sex=one.sex.value,
            address=one.address.text,
        )
        for one, register in domiciled
    ]
    with connect(where) as connection:
        supplement.add_entries(connection, entries)


def _body(site: Site, holder: Holder) -> dict[int, PersonId]:
    """Write the file of a body other than a city."""
    path = site.database
    code = site.plan.municipality_code
    held = list(site.copies.at(holder, code.prefecture if code is not None else ""))
    residents = list({one.serial: one for one, _ in held}.values())
    ids = _person_ids(residents, site.secret)
    persons = [_person(one, ids[one.serial], None) for one in residents]
    _write(path, persons, [_copy(ids[resident.serial], record) for resident, record in held])
    return ids


def _deciding(site: Site, holder: Holder) -> dict[int, PersonId]:
    """Write the file of a body that also decides: whole households, and some who applied there."""
    path, copies, code = site.database, site.copies, site.plan.municipality_code
    prefecture = code.prefecture if code is not None else ""
    held = list(copies.at(holder, prefecture))
    known = {one.household_id for one, _ in held}
    residents = [
        one
        for household, members in copies.population.households().items()
        if household in known or _applied(site, members)
        for one in members
        if not prefecture or one.municipality.prefecture == prefecture
    ]
    ids = _person_ids(residents, site.secret)
    persons = [_person(one, ids[one.serial], None) for one in residents]
    _write(path, persons, [_copy(ids[resident.serial], record) for resident, record in held])
    return ids


def _applied(site: Site, household: tuple[Resident, ...]) -> bool:
    """Whether a household applied to a body for something before; those of the stories did."""
    draw = Draw(site.copies.population.seed, "applicants", site.plan.party, household[0].serial)
    return any(one.personas for one in household) or draw.chance(APPLICANTS_SHARE)


def _family_register(site: Site, holder: Holder) -> dict[int, PersonId]:
    """Write the Minister's file: neither numbers nor addresses, but domicile and head (戸籍)."""
    path = site.database
    held = list(site.copies.at(holder))
    ids = _person_ids([one for one, _ in held], site.secret)
    persons = [_registered(one, ids[one.serial]) for one, _ in held]
    _write(path, persons, [_copy(ids[resident.serial], record) for resident, record in held])
    return ids


_FILES: Final[dict[Holder, Callable[[Site, Holder], dict[int, PersonId]]]] = {
    Holder.CITY: _city,
    Holder.JUSTICE: _family_register,
    Holder.PREFECTURE: _deciding,
    Holder.EDUCATION: _deciding,
    Holder.ELDERLY_UNION: _deciding,
    Holder.LABOUR: _deciding,
    Holder.PRIVATE_SCHOOL: _deciding,
    Holder.NATIONAL_SERVICE: _deciding,
    Holder.LOCAL_SERVICE: _deciding,
    Holder.SOCIETY: _deciding,
    Holder.APPLICANTS: _deciding,
}
"""Files that differ from those of other bodies, which are all made alike."""


def _registered(resident: Resident, person: PersonId) -> Person:
    register = resident.register
    assert register is not None
    return Person(
        person=person,
        individual_number=None,
        name=resident.name,
        address=register.text,
        birth_date=resident.birth_date.isoformat(),
        sex=resident.sex.value,
        municipality_code=register.municipality,
        tax_municipality_code=None,
        household=None,
        relationship=None,
    )


def _write(where: Location, persons: list[Person], copies: list[store.Copy]) -> None:
    with connect(where) as connection:
        store.add_persons(connection, persons)
        store.add_copies(connection, copies)


def _person_ids(residents: list[Resident], secret: str) -> dict[int, PersonId]:
    """Person ids of one institution's own, unlike any other institution's (宛名番号)."""
    draw = random.Random(secret)  # noqa: S311  # ids, not secrets; the same for the same seed
    numbers = draw.sample(range(_PERSON_ID_LIMIT), len(residents))
    return {
        one.serial: PersonId(f"P{number:08d}")
        for one, number in zip(residents, numbers, strict=True)
    }


def _person(resident: Resident, person: PersonId, city: MunicipalityCode | None) -> Person:
    """A resident as an institution has it on file.

    A former city knows the former address; who is no city writes names the usual way and knows
    foreign residents by their common name.
    """
    moved_away = city is not None and resident.municipality != city
    address = resident.address
    if moved_away and resident.previous_address is not None:
        address = resident.previous_address
    january = resident.address_on_january_1
    return Person(
        person=person,
        individual_number=resident.individual_number,
        name=resident.name if city is not None else _usual_name(resident),
        address=address.text,
        birth_date=resident.birth_date.isoformat(),
        sex=resident.sex.value,
        municipality_code=resident.municipality if not moved_away else None,
        tax_municipality_code=january,
        household=None if moved_away else _household(resident),
        relationship=resident.relationship.value,
        manual_reason=SUPPORT_MEASURES if city is not None and resident.protected else None,
    )


def _usual_name(resident: Resident) -> str:
    return resident.common_name or resident.usual_name or resident.name


def _household(resident: Resident) -> str:
    return "".join(letter for letter in resident.household_id.upper() if letter.isalnum())


def _copy(person: PersonId, record: Record) -> store.Copy:
    return store.Copy(
        person=person,
        item=record.ITEM,
        as_of=record.as_of.isoformat(),
        fields=list(fields_of(record)),
    )


def fields_of(record: Record) -> Iterator[Field]:
    """A record's typed fields (データ項目).

    A name that ends in `_yen` or `_percent` becomes a unit; parts of a list are numbered.
    """
    if isinstance(record, Held):
        kinds = field_kinds()
        for name, value in record.values.items():
            yield Field(name=name, value=_value(value), unit=kinds[name].unit)
        return
    for one in fields(record):
        value = getattr(record, one.name)
        if isinstance(value, tuple):
            for place, part in enumerate(value, 1):
                for inner in fields(part):
                    name = f"{one.name.removesuffix('s')}_{place}_{inner.name}"
                    yield _field(name, getattr(part, inner.name))
        elif one.name != "as_of":
            yield _field(one.name, value)


def _field(name: str, value: object) -> Field:
    unit = next((one for one in _UNITS if name.endswith(f"_{one}")), None)
    if unit is not None:
        name = name.removesuffix(f"_{unit}")
    return Field(name=name.replace("_", "-"), value=_value(value), unit=unit)


def _value(value: object) -> str | int | bool | None:
    if value is None or isinstance(value, bool | int):
        return value
    if isinstance(value, enum.Enum):
        return str(value.value)
    if isinstance(value, date):
        return value.isoformat()
    return str(value)
