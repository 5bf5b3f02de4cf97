"""The desk's side: orders in, cases out (窓口). What is asked is decided in `plan`."""

import asyncio
import contextlib
from dataclasses import dataclass

import msgspec
from sqlalchemy import Connection

from renkei.kit.clock import tokyo_day
from renkei.kit.database import Database
from renkei.kit.party import Party
from renkei.law import UnknownNameError
from renkei.law import procedure as law_procedure
from renkei.roles.institution import rules
from renkei.roles.institution.service import stating
from renkei.roles.institution.service.asking.ask import Asker
from renkei.roles.institution.service.asking.drive import Driver
from renkei.roles.institution.service.asking.papers import lines_of, papers_of
from renkei.roles.institution.service.asking.plan import Planner
from renkei.roles.institution.service.asking.waiting import Trouble
from renkei.roles.institution.service.codes.acquire import AcquireService
from renkei.roles.institution.store import asked as store
from renkei.roles.institution.store import cases, persons
from renkei.roles.institution.store.asked import Asked, Case
from renkei.roles.institution.store.cases import Statement
from renkei.roles.institution.store.tables import CaseFacts, Terms
from renkei.wire.errors import WireError
from renkei.wire.framing import Letter
from renkei.wire.institution.desk import (
    DeskAsk,
    DeskCase,
    DeskCaseRequest,
    DeskClose,
    DeskConditions,
    DeskExchange,
    DeskOpen,
    DeskProcedure,
)
from renkei.wire.limits import CASE_QUESTIONS

Order = DeskProcedure | DeskAsk | DeskConditions
"""What opens a case or goes on with one, and may wait for it to settle."""


