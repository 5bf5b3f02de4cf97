"""Health insurance of the sandbox's people (医療保険).

Employees and their dependants are with the Japan Health Insurance Association or with a society;
others under 75 with their city's national health insurance. Who is 75 or older is with the
wide-area union of the prefecture.
"""

from collections.abc import Mapping
from dataclasses import fields, replace
from datetime import date, timedelta
from typing import Final

from renkei.sandbox.blueprint import Holder
from renkei.sandbox.copies.pension import is_employee
from renkei.sandbox.copies.records import Held, InsuranceBenefit, InsuredStatus, Record
from renkei.sandbox.people.draw import Draw
from renkei.sandbox.people.resident import Relationship, Resident
from renkei.sandbox.population import Population
from renkei.values.age import age_reached_on, school_year_end

ASSOCIATION: Final = "japan-health-insurance-association"
NATIONAL: Final = "national-health-insurance"
UNION_FROM_YEARS: Final = 75
_INSURERS: Final = {
    Holder.SOCIETY: "health-insurance-society",
    Holder.ELDERLY_UNION: "elderly-care-union",
}
_SCHOOL_YEARS: Final = 6
_ASSOCIATION_SHARE: Final = 0.6
_DEPENDANT_INCOME_YEN: Final = 1_300_000
_BENEFIT_SHARE: Final = 0.12
_BENEFIT_KINDS: Final = (("high-cost-medical-expense", 70), ("sickness-allowance", 20))
_PARENTS: Final = (Relationship.FATHER, Relationship.MOTHER)


def health_records(
    population: Population, household: tuple[Resident, ...], incomes: Mapping[int, int]
) -> dict[int, list[Record]]:
    """Entitlement and benefits of each member, by serial."""
    employees = [one for one in household if is_employee(population, one, incomes)]
    carrier = max(employees, key=lambda one: incomes[one.serial], default=None)
    found: dict[int, list[Record]] = {}
    for place, one in enumerate(household):
        if one.age_on(population.as_of) >= UNION_FROM_YEARS:
            status = _status(population, one, one, 0, at_work=False)
            found[one.serial] = _elsewhere(Holder.ELDERLY_UNION, status, population, one)
            continue
        insured = _insured_by(one, carrier, employees, incomes)
        status = _status(population, one, insured or household[0], place, insured is not None)
        if insured is not None and not with_association(population.seed, insured):
            found[one.serial] = _elsewhere(Holder.SOCIETY, status, population, one)
        else:
            found[one.serial] = [status, *_benefits(population, one, status)]
    return found


def _elsewhere(
    holder: Holder, status: InsuredStatus, population: Population, one: Resident
) -> list[Record]:
    """The same of an insurer beside the Association and the cities."""
    insurer, record = _INSURERS[holder], replace(status, municipality=None)
    found: list[Record] = []
    for part in (record, *_benefits(population, one, record)):
        values = {name.replace("_", "-"): value for name, value in _plain(part, insurer).items()}
        found.append(Held(part.ITEM, holder, one.municipality, values, population.as_of))
    return found


def _plain(part: Record, insurer: str) -> dict[str, str | int | bool | date | None]:
    """A record's values under the names of the model, of another insurer."""
    given = {
        one.name.removesuffix("_yen").removesuffix("_percent"): getattr(part, one.name)
        for one in fields(part)
    }
    given.pop("as_of")
    return given | ({"insurer": insurer} if "insurer" in given else {})


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


def with_association(seed: int, employee: Resident) -> bool:
    """Whether an employee is with the Association, not with a society."""
    story = "parent" in employee.personas
    return story or Draw(seed, "insurers", employee.serial).chance(_ASSOCIATION_SHARE)


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
