"""What institutions hold about the sandbox's residents, ready for linkage (副本).

Amounts come from a simplified model of Japanese municipal tax with real rates: good enough to be
believed, not an assessment of anybody.
"""

import enum
import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from datetime import date
from types import MappingProxyType
from typing import Final

from renkei.sandbox.people.draw import Draw
from renkei.sandbox.people.resident import Relationship, Resident
from renkei.sandbox.population import Population, canonical_line
from renkei.values import MunicipalityCode

ADULT_YEARS: Final = 18
TAX_ASSESSED_MONTH: Final = 6

# Local Tax Act and its ordinances as of fiscal 2024, the municipality's share only.
_INCOME_LEVY_RATE_PERCENT: Final = 6
_PER_CAPITA_LEVY_YEN: Final = 3_000
_BASIC_DEDUCTION_YEN: Final = 430_000
_PERSON_DEDUCTION_YEN: Final = 330_000
_SOCIAL_INSURANCE_SHARE: Final = 0.15
_ADJUSTMENT_CREDIT_YEN: Final = 1_500
_DEPENDANT_INCOME_LIMIT_YEN: Final = 480_000
_EXEMPT_PER_PERSON_YEN: Final = 350_000
_EXEMPT_BASE_YEN: Final = 100_000
_EXEMPT_FAMILY_YEN: Final = 210_000
_EXEMPT_LEVY_FAMILY_YEN: Final = 320_000
_EMPLOYEE_INCOME_YEN: Final = 1_300_000


@dataclass(frozen=True, slots=True)
class MunicipalTax:
    """Municipal tax one municipality assessed for one fiscal year (市町村民税).

    The municipality is that of 1 January of the tax year; incomes are the year before's.
    `dependants` counts persons other than a spouse. `exempt` means neither levy is due.
    """

    tax_year: int
    municipality: MunicipalityCode
    income_levy_yen: int
    per_capita_levy_yen: int
    total_income_yen: int
    dependants: int
    exempt: bool
    as_of: date


@dataclass(frozen=True, slots=True)
class ResidentRecord:
    """Household data of the resident record (住民票関係情報, 住基法7条4号).

    Whether the person is head, else the head's name and the relationship; no address.
    """

    municipality: MunicipalityCode
    is_head: bool
    head_name: str
    relationship: str
    household_key: str
    as_of: date


class InsuredKind(enum.Enum):
    """The three kinds of the insured of the National Pension (被保険者の種別, 国民年金法7条)."""

    FIRST = "category-1"
    SECOND = "category-2"
    THIRD = "category-3"


class PensionStatus(enum.Enum):
    """Whether the person pays in or draws (資格・受給の別)."""

    INSURED = "insured"
    RECEIVING_OLD_AGE = "receiving-old-age"


@dataclass(frozen=True, slots=True)
class PensionRecord:
    """What the pension body holds (年金関係情報); `insured_kind` is None for who draws.

    `since` is the first day of the present status, `act` the law's Japanese title.
    """

    act: str
    insured_kind: InsuredKind | None
    status: PensionStatus
    since: date
    as_of: date


Record = MunicipalTax | ResidentRecord | PensionRecord


@dataclass(frozen=True, slots=True)
class Copies:
    """All copies of one population, by the resident's serial number."""

    population: Population
    municipal_tax: Mapping[int, MunicipalTax]
    resident_records: Mapping[int, ResidentRecord]
    pensions: Mapping[int, PensionRecord]

    def of(self, resident: Resident) -> tuple[Record, ...]:
        """Every record anybody holds about the resident."""
        tables = (self.municipal_tax, self.resident_records, self.pensions)
        return tuple(table[resident.serial] for table in tables if resident.serial in table)

    def at_municipality(
        self, code: MunicipalityCode
    ) -> Iterator[tuple[Resident, MunicipalTax | ResidentRecord]]:
        """What one city holds: taxes of who lived there on 1 January, records of who does now."""
        for resident in self.population.residents:
            for record in self.of(resident):
                if not isinstance(record, PensionRecord) and record.municipality == code:
                    yield resident, record

    def at_pension_body(self) -> Iterator[tuple[Resident, PensionRecord]]:
        """What the pension body holds."""
        for resident in self.population.residents:
            if resident.serial in self.pensions:
                yield resident, self.pensions[resident.serial]

    def export(self) -> bytes:
        """Canonical JSON lines in the order of serials; the same for the same population."""
        return b"".join(
            canonical_line(_fields(resident.serial, record))
            for resident in self.population.residents
            for record in self.of(resident)
        )

    @property
    def digest(self) -> str:
        """SHA-256 of the export, in hexadecimal."""
        return hashlib.sha256(self.export()).hexdigest()


