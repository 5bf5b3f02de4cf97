"""`renkei law plan`: what a case would ask about a household, line by line (照会計画).

The same function plans at every desk (`law.planning`); here the facts come as JSON.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from typing import Annotated, BinaryIO, Final

import msgspec
import typer
from msgspec import Meta

from renkei.cli import json_lines, words
from renkei.cli.json_lines import JsonLines, Wrong
from renkei.law import Procedure, UnknownNameError, planning, procedure, tables
from renkei.law.bodies import narrower_bodies
from renkei.law.holders import GOVERNOR, MAYOR, Body
from renkei.law.persons_on_file import OnFile
from renkei.law.tax_year import tax_year
from renkei.values.birth_date import BirthDate
from renkei.values.municipality_code import MunicipalityCode
from renkei.values.person_id import PersonId

MOST_PEOPLE: Final = 50
MOST_BODIES: Final = 5_000
MOST_ANSWERS: Final = 500


class GivenPerson(msgspec.Struct, forbid_unknown_fields=True):
    """Somebody on file: birth as YYYY-MM-DD (XX where not known), places as 6-digit codes."""

    person: str
    birth: str | None = None
    household: str | None = None
    relationship: str | None = None
    residence: str | None = None
    tax_residence: str | None = None


class GivenBody(msgspec.Struct, forbid_unknown_fields=True):
    """A body that takes part, its kind as `renkei law names` has it."""

    party: str
    kind: str
    municipality_code: str | None = None


class PlanQuestion(msgspec.Struct, forbid_unknown_fields=True):
    """One line: a procedure, a day, who applies, everybody on file, and what was answered.

    Without `bodies` one body of every kind is taken to be there, mayors and governors at the places
    of the people. `answers` goes by the names of the questions that an earlier answer listed.
    """

    procedure: str
    date: date
    claimant: str
    people: Annotated[list[GivenPerson], Meta(min_length=1, max_length=MOST_PEOPLE)]
    bodies: Annotated[list[GivenBody], Meta(max_length=MOST_BODIES)] | None = None
    me: str = ""
    answers: Annotated[dict[str, bool | str | list[str]], Meta(max_length=MOST_ANSWERS)] = {}


class ToldLine(msgspec.Struct):
    """One item about one person: `state` is `ask`, `own-data`, or why nobody is asked."""

    item: str
    affair: str
    sub_affair: str
    article: str
    subject: str
    person: str | None
    state: str
    party: str | None
    needs: tuple[str, ...]


class ToldQuestion(msgspec.Struct):
    """A question of the case, with its words for a clerk."""

    name: str
    ja: str
    en: str


class PlanAnswer(msgspec.Struct):
    """The lines in the order of the articles, each open question once; why there is no line."""

    lines: list[ToldLine]
    questions: list[ToldQuestion]
    nothing_because: str | None = None


QUESTIONS = JsonLines(PlanQuestion)


def plan(
    prose: Annotated[bool, typer.Option("--prose", help="Lines for people.")] = False,
) -> None:
    """Plan what cases would ask, JSON Lines (照会計画).

    Each line of stdin is one object: procedure, date, claimant, people (each with person, birth,
    household, relationship, residence, tax_residence: on 1 January of the date's year), and where
    wanted bodies (party, kind, municipality_code), me, and answers to the questions of an earlier
    plan, by their names.
    """
    json_lines.say_lines(answers(sys.stdin.buffer, prose=prose))


def answers(lines: BinaryIO | Iterable[bytes], *, prose: bool = False) -> Iterator[str]:
    """One answer per line of input, blank and broken ones too: JSON, or lines for people."""
    if not prose:
        yield from json_lines.answers(QUESTIONS, lines, planned)
        return
    for line in QUESTIONS.read(lines):
        told = json_lines.answered(line, planned)
        yield str(told) if isinstance(told, Wrong) else "\n".join(_prose(told))


def planned(asked: PlanQuestion) -> PlanAnswer:
    """The plan of one household; raises UnknownNameError and ValueFormatError."""
    known = procedure(asked.procedure)
    people = [_on_file(one) for one in asked.people]
    claimant = next((one for one in people if one.person == asked.claimant), None)
    if claimant is None:
        raise UnknownNameError(f"the claimant {asked.claimant!r} is not among the people")
    bodies = _assumed(people) if asked.bodies is None else [_body(one) for one in asked.bodies]
    household = planning.Household(
        claimant=claimant,
        others=[one for one in people if one is not claimant],
        bodies=bodies,
        me=asked.me,
        day=asked.date,
        tax_year=tax_year(known.id, asked.date).year,
        answers=_answers(asked.answers),
    )
    lines, questions = [], dict[str, planning.Question]()
    for affair in planning.affairs_of(known, bodies, asked.me):
        for line in planning.plan(affair, household):
            lines.append(_told(line, affair.row, affair.sub_affair))
            questions |= {one.name: one for one in line.questions}
    said = [_question(one) for one in questions.values()]
    return PlanAnswer(lines, said, None if lines else _nothing(known, asked.date))


def _on_file(given: GivenPerson) -> OnFile:
    birth = BirthDate.parse(given.birth) if given.birth is not None else None
    return OnFile(
        person=PersonId(given.person),
        birth=birth.earliest() if birth is not None else None,
        household=given.household,
        relationship=given.relationship,
        residence=_place(given.residence),
        tax_residence=_place(given.tax_residence),
        birth_certain=birth is not None and birth.known,
    )


def _place(code: str | None) -> MunicipalityCode | None:
    return MunicipalityCode(code) if code is not None else None


def _body(given: GivenBody) -> Body:
    if given.kind not in tables.kinds():
        raise UnknownNameError(f"there is no kind of body {given.kind!r}; see `renkei law names`")
    return Body(given.party, given.kind, _place(given.municipality_code))


def _assumed(people: Sequence[OnFile]) -> list[Body]:
    """One body of every narrowest kind; a city and a governor at every place of the people."""
    placed = narrower_bodies(MAYOR) | narrower_bodies(GOVERNOR)
    narrowest = [one for one in tables.kinds() if narrower_bodies(one) == {one}]
    found = [Body(one, one, None) for one in narrowest if one not in placed]
    places = {place for one in people for place in (one.residence, one.tax_residence) if place}
    for place in sorted(places):
        found.append(Body(f"city-{place}", "city-mayor", place))
    by_prefecture = {place.prefecture: place for place in sorted(places)}
    for place in by_prefecture.values():
        found.append(Body(f"prefecture-{place[:2]}", GOVERNOR, place))
    return found


def _answers(given: Mapping[str, bool | str | list[str]]) -> planning.Answers:
    """What was answered, by the form of the questions' names (`who:…`, `body:…:…`)."""
    who = dict[str, tuple[PersonId, ...]]()
    bodies, conditions = dict[str, str](), dict[str, bool]()
    places = dict[str, MunicipalityCode]()
    for name, value in given.items():
        kind, _, rest = name.partition(":")
        if kind == "who" and rest in tables.subjects() and isinstance(value, list):
            who[rest] = tuple(PersonId(one) for one in value)
        elif kind == "body" and ":" in rest and isinstance(value, str):
            bodies[name] = value
        elif kind == "place" and ":" in rest and isinstance(value, str):
            places[name] = MunicipalityCode(value)
        elif kind == "condition" and rest in tables.conditions() and isinstance(value, bool):
            conditions[rest] = value
        else:
            raise UnknownNameError(
                f"{name!r} with that value answers no question: who:SUBJECT takes a list of "
                "persons, body:FACT:PERSON a party, place:FACT:PERSON a municipality's code, "
                "condition:NAME true or false"
            )
    return planning.Answers(who=who, bodies=bodies, places=places, conditions=conditions)


def _told(line: planning.Line, row: str, sub_affair: str) -> ToldLine:
    return ToldLine(
        item=line.item.item,
        affair=row,
        sub_affair=sub_affair,
        article=line.item.article,
        subject=line.subject,
        person=str(line.person) if line.person is not None else None,
        state=line.why or ("own-data" if line.own else "ask"),
        party=line.party,
        needs=line.needs,
    )


def _question(one: planning.Question) -> ToldQuestion:
    from renkei.kit.pages.wording import Wording

    ja, en = (str(Wording(language).question(one).striptags()) for language in ("ja", "en"))
    return ToldQuestion(one.name, ja, en)


def _nothing(known: Procedure, day: date) -> str:
    """Why a procedure has no line on a day: from when to when its affairs are in force."""
    spans = []
    for affair in known.affairs:
        sub = tables.sub_affairs()[affair.sub_affair]
        until = f" until {sub.valid_to}" if sub.valid_to is not None else ""
        if not sub.held:
            spans.append(f"the items of {sub.id} are not held as data")
        else:
            spans.append(f"{sub.id} is in force from {sub.valid_from}{until}")
    return f"on {day} the articles give this procedure no item: " + "; ".join(spans)


def _prose(told: PlanAnswer) -> Iterator[str]:
    """The plan for people: whom to ask for what, what not and why, what has to be answered."""
    if told.nothing_because is not None:
        yield told.nothing_because
    for line in told.lines:
        about = words.subject_words(line.subject) + (f" {line.person}" if line.person else "")
        ends = {"ask": f"ask {line.party}", "own-data": "held here, nobody is asked"}
        end = ends.get(line.state) or words.state_words(line.state)
        yield f"{words.category_words(line.item)}, about the {about} ({line.article}): {end}"
    if told.questions:
        yield "Still to be answered:"
    for one in told.questions:
        yield f"  {one.name}: {one.ja} / {one.en}"
