"""From a desk's order to requests ready to be sent: whom to ask for what, grouped (照会計画).

Every item is judged once, here. What one body may be asked about one person for one affair goes
into one request; what the own rules refuse is recorded apart, with its article.
"""

import asyncio
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

import msgspec
from sqlalchemy import Connection

from renkei.kit.clock import tokyo_day
from renkei.kit.database import Database
from renkei.kit.logs import get_logger
from renkei.kit.party import Party
from renkei.law import Decision, conditions_open, items_permitted
from renkei.law.planning import Answers, affairs_of
from renkei.law.procedures import Procedure
from renkei.law.tax_year import tax_year
from renkei.roles.institution import rules
from renkei.roles.institution.service.asking.ask import Asker
from renkei.roles.institution.service.asking.binding import bound
from renkei.roles.institution.service.asking.lines import (
    CONDITION_OPEN,
    Wanted,
    line_of,
    planned_again,
)
from renkei.roles.institution.service.asking.question import Question, about
from renkei.roles.institution.service.codes.acquire import AcquireService
from renkei.roles.institution.service.codes.book import (
    CODE_STOPPED,
    CodeBook,
    CodeStopped,
    Stops,
)
from renkei.roles.institution.store import persons
from renkei.roles.institution.store.asked import Asked, Case
from renkei.roles.institution.store.tables import CaseFacts, PlanLine, Terms
from renkei.values.institution_code import InstitutionCode
from renkei.values.person_id import PersonId
from renkei.wire.errors import WireError
from renkei.wire.limits import CASE_LINES, CASE_PAPERS, CASE_REQUESTS, ITEMS

ACQUIRE_SECONDS: Final = 10.0
"""A clerk's order is taken within this time even where J-LIS or the network is silent: whoever has
no code by then is not asked about, and the case says so."""
Codes = dict[str, InstitutionCode]
"""Codes by person, of the epoch in force."""


@dataclass(frozen=True, slots=True)
class _Group:
    """Lines that one request asks for, the question it asks, and what the law says to it."""

    wanted: list[Wanted]
    question: Question
    decision: Decision
    person: rules.Person


