"""Acquiring the codes of up to 100 people in one journey each way (一括の取得, 法21条の2).

Each step is one message and one transaction: compare, collect, bind, confirm. Whoever is not
bound at the end is named with the reason, and can be tried again.
"""

import asyncio
from collections.abc import Callable, Sequence
from typing import Final

from sqlalchemy import Connection

from renkei.crypto import codes
from renkei.kit.database import Database
from renkei.kit.party import Party
from renkei.law.use import FAMILY_REGISTER
from renkei.roles.institution import rules
from renkei.roles.institution.service.domicile import J_LIS, ThroughDomicile
from renkei.roles.institution.store import persons as store
from renkei.values.institution_code import InstitutionCode
from renkei.wire.errors import WireError
from renkei.wire.framing import encode
from renkei.wire.messages.acquisition import AcquireSubject, FourAttributes
from renkei.wire.messages.batches import (
    AcquireBatch,
    AcquireBatchAnswer,
    CollectBatch,
    CollectBatchAnswer,
    Collected,
    Compared,
    ConfirmBatch,
    ConfirmBatchNoted,
    NumberedSubject,
)
from renkei.wire.messages.desk import DeskAcquire, DeskAcquired
from renkei.wire.protocols import IndividualNumberProtocol, LinkageProtocol

COLLECT_ATTEMPTS: Final = 6
COLLECT_FIRST_PAUSE_SECONDS: Final = 0.05
People = dict[str, rules.Person]
"""Persons on file by the acquisition number drawn for each."""


class Together:
    """An institution's side of many first issues at once (一括の取得)."""

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

    async def acquire(
        self, order: DeskAcquire, people: People, pseudonym: Callable[[str], bytes]
    ) -> list[DeskAcquired]:
        """Acquire one code per number; gives how each ended, in the order given."""
        try:
            compared = await self._compare(order, people, pseudonym)
        except WireError as error:
            return [DeskAcquired(person=one.person, result=error.code) for one in people.values()]
        return await self.finish(people, compared)

    async def finish(self, people: People, compared: Sequence[Compared]) -> list[DeskAcquired]:
        """Collect, bind and confirm whoever J-LIS agreed to; gives how each one ended."""
        agreed = [one.number for one in compared if one.verdict == "agree"]
        collected = await self._collect(agreed) if agreed else {}
        bound = await self._bind({number: people[number] for number in collected}, collected)
        await self._confirm([number for number, result in bound.items() if result == "bound"])
        return [
            DeskAcquired(
                person=people[one.number].person,
                result=bound.get(one.number, "acquisition-empty")
                if one.verdict == "agree"
                else one.verdict,
                fields=[] if one.verdict == "agree" else one.fields,
            )
            for one in compared
        ]

    async def _compare(
        self, order: DeskAcquire, people: People, pseudonym: Callable[[str], bytes]
    ) -> Sequence[Compared]:
        if order.affair == FAMILY_REGISTER:
            return await self._through_domicile.compare(list(people.items()), order.office)
        party = self._party
        request = AcquireBatch(
            **party.envelope(J_LIS),
            affair=order.affair,
            office=order.office,
            officer=pseudonym(order.officer),
            people=[
                NumberedSubject(
                    number=number,
                    subject=party.seal(J_LIS, "acquire", number, encode(_subject(person))),
                )
                for number, person in people.items()
            ],
        )
        raw = party.write(request)
        facts = {
            "affair": order.affair,
            "office": order.office,
            "officer": order.officer,
            "request_digest": party.digest_of(raw),
        }
        names, now = {number: one.person for number, one in people.items()}, party.now()
        await self._database.write(lambda c: store.add_acquisitions(c, names, facts, now))
        answer = await self._individual_number.acquire_batch(raw)
        compared = party.read(answer, (AcquireBatchAnswer,), peer=J_LIS).message.compared
        verdicts = {one.number: one.verdict for one in compared}
        if verdicts.keys() != people.keys():
            raise WireError("unavailable", "J-LIS answered for other numbers.")
        await self._database.write(lambda c: store.set_verdicts(c, verdicts))
        return compared

    async def _collect(self, numbers: list[str]) -> dict[str, InstitutionCode]:
        """Fetch converted points and divide the blinds out; waits for J-LIS's fillings."""
        found: dict[str, InstitutionCode] = {}
        for attempt in range(COLLECT_ATTEMPTS):
            missing = [number for number in numbers if number not in found]
            for one in await self._fetch(missing):
                if one.number in missing:
                    found[one.number] = self._open(one)
            if len(found) == len(numbers):
                break
            await asyncio.sleep(COLLECT_FIRST_PAUSE_SECONDS * 2**attempt)
        return found

    async def _fetch(self, numbers: list[str]) -> Sequence[Collected]:
        request = CollectBatch(**self._party.envelope("linkage"), numbers=numbers)
        try:
            answer = await self._linkage.acquisition_collect_batch(self._party.write(request))
        except WireError:
            return ()
        return self._party.read(answer, (CollectBatchAnswer,), peer="linkage").message.collected

    def _open(self, one: Collected) -> InstitutionCode:
        seed = self._party.unseal(J_LIS, "acquisition-seed", one.number, one.seed)
        blind = codes.derive_blind(seed, J_LIS, one.number)
        return InstitutionCode(codes.unblind(blind, one.blinded), one.epoch)

    async def _bind(self, people: People, found: dict[str, InstitutionCode]) -> dict[str, str]:
        def bind(connection: Connection) -> dict[str, str]:
            return {
                number: "bound"
                if store.bind_code(connection, person.person, found[number]) is None
                else "code-already-bound"
                for number, person in people.items()
            }

        return await self._database.write(bind) if people else {}

    async def _confirm(self, numbers: list[str]) -> None:
        """Have what is bound deleted at the network; what fails here runs out there in a day."""
        if not numbers:
            return
        request = ConfirmBatch(**self._party.envelope("linkage"), numbers=numbers)
        try:
            answer = await self._linkage.acquisition_confirm_batch(self._party.write(request))
            self._party.read(answer, (ConfirmBatchNoted,), peer="linkage")
        except WireError:
            return


def attributes(person: rules.Person) -> FourAttributes:
    """The four attributes as this institution has them (氏名・住所・生年月日・性別)."""
    return FourAttributes(
        name=person.name,
        address=person.address,
        birth_date=person.birth_date,
        sex=person.sex,  # type: ignore[arg-type]  # the file holds the three words only
    )


def _subject(person: rules.Person) -> AcquireSubject:
    return AcquireSubject(individual_number=person.individual_number, attributes=attributes(person))
