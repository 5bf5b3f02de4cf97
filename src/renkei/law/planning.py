"""What a case asks of whom, line by line, and what only the desk can answer (照会計画, 法22条2項).

From a procedure and what is on file about a household follows, for each item that the articles give
the procedure, about whom it is asked and of which body; or why nobody is asked. A fact that no
register on file holds is a question of the case with a typed answer. Nothing is guessed.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import date
from types import MappingProxyType
from typing import Final, Literal

import msgspec

from renkei.law import tables
from renkei.law.bodies import narrower_bodies
from renkei.law.holders import Body, NoHolder, Places, holder, rule_for
from renkei.law.payers import asked_for, is_open, payer_of
from renkei.law.permitted_items_and_persons import PermittedItem, items_permitted
from renkei.law.persons_on_file import Meant, OnFile, Unfound, meant
from renkei.law.procedures import Affair, Procedure
from renkei.values.age import age_on
from renkei.values.municipality_code import MunicipalityCode
from renkei.values.person_id import PersonId

QuestionKind = Literal["who", "body", "place", "condition"]
Why = (
    Unfound
    | NoHolder
    | Literal["person-not-on-file", "holder-not-of-item", "condition-open", "condition-not-met"]
)
"""Why nobody is asked for an item about somebody."""
WAITING: Final[frozenset[str]] = frozenset(
    {"relation-not-held", "holder-not-named", "place-not-held", "condition-open"}
)
"""Of these, what an answer of the desk can change: such a line is made anew with it."""


class Question(msgspec.Struct, frozen=True):
    """A fact that no register on file holds, for the desk to answer (案件の質問).

    `who`: the persons a subject word means; `body`: which body it is for `person`, where `about` is
    the fact that would tell, and `category` what it holds where each kind of information may have
    another one; `place`: the municipality of the address of `person`, now (`residence`) or on 1
    January of `year` (`tax-residence`); `condition`: whether a limit of the law is met, yes or no.
    """

    kind: QuestionKind
    about: str
    person: PersonId | None = None
    category: str | None = None
    year: int | None = None

    @property
    def name(self) -> str:
        """What an answer is given under: `who:guardian`, `body:insurance:P1`, `condition:…`.

        `place:residence:P1`, `place:tax-residence:P1:2026`.
        """
        parts = (self.kind, self.about, self.person, self.category, self.year)
        return ":".join(str(one) for one in parts if one is not None)


class Answers(msgspec.Struct, frozen=True, kw_only=True):
    """What a desk answered, by the questions' names (回答)."""

    who: Mapping[str, tuple[PersonId, ...]] = MappingProxyType({})
    """Subject word to the persons it means; empty: nobody."""
    bodies: Mapping[str, str] = MappingProxyType({})
    """Name of the question to a party of the directory."""
    places: Mapping[str, MunicipalityCode] = MappingProxyType({})
    """Name of the question to the municipality; what is on file goes before it."""
    conditions: Mapping[str, bool] = MappingProxyType({})


NONE: Final = Answers()


class Household(msgspec.Struct, frozen=True, kw_only=True):
    """What a plan is made from: who applied, who else is on file, the bodies, the day (案件の事実).

    `me` is the party whose desk it is: what it holds itself it asks of nobody. `tax_year` is the
    year whose tax the procedure looks at on that day (`tax_year`), None for the day's own: a place
    on 1 January that is on file is that of the day's year.
    """

    claimant: OnFile
    others: Sequence[OnFile] = ()
    """Everybody of the household, and whoever an answer names."""
    bodies: Sequence[Body] = ()
    me: str = ""
    day: date
    tax_year: int | None = None
    answers: Answers = NONE


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """One item about one person: whom to ask, or why nobody (照会計画の行).

    `person` is None where the subject word means nobody on file; `party` None where nobody is to be
    asked, with `condition-open` who will be once the limit is stated met; `own` where the body has
    it itself. `needs` are the facts that would tell, and that are not on file; `questions` those of
    them that the desk can answer.
    """

    item: PermittedItem
    subject: str
    person: PersonId | None = None
    party: str | None = None
    own: bool = False
    why: Why | None = None
    needs: tuple[str, ...] = ()
    questions: tuple[Question, ...] = ()


def affairs_of(procedure: Procedure, bodies: Sequence[Body], me: str) -> tuple[Affair, ...]:
    """The affairs of a procedure that a body deals with (処理する事務); all where it has none.

    Where the article gives each insurer an affair of its own, one of them asks under its own.
    """
    kind = next((one.kind for one in bodies if one.party == me), None)
    if kind is None:
        return procedure.affairs
    own = tuple(one for one in procedure.affairs if _deals_with(kind, one))
    return own or procedure.affairs


def _deals_with(kind: str, affair: Affair) -> bool:
    sub, row = tables.sub_affairs()[affair.sub_affair], tables.provision_rows()[affair.row]
    return any(kind in narrower_bodies(wide) for wide in sub.bodies or row.requesters)


def plan(affair: Affair, household: Household) -> Iterator[Line]:
    """The lines of one of a procedure's affairs, in the order of the article (照会計画).

    Raises UnknownNameError for a row or sub-affair that the table does not have.
    """
    for item in items_permitted(affair.row, affair.sub_affair, household.day):
        yield from lines_of(item, household)


def lines_of(item: PermittedItem, household: Household) -> list[Line]:
    """Every line of an item: for each subject word each person it means, once a person.

    A word that means nobody leaves a line that says why.
    """
    lines: list[Line] = []
    for subject in item.subjects:
        lines += lines_of_word(item, subject, household, {one.person for one in lines})
    return lines


