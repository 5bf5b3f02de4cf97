"""The people of the stories, planned into every population under their tags (配役)."""

from collections.abc import Callable, Mapping
from datetime import date, timedelta
from types import MappingProxyType
from typing import Final

from renkei.sandbox.people.draw import Draw
from renkei.sandbox.people.families import FamilyPlan, Member, birth, child, spouse_of
from renkei.sandbox.people.resident import Relationship, Sex

PERSONAS: Final = (
    "parent",
    "spouse",
    "child",
    "newborn",
    "stranger",
    "twin-a",
    "twin-b",
    "foreign",
    "protected",
    "variant",
    "elderly",
    "student",
)
"""Tags by which stories find their people, where their households have a home."""
NEWBORN_DAYS_LIMIT: Final = 45
Planner = Callable[[Draw, date], FamilyPlan]


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
        Member(Relationship.HEAD, sex, birth(draw, as_of, age), ("parent",)),
        Member(spouse_of(sex), sex.other, birth(draw, as_of, spouse_age), ("spouse",)),
        child(draw, as_of, draw.whole(4, 7), ("child",)),
        Member(Relationship.CHILD, draw.choose(list(Sex)), newborn_birth, ("newborn",)),
    )
    return FamilyPlan(members, moved_on)


def plan_twins(draw: Draw, as_of: date) -> FamilyPlan:
    """A couple with twins of one sex, who differ in nothing but their given names."""
    age = draw.whole(33, 42)
    sex = draw.choose(list(Sex))
    born, twins = birth(draw, as_of, draw.whole(6, 9)), draw.choose(list(Sex))
    return FamilyPlan(
        (
            Member(Relationship.HEAD, sex, birth(draw, as_of, age)),
            Member(spouse_of(sex), sex.other, birth(draw, as_of, age + draw.whole(-2, 2))),
            Member(Relationship.CHILD, twins, born, ("twin-a",)),
            Member(Relationship.CHILD, twins, born, ("twin-b",)),
        )
    )


def plan_protected(draw: Draw, as_of: date) -> FamilyPlan:
    """A parent who fled with a child this year, under support measures (支援措置)."""
    january_2 = date(as_of.year, 1, 2)
    moved_on = january_2 + timedelta(days=draw.whole(0, (as_of - january_2).days))
    head = Member(
        Relationship.HEAD, Sex.FEMALE, birth(draw, as_of, draw.whole(28, 40)), ("protected",)
    )
    return FamilyPlan((head, child(draw, as_of, draw.whole(1, 4))), moved_on, protected=True)


def plan_stranger(draw: Draw, as_of: date) -> FamilyPlan:
    """An adult living alone, unrelated to anybody."""
    return FamilyPlan((_alone(draw, as_of, (30, 50), "stranger"),))


def plan_variant(draw: Draw, as_of: date) -> FamilyPlan:
    """An adult whose surname the register writes with a variant character (異体字)."""
    return FamilyPlan((_alone(draw, as_of, (35, 55), "variant"),), variant=True)


def plan_student(draw: Draw, as_of: date) -> FamilyPlan:
    """A student living alone."""
    return FamilyPlan((_alone(draw, as_of, (19, 21), "student"),))


def plan_foreign(draw: Draw, as_of: date) -> FamilyPlan:
    """A foreign resident with a common name and without a family register (通称)."""
    return FamilyPlan((_alone(draw, as_of, (28, 45), "foreign"),), foreign=True)


def plan_elderly(draw: Draw, as_of: date) -> FamilyPlan:
    """Somebody past 80 living alone on a pension."""
    return FamilyPlan((_alone(draw, as_of, (80, 88), "elderly"),))


def _alone(draw: Draw, as_of: date, ages: tuple[int, int], tag: str) -> Member:
    sex = draw.choose(list(Sex))
    return Member(Relationship.HEAD, sex, birth(draw, as_of, draw.whole(*ages)), (tag,))


HOUSEHOLDS: Final[Mapping[str, Planner]] = MappingProxyType(
    {
        "parent-family": plan_parent_family,
        "twins": plan_twins,
        "protected": plan_protected,
        "stranger": plan_stranger,
        "variant": plan_variant,
        "student": plan_student,
        "foreign": plan_foreign,
        "elderly": plan_elderly,
    }
)
"""Story households by the name under which a country's file gives them a home."""
