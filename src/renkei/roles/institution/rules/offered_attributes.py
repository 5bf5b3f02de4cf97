"""Whether attributes that another body offers fit one person on file (4情報による照合). Pure."""

from dataclasses import dataclass
from typing import Final

from renkei.roles.institution.rules.person_on_file import Person
from renkei.values.address_likeness import compare_addresses
from renkei.values.birth_date import compare_birth_dates
from renkei.values.likeness import DIFFERENT, SAME, Likeness, the_only, worst
from renkei.values.names import compare_names
from renkei.values.slowing import Slowing, Tries
from renkei.wire.individual_number.messages import FourAttributes

OFFERS_OF_REQUESTER: Final = Slowing(free=200, first_seconds=30, longest_seconds=600)
"""Offers of attributes by one requester that failed here within 24 hours."""
OFFERS_ABOUT_PERSON: Final = Slowing(free=5, first_seconds=3_600, longest_seconds=86_400)
"""Those of them about one person sought. Both belong to one requester: nobody spends another's."""


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