@dataclass(frozen=True, slots=True)
class _Standing:
    """A case as it stands: its requests, and what was stated of it."""

    case: Case
    asked: list[Asked]
    kept: list[Statement]


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
        self._driver = driver
        self._asker = asker
        self._planner = Planner(party, database, asker, acquire)

    async def desk_procedure(self, letter: Letter[DeskProcedure]) -> DeskCase:
        """Open a case for a procedure: plan, judge, commit every request, send; perhaps wait."""
        order, now = letter.message, self._party.now()
        try:
            procedure = law_procedure(order.procedure)
        except UnknownNameError as error:
            raise WireError("procedure-unknown") from error
        wanted = rules.conditions_wanted(procedure.affairs, tokyo_day(now))
        facts = CaseFacts(
            office=order.office,
            officer=order.officer,
            person=order.person,
            procedure=order.procedure,
            conditions=tuple(sorted(set(order.conditions))),
        )
        if await self._opened_before(order.case_number, facts):
            return await self._settled(order)
        stating.check_wanted(order.conditions, wanted)
        case, asked = await self._planner.procedure(order.case_number, facts, procedure)
        return await self._open(case, asked, order, stating.statement_in(letter, now))

    async def desk_ask(self, letter: Letter[DeskAsk]) -> DeskCase:
        """Ask what the clerk has put together, in the case it belongs to."""
        order = letter.message
        terms = Terms(
            affair=order.affair,
            sub_affair=order.sub_affair,
            items=order.items,
            subject=order.subject,
            provider=order.provider,
            consent_digest=order.consent_digest,
        )
        facts = CaseFacts(
            office=order.office,
            officer=order.officer,
            person=order.person,
            terms=terms,
            in_case=order.in_case,
            conditions=tuple(sorted(set(order.conditions))),
        )
        if await self._opened_before(order.case_number, facts):
            return await self._settled(order)
        case, asked = await self._planner.by_hand(order.case_number, facts, terms)
        stated = stating.statement_in(letter, self._party.now())
        return await self._open(case, asked, order, stated)

    async def desk_conditions(self, letter: Letter[DeskConditions]) -> DeskCase:
        """Keep what an officer states and answers, and ask for what waited for it (申立て・回答).

        Statement, plan and requests are one transaction, made from the case as it was read: where
        it has changed meanwhile, it is read again. So often it can be stated, no more.
        """
        order = letter.message
        statement = stating.statement_of(letter, self._party.now())
        while True:
            found = await self._database.look(lambda c: self._open_to(c, order))
            if not stating.is_new(statement, found.kept):
                return await self._settled(order)
            kept = [*found.kept, statement]
            stating.check_answers(order, found.case, found.kept)
            answers = stating.all_answered(found.case, kept)
            stated = stating.all_stated(found.case, kept)
            facts = msgspec.structs.replace(
                found.case.facts, officer=order.officer, conditions=stated
            )
            first = sum(one.instead_of is None for one in found.asked)
            planned, asked = await self._planner.taken_up(found.case, facts, answers, first)
            if await self._take_up(found, planned, asked, statement):
                break
        for one in asked:
            self._driver.start(one.tx)
        return await self._settled(order)

    async def desk_case(self, letter: Letter[DeskCaseRequest]) -> DeskCase:
        """Read a case, waiting for it to settle for as long as the desk wants."""
        return await self._settled(letter.message)

    async def _settled(
        self, order: DeskCaseRequest | Order, told: DeskCase | None = None
    ) -> DeskCase:
        """The case once it has settled, or as it stands when the desk will wait no longer.

        `told` is how it stands now, where that is known.
        """
        loop = asyncio.get_running_loop()
        until = loop.time() + order.wait_seconds
        with self._driver.settling.watching(order.case_number) as changed:
            while True:
                case = told or await self._case(order.case_number, order.sender)
                left = until - loop.time()
                if case.settled or left <= 0:
                    return case
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(changed.wait(), left)
                changed.clear()
                told = None

    async def desk_open(self, letter: Letter[DeskOpen]) -> DeskCase:
        """Open a case that no procedure fits; nobody is asked."""
        order = letter.message
        facts = CaseFacts(
            office=order.office,
            officer=order.officer,
            person=order.person,
            affair=order.affair,
            sub_affair=order.sub_affair,
        )
        offices = {one.office for one in self._party.directory.entry(self._party.name).offices}
        if order.office not in offices or not self._asker.handles(order.office, order.affair):
            raise WireError("not-allowed", "The office does not handle this affair.")
        if await self._database.look(lambda c: persons.find(c, order.person)) is None:
            raise WireError("person-unknown")
        if not await self._opened_before(order.case_number, facts):
            case = Case(case_number=order.case_number, facts=facts, plan=[])
            await self._write(case, [], None)
        return await self._case(order.case_number, order.sender)

    async def desk_close(self, letter: Letter[DeskClose]) -> DeskCase:
        """Close a case; twice is the same as once."""
        order, now = letter.message, self._party.now()
        await self._database.write(lambda c: cases.close(c, order.case_number, now))
        return await self._case(order.case_number, order.sender)

    # -- cases ---------------------------------------------------------------------------------

    async def _opened_before(self, case_number: str, facts: CaseFacts) -> bool:
        known = await self._database.look(lambda c: store.find_case(c, case_number))
        if known is not None and known.facts != facts:
            raise WireError("case-conflict")
        return known is not None

    async def _open(
        self, case: Case, asked: list[Asked], order: Order, stated: Statement | None
    ) -> DeskCase:
        if not await self._write(case, asked, stated):
            return await self._settled(order)
        for one in asked:
            self._driver.start(one.tx)
        told = self._told(_Standing(case, asked, [stated] if stated else []), order.sender)
        return await self._settled(order, told) if order.wait_seconds else told

    async def _write(self, case: Case, asked: list[Asked], stated: Statement | None) -> bool:
        """Write a case whole; False where the same was opened meanwhile."""
        now = self._party.now()

        def write(connection: Connection) -> bool:
            earlier = store.find_case(connection, case.case_number)
            if earlier is None:
                _check_room(connection, case)
                store.open_case(connection, case, asked, now)
                if stated is not None:
                    stating.keep(connection, stated)
            elif earlier.facts != case.facts:
                raise WireError("case-conflict")
            return earlier is None

        return await self._database.write(write)

    def _open_to(self, connection: Connection, order: DeskConditions) -> _Standing:
        return _standing(connection, stating.open_to(self._party, connection, order))

    async def _take_up(
        self, found: _Standing, planned: Case, asked: list[Asked], statement: Statement
    ) -> bool:
        """Write a statement with all that follows; False where the case is another by now."""
        number = found.case.case_number

        def write(connection: Connection) -> bool:
            if store.find_case(connection, number) != found.case:
                return False
            if cases.statements_of(connection, number) != found.kept:
                return False
            stating.keep(connection, statement)
            stating.take_up(connection, planned, asked)
            return True

        return await self._database.write(write)

    async def _case(self, case_number: str, desk: str) -> DeskCase:
        def read(connection: Connection) -> _Standing | None:
            case = store.find_case(connection, case_number)
            return _standing(connection, case) if case is not None else None

        found = await self._database.look(read)
        if found is None:
            raise WireError("case-unknown")
        return self._told(found, desk)

    def _told(self, found: _Standing, desk: str) -> DeskCase:
        case, asked = found.case, found.asked
        lines = lines_of(case, asked)
        return DeskCase(
            **self._party.envelope(desk),
            case_number=case.case_number,
            office=case.facts.office,
            settled=all(one.state in ("answered", "closed") for one in asked),
            closed=case.closed_at is not None,
            exchanges=[_exchange(one, self._driver.trouble(one)) for one in asked],
            lines=lines,
            papers=papers_of(case.facts.procedure, lines),
            statements=stating.shown(found.kept),
            questions=stating.open_questions(case),
        )


def _standing(connection: Connection, case: Case) -> _Standing:
    number = case.case_number
    asked = store.of_case(connection, number)
    return _Standing(case, asked, cases.statements_of(connection, number))


def _check_room(connection: Connection, case: Case) -> None:
    """Raise WireError `case-too-large` where a case has as many questions as it may."""
    within = case.facts.in_case
    if within is not None and cases.questions(connection, within) >= CASE_QUESTIONS:
        raise WireError("case-too-large", f"A case has at most {CASE_QUESTIONS} questions.")


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
        conditions=one.conditions,
    )
