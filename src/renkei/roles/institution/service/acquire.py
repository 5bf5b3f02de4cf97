"""Acquiring codes: number, comparison at J-LIS, collection, binding (符号の取得, 法21条の2).

What dies half-way is started over with a new number; a code is bound once whatever happens.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from sqlalchemy import Connection

from renkei.crypto import codes
from renkei.crypto.digests import officer_pseudonym
from renkei.kit.clock import tokyo_day
from renkei.kit.database import Database
from renkei.kit.logs import get_logger
from renkei.kit.party import Party
from renkei.law import Decision, UnknownNameError, may_use
from renkei.law.use import ARTICLE as USE_ARTICLE
from renkei.roles.institution import rules
from renkei.roles.institution.store import persons as store
from renkei.values.institution_code import InstitutionCode
from renkei.wire.errors import WireError
from renkei.wire.framing import Letter, encode
from renkei.wire.messages.acquisition import (
    AcquireAnswer,
    AcquireRequest,
    AcquireSubject,
    AcquisitionCollect,
    AcquisitionCollected,
    AcquisitionConfirm,
    AcquisitionConfirmed,
    AcquisitionNumberRequest,
    AcquisitionNumbers,
)
from renkei.wire.messages.desk import DeskAcquire, DeskAcquired, DeskAcquisitions
from renkei.wire.protocols import IndividualNumberProtocol, LinkageProtocol

PSEUDONYM_KEY: Final = "pseudonym"
J_LIS: Final = "individual-number"
AUTOMATIC_OFFICER: Final = "automatic"
NO_OFFICE: Final = "institution"
"""Named where a body has no offices in the directory and nobody at a desk gave the order."""
AT_ONCE: Final = 16
NUMBERS_AT_ONCE: Final = 100
COLLECT_ATTEMPTS: Final = 6
COLLECT_FIRST_PAUSE_SECONDS: Final = 0.05


@dataclass(frozen=True, slots=True)
class Occasion:
    """For which affair, office and officer numbers are used (取得の事務)."""

    affair: str
    office: str
    officer: str


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
        *,
        use_affair: str | None = None,
    ) -> None:
        """`use_affair`: row of the use table for acquisitions that no desk orders; None: none."""
        self._party = party
        self._database = database
        self._linkage = linkage
        self._individual_number = individual_number
        self._use_affair = use_affair
        self._gate = asyncio.Semaphore(AT_ONCE)

    async def desk_acquire(self, letter: Letter[DeskAcquire]) -> DeskAcquisitions:
        """Acquire codes for persons on file who have none; nobody's attribute comes back."""
        order = letter.message
        occasion = Occasion(order.affair, order.office, order.officer)
        self._check_use(occasion)
        persons = [await self._person(person) for person in dict.fromkeys(order.persons)]
        missing = await self._missing(persons)
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
        async with self._gate:
            answer = await self._compare(occasion, person, number)
            if answer.verdict != "agree":
                return None
            return Acquired(number, await self._collect(number))

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
                f"Row {occasion.affair} of the use table does not name this body.",
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
        again = [one for one, result in zip(persons, results, strict=True) if _is_late(result)]
        if again:
            good = [result for result in results if not _is_late(result)]
            return [*good, *await self._round(occasion, again)]
        return results

    async def _round(
        self, occasion: Occasion, persons: Sequence[rules.Person]
    ) -> list[DeskAcquired]:
        results: list[DeskAcquired] = []
        for start in range(0, len(persons), NUMBERS_AT_ONCE):
            some = persons[start : start + NUMBERS_AT_ONCE]
            numbers = await self._numbers(len(some))
            results += await asyncio.gather(
                *(
                    self._one(occasion, person, number)
                    for person, number in zip(some, numbers, strict=True)
                )
            )
        return results

    async def _person(self, person: str) -> rules.Person:
        found = await self._database.read(lambda c: store.find(c, person))
        if found is None:
            raise WireError("person-unknown")
        return found

    async def _numbers(self, count: int) -> Sequence[str]:
        request = AcquisitionNumberRequest(**self._party.envelope("linkage"), count=count)
        answer = await self._linkage.acquisition_numbers(self._party.write(request))
        numbers = self._party.read(answer, (AcquisitionNumbers,), peer="linkage").message.numbers
        if len(numbers) != count:
            raise WireError("unavailable", "The network gave another count of numbers.")
        return numbers

    async def _one(self, occasion: Occasion, person: rules.Person, number: str) -> DeskAcquired:
        async with self._gate:
            try:
                answer = await self._compare(occasion, person, number)
                if answer.verdict != "agree":
                    return DeskAcquired(
                        person=person.person, result=answer.verdict, fields=answer.fields
                    )
                await self.bind(person, await self._collect(number))
                await self.confirm(number)
            except WireError as error:
                return DeskAcquired(person=person.person, result=error.code)
        return DeskAcquired(person=person.person, result="bound")

    async def _compare(
        self, occasion: Occasion, person: rules.Person, number: str
    ) -> AcquireAnswer:
        party = self._party
        subject = AcquireSubject(
            individual_number=person.individual_number, attributes=rules.attributes_of(person)
        )
        day = tokyo_day(party.now()).isoformat()
        request = AcquireRequest(
            **party.envelope(J_LIS),
            number=number,
            affair=occasion.affair,
            office=occasion.office,
            officer=officer_pseudonym(
                lambda data: party.keys.mac(PSEUDONYM_KEY, data, "sha256"), day, occasion.officer
            ),
            subject=party.seal(J_LIS, "acquire", number, encode(subject)),
        )
        raw = party.write(request)
        values = {
            "number": number,
            "person": person.person,
            "affair": occasion.affair,
            "office": occasion.office,
            "officer": occasion.officer,
            "request_digest": party.digest_of(raw),
        }
        now = party.now()
        await self._database.write(lambda c: store.add_acquisition(c, values, now))
        try:
            answer = await self._individual_number.acquire(raw)
        except WireError as error:
            ended = error.code
            await self._database.write(lambda c: store.set_verdict(c, number, ended))
            raise
        message = party.read(answer, (AcquireAnswer,), peer=J_LIS).message
        if message.number != number:
            raise WireError("unavailable", "J-LIS answered for another number.")
        await self._database.write(lambda c: store.set_verdict(c, number, message.verdict))
        return message

    async def _collect(self, number: str) -> InstitutionCode:
        """Fetch the converted point and divide the blind out; waits for J-LIS's filling."""
        party = self._party
        for attempt in range(COLLECT_ATTEMPTS):
            request = AcquisitionCollect(**party.envelope("linkage"), number=number)
            try:
                answer = await self._linkage.acquisition_collect(party.write(request))
                break
            except WireError as error:
                if error.code != "acquisition-empty" or attempt + 1 == COLLECT_ATTEMPTS:
                    raise
            await asyncio.sleep(COLLECT_FIRST_PAUSE_SECONDS * 2**attempt)
        message = party.read(answer, (AcquisitionCollected,), peer="linkage").message
        seed = party.unseal(J_LIS, "acquisition-seed", number, message.seed)
        blind = codes.derive_blind(seed, J_LIS, number)
        return InstitutionCode(codes.unblind(blind, message.blinded), message.epoch)


def _is_late(result: DeskAcquired) -> bool:
    return result.result == "epoch"
