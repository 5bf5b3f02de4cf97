"""What an institution decides by itself: whom an item is about, and who holds it (照会計画).

Pure. The clerk names one person; the law's item says about which relation it may be asked.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Final

import msgspec

from renkei.law import PermittedItem, items_of
from renkei.law.bodies import narrower_bodies
from renkei.law.judgement import is_ordinance
from renkei.values.attributes import folded_name, is_same_house
from renkei.wire.messages.acquisition import FourAttributes
from renkei.wire.messages.directory import DirectoryEntry

MOST_ITEMS: Final = 200
CHILD_RELATIONSHIPS: Final = frozenset({"子", "養子"})
CHILD_ALLOWANCE_LAST_AGE: Final = 18
TAX_CATEGORIES: Final = frozenset({"local-tax"})


class Person(msgspec.Struct, frozen=True, kw_only=True):
    """A person on file under the institution's own id (宛名). Dates as YYYY-MM-DD."""

    person: str
    individual_number: str | None
    name: str
    address: str
    birth_date: str
    sex: str
    municipality_code: str | None
    tax_municipality_code: str | None
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
class Holder:
    """Who holds an item about a person: another institution, this one, or nobody connected."""

    party: str | None
    own: bool = False


def eligible_until(birth: date) -> date:
    """The last day on which a child counts for child allowance (児童手当法3条, 4条).

    The 31 March after the 18th birthday; a birthday on 1 April counts for the day before.
    """
    reached = birth.year + CHILD_ALLOWANCE_LAST_AGE
    before_april_2 = (birth.month, birth.day) <= (4, 1)
    return date(reached if before_april_2 else reached + 1, 3, 31)


def is_eligible_child(person: Person, day: date) -> bool:
    """Whether somebody on file is a child that child allowance is paid for on a day."""
    return person.relationship in CHILD_RELATIONSHIPS and day <= eligible_until(
        date.fromisoformat(person.birth_date)
    )


def _claimant(claimant: Person, household: list[Person], day: date) -> list[Person]:
    return [claimant]


def _eligible_children(claimant: Person, household: list[Person], day: date) -> list[Person]:
    return [one for one in household if one != claimant and is_eligible_child(one, day)]


_RELATIONS: Final[dict[str, Callable[[Person, list[Person], date], list[Person]]]] = {
    "claimant": _claimant,
    "eligible-child": _eligible_children,
}
"""Relations the file itself can answer; others are named by the clerk with a single request."""


def persons_about(
    item: PermittedItem, claimant: Person, household: list[Person], day: date
) -> list[tuple[str, Person]]:
    """Relation and person for every person on file whom the item may be asked about."""
    return [
        (subject, person)
        for subject in item.subjects
        if subject in _RELATIONS
        for person in _RELATIONS[subject](claimant, household, day)
    ]


def holder_of(
    item: PermittedItem, person: Person, me: DirectoryEntry, entries: list[DirectoryEntry]
) -> Holder:
    """Who holds this item about this person.

    Tax: the municipality of the address on 1 January; resident record: the municipality of the
    address now; other information: the connected body of the kind the table names.
    """
    kinds = {kind for wide in item.providers for kind in narrower_bodies(wide)}
    place = None
    if "municipality-mayor" in item.providers:
        is_tax = item.category in TAX_CATEGORIES
        place = person.tax_municipality_code if is_tax else person.municipality_code
        if place is None:
            return Holder(None)
    fitting = [
        entry
        for entry in entries
        if entry.role == "institution"
        and entry.kind in kinds
        and (place is None or entry.municipality_code == place)
    ]
    if me in fitting:
        return Holder(me.party, own=True)
    return Holder(fitting[0].party if fitting else None)


def items_wanted(affair: str, items: list[str]) -> list[str]:
    """The items a permit is about: for an ordinance affair all items of the kinds it names."""
    if not is_ordinance(affair):
        return list(items)
    return sorted({item for kind in items for item in items_of(kind)})[:MOST_ITEMS]


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

    Variant characters and an added building do not tell people apart. Where nobody has the
    address too, the one with this name, birth date and sex may have moved: a body asked about the
    time before a move knows the address before it. Either way only the acquired code is believed
    (令26条3項).
    """
    named = [one for one in persons if _is_named(offered, one)]
    there = [one for one in named if is_same_house(offered.address, one.address)]
    fitting = there or named
    return Fit(fitting[0], moved=not there) if len(fitting) == 1 else None


def _is_named(offered: FourAttributes, person: Person) -> bool:
    same_days = (offered.birth_date, offered.sex) == (person.birth_date, person.sex)
    return same_days and folded_name(offered.name) == folded_name(person.name)
