"""The desk's side: pick a procedure, ask all the law allows, see which papers fall away (窓口)."""

import asyncio
import contextlib
from dataclasses import dataclass
from typing import Final

import msgspec
from sqlalchemy import Connection

from renkei.kit.clock import tokyo_day
from renkei.kit.database import Database
from renkei.kit.logs import get_logger
from renkei.kit.party import Party
from renkei.law import PermittedItem, UnknownNameError, items_permitted
from renkei.law import procedure as law_procedure
from renkei.law.procedures import Procedure
from renkei.roles.institution import rules
from renkei.roles.institution.service.acquire import AcquireService
from renkei.roles.institution.service.ask import Asker, Question
from renkei.roles.institution.service.drive import Driver
from renkei.roles.institution.service.papers import papers_of
from renkei.roles.institution.service.waiting import Trouble
from renkei.roles.institution.store import asked as store
from renkei.roles.institution.store import persons
from renkei.roles.institution.store.asked import Asked, Case, PlanLine, Via
from renkei.wire.errors import WireError
from renkei.wire.framing import Letter
from renkei.wire.messages.desk import (
    DeskAsk,
    DeskCase,
    DeskCaseRequest,
    DeskExchange,
    DeskProcedure,
)

ACQUIRE_SECONDS: Final = 10.0
"""A clerk's order is taken within this time even where J-LIS or the network is silent: whoever has
no code by then is not asked about, and the case says so."""


