"""What is on file of what a permit names: looked up in one place, whoever decides (保有する情報).

A machine's answer and an officer's decision must find the same items; so both ask here, and here
alone the kinds of information of an ordinance affair become the items they mean.
"""

from dataclasses import dataclass

from sqlalchemy import Connection

from renkei.roles.institution import rules
from renkei.roles.institution.store import persons
from renkei.values.person_id import PersonId
from renkei.wire.institution.messages import ProvidedItem


@dataclass(frozen=True, slots=True)
class Held:
    """What is held about a person of what a permit names (提供できる情報).

    `manual_reason` says why a human must decide about it; None: nobody need.
    """

    person: PersonId
    items: list[ProvidedItem]
    without: list[str]
    """Items that were asked for and of which nothing is on file."""
    manual_reason: str | None


def held(connection: Connection, person: PersonId, affair: str, items: list[str]) -> Held:
    """What is on file about a person of the items a permit for `affair` names."""
    wanted = rules.items_wanted(affair, items)
    why, found = persons.on_file(connection, person, wanted)
    there = {one.item for one in found}
    return Held(person, found, [item for item in wanted if item not in there], why)
