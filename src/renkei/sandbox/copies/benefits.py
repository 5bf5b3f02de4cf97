"""Allowances, care and assistance that the cities grant (手当・介護・扶助)."""

from collections.abc import Mapping
from datetime import date
from typing import Final

from renkei.sandbox.blueprint import Holder
from renkei.sandbox.copies.kinship import couples
from renkei.sandbox.copies.records import (
    ChildAllowance,
    ChildRearingAllowance,
    Held,
    LongTermCare,
    PublicAssistance,
    Record,
)
from renkei.sandbox.people.draw import Draw
from renkei.sandbox.people.resident import Relationship, Resident
from renkei.sandbox.population import Population
from renkei.values.age import school_year_end

_ALLOWANCE_LAST_YEARS: Final = 18
_ALLOWANCE_YEN: Final = 10_000
_ALLOWANCE_YOUNG_YEN: Final = 15_000
_ALLOWANCE_THIRD_YEN: Final = 30_000
_SINGLE_PARENT_YEN: Final = 46_690
_SINGLE_PARENT_NEXT_YEN: Final = 11_030
_SINGLE_PARENT_FULL_INCOME_YEN: Final = 1_070_000
_SINGLE_PARENT_PART_INCOME_YEN: Final = 2_460_000
_CARE_SHARE: Final = ((75, 0.05), (80, 0.13), (85, 0.27), (120, 0.55))
"""Certified for care by age up to (要介護認定率), roughly."""
_CARE_LEVELS: Final = (
    (("support-1", 50_320), 14),
    (("support-2", 105_310), 14),
    (("care-1", 167_650), 20),
    (("care-2", 197_050), 17),
    (("care-3", 270_480), 13),
    (("care-4", 309_380), 13),
    (("care-5", 362_170), 9),
)
_ASSISTANCE_SHARE: Final = 0.02
_ASSISTANCE_INCOME_YEN: Final = 800_000


def city_benefits(
    population: Population, household: tuple[Resident, ...], incomes: Mapping[int, int]
) -> dict[int, list[Record]]:
    """What the city of the residence grants each member, by serial."""
    found: dict[int, list[Record]] = {one.serial: [] for one in household}
    _allowances(population, household, incomes, found)
    assisted = _assistance(population, household, incomes)
    for one in household:
        if assisted is not None:
            found[one.serial].append(assisted)
        care = _care(population, one)
        if care is not None:
            found[one.serial] += (care, _certified(care))
    return found


def _allowances(
    population: Population,
    household: tuple[Resident, ...],
    incomes: Mapping[int, int],
    found: dict[int, list[Record]],
) -> None:
    head = household[0]
    children = [
        one
        for one in household
        if one.relationship is Relationship.CHILD
        and population.as_of <= school_year_end(one.birth_date, _ALLOWANCE_LAST_YEARS)
    ]
    # Who moved in this year has to claim anew: that is what the story is about.
    if not children or head.moved_on is not None:
        return
    claimant = max(
        [head, *([couples(household)[head.serial]] if head.serial in couples(household) else [])],
        key=lambda one: incomes[one.serial],
    )
    monthly = sum(
        _ALLOWANCE_THIRD_YEN
        if place >= 2
        else _ALLOWANCE_YOUNG_YEN
        if one.age_on(population.as_of) < 3
        else _ALLOWANCE_YEN
        for place, one in enumerate(sorted(children, key=lambda one: one.birth_date))
    )
    since = _next_month(min(one.birth_date for one in children))
    if since > population.as_of:
        return
    found[claimant.serial].append(
        ChildAllowance(head.municipality, len(children), monthly, since, population.as_of)
    )
    income = incomes[head.serial]
    alone = head.serial not in couples(household)
    if alone and income < _SINGLE_PARENT_PART_INCOME_YEN:
        full = income < _SINGLE_PARENT_FULL_INCOME_YEN
        amount = _SINGLE_PARENT_YEN + _SINGLE_PARENT_NEXT_YEN * (len(children) - 1)
        found[head.serial].append(
            ChildRearingAllowance(
                municipality=head.municipality,
                children=len(children),
                full=full,
                monthly_yen=amount if full else amount // 20 * 10,
                since=since,
                as_of=population.as_of,
            )
        )


def _assistance(
    population: Population, household: tuple[Resident, ...], incomes: Mapping[int, int]
) -> PublicAssistance | None:
    head = household[0]
    draw = Draw(population.seed, "assistance", head.serial)
    # Foreign residents are assisted by notice, which is another item (昭和29年社発382号).
    poor = sum(incomes[one.serial] for one in household) < _ASSISTANCE_INCOME_YEN
    if head.personas or head.register is None or not poor:
        return None
    if not draw.chance(_ASSISTANCE_SHARE * 5):
        return None
    first = max(date(population.as_of.year - 8, 1, 1), head.moved_on or date.min)
    since = date.fromordinal(draw.whole(first.toordinal(), population.as_of.toordinal()))
    return PublicAssistance(
        municipality=head.municipality,
        status="granted",
        livelihood_aid=True,
        housing_aid=draw.chance(0.85),
        medical_aid=draw.chance(0.85),
        since=since,
        as_of=population.as_of,
    )


def _care(population: Population, one: Resident) -> LongTermCare | None:
    age = one.age_on(population.as_of)
    if age < 65:
        return None
    draw = Draw(population.seed, "care", one.serial)
    share = next(share for limit, share in _CARE_SHARE if age < limit)
    if "elderly" not in one.personas and not draw.chance(share):
        return None
    level, limit = draw.weighted(_CARE_LEVELS)
    year = population.as_of.year
    month = draw.whole(1, population.as_of.month)
    start = date(year, month, 1)
    return LongTermCare(
        municipality=one.municipality,
        level=level,
        valid_from=start,
        valid_to=date.fromordinal(date(year + 1, month, 1).toordinal() - 1),
        monthly_benefit_yen=limit * draw.whole(20, 95) // 1000 * 10,
        as_of=population.as_of,
    )


def _certified(care: LongTermCare) -> Held:
    """The certificate that a benefit rests on (要介護認定)."""
    period = {"valid-from": care.valid_from, "valid-to": care.valid_to}
    values: dict[str, str | int | bool | date | None] = {"level": care.level, **period}
    item = "long-term-care-certification"
    return Held(item, Holder.CITY, care.municipality, values, care.as_of)


def _next_month(day: date) -> date:
    return date(day.year + day.month // 12, day.month % 12 + 1, 1)