def lines_of_word(
    item: PermittedItem, subject: str, household: Household, seen: Collection[PersonId | None]
) -> list[Line]:
    """The lines of one subject word of an item, but for persons who have one already (`seen`)."""
    found = _meant(subject, household)
    nobody = [_nobody(item, subject, found)] if found.why is not None else []
    people = [name for name in found.persons if name not in seen]
    return nobody + [line_about(item, subject, name, household) for name in people]


def _meant(subject: str, household: Household) -> Meant:
    """By the registers where they can tell, else by what the desk answered."""
    found = meant(subject, household.claimant, household.others, household.day)
    named = household.answers.who.get(subject)
    if found.why != "relation-not-held" or named is None:
        return found
    return Meant(named, None if named else "nobody", found.article, found.facts)


def _nobody(item: PermittedItem, subject: str, found: Meant) -> Line:
    if found.why != "relation-not-held":
        return Line(item=item, subject=subject, why=found.why)
    asked = (Question("who", subject),)
    return Line(item=item, subject=subject, why=found.why, needs=found.facts, questions=asked)


def line_about(item: PermittedItem, subject: str, name: PersonId, household: Household) -> Line:
    """The line of an item about one person: whom to ask, or why nobody."""
    everybody = (household.claimant, *household.others)
    person = next((one for one in everybody if one.person == name), None)
    if person is None:
        return Line(item=item, subject=subject, person=name, why="person-not-on-file")
    line = _held(item, subject, person, household)
    return line if line.party is None else _conditional(line, person, household)


def _held(item: PermittedItem, subject: str, person: OnFile, household: Household) -> Line:
    """Which body holds it: by place or kind, else by what the desk answered."""
    wanted = _wanted(item, household.day)
    found = holder(wanted, _places(person, household), household.bodies, household.day)
    line = Line(item=item, subject=subject, person=person.person, why=found.why)
    if found.party is None:
        asked = _telling(item, person.person, found.why, household)
        if asked is None:
            return line
        if asked.kind == "place" or asked.name not in household.answers.bodies:
            return msgspec.structs.replace(line, needs=(asked.about,), questions=(asked,))
        return _named(line, household.answers.bodies[asked.name], household)
    return _at(line, found.party, household)


def _wanted(item: PermittedItem, day: date) -> tuple[tuple[str, ...], str]:
    """Who holds it and as what: of an open class whoever pays the benefit (支給者)."""
    payer = payer_of(item.item, day) if any(map(is_open, item.providers)) else None
    return (item.providers, item.category) if payer is None else (payer.providers, payer.category)


def _at(line: Line, party: str, household: Household) -> Line:
    """A line that is asked of a body, or held here."""
    own = party == household.me
    return msgspec.structs.replace(line, why=None, own=own, party=None if own else party)


def _named(line: Line, party: str, household: Household) -> Line:
    """The line with the body that the desk named: it takes part, and is of the article's kinds."""
    body = next((one for one in household.bodies if one.party == party), None)
    if body is None:
        return msgspec.structs.replace(line, why="not-connected")
    if body.kind not in asked_for(line.item.item, line.item.providers):
        return msgspec.structs.replace(line, why="holder-not-of-item")
    return _at(line, body.party, household)


def _telling(
    item: PermittedItem, person: PersonId, why: NoHolder | None, household: Household
) -> Question | None:
    """The question whose answer would tell which body holds an item; None: no answer would."""
    rule = rule_for(*_wanted(item, household.day), household.day)
    if why == "place-not-held" and rule is not None:
        if rule.by == "tax-residence":
            return Question("place", rule.by, person, year=_tax_year(household))
        return Question("place", "residence", person)
    if why == "holder-not-named" and rule is not None and rule.needs is not None:
        return Question("body", rule.needs, person, item.category if rule.of_each else None)
    return None


def _tax_year(household: Household) -> int:
    return household.day.year if household.tax_year is None else household.tax_year


def _places(person: OnFile, household: Household) -> Places:
    """Where somebody lives and lived, by the file, else by what the desk answered."""
    told, year = household.answers.places, _tax_year(household)
    then = person.tax_residence if year == household.day.year else None
    asked = Question("place", "tax-residence", person.person, year=year)
    return Places(
        person.residence or told.get(Question("place", "residence", person.person).name),
        then or told.get(asked.name),
    )


def _conditional(line: Line, person: OnFile, household: Household) -> Line:
    """Nobody is asked before every limit is decided: by a fact on file, else by the desk."""
    decided = {
        one: met(one, person, household.day, household.answers.conditions)
        for one in line.item.conditions
    }
    if False in decided.values():
        return msgspec.structs.replace(line, party=None, why="condition-not-met")
    asked = tuple(Question("condition", one) for one, said in decided.items() if said is None)
    if asked:
        return msgspec.structs.replace(line, why="condition-open", questions=asked)
    return line


def met(
    condition: str, person: OnFile, day: date, answered: Mapping[str, bool] = NONE.conditions
) -> bool | None:
    """Whether a limit of the law is met: by a fact on file, else as the desk said (限定の判断).

    None: nobody knows yet. A limit by age is the birth date's to decide wherever that is known.
    """
    row = tables.conditions().get(condition)
    under = row.under_age if row is not None else None
    if under is not None and person.birth is not None and person.birth_certain:
        return age_on(person.birth, day) < under
    return answered.get(condition)
