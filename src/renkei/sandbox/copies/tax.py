"""Incomes and inhabitant tax by a simplified model with real rates (住民税).

Good enough to be believed, not an assessment of anybody.
"""

from collections.abc import Mapping
from datetime import date
from typing import Final

from renkei.sandbox.copies.kinship import couples
from renkei.sandbox.copies.records import MunicipalTax, PrefecturalTax
from renkei.sandbox.people.draw import Draw
from renkei.sandbox.people.resident import Resident
from renkei.sandbox.population import Population

ADULT_YEARS: Final = 18
TAX_ASSESSED_MONTH: Final = 6

# Local Tax Act and its ordinances as of fiscal 2024.
_INCOME_LEVY_RATE_PERCENT: Final = 6
_PER_CAPITA_LEVY_YEN: Final = 3_000
_PREFECTURE_LEVY_RATE_PERCENT: Final = 4
_PREFECTURE_PER_CAPITA_YEN: Final = 1_000
_BASIC_DEDUCTION_YEN: Final = 430_000
_PERSON_DEDUCTION_YEN: Final = 330_000
_SOCIAL_INSURANCE_SHARE: Final = 0.15
_ADJUSTMENT_CREDIT_YEN: Final = 1_500
_PREFECTURE_CREDIT_YEN: Final = 1_000
_DEPENDANT_INCOME_LIMIT_YEN: Final = 480_000
_EXEMPT_PER_PERSON_YEN: Final = 350_000
_EXEMPT_BASE_YEN: Final = 100_000
_EXEMPT_FAMILY_YEN: Final = 210_000
_EXEMPT_LEVY_FAMILY_YEN: Final = 320_000


def last_assessed_tax_year(as_of: date) -> int:
    """The tax year whose assessment is known: this year's from June on (地方税法319条の2)."""
    return as_of.year if as_of.month >= TAX_ASSESSED_MONTH else as_of.year - 1


def income_yen(population: Population, resident: Resident) -> int:
    """Draw a total income of the year before the tax year, in thousands of yen."""
    draw = Draw(population.seed, "incomes", resident.serial)
    age = resident.age_on(date(last_assessed_tax_year(population.as_of), 1, 1))
    if age < ADULT_YEARS:
        thousands = 0
    elif {"parent", "variant"} & set(resident.personas):
        # Who a story asks about works and pays tax, so that there is something to ask for.
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


def inhabitant_tax(
    population: Population,
    resident: Resident,
    household: tuple[Resident, ...],
    incomes: Mapping[int, int],
) -> tuple[MunicipalTax, PrefecturalTax] | None:
    """Both taxes of who was an adult on 1 January of the assessed year; None for a child."""
    year = last_assessed_tax_year(population.as_of)
    january_1 = date(year, 1, 1)
    if resident.age_on(january_1) < ADULT_YEARS:
        return None
    # Who moved did so after 1 January of the as-of year, hence after that of any earlier year.
    then = resident.previous_address or resident.address
    income = incomes[resident.serial]
    partner = couples(household).get(resident.serial)
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
    deducted = _deducted(dependants, year) + spouse
    per_capita, levy, prefecture = _levies(income, deducted, len(dependants) + spouse)
    as_of = date(year, TAX_ASSESSED_MONTH, 1)
    municipal = MunicipalTax(
        tax_year=year,
        municipality=then.municipality,
        income_levy_yen=levy,
        per_capita_levy_yen=per_capita,
        total_income_yen=income,
        dependants=len(dependants),
        exempt=per_capita == 0,
        as_of=as_of,
    )
    return municipal, PrefecturalTax(
        tax_year=year,
        municipality=then.municipality,
        income_levy_yen=prefecture,
        per_capita_levy_yen=_PREFECTURE_PER_CAPITA_YEN if per_capita else 0,
        total_income_yen=income,
        exempt=per_capita == 0,
        as_of=as_of,
    )


def _deducted(dependants: list[Resident], tax_year: int) -> int:
    """How many dependants give a deduction: children under 16 count for the exemption only.

    Their age is that of the last day of the year before the tax year (地方税法314条の2).
    """
    new_years_eve = date(tax_year - 1, 12, 31)
    return sum(member.age_on(new_years_eve) >= 16 for member in dependants)


def _levies(income: int, deducted: int, family: int) -> tuple[int, int, int]:
    """Per-capita levy, income levy and the prefecture's, in yen, for an income and its family."""
    line = _EXEMPT_PER_PERSON_YEN * (1 + family) + _EXEMPT_BASE_YEN
    if income <= line + (_EXEMPT_FAMILY_YEN if family else 0):
        return 0, 0, 0
    if income <= line + (_EXEMPT_LEVY_FAMILY_YEN if family else 0):
        return _PER_CAPITA_LEVY_YEN, 0, 0
    deductions = _BASIC_DEDUCTION_YEN + _PERSON_DEDUCTION_YEN * deducted
    taxable = income - deductions - int(income * _SOCIAL_INSURANCE_SHARE)
    taxable = max(0, taxable) // 1_000 * 1_000
    levy = max(0, taxable * _INCOME_LEVY_RATE_PERCENT // 100 - _ADJUSTMENT_CREDIT_YEN)
    prefecture = max(0, taxable * _PREFECTURE_LEVY_RATE_PERCENT // 100 - _PREFECTURE_CREDIT_YEN)
    return _PER_CAPITA_LEVY_YEN, levy // 100 * 100, prefecture // 100 * 100