def build_copies(population: Population) -> Copies:
    """Compute what each institution holds about each resident, the same every time.

    Tax for who was 18 or older and registered on 1 January of the last assessed year; household
    data for everybody; pension for ages 20 to 59 (contributors) and from 65 (beneficiaries).
    """
    taxes: dict[int, MunicipalTax] = {}
    records: dict[int, ResidentRecord] = {}
    pensions: dict[int, PensionRecord] = {}
    for household in population.households().values():
        incomes = {r.serial: _income_yen(population, r) for r in household}
        head = household[0]
        for resident in household:
            records[resident.serial] = ResidentRecord(
                municipality=resident.municipality,
                is_head=resident.is_head,
                head_name=head.name,
                relationship=resident.relationship.value,
                household_key=resident.household_id,
                as_of=population.as_of,
            )
            if (tax := _municipal_tax(population, resident, household, incomes)) is not None:
                taxes[resident.serial] = tax
            if (pension := _pension(population, resident, household, incomes)) is not None:
                pensions[resident.serial] = pension
    return Copies(
        population, MappingProxyType(taxes), MappingProxyType(records), MappingProxyType(pensions)
    )


def last_assessed_tax_year(as_of: date) -> int:
    """The tax year whose assessment is known: this year's from June on (地方税法319条の2)."""
    return as_of.year if as_of.month >= TAX_ASSESSED_MONTH else as_of.year - 1


def _income_yen(population: Population, resident: Resident) -> int:
    """Draw a total income of the year before the tax year, in thousands of yen."""
    draw = Draw(population.seed, "incomes", resident.serial)
    age = resident.age_on(date(last_assessed_tax_year(population.as_of), 1, 1))
    if age < ADULT_YEARS:
        thousands = 0
    elif "parent" in resident.personas:
        # The parent of the story works and pays tax, so that there is something to ask for.
        thousands = draw.whole(4_000, 6_000)
    elif age >= 65:
        thousands = draw.whole(0, 2_400)
    elif age < 23:
        thousands = draw.whole(0, 800)
    elif resident.is_head or draw.chance(0.6):
        thousands = draw.whole(1_500, 9_000) if resident.is_head else draw.whole(900, 5_000)
    else:
        thousands = draw.whole(0, 900)
    return thousands * 1_000


def _couples(household: tuple[Resident, ...]) -> dict[int, Resident]:
    """Who is married to whom, as far as relationships tell: the head's and the child's couple."""
    partners: dict[int, Resident] = {}
    spouses = {
        Relationship.HUSBAND: Relationship.HEAD,
        Relationship.WIFE: Relationship.HEAD,
        Relationship.CHILDS_HUSBAND: Relationship.CHILD,
        Relationship.CHILDS_WIFE: Relationship.CHILD,
    }
    for resident in household:
        partner_relationship = spouses.get(resident.relationship)
        for other in household:
            if partner_relationship is not None and other.relationship is partner_relationship:
                partners[resident.serial], partners[other.serial] = other, resident
                break
    return partners


def _municipal_tax(
    population: Population,
    resident: Resident,
    household: tuple[Resident, ...],
    incomes: Mapping[int, int],
) -> MunicipalTax | None:
    year = last_assessed_tax_year(population.as_of)
    january_1 = date(year, 1, 1)
    if resident.age_on(january_1) < ADULT_YEARS:
        return None
    # Who moved did so after 1 January of the as-of year, hence after that of any earlier year.
    then = resident.previous_address or resident.address
    income = incomes[resident.serial]
    partner = _couples(household).get(resident.serial)
    earner = max(household, key=lambda member: (incomes[member.serial], -member.serial))
    dependants = [
        member
        for member in household
        if resident is earner
        and member is not resident
        and member is not partner
        and member.birth_date <= january_1
        and incomes[member.serial] <= _DEPENDANT_INCOME_LIMIT_YEN
    ]
    spouse = partner is not None and incomes[partner.serial] <= _DEPENDANT_INCOME_LIMIT_YEN
    # Children under 16 count for the exemption but give no deduction (地方税法314条の2).
    deducted = sum(member.age_on(january_1) >= 16 for member in dependants) + spouse
    per_capita, levy = _levies(income, deducted, len(dependants) + spouse)
    return MunicipalTax(
        tax_year=year,
        municipality=then.municipality,
        income_levy_yen=levy,
        per_capita_levy_yen=per_capita,
        total_income_yen=income,
        dependants=len(dependants),
        exempt=per_capita == 0,
        as_of=date(year, TAX_ASSESSED_MONTH, 1),
    )


