"""Acquiring codes: number, comparison at J-LIS, collection, binding (符号の取得, 法21条の2).

What dies half-way is started over with a new number; a code is bound once whatever happens.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Final

from sqlalchemy import Connection

from renkei.kit.acquiring import Acquiring
from renkei.kit.clock import tokyo_day
from renkei.kit.counterparty import Counterparty
from renkei.kit.database import Database
from renkei.kit.logs import get_logger
from renkei.kit.party import Party
from renkei.law import Decision, UnknownNameError, may_use
from renkei.law.use import ARTICLE as USE_ARTICLE
from renkei.roles.institution import rules
from renkei.roles.institution.service.codes.book import CodeBook, CodeStopped
from renkei.roles.institution.service.codes.domicile import AUTOMATIC_OFFICER, PSEUDONYM_KEY
from renkei.roles.institution.service.codes.together import BATCH, Occasion, Together
from renkei.roles.institution.store import codes
from renkei.roles.institution.store import persons as store
from renkei.values.institution_code import InstitutionCode
from renkei.values.person_id import PersonId
from renkei.wire.errors import WireError
from renkei.wire.framing import Letter
from renkei.wire.individual_number.calls import ACQUIRE_DECISION
from renkei.wire.individual_number.messages import AcquireDecision, Compared, Paper
from renkei.wire.institution.desk_codes import DeskAcquire, DeskAcquired, DeskAcquisitions
from renkei.wire.names import INDIVIDUAL_NUMBER

__all__ = ["PSEUDONYM_KEY", "AcquireService", "Acquired", "Occasion"]

OFFICER_CHARACTERS: Final = 40
NO_OFFICE: Final = "institution"
"""Named where a body has no offices in the directory and nobody at a desk gave the order."""
UNKNOWN: Final = "acquisition-unknown"
SECOND_OFFICER: Final = "second-officer-needed"
"""Another officer has to see the same paper before a doubt is decided."""


@dataclass(frozen=True, slots=True)
class Acquired:
    """A code that belongs to nobody on file yet, and the number to confirm it with."""

    number: str
    code: InstitutionCode


class AcquireService:
    """An institution's side of a first issue."""

    def __init__(
        self,
        party: Party,
        database: Database,
        acquiring: Acquiring,
        individual_number: Counterparty,
        together: Together,
        *,
        use_affair: str | None = None,
    ) -> None:
        """`use_affair`: row of the use table for acquisitions that no desk orders; None: none."""
        self._party = party
        self._database = database
        self._acquiring = acquiring
        self._individual_number = individual_number
        self._together = together
        self._use_affair = use_affair
        self._book = CodeBook(party.keys)

    async def desk_acquire(self, letter: Letter[DeskAcquire]) -> DeskAcquisitions:
        """Acquire codes for persons on file who have none; nobody's attribute comes back.

        Whoever is stopped has the code cut and acquired anew: that is how a person is let go on.
        """
        order = letter.message
        occasion = Occasion(order.affair, order.office, order.officer)
        self._check_use(occasion)
        epoch = self._party.directory.entry(self._party.name).epoch
        wanted = list(dict.fromkeys(order.persons))
        doomed = await self._database.read(lambda c: self._stopped(c, wanted, epoch))
        if doomed:
            await self._database.write(lambda c: self._cut(c, doomed))
        persons, missing = await self._database.read(lambda c: self._on_file(c, wanted, epoch))
        if order.paper is not None:
            results = [await self._decide(occasion, person, order.paper) for person in missing]
        else:
            results = await self._acquire(occasion, missing)
        held = [
            DeskAcquired(person=person.person, result="held")
            for person in persons
            if person not in missing
        ]
        return DeskAcquisitions(**self._party.envelope(order.sender), results=[*held, *results])

    async def ensure(
        self, persons: Sequence[rules.Person], office: str | None = None, officer: str | None = None
    ) -> None:
        """Acquire codes for those who have none, so that no clerk need know of codes.

        Whoever has none afterwards could not be given one now; the log says why.
        """
        wanted = {person.person: person for person in persons}
        missing = await self._missing(list(wanted.values()))
        if not missing:
            return
        try:
            results = await self._acquire(self._own_occasion(office, officer), missing)
        except WireError as error:
            get_logger().info("acquisition-failed", code=error.code, count=len(missing))
            return
        for one in results:
            if one.result != "bound":
                get_logger().info("acquisition-failed", code=one.result)

    async def fetch(self, person: rules.Person, requester: str) -> Acquired | None:
        """Acquire a code without binding it; None where J-LIS does not agree.

        It is the requester's question that makes this body try, so that it tries under a name of
        its own for each: J-LIS slows down who errs, and nobody else. Raises WireError where it
        could not be tried.
        """
        occasion = self._own_occasion(None, _on_account_of(requester))
        (number,) = (await self._acquiring.numbers(1)).numbers
        code = await self._together.fetch(occasion, person, number)
        return Acquired(number, code) if code is not None else None

    async def anew(self, persons: Sequence[rules.Person]) -> dict[PersonId, InstitutionCode]:
        """What is issued now for people who have codes; nothing is bound.

        Raises WireError where it could not be tried.
        """
        occasion, found = self._own_occasion(None, None), dict[PersonId, InstitutionCode]()
        for start in range(0, len(persons), BATCH):
            some = persons[start : start + BATCH]
            numbers = (await self._acquiring.numbers(len(some))).numbers
            found |= await self._together.anew(occasion, dict(zip(numbers, some, strict=True)))
        return found

    async def compare(self, person: rules.Person, requester: str) -> None:
        """Have J-LIS compare a person and write it down for them; nothing is collected."""
        occasion = self._own_occasion(None, _on_account_of(requester))
        (number,) = (await self._acquiring.numbers(1)).numbers
        await self._together.compare(occasion, {number: person})

    async def bind(self, person: rules.Person, code: InstitutionCode) -> None:
        """Bind a code in the epoch it carries; raises WireError `code-already-bound`."""

        def bind(connection: Connection) -> None:
            if self._book.bind(connection, person.person, code) is not None:
                raise WireError("code-already-bound")

        await self._database.write(bind)

    async def confirm(self, number: str) -> None:
        """Have number, point and box deleted at the network."""
        await self._acquiring.confirm([number])

    # -- steps ---------------------------------------------------------------------------------

    def _own_occasion(self, office: str | None, officer: str | None) -> Occasion:
        """The occasion of an acquisition that follows from an exchange, not from a desk's order."""
        if self._use_affair is None:
            raise WireError("not-allowed", "This body has no affair to acquire codes for.")
        offices = self._party.directory.entry(self._party.name).offices
        occasion = Occasion(
            self._use_affair,
            office or (offices[0].office if offices else NO_OFFICE),
            officer or AUTOMATIC_OFFICER,
        )
        self._check_use(occasion)
        return occasion

    def _check_use(self, occasion: Occasion) -> None:
        """Whether the body may use numbers for this affair (法9条1項, 別表)."""
        me = self._party.directory.entry(self._party.name)
        try:
            decision = may_use(me.kind, occasion.affair, tokyo_day(self._party.now()))
        except UnknownNameError:
            decision = Decision(False, USE_ARTICLE, None, "use-not-in-table")
        if not decision.allowed:
            raise WireError(
                "not-allowed",
                f"Use {occasion.affair!r} is not this body's by the Act or its table.",
                article=decision.article,
            )

    async def _missing(self, persons: Sequence[rules.Person]) -> list[rules.Person]:
        epoch = self._party.directory.entry(self._party.name).epoch
        return await self._database.read(
            lambda c: [one for one in persons if self._lacks(c, one.person, epoch)]
        )

    def _lacks(self, connection: Connection, person: PersonId, epoch: int) -> bool:
        """Whether a person has no code; who is stopped needs an officer, not another code."""
        try:
            return self._book.code_of(connection, person, epoch) is None
        except CodeStopped:
            return False

    def _stopped(
        self, connection: Connection, wanted: list[PersonId], epoch: int
    ) -> list[CodeStopped]:
        """Those of an order who are stopped, or whose row is spoilt and nobody has noticed yet."""
        found = []
        for person in wanted:
            try:
                self._book.code_of(connection, person, epoch)
            except CodeStopped as one:
                found.append(one)
        return found

    def _cut(self, connection: Connection, doomed: list[CodeStopped]) -> None:
        """Delete their codes; they stay stopped until another one is bound."""
        for one in doomed:
            codes.stop(connection, one.person, one.kind, self._party.now())
        codes.cut(connection, [one.person for one in doomed])
        get_logger().warning("codes-cut", count=len(doomed))

    def _on_file(
        self, connection: Connection, wanted: list[PersonId], epoch: int
    ) -> tuple[list[rules.Person], list[rules.Person]]:
        """The persons of an order, and those of them without a code, in one reading."""
        persons = []
        for one in wanted:
            found = store.find(connection, one)
            if found is None:
                raise WireError("person-unknown")
            persons.append(found)
        held = {one.person for one in persons if codes.row_of(connection, one.person, epoch)}
        return persons, [person for person in persons if person.person not in held]

    async def _acquire(
        self, occasion: Occasion, persons: Sequence[rules.Person]
    ) -> list[DeskAcquired]:
        """One result per person; numbers whose epoch ended meanwhile are asked for once more."""
        results = await self._round(occasion, persons)
        late = {one.person for one in results if one.result == "epoch"}
        if not late:
            return results
        again = [person for person in persons if person.person in late]
        good = [one for one in results if one.person not in late]
        return [*good, *await self._round(occasion, again)]

    async def _round(
        self, occasion: Occasion, persons: Sequence[rules.Person]
    ) -> list[DeskAcquired]:
        results: list[DeskAcquired] = []
        for start in range(0, len(persons), BATCH):
            some = persons[start : start + BATCH]
            numbers = (await self._acquiring.numbers(len(some))).numbers
            people = dict(zip(numbers, some, strict=True))
            results += await self._together.acquire(occasion, people)
        return results

    async def _decide(self, occasion: Occasion, person: rules.Person, paper: Paper) -> DeskAcquired:
        """Two officers who saw one paper decide the newest doubtful comparison of a person.

        The first one's word is written down and waits for the second's. The same number and
        request are decided, so that no further attempt is counted.
        """
        found = await self._database.read(lambda c: store.doubtful(c, person.person))
        if found is None:
            return DeskAcquired(person=person.person, result=UNKNOWN)
        number, officer, first = found.number, occasion.officer, found.paper_officer
        if first is None or first == officer or found.paper != paper:
            await self._database.write(lambda c: store.note_paper(c, number, paper, officer))
            return DeskAcquired(person=person.person, result=SECOND_OFFICER)
        decision = AcquireDecision(
            **self._party.envelope(INDIVIDUAL_NUMBER),
            number=number,
            officer=self._together.pseudonym(first),
            second_officer=self._together.pseudonym(officer),
            paper=paper,
            request_digest=found.request_digest,
        )
        try:
            answer = await self._individual_number.ask(ACQUIRE_DECISION, decision)
        except WireError as error:
            return DeskAcquired(person=person.person, result=error.code)
        compared = Compared(number=number, verdict=answer.verdict, fields=answer.fields)
        verdicts = {number: answer.verdict}
        await self._database.write(lambda c: store.set_verdicts(c, verdicts))
        (result,) = await self._together.finish({number: person}, [compared])
        return result


def _on_account_of(requester: str) -> str:
    """What stands for the officer where another body's question makes this one acquire."""
    name = f"for {requester}"
    if len(name) <= OFFICER_CHARACTERS:
        return name
    return f"for {sha256(requester.encode()).hexdigest()[:32]}"
