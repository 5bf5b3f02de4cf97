"""A clerk of a generated country, who answers what a case asks from what is so (試験国の窓口職員).

Whom an application names, which body insures somebody, where somebody lived: the sandbox knows it,
because it made the people. Where nobody's life says it, the clerk names somebody of the household.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Final, Protocol

import sqlalchemy as sa

from renkei.kit.database import connect
from renkei.law import items_permitted, planning, tables
from renkei.law.holders import Body, rule_for
from renkei.law.payers import asked_for
from renkei.law.persons_on_file import OnFile
from renkei.law.procedures import Procedure
from renkei.law.tax_year import tax_year
from renkei.roles.institution.store.tables import PERSON
from renkei.sandbox.blueprint import Blueprint, Holder, PartyPlan
from renkei.sandbox.copies import Copies
from renkei.sandbox.country import Country
from renkei.sandbox.people.resident import Resident
from renkei.values.individual_number import IndividualNumber
from renkei.values.municipality_code import MunicipalityCode
from renkei.values.person_id import PersonId
from renkei.wire.names import INSTITUTION

INSURED: Final = "insured-status"
INSURANCE: Final = "insurance"
ROUNDS_MOST: Final = 12
"""Answers open further questions; after so many rounds a plan stands as it is."""
Files = dict[str, dict[IndividualNumber, PersonId]]


class Asked(Protocol):
    """A question of a case, whether a plan or a desk asks it."""

    @property
    def kind(self) -> str:
        """`who`, `body`, `place` or `condition`."""

    @property
    def about(self) -> str:
        """The word of the law, or the fact."""

    @property
    def person(self) -> PersonId | None:
        """About whom."""

    @property
    def category(self) -> str | None:
        """Of which kind of information."""

    @property
    def year(self) -> int | None:
        """Of which year."""


@dataclass(frozen=True)
class Truth:
    """A country as it was made: its bodies, its people, what is held about them."""

    blueprint: Blueprint
    copies: Copies

    @property
    def day(self) -> date:
        """The country's first day."""
        return self.copies.population.as_of

    @cached_property
    def institutions(self) -> tuple[PartyPlan, ...]:
        """Every body that holds or decides something."""
        return tuple(one for one in self.blueprint.plans if one.role == INSTITUTION)

    @cached_property
    def bodies(self) -> tuple[Body, ...]:
        """The same as the directory has them."""
        return tuple(Body(one.party, one.kind, one.municipality_code) for one in self.institutions)

    def holding(self, holder: Holder, home: MunicipalityCode) -> str | None:
        """The body with a file, for who lives there; None where the country has none."""
        for one in self.institutions:
            code = one.municipality_code
            if one.holds != holder.value:
                continue
            fits = code is None or (code == home if one.is_city else code[:2] == home[:2])
            if fits:
                return one.party
        return None

    def of_kinds(self, kinds: frozenset[str], home: MunicipalityCode) -> str | None:
        """A body of some kinds: the city of a place before its prefecture before any other."""
        fitting = [one for one in self.institutions if one.kind in kinds]
        near = [one for one in fitting if one.municipality_code == home]
        there = [one for one in fitting if (one.municipality_code or "")[:2] == home[:2]]
        found = [*near, *there, *(one for one in fitting if one.municipality_code is None)]
        return found[0].party if found else None

    def insurer(self, resident: Resident) -> str | None:
        """The body that insures somebody's health, as the files say."""
        for record in self.copies.of(resident):
            if record.ITEM == INSURED:
                city = getattr(record, "municipality", None)
                holder = Holder.CITY if city is not None else record.HOLDER
                return self.holding(holder, city or resident.municipality)
        return None


