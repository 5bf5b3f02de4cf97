"""What happened in the sandbox's lives, from which the files of every body follow (架空の暮らし).

One draw of each life says who has a disability, an illness, a child on the way, lost work or is
placed in care; what different bodies hold about a person agrees because it is read from the same
life. Shares are rough, after national statistics, and raised where a small country would have none.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Final, Literal

from renkei.sandbox.copies.kinship import couples, parents
from renkei.sandbox.copies.pension import is_employee
from renkei.sandbox.people.draw import Draw
from renkei.sandbox.people.resident import Relationship, Resident, Sex
from renkei.sandbox.population import Population
from renkei.values.age import age_reached_on

Disability = Literal["physical", "mental", "intellectual"]
Service = Literal["national", "local", "private-school"]
ADULT_YEARS: Final = 18
PENSION_YEARS: Final = 65
UNION_YEARS: Final = 75
LOW_INCOME_YEN: Final = 1_000_000
_SERVICES: Final[tuple[tuple[Service | None, int], ...]] = (
    (None, 88),
    ("local", 6),
    ("national", 3),
    ("private-school", 3),
)
_PARTS: Final = (("limbs", 50), ("sight", 8), ("hearing", 12), ("internal", 30))


@dataclass(frozen=True, slots=True)
class Life:
    """What is so about one resident on the as-of day; `since` is when it began, for all of it."""

    resident: Resident
    as_of: date
    income_yen: int
    age: int
    since: date
    disability: Disability | None = None
    grade: int = 0
    part: str = ""
    rare_disease: bool = False
    pregnant: bool = False
    gave_birth: bool = False
    lost_work: bool = False
    left_willingly: bool = False
    hurt_at_work: bool = False
    employee: bool = False
    service: Service | None = None
    single_parent: bool = False
    children: int = 0
    placed: str = ""
    """How a child is cared for away from its parents: `foster-care`, `institution`, or not."""
    parent_of_disabled: int = 0
    """How many of the person's children under 18 have a disability."""
    from_china: bool = False
    draw_name: tuple[int, int] = (0, 0)

    @property
    def is_child(self) -> bool:
        """Whether it is under 18 (児童)."""
        return self.age < ADULT_YEARS

    @property
    def poor(self) -> bool:
        """Whether the income is low: an adult of working age."""
        return not self.is_child and self.income_yen <= LOW_INCOME_YEN

    def draw(self, item: str) -> Draw:
        """A stream for the amounts of one item."""
        return Draw(*self.draw_name, "held", item)

    def day(self, item: str) -> date:
        """A day of the last two years, not before birth."""
        back = self.as_of - timedelta(days=self.draw(item).whole(10, 700))
        return max(back, self.resident.birth_date)


def lives(
    population: Population, household: tuple[Resident, ...], incomes: Mapping[int, int]
) -> Iterator[Life]:
    """The lives of a household's members, in its order."""
    drawn = {one.serial: _drawn(population, one, incomes) for one in household}
    elders, partners = parents(household), couples(household)
    for one in household:
        life = drawn[one.serial]
        own = [drawn[child.serial] for child in household if one in elders.get(child.serial, [])]
        minors = [child for child in own if child.is_child]
        pregnant, gave_birth = _expecting(population, one, one.serial in partners)
        yield replace(
            life,
            pregnant=pregnant,
            gave_birth=gave_birth,
            single_parent=bool(minors) and one.serial not in partners,
            children=len(minors),
            parent_of_disabled=sum(child.disability is not None for child in minors),
        )


def _drawn(population: Population, one: Resident, incomes: Mapping[int, int]) -> Life:
    """What is drawn for a person alone; the order of the draws never changes."""
    draw, as_of = Draw(population.seed, "lives", one.serial), population.as_of
    age = one.age_on(as_of)
    first = max(one.birth_date, as_of - timedelta(days=3_650))
    since = date.fromordinal(draw.whole(first.toordinal(), as_of.toordinal()))
    disabled, kind = draw.chance(_disabled_share(age)), _kind(draw, age)
    grade = draw.whole(1, {"physical": 6, "mental": 3, "intellectual": 2}[kind])
    part = draw.weighted(_PARTS)
    rare, works = draw.chance(0.01), is_employee(population, one, incomes)
    lost = draw.chance(0.04) and 20 <= age < PENSION_YEARS and not works
    willing, hurt = draw.chance(0.6), draw.chance(0.012) and 20 <= age < 70
    served = draw.weighted(_SERVICES)
    apart = 15 if disabled else 1
    placed = draw.weighted((("", 100 - apart), ("institution", apart)))
    placed = "foster-care" if not disabled and draw.chance(0.02) else placed
    from_china = draw.chance(0.03) and age >= 75
    story = bool(one.personas)
    return Life(
        resident=one,
        as_of=as_of,
        income_yen=incomes[one.serial],
        age=age,
        since=since,
        disability=kind if disabled and not story else None,
        grade=grade,
        part=part,
        rare_disease=rare and not story,
        lost_work=lost and not story,
        left_willingly=willing,
        hurt_at_work=hurt and not story,
        employee=works,
        service=served if age >= 20 and (works or age >= PENSION_YEARS) and not story else None,
        placed=placed if 2 <= age < ADULT_YEARS and not story else "",
        from_china=from_china and not story,
        draw_name=(population.seed, one.serial),
    )


def _disabled_share(age: int) -> float:
    return 0.04 if age < ADULT_YEARS else 0.05 if age < PENSION_YEARS else 0.12


def _kind(draw: Draw, age: int) -> Disability:
    kinds: tuple[tuple[Disability, int], ...] = (
        (("physical", 35), ("mental", 15), ("intellectual", 50))
        if age < ADULT_YEARS
        else (("physical", 60), ("mental", 30), ("intellectual", 10))
    )
    return draw.weighted(kinds)


def _expecting(population: Population, one: Resident, married: bool) -> tuple[bool, bool]:
    """Whether a woman expects a child, or had one within a year."""
    age = one.age_on(population.as_of)
    if one.sex is not Sex.FEMALE or not 20 <= age < 45 or one.personas:
        return False, False
    head = one.relationship in (Relationship.HEAD, Relationship.WIFE, Relationship.CHILDS_WIFE)
    draw = Draw(population.seed, "expecting", one.serial)
    pregnant, born = draw.chance(0.08 if married else 0.02), draw.chance(0.05)
    return pregnant and head, born and head and not pregnant


def adult_since(life: Life) -> date:
    """The later of when something began and the 20th birthday's eve (成年前は障害基礎年金なし)."""
    return max(life.since, age_reached_on(life.resident.birth_date, 20))
