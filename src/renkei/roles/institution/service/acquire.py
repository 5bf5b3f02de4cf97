"""Acquiring codes: number, comparison at J-LIS, collection, binding (符号の取得, 法21条の2).

What dies half-way is started over with a new number; a code is bound once whatever happens.
"""

import asyncio
from collections.abc import Sequence
from typing import Final

from sqlalchemy import Connection

from renkei.crypto import codes
from renkei.crypto.digests import officer_pseudonym
from renkei.kit.clock import tokyo_day
from renkei.kit.database import Database
from renkei.kit.party import Party
from renkei.law import may_use
from renkei.law.use import FAMILY_REGISTER
from renkei.roles.institution import rules
from renkei.roles.institution.service.domicile import ThroughDomicile
from renkei.roles.institution.store import persons as store
from renkei.values.institution_code import InstitutionCode
from renkei.wire.errors import WireError
from renkei.wire.framing import Letter, encode
from renkei.wire.messages.acquisition import (
    AcquireAnswer,
    AcquireDecision,
    AcquireRequest,
    AcquireSubject,
    AcquisitionCollect,
    AcquisitionCollected,
    AcquisitionConfirm,
    AcquisitionConfirmed,
    AcquisitionNumberRequest,
    AcquisitionNumbers,
    DomicileAnswer,
    FourAttributes,
    Paper,
)
from renkei.wire.messages.desk import DeskAcquire, DeskAcquired, DeskAcquisitions
from renkei.wire.protocols import IndividualNumberProtocol, LinkageProtocol

PSEUDONYM_KEY: Final = "pseudonym"
J_LIS: Final = "individual-number"
AT_ONCE: Final = 16
COLLECT_ATTEMPTS: Final = 6
COLLECT_FIRST_PAUSE_SECONDS: Final = 0.05


class AcquireService:
    """An institution's side of a first issue."""

    def __init__(
        self,
        party: Party,
        database: Database,
        linkage: LinkageProtocol,
        individual_number: IndividualNumberProtocol,
        through_domicile: ThroughDomicile,
    ) -> None:
        self._party = party
        self._database = database
        self._linkage = linkage
        self._individual_number = individual_number
        self._through_domicile = through_domicile
        self._gate = asyncio.Semaphore(AT_ONCE)

    async def desk_acquire(self, letter: Letter[DeskAcquire]) -> DeskAcquisitions:
        """Acquire codes for persons on file who have none; nobody's attribute comes back."""
        order = letter.message
        me = self._party.directory.entry(self._party.name)
        decision = may_use(me.kind, order.affair, tokyo_day(self._party.now()))
        if not decision.allowed:
            raise WireError(
                "not-allowed",
                f"Use {order.affair!r} is not this body's by the Act or its table.",
                article=decision.article,
            )
        persons, missing = await self._database.read(
            lambda c: _on_file(c, list(dict.fromkeys(order.persons)), me.epoch)
        )
        if order.paper is not None:
            results = [await self._decide(order, person, order.paper) for person in missing]
        else:
            numbers = await self._numbers(len(missing)) if missing else []
            results = await asyncio.gather(
                *(
                    self._one(order, person, number)
                    for person, number in zip(missing, numbers, strict=True)
                )
            )
        held = [
            DeskAcquired(person=person.person, result="held")
            for person in persons
            if person not in missing
        ]
        return DeskAcquisitions(**self._party.envelope(order.sender), results=[*held, *results])

    async def _numbers(self, count: int) -> Sequence[str]:
        request = AcquisitionNumberRequest(**self._party.envelope("linkage"), count=count)
        answer = await self._linkage.acquisition_numbers(self._party.write(request))
        numbers = self._party.read(answer, (AcquisitionNumbers,), peer="linkage").message.numbers
        if len(numbers) != count:
            raise WireError("unavailable", "The network gave another count of numbers.")
        return numbers

    async def _one(self, order: DeskAcquire, person: rules.Person, number: str) -> DeskAcquired:
        async with self._gate:
            try:
                answer = await self._compare(order, person, number)
                return await self._finish(person, number, answer)
            except WireError as error:
                return DeskAcquired(person=person.person, result=error.code)

    async def _finish(
        self, person: rules.Person, number: str, answer: AcquireAnswer | DomicileAnswer
    ) -> DeskAcquired:
        """Collect and bind what J-LIS agreed to."""
        if answer.verdict != "agree":
            return DeskAcquired(person=person.person, result=answer.verdict, fields=answer.fields)
        await self._bind(person, await self._collect(number))
        await self._confirm(number)
        return DeskAcquired(person=person.person, result="bound")

    async def _decide(self, order: DeskAcquire, person: rules.Person, paper: Paper) -> DeskAcquired:
        """An officer who saw a paper decides the newest doubtful comparison of a person.

        The same number and request are decided, so that no further attempt is counted.
        """
        found = await self._database.read(lambda c: store.doubtful(c, person.person))
        if found is None:
            return DeskAcquired(person=person.person, result="acquisition-unknown")
        number, request_digest = found
        decision = AcquireDecision(
            **self._party.envelope(J_LIS),
            number=number,
            officer=self._pseudonym(order.officer),
            paper=paper,
            request_digest=request_digest,
        )
        try:
            raw = await self._individual_number.acquire_decision(self._party.write(decision))
            answer = self._party.read(raw, (AcquireAnswer,), peer=J_LIS).message
            await self._database.write(lambda c: store.set_verdict(c, number, answer.verdict))
            return await self._finish(person, number, answer)
        except WireError as error:
            return DeskAcquired(person=person.person, result=error.code)

    def _pseudonym(self, officer: str) -> bytes:
        party = self._party
        return officer_pseudonym(
            lambda data: party.keys.mac(PSEUDONYM_KEY, data, "sha256"),
            tokyo_day(party.now()).isoformat(),
            officer,
        )

    async def _compare(
        self, order: DeskAcquire, person: rules.Person, number: str
    ) -> AcquireAnswer | DomicileAnswer:
        if order.affair == FAMILY_REGISTER:
            return await self._through_domicile.compare(person, number, order.office)
        party = self._party
        subject = AcquireSubject(
            individual_number=person.individual_number, attributes=_attributes(person)
        )
        request = AcquireRequest(
            **party.envelope(J_LIS),
            number=number,
            affair=order.affair,
            office=order.office,
            officer=self._pseudonym(order.officer),
            subject=party.seal(J_LIS, "acquire", number, encode(subject)),
        )
        raw = party.write(request)
        values = {
            "number": number,
            "person": person.person,
            "affair": order.affair,
            "office": order.office,
            "officer": order.officer,
            "request_digest": party.digest_of(raw),
        }
        now = party.now()
        await self._database.write(lambda c: store.add_acquisition(c, values, now))
        answer = await self._individual_number.acquire(raw)
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

    async def _bind(self, person: rules.Person, code: InstitutionCode) -> None:
        def bind(connection: Connection) -> None:
            if store.bind_code(connection, person.person, code) is not None:
                raise WireError("code-already-bound")

        await self._database.write(bind)

    async def _confirm(self, number: str) -> None:
        request = AcquisitionConfirm(**self._party.envelope("linkage"), number=number)
        answer = await self._linkage.acquisition_confirm(self._party.write(request))
        self._party.read(answer, (AcquisitionConfirmed,), peer="linkage")


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


def _attributes(person: rules.Person) -> FourAttributes:
    return FourAttributes(
        name=person.name,
        address=person.address,
        birth_date=person.birth_date,
        sex=person.sex,  # type: ignore[arg-type]  # the file holds the three words only
    )
