"""Plans believable households: who lives together, how old, related how (世帯構成)."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from renkei.sandbox.people.draw import Draw
from renkei.sandbox.people.resident import Relationship, Sex

_DAYS_PER_YEAR: Final = 365.2425
NEWBORN_DAYS_LIMIT: Final = 45
ADULT_YEARS: Final = 18


@dataclass(frozen=True, slots=True)
class Member:
    """One place in a household, before it has a name and a number."""

    relationship: Relationship
    sex: Sex
    birth_date: date
    personas: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class FamilyPlan:
    """The members of a household, head first, and the day it moved in, if this year."""

    members: tuple[Member, ...]
    moved_on: date | None = None


def plan_family(draw: Draw, as_of: date) -> tuple[Member, ...]:
    """Draw a household's members, one to six, in shares roughly those of Japanese cities."""
    kind = draw.weighted(
        [(_single, 38), (_couple, 20), (_with_children, 27), (_single_parent, 8), (_three, 7)]
    )
    return kind(draw, as_of)


def plan_parent_family(draw: Draw, as_of: date) -> FamilyPlan:
    """The family of the persona `parent`: moved in this year, an older child, a newborn.

    The newborn came after the move, so it was never registered in the former city.
    """
    january_2 = date(as_of.year, 1, 2)
    since = min(NEWBORN_DAYS_LIMIT, (as_of - january_2).days)
    newborn_birth = as_of - timedelta(days=draw.whole(0, since))
    moved_on = january_2 + timedelta(days=draw.whole(0, (newborn_birth - january_2).days))
    age = draw.whole(31, 38)
    sex = draw.choose(list(Sex))
    spouse_age = age + draw.whole(-2, 2)
    members = (
        Member(Relationship.HEAD, sex, _birth(draw, as_of, age), ("parent",)),
        Member(_spouse(sex), sex.other, _birth(draw, as_of, spouse_age), ("spouse",)),
        _child(draw, as_of, draw.whole(4, 7), ("child",)),
        Member(Relationship.CHILD, draw.choose(list(Sex)), newborn_birth, ("newborn",)),
    )
    return FamilyPlan(members, moved_on)


def plan_stranger(draw: Draw, as_of: date) -> FamilyPlan:
    """The persona `stranger`: an adult living alone, unrelated to anybody."""
    sex = draw.choose(list(Sex))
    birth = _birth(draw, as_of, draw.whole(30, 50))
    return FamilyPlan((Member(Relationship.HEAD, sex, birth, ("stranger",)),))


def _birth(draw: Draw, as_of: date, age: int) -> date:
    return as_of - timedelta(days=int((age + draw.fraction()) * _DAYS_PER_YEAR))


def _spouse(head: Sex) -> Relationship:
    return Relationship.WIFE if head is Sex.MALE else Relationship.HUSBAND


def _head_sex(draw: Draw) -> Sex:
    return Sex.MALE if draw.chance(0.8) else Sex.FEMALE


def _child(draw: Draw, as_of: date, age: int, personas: tuple[str, ...] = ()) -> Member:
    birth = _birth(draw, as_of, age)
    return Member(Relationship.CHILD, draw.choose(list(Sex)), birth, personas)


def _pair(draw: Draw, as_of: date, age: int) -> tuple[Member, Member]:
    sex = _head_sex(draw)
    other_age = max(ADULT_YEARS + 2, age + draw.whole(-4, 4))
    return (
        Member(Relationship.HEAD, sex, _birth(draw, as_of, age)),
        Member(_spouse(sex), sex.other, _birth(draw, as_of, other_age)),
    )


def _children_ages(draw: Draw, parent_age: int, count: int) -> list[int]:
    """Ages of children, eldest first, none born before the parent's twentieth year."""
    eldest = draw.whole(max(0, parent_age - 40), max(0, min(23, parent_age - 24)))
    ages = [eldest]
    while len(ages) < count and ages[-1] >= 2:
        ages.append(max(0, ages[-1] - draw.whole(2, 4)))
    return ages


def _single(draw: Draw, as_of: date) -> tuple[Member, ...]:
    low, high = draw.weighted([((20, 34), 40), ((35, 64), 30), ((65, 92), 30)])
    birth = _birth(draw, as_of, draw.whole(low, high))
    return (Member(Relationship.HEAD, draw.choose(list(Sex)), birth),)


def _couple(draw: Draw, as_of: date) -> tuple[Member, ...]:
    low, high = draw.weighted([((25, 49), 40), ((50, 64), 20), ((65, 88), 40)])
    return _pair(draw, as_of, draw.whole(low, high))


def _with_children(draw: Draw, as_of: date) -> tuple[Member, ...]:
    age = draw.whole(28, 56)
    pair = _pair(draw, as_of, age)
    count = draw.weighted([(1, 45), (2, 42), (3, 13)])
    # The younger parent's age bounds the children's; partners differ by four years at most.
    ages = _children_ages(draw, age - 4 if age > 32 else age, count)
    return (*pair, *(_child(draw, as_of, child_age) for child_age in ages))


def _single_parent(draw: Draw, as_of: date) -> tuple[Member, ...]:
    age = draw.whole(27, 52)
    sex = Sex.FEMALE if draw.chance(0.85) else Sex.MALE
    head = Member(Relationship.HEAD, sex, _birth(draw, as_of, age))
    ages = _children_ages(draw, age, draw.weighted([(1, 60), (2, 40)]))
    return (head, *(_child(draw, as_of, child_age) for child_age in ages))


def _three(draw: Draw, as_of: date) -> tuple[Member, ...]:
    """Grandparents, their child's couple and grandchildren, or a couple with an old parent."""
    if draw.chance(0.5):
        family = _with_children(draw, as_of)
        old_sex = Sex.FEMALE if draw.chance(0.7) else Sex.MALE
        relationship = Relationship.MOTHER if old_sex is Sex.FEMALE else Relationship.FATHER
        head_age = (as_of - family[0].birth_date).days // 365
        old = _birth(draw, as_of, min(98, head_age + draw.whole(23, 34)))
        return (*family, Member(relationship, old_sex, old))
    head_age = draw.whole(62, 80)
    child_age = head_age - draw.whole(25, 34)
    sex = draw.choose(list(Sex))
    in_law = Relationship.CHILDS_WIFE if sex is Sex.MALE else Relationship.CHILDS_HUSBAND
    grandchildren = _children_ages(draw, child_age - 3, draw.weighted([(1, 50), (2, 50)]))
    return (
        *_pair(draw, as_of, head_age),
        Member(Relationship.CHILD, sex, _birth(draw, as_of, child_age)),
        Member(in_law, sex.other, _birth(draw, as_of, child_age + draw.whole(-3, 3))),
        *(
            Member(Relationship.GRANDCHILD, draw.choose(list(Sex)), _birth(draw, as_of, age))
            for age in grandchildren
        ),
    )
