"""Which person on file a word of an article means, and from which facts (関係, 命令の各条).

The order says "an eligible child", "a member of the same household"; a desk has a file. The table
says for each word which facts on file answer it, or which fact is missing. Nothing is guessed.
Whether one may ask about them at all: `permitted_items_and_persons`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from functools import cache
from typing import Final, Literal

import msgspec

from renkei.law import tables
from renkei.law.in_force import counts
from renkei.values.age import school_year_end
from renkei.values.municipality_code import MunicipalityCode
from renkei.values.person_id import PersonId

RelationKind = Literal["self", "household", "household-child", "spouse", "not-held"]
Unfound = Literal["nobody", "relation-not-held"]
"""Why a word means nobody: no person on file fits, or no fact on file could tell."""
HEAD: Final = "世帯主"
COUPLE: Final = frozenset({"妻", "夫"})


class Relation(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One dated row: a subject word, how it is answered, and the facts that answer it (関係の行).

    `until_age` counts whole years; with `until_fiscal_year_end` the last day is the 31 March after
    that birthday.
    """

    subject: str
    relation: RelationKind
    facts: tuple[str, ...] = ()
    relationships: tuple[str, ...] = ()
    until_age: int | None = None
    until_fiscal_year_end: bool = False
    article: str
    valid_from: date
    valid_to: date | None
    source: str


class OnFile(msgspec.Struct, frozen=True, kw_only=True):
    """What a body has on file of a person that relations are read from (宛名の事実)."""

    person: PersonId
    birth: date | None
    """The earliest day it can have been; None where not even the year is known (不詳)."""
    household: str | None
    relationship: str | None
    """Relationship to the head of the household, in the register's words."""
    residence: MunicipalityCode | None = None
    """Municipality of the address now; None: not on file."""
    tax_residence: MunicipalityCode | None = None
    """Municipality of the address on 1 January; None: not on file."""
    birth_certain: bool = True
    """Whether `birth` is the day itself, not the earliest of several it can have been."""


class Meant(msgspec.Struct, frozen=True):
    """Whom a word means on file; where nobody, why (該当者)."""

    persons: tuple[PersonId, ...]
    why: Unfound | None
    article: str
    facts: tuple[str, ...]


@cache
def relations() -> tuple[Relation, ...]:
    """The table, in its order."""
    return tables.read("persons_on_file.json", tuple[Relation, ...])


def relation(subject: str, day: date) -> Relation | None:
    """The row of a subject word in force on a day; None where the table has none."""
    return next(
        (row for row in relations() if row.subject == subject and counts(row, day)),
        None,
    )


def is_stated(subject: str, day: date) -> bool:
    """Whether a word rests on what an office states, as no fact on its file answers it (申立て)."""
    row = relation(subject, day)
    return row is None or row.relation == "not-held"


def eligible_until(birth: date, row: Relation) -> date:
    """The last day on which a child of this birth date counts, by a row with `until_age`.

    The first 31 March from the day on which the age is reached; for a birthday on 1 April that is
    the day before it (年齢計算ニ関スル法律).
    """
    assert row.until_age is not None
    return school_year_end(birth, row.until_age)


def _within_age(one: OnFile, row: Relation, day: date) -> bool:
    """Whether somebody is young enough beyond doubt: of an unknown day the earliest counts."""
    if row.until_age is None:
        return True
    return one.birth is not None and day <= eligible_until(one.birth, row)


def meant(subject: str, claimant: OnFile, household: Sequence[OnFile], day: date) -> Meant:
    """Whom a subject word means for a claimant on a day, from the household on file (該当者)."""
    row = relation(subject, day)
    if row is None:
        return Meant((), "relation-not-held", "", ())
    if row.relation == "not-held":
        return Meant((), "relation-not-held", row.article, row.facts)
    found = _RULES[row.relation](row, claimant, household, day)
    persons = tuple(one.person for one in found)
    return Meant(persons, None if persons else "nobody", row.article, row.facts)


def _self(row: Relation, claimant: OnFile, household: Sequence[OnFile], day: date) -> list[OnFile]:
    return [claimant]


def _others(claimant: OnFile, household: Sequence[OnFile]) -> list[OnFile]:
    """The same household without the claimant; nobody where no household is on file."""
    return [
        one
        for one in household
        if one.person != claimant.person
        and one.household is not None
        and one.household == claimant.household
    ]


def _household(
    row: Relation, claimant: OnFile, household: Sequence[OnFile], day: date
) -> list[OnFile]:
    return _others(claimant, household)


def _household_child(
    row: Relation, claimant: OnFile, household: Sequence[OnFile], day: date
) -> list[OnFile]:
    """The head's children, for the head and the head's spouse: a lodger has none on file here."""
    if claimant.relationship not in (HEAD, *COUPLE):
        return []
    return [
        one
        for one in _others(claimant, household)
        if one.relationship in row.relationships and _within_age(one, row, day)
    ]


def _spouse(
    row: Relation, claimant: OnFile, household: Sequence[OnFile], day: date
) -> list[OnFile]:
    """The other of the head's couple: a relationship on file is always one to the head."""
    others = _others(claimant, household)
    if claimant.relationship == HEAD:
        return [one for one in others if one.relationship in row.relationships]
    if claimant.relationship in row.relationships:
        return [one for one in others if one.relationship == HEAD]
    return []


_RULES: Final[Mapping[str, Callable[[Relation, OnFile, Sequence[OnFile], date], list[OnFile]]]] = {
    "self": _self,
    "household": _household,
    "household-child": _household_child,
    "spouse": _spouse,
}