@dataclass(frozen=True)
class Clerk:
    """Answers the questions of one case: a procedure, a claimant, who else is of the household."""

    truth: Truth
    procedure: Procedure
    day: date
    people: Mapping[PersonId, Resident]
    """The household on file, the claimant first."""

    def who(self, word: str) -> tuple[PersonId, ...]:
        """Whom an application names: the next of the household, else the claimant."""
        del word  # nobody's life says whom an application names
        everybody = list(self.people)
        return (everybody[1] if everybody[1:] else everybody[0],)

    def place(self, question: Asked) -> MunicipalityCode | None:
        """Where somebody lives, or lived on 1 January of a year."""
        resident = self._resident(question)
        if question.year is None:
            return resident.municipality
        if question.year == self.day.year:
            return resident.address_on_january_1
        return (resident.previous_address or resident.address).municipality

    def body(self, question: Asked) -> str | None:
        """Which body it is for somebody."""
        resident = self._resident(question)
        if question.about == INSURANCE:
            return self.truth.insurer(resident)
        return self.truth.of_kinds(self._kinds(question), resident.municipality)

    def _resident(self, question: Asked) -> Resident:
        assert question.person is not None
        return self.people[question.person]

    def _kinds(self, question: Asked) -> frozenset[str]:
        """The kinds of bodies that hold what the question is about."""
        found: frozenset[str] = frozenset()
        for affair in self.procedure.affairs:
            for item in items_permitted(affair.row, affair.sub_affair, self.day):
                rule = rule_for(item.providers, item.category, self.day)
                wanted = rule is not None and rule.needs == question.about
                if wanted and question.category in (None, item.category):
                    found |= asked_for(item.item, item.providers)
        return found


def deciding(truth: Truth, procedure: Procedure, home: MunicipalityCode) -> str | None:
    """The body that decides a procedure for who lives there; None where the country has none."""
    kinds: frozenset[str] | None = None
    for affair in procedure.affairs:
        sub = tables.sub_affairs()[affair.sub_affair]
        named = sub.bodies or tables.provision_rows()[affair.row].requesters
        here = asked_for("", named)
        kinds = here if kinds is None or not kinds & here else kinds & here
    return truth.of_kinds(kinds or frozenset(), home)


def office_of(plan: PartyPlan, procedure: Procedure) -> str | None:
    """An office of a body that handles every row of a procedure."""
    rows = {affair.row for affair in procedure.affairs}
    for office, affairs in plan.office_affairs.items():
        if affairs is None or rows <= set(affairs):
            return office
    return None


def households(copies: Copies, most: int) -> Iterator[Sequence[Resident]]:
    """The households of a country, at most so many."""
    for count, members in enumerate(copies.population.households().values()):
        if count == most:
            return
        yield members


def everybody_on_file(country: Country) -> Files:
    """Everybody on file at each body, by number."""
    found: Files = {}
    for plan in country.institutions():
        with connect(country.database(plan.party)) as connection:
            rows = connection.execute(sa.select(PERSON.c.individual_number, PERSON.c.person))
            found[plan.party] = {number: person for number, person in rows if number is not None}
    return found


def person_of(resident: Resident) -> PersonId:
    """An id of a plan that is made without a body's file."""
    return PersonId(f"P{resident.serial}")


def answered_plan(
    truth: Truth, procedure: Procedure, party: str, members: Sequence[Resident]
) -> list[planning.Line]:
    """The lines of a plan once every question is answered."""
    people = {person_of(one): one for one in members}
    clerk = Clerk(truth, procedure, truth.day, people)
    answers = planning.NONE
    for _ in range(ROUNDS_MOST):
        claimant, *others = (_on_file(person, one) for person, one in people.items())
        household = planning.Household(
            claimant=claimant,
            others=others,
            bodies=truth.bodies,
            me=party,
            day=truth.day,
            tax_year=tax_year(procedure.id, truth.day).year,
            answers=answers,
        )
        affairs = planning.affairs_of(procedure, truth.bodies, party)
        found = [line for one in affairs for line in planning.plan(one, household)]
        asked = {one.name: one for line in found for one in line.questions}
        more = _answered(clerk, asked, answers)
        if more == answers:
            break
        answers = more
    return found


def _answered(
    clerk: Clerk, asked: dict[str, planning.Question], before: planning.Answers
) -> planning.Answers:
    who, bodies = dict(before.who), dict(before.bodies)
    places, conditions = dict(before.places), dict(before.conditions)
    for name, one in asked.items():
        if one.kind == "who":
            who[one.about] = clerk.who(one.about)
        elif one.kind == "condition":
            conditions[one.about] = True
        elif one.kind == "place" and (place := clerk.place(one)) is not None:
            places[name] = place
        elif one.kind == "body" and (body := clerk.body(one)) is not None:
            bodies[name] = body
    return planning.Answers(who=who, bodies=bodies, places=places, conditions=conditions)


def _on_file(person: PersonId, resident: Resident) -> OnFile:
    return OnFile(
        person=person,
        birth=resident.birth_date,
        household=resident.household_id,
        relationship=resident.relationship.value,
        residence=resident.municipality,
        tax_residence=resident.address_on_january_1,
        birth_certain=True,
    )