class Planner:
    """Makes cases with their plans and requests; sends nothing, writes nothing but codes.

    What a limit of the law keeps back is in the plan, and asked for once the limit is stated met.
    """

    def __init__(
        self, party: Party, database: Database, asker: Asker, acquire: AcquireService | None
    ) -> None:
        """Without `acquire` a person who has no code is not asked about."""
        self._party = party
        self._database = database
        self._asker = asker
        self._acquire = acquire
        self._book = CodeBook(party.keys)
        self._stops = Stops(party, database)

    async def by_hand(
        self, case_number: str, facts: CaseFacts, terms: Terms
    ) -> tuple[Case, list[Asked]]:
        """One request as a clerk put it together, in the case it names.

        Raises WireError where there is no such case, nobody of that id, or no code.
        """
        day = tokyo_day(self._party.now())

        def read(connection: Connection) -> tuple[rules.Person, Decision | None]:
            person = _person(connection, facts.person)
            return person, bound(self._party, connection, facts, terms)

        person, outside = await self._database.look(read)
        stated = {*facts.conditions, *rules.said_by_file(person, day)}
        asking = about(case_number, facts, terms, facts.person).stating(stated)
        question = self._asker.needed(asking, day)
        decision = self._asker.judge(question, day)
        if decision.allowed and outside is not None:
            decision = outside
        codes, stopped = await self._codes([person])
        if decision.allowed and person.person in stopped:
            decision = Decision(False, None, None, CODE_STOPPED)
        elif decision.allowed and person.person not in codes:
            raise WireError("no-code-here")
        one = self._asker.prepare(question, decision, codes.get(person.person))
        plan = [_line_by_hand(item, one, stated) for item in terms.items]
        return Case(case_number=case_number, facts=facts, plan=plan), [one]

    async def procedure(
        self, case_number: str, facts: CaseFacts, procedure: Procedure
    ) -> tuple[Case, list[Asked]]:
        """A case of all that the law lets a procedure ask about a person and the household."""
        day = tokyo_day(self._party.now())
        file = await self._file(
            facts, day, Answers(conditions=dict.fromkeys(facts.conditions, True))
        )
        wanted = [
            line_of(affair.row, affair.sub_affair, line)
            for affair in affairs_of(procedure, file.bodies, file.me)
            for item in items_permitted(affair.row, affair.sub_affair, day)
            for line in rules.lines_for(item, file)
        ]
        groups = list(self._groups(wanted, case_number, facts, day))
        papers = sum(one.plan.item in paper.items for paper in procedure.papers for one in wanted)
        if len(wanted) > CASE_LINES or len(groups) > CASE_REQUESTS or papers > CASE_PAPERS:
            raise WireError("case-too-large")
        needed = [one.person for one in groups if one.decision.allowed]
        await self._acquire_for(needed, facts)
        asked = self._prepared(groups, *await self._codes(needed))
        plan = [_plan_line(one) for one in wanted]
        return Case(case_number=case_number, facts=facts, plan=plan), asked

    async def taken_up(
        self, case: Case, facts: CaseFacts, answers: Answers, asked_before: int
    ) -> tuple[Case, list[Asked]]:
        """A case with what it held back asked for, where all that is wanted is known now.

        `facts` are the case's, with the officer who asks and all that was stated until now. Raises
        WireError: `person-unknown` and `answer-unfit` for an answer that cannot be,
        `case-too-large` where the case has no room for more.
        """
        day = tokyo_day(self._party.now())
        planned = planned_again(case.plan, await self._file(facts, day, answers))
        wanted = [one for one in planned if isinstance(one, Wanted)]
        groups = list(self._groups(wanted, case.case_number, facts, day))
        if asked_before + len(groups) > CASE_REQUESTS or len(planned) > CASE_LINES:
            raise WireError("case-too-large")
        needed = [one.person for one in groups if one.decision.allowed]
        await self._acquire_for(needed, facts)
        asked = self._prepared(groups, *await self._codes(needed))
        plan = [_plan_line(one) if isinstance(one, Wanted) else one for one in planned]
        return msgspec.structs.replace(case, plan=plan), asked

    async def _file(self, facts: CaseFacts, day: date, answers: Answers) -> rules.File:
        """Whom and what a plan is made from: the household, whoever is named, the bodies."""
        named = {person for some in answers.who.values() for person in some}

        def read(connection: Connection) -> tuple[rules.Person, list[rules.Person]]:
            claimant = _person(connection, facts.person)
            household = persons.household_of(connection, claimant)
            others = named - {one.person for one in (claimant, *household)}
            return claimant, household + [_person(connection, one) for one in sorted(others)]

        claimant, household = await self._database.look(read)
        directory = self._party.directory
        active = [one for one in directory.entries.values() if directory.active(one, day)]
        procedure = facts.procedure
        return rules.File(
            claimant=claimant,
            household=household,
            bodies=rules.bodies_of(active),
            me=self._party.name,
            day=day,
            tax_year=tax_year(procedure, day).year if procedure is not None else day.year,
            answers=answers,
        )

    # -- requests ------------------------------------------------------------------------------

    def _groups(
        self, wanted: Sequence[Wanted], case_number: str, facts: CaseFacts, day: date
    ) -> Iterator[_Group]:
        """One group per body, person, subject, affair and what is stated, and per refusal.

        Lines of which something is still open are in none of them (照会の束ね).
        """
        found: dict[object, list[_Group]] = {}
        for one in wanted:
            plan = one.plan
            if one.party is None or one.person is None:
                continue
            terms = Terms(
                affair=plan.affair,
                sub_affair=plan.sub_affair,
                items=[plan.item],
                subject=plan.subject,
                provider=one.party,
            )
            stated = {*facts.conditions, *rules.said_by_file(one.person, day)}
            question = about(case_number, facts, terms, one.person.person).stating(stated)
            question = self._stating(question, day)
            decision = self._asker.judge(question, day)
            if decision.reason == CONDITION_OPEN:
                one.hold_back(stated)
                continue
            one.decision, one.via, one.open = decision, "network", ()
            key = (
                (terms.affair, terms.sub_affair, plan.subject, one.person.person, one.party),
                question.conditions,
                None if decision.allowed else decision,
            )
            found.setdefault(key, []).append(_Group([one], question, decision, one.person))
        for group in found.values():
            yield from _joined(group)

    def _stating(self, question: Question, day: date) -> Question:
        """A plan's question with no more stated than its item needs."""
        if not question.conditions:
            return question
        of_item = {
            need
            for item in items_permitted(question.affair, question.sub_affair, day)
            if item.item in question.items
            for need in item.conditions
        }
        return self._asker.needed(question.stating(of_item & {*question.conditions}), day)

    async def _acquire_for(self, needed: Sequence[rules.Person], facts: CaseFacts) -> None:
        """Codes for everybody who will be asked about, so that no clerk need know of codes."""
        if self._acquire is None:
            return
        try:
            async with asyncio.timeout(ACQUIRE_SECONDS):
                await self._acquire.ensure(needed, facts.office, facts.officer)
        except TimeoutError:
            get_logger().info("acquisition-not-awaited", count=len(needed))

    async def _codes(self, people: Sequence[rules.Person]) -> tuple[Codes, set[PersonId]]:
        """The codes of people, and who of them is stopped."""
        epoch = self._party.directory.entry(self._party.name).epoch
        names = {one.person for one in people}

        def read(connection: Connection) -> tuple[Codes, list[CodeStopped]]:
            held, stopped = Codes(), list[CodeStopped]()
            for name in names:
                try:
                    code = self._book.code_of(connection, name, epoch)
                except CodeStopped as found:
                    stopped.append(found)
                    continue
                if code is not None:
                    held[name] = code
            return held, stopped

        held, stopped = await self._database.look(read)
        for one in stopped:
            await self._stops.add(one.person, one.kind)
        return held, {one.person for one in stopped}

    def _prepared(
        self, groups: Sequence[_Group], codes: Codes, stopped: set[PersonId]
    ) -> list[Asked]:
        """The record of every group that can be asked or is refused; others have no code."""
        asked = []
        for group in groups:
            code = codes.get(group.person.person)
            if group.decision.allowed and code is None:
                for one in group.wanted:
                    one.via = CODE_STOPPED if group.person.person in stopped else "no-code"
                continue
            record = self._asker.prepare(group.question, group.decision, code)
            for one in group.wanted:
                one.tx = record.tx
            asked.append(record)
        return asked


