"""Acquiring codes: number, comparison at J-LIS, collection, binding (符号の取得, 法21条の2).

What dies half-way is started over with a new number; a code is bound once whatever happens.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from sqlalchemy import Connection

from renkei.kit.clock import tokyo_day
from renkei.kit.database import Database
from renkei.kit.logs import get_logger
from renkei.kit.party import Party
from renkei.law import Decision, UnknownNameError, may_use
from renkei.law.use import ARTICLE as USE_ARTICLE
from renkei.roles.institution import rules
from renkei.roles.institution.service.domicile import AUTOMATIC_OFFICER, J_LIS, PSEUDONYM_KEY
from renkei.roles.institution.service.together import BATCH, Occasion, Together
from renkei.roles.institution.store import persons as store
from renkei.values.institution_code import InstitutionCode
from renkei.wire.errors import WireError
from renkei.wire.framing import Letter
from renkei.wire.messages.acquisition import (
    AcquireAnswer,
    AcquireDecision,
    AcquisitionConfirm,
    AcquisitionConfirmed,
    AcquisitionNumberRequest,
    AcquisitionNumbers,
    Paper,
)
from renkei.wire.messages.batches import Compared
from renkei.wire.messages.desk import DeskAcquire, DeskAcquired, DeskAcquisitions
from renkei.wire.protocols import IndividualNumberProtocol, LinkageProtocol

__all__ = ["J_LIS", "PSEUDONYM_KEY", "AcquireService", "Acquired", "Occasion"]

NO_OFFICE: Final = "institution"
"""Named where a body has no offices in the directory and nobody at a desk gave the order."""
UNKNOWN: Final = "acquisition-unknown"


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
        linkage: LinkageProtocol,
        individual_number: IndividualNumberProtocol,
        together: Together,
        *,
        use_affair: str | None = None,
    ) -> None:
        """`use_affair`: row of the use table for acquisitions that no desk orders; None: none."""
        self._party = party
        self._database = database
        self._linkage = linkage
        self._individual_number = individual_number
        self._together = together
        self._use_affair = use_affair

    async def desk_acquire(self, letter: Letter[DeskAcquire]) -> DeskAcquisitions:
        """Acquire codes for persons on file who have none; nobody's attribute comes back."""
        order = letter.message
        occasion = Occasion(order.affair, order.office, order.officer)
        self._check_use(occasion)
        epoch = self._party.directory.entry(self._party.name).epoch
        persons, missing = await self._database.read(
            lambda c: _on_file(c, list(dict.fromkeys(order.persons)), epoch)
        )
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

    async def fetch(self, person: rules.Person) -> Acquired | None:
        """Acquire a code without binding it; None where J-LIS does not agree.

        Raises WireError where it could not be tried.
        """
        occasion = self._own_occasion(None, None)
        (number,) = await self._numbers(1)
        code = await self._together.fetch(occasion, person, number)
        return Acquired(number, code) if code is not None else None

    async def bind(self, person: rules.Person, code: InstitutionCode) -> None:
        """Bind a code in the epoch it carries; raises WireError `code-already-bound`."""

        def bind(connection: Connection) -> None:
            if store.bind_code(connection, person.person, code) is not None:
                raise WireError("code-already-bound")

        await self._database.write(bind)

    async def confirm(self, number: str) -> None:
        """Have number, point and box deleted at the network."""
        request = AcquisitionConfirm(**self._party.envelope("linkage"), number=number)
        answer = await self._linkage.acquisition_confirm(self._party.write(request))
        self._party.read(answer, (AcquisitionConfirmed,), peer="linkage")

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
            lambda c: [one for one in persons if store.code_of(c, one.person, epoch) is None]
        )

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
            numbers = await self._numbers(len(some))
            people = dict(zip(numbers, some, strict=True))
            results += await self._together.acquire(occasion, people)
        return results

    async def _numbers(self, count: int) -> Sequence[str]:
        request = AcquisitionNumberRequest(**self._party.envelope("linkage"), count=count)
        answer = await self._linkage.acquisition_numbers(self._party.write(request))
        numbers = self._party.read(answer, (AcquisitionNumbers,), peer="linkage").message.numbers
        if len(set(numbers)) != count:
            raise WireError("unavailable", "The network gave another count of numbers.")
        return numbers

    async def _decide(self, occasion: Occasion, person: rules.Person, paper: Paper) -> DeskAcquired:
        """An officer who saw a paper decides the newest doubtful comparison of a person.

        The same number and request are decided, so that no further attempt is counted.
        """
        found = await self._database.read(lambda c: store.doubtful(c, person.person))
        if found is None:
            return DeskAcquired(person=person.person, result=UNKNOWN)
        number, request_digest = found
        decision = AcquireDecision(
            **self._party.envelope(J_LIS),
            number=number,
            officer=self._together.pseudonym(occasion.officer),
            paper=paper,
            request_digest=request_digest,
        )
        try:
            raw = await self._individual_number.acquire_decision(self._party.write(decision))
            answer = self._party.read(raw, (AcquireAnswer,), peer=J_LIS).message
        except WireError as error:
            return DeskAcquired(person=person.person, result=error.code)
        compared = Compared(number=number, verdict=answer.verdict, fields=answer.fields)
        verdicts = {number: answer.verdict}
        await self._database.write(lambda c: store.set_verdicts(c, verdicts))
        (result,) = await self._together.finish({number: person}, [compared])
        return result


def _on_file(
    connection: Connection, wanted: list[str], epoch: int
) -> tuple[list[rules.Person], list[rules.Person]]:
    """The persons of an order, and those of them without a code, in one reading."""
    persons = []
    for one in wanted:
        found = store.find(connection, one)
        if found is None:
            raise WireError("person-unknown")
        persons.append(found)
    missing = [
        person for person in persons if store.code_of(connection, person.person, epoch) is None
    ]
    return persons, missing
