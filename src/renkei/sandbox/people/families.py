"""Plans believable households: who lives together, how old, related how (世帯構成).

Ages of heads and kinds of households by the head's age are rough shares after the national census
(国勢調査); with them the ages of everybody come out near the national pyramid.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from renkei.sandbox.people.draw import Draw
from renkei.sandbox.people.resident import Relationship, Sex
from renkei.values.age import age_on

_DAYS_PER_YEAR: Final = 365.2425
ADULT_YEARS: Final = 18
TWIN_BIRTHS: Final = 0.011
"""Share of births that are of twins."""

_HEAD_AGES: Final = (
    ((19, 24), 68),
    ((25, 29), 62),
    ((30, 39), 110),
    ((40, 49), 145),
    ((50, 59), 185),
    ((60, 69), 150),
    ((70, 79), 175),
    ((80, 89), 125),
    ((90, 98), 32),
)
_KINDS: Final = (
    (24, (93, 4, 1, 2, 0)),
    (29, (74, 13, 10, 3, 0)),
    (39, (38, 20, 34, 6, 2)),
    (49, (30, 14, 42, 9, 5)),
    (59, (28, 18, 34, 9, 11)),
    (69, (28, 34, 14, 7, 17)),
    (79, (31, 42, 9, 8, 10)),
    (120, (40, 36, 7, 12, 5)),
)
"""Head's age up to; singles, couples, couples with children, single parents, three generations."""


@dataclass(frozen=True, slots=True)
class Member:
    """One place in a household, before it has a name and a number."""

    relationship: Relationship
    sex: Sex
    birth_date: date
    personas: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class FamilyPlan:
    """The members of a household, head first, and what is special about it.

    `moved_on` is the day it moved in, if this year; `foreign`: nobody of it has a family register;
    `variant`: its name is written with a variant character; `protected`: support measures.
    """

    members: tuple[Member, ...]
    moved_on: date | None = None
    foreign: bool = False
    variant: bool = False
    protected: bool = False


def plan_family(draw: Draw, as_of: date) -> tuple[Member, ...]:
    """Draw a household's members in shares roughly those of Japan."""
    low, high = draw.weighted([(band, weight) for band, weight in _HEAD_AGES])
    age = draw.whole(low, high)
    shares = next(shares for limit, shares in _KINDS if age <= limit)
    kinds: tuple[Callable[[Draw, date, int], tuple[Member, ...]], ...] = (
        _single,
        _couple,
        _with_children,
        _single_parent,
        _three,
    )
    kind = draw.weighted([(kind, share) for kind, share in zip(kinds, shares, strict=True)])
    return kind(draw, as_of, age)


def birth(draw: Draw, as_of: date, age: int) -> date:
    """A birth date of somebody who is that old on the as-of date."""
    return as_of - timedelta(days=int((age + draw.fraction()) * _DAYS_PER_YEAR))


def spouse_of(head: Sex) -> Relationship:
    """What the head's spouse is called in the register."""
    return Relationship.WIFE if head is Sex.MALE else Relationship.HUSBAND


def child(draw: Draw, as_of: date, age: int, personas: tuple[str, ...] = ()) -> Member:
    """A child of the head."""
    return Member(Relationship.CHILD, draw.choose(list(Sex)), birth(draw, as_of, age), personas)


def _pair(draw: Draw, as_of: date, age: int) -> tuple[Member, Member]:
    sex = Sex.MALE if draw.chance(0.8) else Sex.FEMALE
    other_age = max(ADULT_YEARS + 2, age + draw.whole(-4, 4))
    return (
        Member(Relationship.HEAD, sex, birth(draw, as_of, age)),
        Member(spouse_of(sex), sex.other, birth(draw, as_of, other_age)),
    )


def _children(draw: Draw, as_of: date, parent_age: int, count: int) -> list[Member]:
    """Children who live at home, eldest first, none born before the parent's 24th year."""
    youngest_parent, oldest_parent = 24, 40
    oldest = parent_age - youngest_parent
    # Most leave in their twenties; who stays with parents past 60 is an adult child.
    at_home = 26 if parent_age < 62 else oldest
    eldest = draw.whole(max(0, parent_age - oldest_parent), max(0, min(at_home, oldest)))
    ages = [eldest]
    while len(ages) < count and ages[-1] >= 2:
        ages.append(max(0, ages[-1] - draw.whole(2, 4)))
    members: list[Member] = []
    for age in ages:
        one = child(draw, as_of, age)
        members.append(one)
        if draw.chance(TWIN_BIRTHS):
            members.append(Member(one.relationship, draw.choose(list(Sex)), one.birth_date))
    return members


def _single(draw: Draw, as_of: date, age: int) -> tuple[Member, ...]:
    # Of the old who live alone most are women (国勢調査).
    women = 0.65 if age >= 65 else 0.44
    sex = Sex.FEMALE if draw.chance(women) else Sex.MALE
    return (Member(Relationship.HEAD, sex, birth(draw, as_of, age)),)


def _couple(draw: Draw, as_of: date, age: int) -> tuple[Member, ...]:
    return _pair(draw, as_of, max(age, 22))


def _with_children(draw: Draw, as_of: date, age: int) -> tuple[Member, ...]:
    age = max(age, 26)
    pair = _pair(draw, as_of, age)
    count = 1 if age >= 62 else draw.weighted([(1, 46), (2, 42), (3, 12)])
    # The younger parent's age bounds the children's; partners differ by four years at most.
    return (*pair, *_children(draw, as_of, age - 4 if age > 32 else age, count))


def _single_parent(draw: Draw, as_of: date, age: int) -> tuple[Member, ...]:
    age = max(age, 26)
    sex = Sex.FEMALE if draw.chance(0.85) else Sex.MALE
    head = Member(Relationship.HEAD, sex, birth(draw, as_of, age))
    count = 1 if age >= 62 else draw.weighted([(1, 60), (2, 40)])
    return (head, *_children(draw, as_of, age, count))


def _three(draw: Draw, as_of: date, age: int) -> tuple[Member, ...]:
    """A family with an old parent of the head, or the head's child's couple and grandchildren."""
    if age < 60:
        family = _with_children(draw, as_of, max(age, 33))
        old_sex = Sex.FEMALE if draw.chance(0.7) else Sex.MALE
        relationship = Relationship.MOTHER if old_sex is Sex.FEMALE else Relationship.FATHER
        head_age = age_on(family[0].birth_date, as_of)
        old = birth(draw, as_of, min(98, head_age + draw.whole(23, 34)))
        return (*family, Member(relationship, old_sex, old))
    age = min(age, 84)
    child_age = age - draw.whole(25, 34)
    sex = draw.choose(list(Sex))
    in_law = Relationship.CHILDS_WIFE if sex is Sex.MALE else Relationship.CHILDS_HUSBAND
    grandchildren = _children(draw, as_of, child_age - 3, draw.weighted([(1, 50), (2, 50)]))
    return (
        *_pair(draw, as_of, age),
        Member(Relationship.CHILD, sex, birth(draw, as_of, child_age)),
        Member(in_law, sex.other, birth(draw, as_of, child_age + draw.whole(-3, 3))),
        *(Member(Relationship.GRANDCHILD, one.sex, one.birth_date) for one in grandchildren),
    )