def _person(connection: Connection, person: PersonId) -> rules.Person:
    found = persons.find(connection, person)
    if found is None:
        raise WireError("person-unknown")
    return found


def _joined(group: Sequence[_Group]) -> Iterator[_Group]:
    """Groups of one item each as groups of at most `ITEMS`; an item stands once in each."""
    by_item: dict[str, list[Wanted]] = {}
    for one in group:
        by_item.setdefault(one.question.items[0], []).extend(one.wanted)
    items = list(by_item)
    first = group[0]
    for at in range(0, len(items), ITEMS):
        some = tuple(items[at : at + ITEMS])
        wanted = [one for item in some for one in by_item[item]]
        yield _Group(wanted, first.question.asking(some), first.decision, first.person)


def _plan_line(one: Wanted) -> PlanLine:
    article = one.decision.article if one.decision is not None else None
    return msgspec.structs.replace(
        one.plan,
        article=article or one.plan.article,
        via=one.via,
        tx=one.tx,
        open=one.open,
        provider=one.party if one.via == CONDITION_OPEN else None,
    )


def _line_by_hand(item: str, one: Asked, stated: Collection[str]) -> PlanLine:
    def wanted(stated: Collection[str]) -> tuple[str, ...]:
        return conditions_open(one.sub_affair, item, one.subject, stated=stated)

    return PlanLine(
        item=item,
        affair=one.affair,
        sub_affair=one.sub_affair,
        article=one.article,
        subject=one.subject,
        person=one.person,
        via="network",
        tx=one.tx,
        conditions=wanted(()),
        open=wanted(stated) if one.reason == CONDITION_OPEN else (),
    )