def _levies(income: int, deducted: int, family: int) -> tuple[int, int]:
    """Per-capita and income levy in yen (均等割・所得割) for a total income and its family."""
    line = _EXEMPT_PER_PERSON_YEN * (1 + family) + _EXEMPT_BASE_YEN
    if income <= line + (_EXEMPT_FAMILY_YEN if family else 0):
        return 0, 0
    if income <= line + (_EXEMPT_LEVY_FAMILY_YEN if family else 0):
        return _PER_CAPITA_LEVY_YEN, 0
    deductions = _BASIC_DEDUCTION_YEN + _PERSON_DEDUCTION_YEN * deducted
    taxable = income - deductions - int(income * _SOCIAL_INSURANCE_SHARE)
    taxable = max(0, taxable) // 1_000 * 1_000
    levy = max(0, taxable * _INCOME_LEVY_RATE_PERCENT // 100 - _ADJUSTMENT_CREDIT_YEN)
    return _PER_CAPITA_LEVY_YEN, levy // 100 * 100


def _pension(
    population: Population,
    resident: Resident,
    household: tuple[Resident, ...],
    incomes: Mapping[int, int],
) -> PensionRecord | None:
    as_of = population.as_of
    age = resident.age_on(as_of)
    if age >= 65:
        birthday = _birthday(resident, 65)
        # Paid from the month after the right arose (国民年金法18条1項).
        since = date(birthday.year + birthday.month // 12, birthday.month % 12 + 1, 1)
        if since > as_of:
            return None
        return PensionRecord("国民年金法", None, PensionStatus.RECEIVING_OLD_AGE, since, as_of)
    if not 20 <= age < 60:
        return None
    kind = _insured_kind(population, resident, household, incomes)
    since = _birthday(resident, 20)
    if kind is not InsuredKind.FIRST:
        # Work and marriage begin some time after 20; no history of changes is kept.
        draw = Draw(population.seed, "pensions", resident.serial)
        since = date.fromordinal(draw.whole(since.toordinal(), as_of.toordinal()))
    act = "厚生年金保険法" if kind is InsuredKind.SECOND else "国民年金法"
    return PensionRecord(act, kind, PensionStatus.INSURED, since, as_of)


def _insured_kind(
    population: Population,
    resident: Resident,
    household: tuple[Resident, ...],
    incomes: Mapping[int, int],
) -> InsuredKind:
    if _is_employee(population, resident, incomes):
        return InsuredKind.SECOND
    partner = _couples(household).get(resident.serial)
    if (
        partner is not None
        and partner.age_on(population.as_of) < 65
        and incomes[resident.serial] < _EMPLOYEE_INCOME_YEN
        and _is_employee(population, partner, incomes)
    ):
        return InsuredKind.THIRD
    return InsuredKind.FIRST


def _is_employee(population: Population, resident: Resident, incomes: Mapping[int, int]) -> bool:
    draw = Draw(population.seed, "employment", resident.serial)
    return incomes[resident.serial] >= _EMPLOYEE_INCOME_YEN and draw.chance(0.85)


def _birthday(resident: Resident, years: int) -> date:
    """The day an age counts as reached; 29 February falls on 1 March in other years."""
    birth = resident.birth_date
    try:
        return birth.replace(year=birth.year + years)
    except ValueError:
        return date(birth.year + years, 3, 1)


def _fields(serial: int, record: Record) -> dict[str, object]:
    """Give a record's fields as JSON values, with the holder's kind and the resident's serial."""
    line: dict[str, object] = {"kind": type(record).__name__, "serial": serial}
    for field in fields(record):
        value = getattr(record, field.name)
        if isinstance(value, enum.Enum):
            value = value.value
        elif isinstance(value, date | MunicipalityCode):
            value = str(value)
        line[field.name] = value
    return line
