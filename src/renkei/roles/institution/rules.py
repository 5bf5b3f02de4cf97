"""What an institution decides by itself: whom an item is about, and who holds it (照会計画).

Pure. The clerk names one person; the law's item says about which relation it may be asked.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

import msgspec

from renkei.law import Decision, PermittedItem, items_of
from renkei.law.holders import Body, NoHolder, Places, holder, rule_for
from renkei.law.judgement import is_ordinance
from renkei.law.persons_on_file import Meant, OnFile, Unfound, is_stated, meant
from renkei.values.address_likeness import compare_addresses
from renkei.values.birth_date import BirthDate, compare_birth_dates
from renkei.values.individual_number import IndividualNumber
from renkei.values.likeness import DIFFERENT, SAME, Likeness, the_only, worst
from renkei.values.municipality_code import MunicipalityCode
from renkei.values.names import compare_names
from renkei.values.person_id import PersonId
from renkei.values.slowing import Slowing, Tries
from renkei.wire.individual_number.messages import FourAttributes
from renkei.wire.linkage.directory import DirectoryEntry
from renkei.wire.names import INSTITUTION

CASE_OPEN_DAYS: Final = 366
"""However long questions can be bound to a case that nobody closes."""
TOO_LARGE: Final = "content-too-large"
"""Why an item that is held does not come: the answer has no room for it."""
OFFERS_OF_REQUESTER: Final = Slowing(free=200, first_seconds=30, longest_seconds=600)
"""Offers of attributes by one requester that failed here within 24 hours."""
OFFERS_ABOUT_PERSON: Final = Slowing(free=5, first_seconds=3_600, longest_seconds=86_400)
"""Those of them about one person sought. Both belong to one requester: nobody spends another's."""


class Person(msgspec.Struct, frozen=True, kw_only=True):
    """A person on file under the institution's own id (宛名). Dates as YYYY-MM-DD."""

    person: PersonId
    individual_number: IndividualNumber | None
    name: str
    address: str
    birth_date: str
    """XX for a month or day that nobody knows."""
    sex: str
    municipality_code: MunicipalityCode | None
    tax_municipality_code: MunicipalityCode | None
    """Municipality of the address on 1 January of this year."""
    household: str | None
    relationship: str | None
    """Relationship to the head of the household."""
    manual_reason: str | None = None
    """Why a human decides before anything is provided, e.g. `support-measures`; None: nobody."""

    def __repr__(self) -> str:
        """The id only: attributes do not belong in logs."""
        return f"Person({self.person})"


@dataclass(frozen=True, slots=True)
class Line:
    """One item about one person: whom to ask, or why nobody (照会計画の行).

    `person` is None where the subject word means nobody on file; `party` None where nobody is
    asked. `needs` are the facts that would tell, and that are not on file.
    """

    item: PermittedItem
    subject: str
    person: Person | None = None
    party: str | None = None
    own: bool = False
    why: Unfound | NoHolder | None = None
    needs: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class File:
    """What a plan is made from: the claimant, the household on file, the bodies, the day."""

    claimant: Person
    household: Sequence[Person]
    bodies: Sequence[Body]
    me: str
    day: date


def lines_for(item: PermittedItem, file: File) -> list[Line]:
    """Every line of an item: for each subject word each person it means, once a person (照会計画).

    A word that means nobody leaves a line that says why.
    """
    lines: list[Line] = []
    household = [_on_file(one) for one in file.household]
    by_name = {one.person: one for one in file.household} | {file.claimant.person: file.claimant}
    for subject in item.subjects:
        found = meant(subject, _on_file(file.claimant), household, file.day)
        if found.why is not None:
            lines.append(Line(item, subject, why=found.why, needs=_needs(found)))
        seen = {line.person.person for line in lines if line.person is not None}
        lines += [
            _held(item, subject, by_name[name], file) for name in found.persons if name not in seen
        ]
    return lines


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
    household = [_on_file(one) for one in bond.household]
    found = meant(bond.subject, _on_file(bond.claimant), household, bond.day)
    if bond.person in found.persons:
        return None
    row = None if is_ordinance(bond.affair[0]) else bond.affair[0]
    return Decision(False, found.article, row, "subject-not-meant")


def _needs(found: Meant) -> tuple[str, ...]:
    return found.facts if found.why == "relation-not-held" else ()


def _on_file(person: Person) -> OnFile:
    return OnFile(
        person=person.person,
        birth=BirthDate.parse(person.birth_date).earliest(),
        household=person.household,
        relationship=person.relationship,
    )


def _held(item: PermittedItem, subject: str, person: Person, file: File) -> Line:
    places = Places(person.municipality_code, person.tax_municipality_code)
    wanted = (item.providers, item.category)
    found = holder(wanted, places, file.bodies, file.day)
    rule = rule_for(*wanted, file.day)
    needs = (rule.needs,) if found.why == "holder-not-named" and rule and rule.needs else ()
    if found.party == file.me:
        return Line(item, subject, person, own=True)
    return Line(item, subject, person, found.party, why=found.why, needs=needs)


def bodies_of(entries: Iterable[DirectoryEntry]) -> list[Body]:
    """The bodies of a directory that can hold anything about a person."""
    return [
        Body(one.party, one.kind, one.municipality_code)
        for one in entries
        if one.role == INSTITUTION
    ]


def items_wanted(affair: str, items: list[str]) -> list[str]:
    """The items a permit is about: for an ordinance affair all items of the kinds it names."""
    if not is_ordinance(affair):
        return list(items)
    return sorted({item for kind in items for item in items_of(kind)})


def attributes_of(person: Person) -> FourAttributes:
    """The four attributes as this institution has them (氏名・住所・生年月日・性別)."""
    return FourAttributes(
        name=person.name,
        address=person.address,
        birth_date=person.birth_date,
        sex=person.sex,  # type: ignore[arg-type]  # the file holds the three words only
    )


@dataclass(frozen=True, slots=True)
class Fit:
    """The one person whom offered attributes fit; `moved` where only the address does not."""

    person: Person
    moved: bool


def the_one(offered: FourAttributes, persons: list[Person]) -> Fit | None:
    """The one person on file whom another body's attributes fit; None for nobody or several.

    Who agrees goes before who is in doubt. Where nobody has the address too, the one with this
    name, birth date and sex may have moved: a body asked about the time before a move knows the
    address before it. Either way only the acquired code is believed (令26条3項).
    """
    found = [
        (_who(offered, one), compare_addresses(offered.address, one.address)) for one in persons
    ]
    chosen = the_only(found)
    if chosen is None:
        return None
    return Fit(persons[chosen], moved=found[chosen][1].verdict == "differ")


def may_look(by_requester: Tries, about_person: Tries) -> bool:
    """Whether another body's offer is looked at, after those of it that failed lately (抑制)."""
    return (
        OFFERS_OF_REQUESTER.wait_seconds(by_requester) == 0
        and OFFERS_ABOUT_PERSON.wait_seconds(about_person) == 0
    )


def _who(offered: FourAttributes, person: Person) -> Likeness:
    return worst(
        SAME if offered.sex == person.sex else DIFFERENT,
        compare_birth_dates(offered.birth_date, person.birth_date),
        compare_names(offered.name, person.name),
    )