class DeskService:
    """What an office's desk may have done by its institution."""

    def __init__(
        self,
        party: Party,
        database: Database,
        asker: Asker,
        driver: Driver,
        *,
        acquire: AcquireService | None = None,
    ) -> None:
        """Without `acquire` a person who has no code is not asked about."""
        self._party = party
        self._database = database
        self._asker = asker
        self._driver = driver
        self._acquire = acquire

    async def desk_procedure(self, letter: Letter[DeskProcedure]) -> DeskCase:
        """Open a case for a procedure: plan, judge, commit every request, send; perhaps wait."""
        order = letter.message
        try:
            procedure = law_procedure(order.procedure)
        except UnknownNameError as error:
            raise WireError("procedure-unknown") from error
        facts = _facts(order.office, order.officer, order.procedure, order.person)
        if await self._opened_before(order.case_number, facts):
            return await self._settled(order)
        plan, asked = await self._plan(order, procedure)
        case = Case(case_number=order.case_number, facts=facts, plan=plan)
        return await self._open(case, asked, order)

    async def desk_ask(self, letter: Letter[DeskAsk]) -> DeskCase:
        """Open a case with one request that the clerk has put together."""
        order = letter.message
        facts = _facts(
            order.office,
            order.officer,
            order.affair,
            order.sub_affair,
            *order.items,
            order.subject,
            order.person,
            order.provider,
            (order.consent_digest or b"").hex(),
        )
        if await self._opened_before(order.case_number, facts):
            return await self._settled(order)
        question = Question(
            case_number=order.case_number,
            office=order.office,
            officer=order.officer,
            affair=order.affair,
            sub_affair=order.sub_affair,
            items=tuple(order.items),
            subject=order.subject,
            person=order.person,
            provider=order.provider,
            consent_digest=order.consent_digest,
        )
        person = await self._person(order.person)
        one = await self._prepare(question, person)
        plan = [
            PlanLine(
                item=item, subject=order.subject, person=order.person, via="network", tx=one.tx
            )
            for item in order.items
        ]
        case = Case(case_number=order.case_number, facts=facts, plan=plan)
        return await self._open(case, [one], order)

    async def desk_case(self, letter: Letter[DeskCaseRequest]) -> DeskCase:
        """Read a case, waiting for it to settle for as long as the desk wants."""
        return await self._settled(letter.message)

    async def _settled(
        self, order: DeskCaseRequest | DeskProcedure | DeskAsk, told: DeskCase | None = None
    ) -> DeskCase:
        """The case once it has settled, or as it stands when the desk will wait no longer.

        `told` is how it stands now, where that is known.
        """
        loop = asyncio.get_running_loop()
        until = loop.time() + order.wait_seconds
        with self._driver.watching(order.case_number) as changed:
            while True:
                case = told or await self._case(order.case_number, order.sender)
                left = until - loop.time()
                if case.settled or left <= 0:
                    return case
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(changed.wait(), left)
                changed.clear()
                told = None

    # -- planning ------------------------------------------------------------------------------

    async def _plan(
        self, order: DeskProcedure, procedure: Procedure
    ) -> tuple[list[PlanLine], list[Asked]]:
        claimant = await self._person(order.person)
        household = await self._database.look(lambda c: persons.household_of(c, claimant))
        day = tokyo_day(self._party.now())
        wanted: list[_Wanted] = []
        for affair in procedure.affairs:
            for item in items_permitted(affair.row, affair.sub_affair, day):
                about = rules.persons_about(item, claimant, household, day)
                if not about:
                    wanted.append(
                        _Wanted(PlanLine(item=item.item, subject=None, person=None, via="nobody"))
                    )
                wanted += [
                    self._wanted(order, (affair.row, affair.sub_affair), (item, subject), person)
                    for subject, person in about
                ]
        await self._acquire_for(order, wanted)
        lines = [await self._line(one) for one in wanted]
        return [line for line, _ in lines], [one for _, one in lines if one is not None]

    def _wanted(
        self,
        order: DeskProcedure,
        affair: tuple[str, str],
        what: tuple[PermittedItem, str],
        person: rules.Person,
    ) -> "_Wanted":
        directory, day = self._party.directory, tokyo_day(self._party.now())
        me = directory.entry(self._party.name)
        entries = [one for one in directory.entries.values() if directory.active(one, day)]
        item, subject = what
        holder = rules.holder_of(item, person, me, entries)
        via: Via = "own-data" if holder.own else "network" if holder.party else "not-connected"
        line = PlanLine(item=item.item, subject=subject, person=person.person, via=via)
        if holder.own or holder.party is None:
            return _Wanted(line)
        question = Question(
            case_number=order.case_number,
            office=order.office,
            officer=order.officer,
            affair=affair[0],
            sub_affair=affair[1],
            items=(item.item,),
            subject=subject,
            person=person.person,
            provider=holder.party,
        )
        return _Wanted(line, question, person)

    async def _acquire_for(self, order: DeskProcedure, wanted: list["_Wanted"]) -> None:
        """Codes for everybody who will be asked about, so that no clerk need know of codes."""
        if self._acquire is None:
            return
        now = self._party.now()
        needed = [
            one.person
            for one in wanted
            if one.person and one.question and self._asker.judge(one.question, now).allowed
        ]
        try:
            async with asyncio.timeout(ACQUIRE_SECONDS):
                await self._acquire.ensure(needed, order.office, order.officer)
        except TimeoutError:
            get_logger().info("acquisition-not-awaited", count=len(needed))

    async def _line(self, one: "_Wanted") -> tuple[PlanLine, Asked | None]:
        if one.question is None or one.person is None:
            return one.line, None
        try:
            asked = await self._prepare(one.question, one.person)
        except WireError as error:
            if error.code != "no-code-here":
                raise
            return msgspec.structs.replace(one.line, via="no-code"), None
        return msgspec.structs.replace(one.line, tx=asked.tx), asked

    async def _person(self, person: str) -> rules.Person:
        found = await self._database.look(lambda c: persons.find(c, person))
        if found is None:
            raise WireError("person-unknown")
        return found

    async def _prepare(self, question: Question, person: rules.Person) -> Asked:
        if not self._asker.judge(question, self._party.now()).allowed:
            return self._asker.prepare(question, None)
        epoch = self._party.directory.entry(self._party.name).epoch
        code = await self._database.look(lambda c: persons.code_of(c, person.person, epoch))
        if code is None:
            raise WireError("no-code-here")
        return self._asker.prepare(question, code)

    # -- cases ---------------------------------------------------------------------------------

    async def _opened_before(self, case_number: str, facts: bytes) -> bool:
        known = await self._database.look(lambda c: store.find_case(c, case_number))
        if known is not None and known.facts != facts:
            raise WireError("case-conflict")
        return known is not None

    async def _open(
        self, case: Case, asked: list[Asked], order: DeskProcedure | DeskAsk
    ) -> DeskCase:
        now = self._party.now()

        def write(connection: Connection) -> bool:
            earlier = store.find_case(connection, case.case_number)
            if earlier is None:
                store.open_case(connection, case, asked, now)
            elif earlier.facts != case.facts:
                raise WireError("case-conflict")
            return earlier is None

        if not await self._database.write(write):
            return await self._settled(order)
        for one in asked:
            self._driver.start(one.tx)
        told = self._told(case, asked, order.sender)
        return await self._settled(order, told) if order.wait_seconds else told

    async def _case(self, case_number: str, desk: str) -> DeskCase:
        def read(connection: Connection) -> tuple[Case | None, list[Asked]]:
            return store.find_case(connection, case_number), store.of_case(connection, case_number)

        case, asked = await self._database.look(read)
        if case is None:
            raise WireError("case-unknown")
        return self._told(case, asked, desk)

    def _told(self, case: Case, asked: list[Asked], desk: str) -> DeskCase:
        return DeskCase(
            **self._party.envelope(desk),
            case_number=case.case_number,
            settled=all(one.state in ("answered", "closed") for one in asked),
            exchanges=[_exchange(one, self._driver.trouble(one)) for one in asked],
            papers=papers_of(case, asked),
        )


@dataclass(frozen=True, slots=True)
class _Wanted:
    """One item about one person: the line of the plan, and the question where one is asked."""

    line: PlanLine
    question: Question | None = None
    person: rules.Person | None = None


def _facts(*parts: str) -> bytes:
    return "\n".join(parts).encode()


def _exchange(one: Asked, trouble: Trouble | None) -> DeskExchange:
    """What the desk sees; a request that something holds up is shown as waiting."""
    if one.state == "waiting" and trouble is None:
        trouble = Trouble(one.provider, one.reason or "pending")
    open_still = one.state in ("asked", "permitted", "waiting")
    if not open_still:
        trouble = None
    return DeskExchange(
        tx=one.tx,
        provider=one.provider,
        affair=one.affair,
        sub_affair=one.sub_affair,
        items=one.items,
        subject=one.subject,
        person=one.person,
        state="waiting" if trouble else one.state,
        outcome=one.outcome,
        article=one.article,
        row=one.row,
        reason=one.reason,
        refused_by=one.refused_by,
        provided=one.content,
        waits_for=trouble.peer if trouble else None,
        waits_because=trouble.reason if trouble else None,
    )
