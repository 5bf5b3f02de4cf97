"""What institutions hold about the sandbox's residents, ready for linkage (副本)."""

import enum
import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields, is_dataclass
from datetime import date
from types import MappingProxyType
from typing import Final, TypeVar

from renkei.sandbox.blueprint import Holder
from renkei.sandbox.copies.benefits import city_benefits
from renkei.sandbox.copies.health import health_records
from renkei.sandbox.copies.held import held_of
from renkei.sandbox.copies.kinship import family_registers
from renkei.sandbox.copies.lives import lives
from renkei.sandbox.copies.pension import pension_records
from renkei.sandbox.copies.records import ReceivingAccount, Record, ResidentRecord
from renkei.sandbox.copies.tax import income_yen, inhabitant_tax
from renkei.sandbox.people.draw import Draw
from renkei.sandbox.people.resident import Resident
from renkei.sandbox.people.tables import branches
from renkei.sandbox.population import Population, canonical_line
from renkei.values import MunicipalityCode

__all__ = ["Copies", "Record", "build_copies"]

ACCOUNT_SHARE: Final = 0.5
"""Share of people who have registered an account for public benefits."""
ACCOUNT_ALWAYS: Final = frozenset({"parent", "protected", "elderly", "variant"})
R = TypeVar("R")


@dataclass(frozen=True, slots=True)
class Copies:
    """All copies of one population, by the resident's serial number."""

    population: Population
    records: Mapping[int, tuple[Record, ...]]

    def of(self, resident: Resident) -> tuple[Record, ...]:
        """Every record anybody holds about the resident."""
        return self.records[resident.serial]

    def find(self, serial: int, kind: type[R]) -> R | None:
        """The record of one kind about a resident, if anybody holds one."""
        return next((one for one in self.records[serial] if isinstance(one, kind)), None)

    def every(self, kind: type[R]) -> list[R]:
        """All records of one kind."""
        return [one for held in self.records.values() for one in held if isinstance(one, kind)]

    def at_municipality(self, code: MunicipalityCode) -> Iterator[tuple[Resident, Record]]:
        """What one city holds: taxes of who lived there on 1 January, the rest of who does now."""
        for resident in self.population.residents:
            for record in self.of(resident):
                if getattr(record, "municipality", None) == code:
                    yield resident, record

    def at(self, holder: Holder, prefecture: str = "") -> Iterator[tuple[Resident, Record]]:
        """What a body other than a city holds; of a prefecture's, by its two digits."""
        for resident in self.population.residents:
            for record in self.of(resident):
                if record.HOLDER is not holder or getattr(record, "municipality", None) is not None:
                    continue
                if getattr(record, "prefecture", None) in (None, prefecture):
                    yield resident, record

    def export(self) -> bytes:
        """The country's canonical export: its people, then what is held about each of them.

        JSON lines in the order of serials; the same for the same seed, day and size.
        """
        return self.population.export() + b"".join(
            canonical_line(_line(resident.serial, record))
            for resident in self.population.residents
            for record in self.of(resident)
        )

    @property
    def digest(self) -> str:
        """SHA-256 of the export, in hexadecimal."""
        return hashlib.sha256(self.export()).hexdigest()


def build_copies(population: Population) -> Copies:
    """Compute what each institution holds about each resident, the same every time."""
    found: dict[int, list[Record]] = {one.serial: [] for one in population.residents}
    for household in population.households().values():
        incomes = {one.serial: income_yen(population, one) for one in household}
        for resident in household:
            held = found[resident.serial]
            held.append(_resident_record(population, household, resident))
            held += inhabitant_tax(population, resident, household, incomes) or ()
            held += pension_records(population, resident, household, incomes)
            held += _account(population, resident)
        for serial, register in family_registers(population, household).items():
            found[serial].append(register)
        for table in (
            health_records(population, household, incomes),
            city_benefits(population, household, incomes),
        ):
            for serial, records in table.items():
                found[serial] += records
        for life in lives(population, household, incomes):
            found[life.resident.serial] += held_of(life)
    return Copies(
        population, MappingProxyType({serial: tuple(held) for serial, held in found.items()})
    )


def _resident_record(
    population: Population, household: tuple[Resident, ...], resident: Resident
) -> ResidentRecord:
    return ResidentRecord(
        municipality=resident.municipality,
        is_head=resident.is_head,
        head_name=household[0].name,
        relationship=resident.relationship.value,
        household_key=resident.household_id,
        as_of=population.as_of,
    )


def _account(population: Population, resident: Resident) -> list[ReceivingAccount]:
    """The account the person has registered, if any: of a bank that does not exist."""
    draw = Draw(population.seed, "accounts", resident.serial)
    if not ACCOUNT_ALWAYS & set(resident.personas) and not draw.chance(ACCOUNT_SHARE):
        return []
    branch = draw.weighted([(one, one.weight) for one in branches()])
    return [
        ReceivingAccount(
            institution=branch.bank,
            institution_code=branch.bank_code,
            branch_name=branch.name,
            branch_code=branch.code,
            kind="ordinary",
            number=f"{draw.whole(0, 9_999_999):07d}",
            holder=resident.kana,
            as_of=population.as_of,
        )
    ]


def _line(serial: int, record: Record) -> dict[str, object]:
    """Give a record's fields as JSON values, with its kind and the resident's serial."""
    line: dict[str, object] = {"kind": type(record).__name__, "serial": serial}
    line.update({one.name: _plain(getattr(record, one.name)) for one in fields(record)})
    return line


def _plain(value: object) -> object:
    if isinstance(value, enum.Enum):
        return value.value
    if isinstance(value, date | MunicipalityCode):
        return str(value)
    if isinstance(value, Mapping):
        return {name: _plain(one) for name, one in value.items()}
    if isinstance(value, tuple):
        return [_plain(one) for one in value]
    if is_dataclass(value) and not isinstance(value, type):
        return {one.name: _plain(getattr(value, one.name)) for one in fields(value)}
    return value
