"""Whether a question by hand is one of its case: a spouse is no claimant (照会と案件). Pure."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from renkei.law import Decision
from renkei.law.judging_exchanges import is_ordinance
from renkei.law.persons_on_file import is_stated, meant
from renkei.roles.institution.rules.person_on_file import Person, on_file
from renkei.values.person_id import PersonId

CASE_OPEN_DAYS: Final = 366
"""However long questions can be bound to a case that nobody closes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bond:
    """A question by hand and the case it names, as both stand on file (照会と案件)."""

    office: str
    affair: tuple[str, str]
    """Row or ordinance affair, and sub-affair."""
    subject: str
    person: PersonId
    case_office: str
    case_affairs: Collection[tuple[str, str]]
    goes_on: bool
    """Whether it is a case, not a question in one, and still open."""
    claimant: Person
    household: Sequence[Person]
    day: date


def judge_bond(bond: Bond) -> Decision | None:
    """Why a question by hand is not one of its case; None where it is (案件との結付き).

    A word that facts on file answer must mean the person asked about, by the same table that plans
    are made from. A word that no fact here answers stays what the office states.
    """
    if not bond.goes_on:
        return Decision(False, None, None, "case-not-open")
    if bond.office != bond.case_office:
        return Decision(False, None, None, "case-of-another-office")
    if bond.affair not in bond.case_affairs:
        return Decision(False, None, None, "affair-not-of-case")
    if is_stated(bond.subject, bond.day):
        return None
    household = [on_file(one) for one in bond.household]
    found = meant(bond.subject, on_file(bond.claimant), household, bond.day)
    if bond.person in found.persons:
        return None
    row = None if is_ordinance(bond.affair[0]) else bond.affair[0]
    return Decision(False, found.article, row, "subject-not-meant")
