"""Whom an item of a procedure is about, and which body holds it (照会計画). Pure.

The clerk names one person; the law's item says about which relation it may be asked.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from renkei.law import Affair, PermittedItem, items_of, items_permitted, planning, tables
from renkei.law.holders import Body
from renkei.law.judging_exchanges import is_ordinance
from renkei.law.planning import NONE, Answers, Household, Question, Why, met
from renkei.roles.institution.rules.person_on_file import Person, on_file
from renkei.values.person_id import PersonId
from renkei.wire.linkage.directory import DirectoryEntry
from renkei.wire.names import INSTITUTION

TOO_LARGE: Final = "content-too-large"
"""Why an item that is held does not come: the answer has no room for it."""


@dataclass(frozen=True, slots=True)
class Line:
    """One item about one person: whom to ask, or why nobody (照会計画の行).

    `person` is None where the subject word means nobody on file; `party` None where nobody is
    asked. `needs` are the facts that would tell, and that are not on file; `questions` those of
    them that the desk can answer.
    """

    item: PermittedItem
    subject: str
    person: Person | None = None
    party: str | None = None
    own: bool = False
    why: Why | None = None
    needs: tuple[str, ...] = ()
    questions: tuple[Question, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class File:
    """What a plan is made from: claimant, household and whoever is named, bodies, day, answers."""

    claimant: Person
    household: Sequence[Person]
    bodies: Sequence[Body]
    me: str
    day: date
    tax_year: int
    answers: Answers = NONE

    def known(self) -> Household:
        """What of it the law looks at."""
        return Household(
            claimant=on_file(self.claimant),
            others=[on_file(one) for one in self.household],
            bodies=self.bodies,
            me=self.me,
            day=self.day,
            tax_year=self.tax_year,
            answers=self.answers,
        )

    def find(self, person: PersonId | None) -> Person | None:
        """Somebody of it by the id."""
        everybody = (self.claimant, *self.household)
        return next((one for one in everybody if one.person == person), None)


def lines_for(item: PermittedItem, file: File) -> list[Line]:
    """Every line of an item: for each subject word each person it means, once a person (照会計画).

    A word that means nobody leaves a line that says why.
    """
    return [_line(line, file) for line in planning.lines_of(item, file.known())]


def lines_again(
    item: PermittedItem, word: tuple[str, PersonId | None], file: File, seen: Collection[PersonId]
) -> list[Line]:
    """What becomes of one line once more is answered: that of the person, or of whom a word means.

    `word` is the line's subject and person; whoever is `seen` has a line of the item already.
    """
    subject, person = word
    if person is not None:
        return [_line(planning.line_about(item, subject, person, file.known()), file)]
    return [_line(one, file) for one in planning.lines_of_word(item, subject, file.known(), seen)]


def _line(line: planning.Line, file: File) -> Line:
    return Line(
        line.item,
        line.subject,
        file.find(line.person),
        line.party,
        line.own,
        line.why,
        line.needs,
        line.questions,
    )


def met_on_file(conditions: Iterable[str], person: Person, day: date) -> dict[str, bool]:
    """Which limits of the law the file decides for a person, and how (事実による限定の判断)."""
    said = {one: met(one, on_file(person), day) for one in conditions}
    return {one: is_met for one, is_met in said.items() if is_met is not None}


def said_by_file(person: Person, day: date) -> frozenset[str]:
    """The limits of the law that the file says are met for a person; nobody need state them."""
    said = met_on_file(tables.conditions(), person, day)
    return frozenset(one for one, is_met in said.items() if is_met)


def conditions_wanted(affairs: Iterable[Affair], day: date) -> frozenset[str]:
    """Whatever the items of some affairs want stated on a day (申立ての対象となる限定)."""
    return frozenset(
        need
        for affair in affairs
        for item in items_permitted(affair.row, affair.sub_affair, day)
        for need in item.conditions
    )


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
