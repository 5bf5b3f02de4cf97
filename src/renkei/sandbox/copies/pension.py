"""Pension insurance and pensions of the sandbox's people (年金)."""

from collections.abc import Mapping
from datetime import date
from typing import Final

from renkei.sandbox.copies.kinship import couples
from renkei.sandbox.copies.records import (
    EmployeesPension,
    InsuredKind,
    NationalPension,
    PensionRecord,
    PensionStatus,
    PensionSupplement,
    Record,
)
from renkei.sandbox.people.draw import Draw
from renkei.sandbox.people.resident import Resident
from renkei.sandbox.population import Population
from renkei.values.age import age_reached_on

_EMPLOYEE_INCOME_YEN: Final = 1_300_000
_EMPLOYEE_SHARE: Final = 0.85
_BASIC_YEN: Final = (400_000, 830_000)
_EMPLOYEES_YEN: Final = (300_000, 1_500_000)
_WAS_EMPLOYEE_SHARE: Final = 0.7
_SUPPLEMENT_INCOME_YEN: Final = 400_000
_SUPPLEMENT_MONTHLY_YEN: Final = 5_310


def pension_records(
    population: Population,
    resident: Resident,
    household: tuple[Resident, ...],
    incomes: Mapping[int, int],
) -> list[Record]:
    """What the pension body holds: contributors of 20 to 59, and who draws from 65."""
    as_of = population.as_of
    age = resident.age_on(as_of)
    if age >= 65:
        return _paid(population, resident, incomes[resident.serial])
    if not 20 <= age < 60:
        return []
    kind = insured_kind(population, resident, household, incomes)
    since = age_reached_on(resident.birth_date, 20)
    if kind is not InsuredKind.FIRST:
        # Work and marriage begin some time after 20; no history of changes is kept.
        draw = Draw(population.seed, "pensions", resident.serial)
        since = date.fromordinal(draw.whole(since.toordinal(), as_of.toordinal()))
    act = "厚生年金保険法" if kind is InsuredKind.SECOND else "国民年金法"
    return [PensionRecord(act, kind, PensionStatus.INSURED, since, None, as_of)]


def _paid(population: Population, resident: Resident, income: int) -> list[Record]:
    as_of = population.as_of
    reached = age_reached_on(resident.birth_date, 65)
    # Paid from the month after the right arose (国民年金法18条1項).
    since = date(reached.year + reached.month // 12, reached.month % 12 + 1, 1)
    if since > as_of:
        return []
    draw = Draw(population.seed, "paid pensions", resident.serial)
    basic = draw.whole(*_BASIC_YEN) // 100 * 100
    employees = draw.whole(*_EMPLOYEES_YEN) // 100 * 100 if draw.chance(_WAS_EMPLOYEE_SHARE) else 0
    status = PensionStatus.RECEIVING_OLD_AGE
    act = "厚生年金保険法" if employees else "国民年金法"
    records: list[Record] = [
        PensionRecord(act, None, status, since, basic + employees, as_of),
        NationalPension("old-age-basic", basic, since, as_of),
    ]
    if employees:
        records.append(EmployeesPension("old-age-employees", employees, since, as_of))
    if income <= _SUPPLEMENT_INCOME_YEN and not employees:
        records.append(PensionSupplement("old-age", _SUPPLEMENT_MONTHLY_YEN, since, as_of))
    return records


def insured_kind(
    population: Population,
    resident: Resident,
    household: tuple[Resident, ...],
    incomes: Mapping[int, int],
) -> InsuredKind:
    """Employee, an employee's dependent spouse, or neither (国民年金法7条1項)."""
    if is_employee(population, resident, incomes):
        return InsuredKind.SECOND
    partner = couples(household).get(resident.serial)
    if (
        partner is not None
        and partner.age_on(population.as_of) < 65
        and incomes[resident.serial] < _EMPLOYEE_INCOME_YEN
        and is_employee(population, partner, incomes)
    ):
        return InsuredKind.THIRD
    return InsuredKind.FIRST


def is_employee(population: Population, resident: Resident, incomes: Mapping[int, int]) -> bool:
    """Whether the person is insured through work; the same every time."""
    draw = Draw(population.seed, "employment", resident.serial)
    return incomes[resident.serial] >= _EMPLOYEE_INCOME_YEN and draw.chance(_EMPLOYEE_SHARE)
