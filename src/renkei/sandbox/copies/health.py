"""Health insurance of the sandbox's people (医療保険).

Employees and their dependants are with the Japan Health Insurance Association or with a society
that is not connected; others under 75 with their city's national health insurance. Who is 75 or
older is with the wide-area union, which is not connected either.
"""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Final

from renkei.sandbox.copies.pension import is_employee
from renkei.sandbox.copies.records import InsuranceBenefit, InsuredStatus, Record
from renkei.sandbox.people.draw import Draw
from renkei.sandbox.people.resident import Relationship, Resident
from renkei.sandbox.population import Population
from renkei.values.age import age_reached_on, school_year_end

ASSOCIATION: Final = "japan-health-insurance-association"
NATIONAL: Final = "national-health-insurance"
UNION_FROM_YEARS: Final = 75
_SCHOOL_YEARS: Final = 6
_ASSOCIATION_SHARE: Final = 0.6
_DEPENDANT_INCOME_YEN: Final = 1_300_000
_BENEFIT_SHARE: Final = 0.12
_BENEFIT_KINDS: Final = (("high-cost-medical-expense", 70), ("sickness-allowance", 20))
_PARENTS: Final = (Relationship.FATHER, Relationship.MOTHER)


def health_records(
    population: Population, household: tuple[Resident, ...], incomes: Mapping[int, int]
) -> dict[int, list[Record]]:
    """Entitlement and benefits of each member under 75, by serial."""
    employees = [one for one in household if is_employee(population, one, incomes)]
    carrier = max(employees, key=lambda one: incomes[one.serial], default=None)
    found: dict[int, list[Record]] = {}
    for place, one in enumerate(household):
        if one.age_on(population.as_of) >= UNION_FROM_YEARS:
            continue
        insured = _insured_by(one, carrier, employees, incomes)
        if insured is not None and not _with_association(population, insured):
            continue
        status = _status(population, one, insured or household[0], place, insured is not None)
        found[one.serial] = [status, *_benefits(population, one, status)]
    return found


def _insured_by(
    one: Resident, carrier: Resident | None, employees: list[Resident], incomes: Mapping[int, int]
) -> Resident | None:
    """The employee through whom somebody is insured; None for the national insurance."""
    if one in employees:
        return one
    if carrier is None or incomes[one.serial] >= _DEPENDANT_INCOME_YEN:
        return None
    # Foreign or not, a dependant lives on the employee's income (健保法3条7項).
    return carrier


def _with_association(population: Population, employee: Resident) -> bool:
    story = "parent" in employee.personas
    return story or Draw(population.seed, "insurers", employee.serial).chance(_ASSOCIATION_SHARE)


def _status(
    population: Population, one: Resident, insured: Resident, place: int, at_work: bool
) -> InsuredStatus:
    draw = Draw(population.seed, "health insurance", one.serial)
    adult = age_reached_on(one.birth_date, 20)
    first = adult if adult < population.as_of else one.birth_date
    since = date.fromordinal(draw.whole(first.toordinal(), population.as_of.toordinal()))
    if one.moved_on is not None and not at_work:
        since = one.moved_on
    age = one.age_on(population.as_of)
    before_school = population.as_of <= school_year_end(one.birth_date, _SCHOOL_YEARS)
    kind = "insured" if one is insured or not at_work else "dependant"
    return InsuredStatus(
        municipality=None if at_work else one.municipality,
        insurer=ASSOCIATION if at_work else NATIONAL,
        symbol=f"{insured.serial % 97:04d}" if at_work else "00",
        number=f"{insured.serial:07d}",
        branch=f"{place:02d}",
        kind=kind,
        # Until the school year in which the age of 6 is reached (健康保険法74条, 110条2項).
        copayment_percent=20 if before_school or age >= 70 else 30,
        since=since,
        as_of=population.as_of,
    )


def _benefits(population: Population, one: Resident, status: InsuredStatus) -> list[Record]:
    draw = Draw(population.seed, "health benefits", one.serial)
    if not draw.chance(_BENEFIT_SHARE):
        return []
    month = population.as_of.replace(day=1) - timedelta(days=draw.whole(40, 300))
    kinds = _BENEFIT_KINDS if status.kind == "insured" and status.municipality is None else None
    kind = draw.weighted(kinds) if kinds else _BENEFIT_KINDS[0][0]
    return [
        InsuranceBenefit(
            municipality=status.municipality,
            kind=kind,
            month=f"{month:%Y-%m}",
            amount_yen=draw.whole(80, 2_400) * 100,
            as_of=population.as_of,
        )
    ]
