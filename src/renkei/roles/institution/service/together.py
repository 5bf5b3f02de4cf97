"""Acquiring the codes of up to 100 people in one journey each way (一括の取得, 法21条の2).

Each step is one message and one transaction: compare, collect, bind, confirm. Whoever is not
bound at the end is named with the reason, and can be tried again.
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
from renkei.kit.party import Party
from renkei.law.use import FAMILY_REGISTER
from renkei.roles.institution import rules
from renkei.roles.institution.service.domicile import J_LIS, PSEUDONYM_KEY, ThroughDomicile
from renkei.roles.institution.store import persons as store
from renkei.values.institution_code import InstitutionCode
from renkei.wire.errors import WireError
from renkei.wire.framing import encode
from renkei.wire.messages.acquisition import AcquireSubject
from renkei.wire.messages.batches import (
    BATCH,
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
from renkei.wire.messages.desk import DeskAcquired
from renkei.wire.protocols import IndividualNumberProtocol, LinkageProtocol

__all__ = ["BATCH", "Occasion", "Together"]

COLLECT_ATTEMPTS: Final = 6
COLLECT_FIRST_PAUSE_SECONDS: Final = 0.05
People = dict[str, rules.Person]
"""Persons on file by the acquisition number drawn for each."""
EMPTY: Final = "acquisition-empty"
EPOCH: Final = "epoch"


@dataclass(frozen=True, slots=True)
class Occasion:
    """For which affair, office and officer numbers are used (取得の事務)."""

    affair: str
    office: str
    officer: str


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

    async def acquire(self, occasion: Occasion, people: People) -> list[DeskAcquired]:
        """Acquire one code per number, at most `BATCH`; gives how each ended."""
        try:
            compared = await self._compare(occasion, people)
        except WireError as error:
            return [DeskAcquired(person=one.person, result=error.code) for one in people.values()]
        return await self.finish(people, compared)

    async def fetch(
        self, occasion: Occasion, person: rules.Person, number: str
    ) -> InstitutionCode | None:
        """Acquire a code without binding it; None where J-LIS does not agree.

        Raises WireError where it could not be tried, or was not there to collect.
        """
        (compared,) = await self._compare(occasion, {number: person})
        if compared.verdict != "agree":
            return None
        collected, missed = await self._collect([number])
        if number not in collected:
            raise WireError(missed)
        return collected[number]

    async def finish(self, people: People, compared: Sequence[Compared]) -> list[DeskAcquired]:
        """Collect, bind and confirm whoever J-LIS agreed to; gives how each one ended.

        `epoch` where the numbers are of an epoch that has ended.
        """
        agreed = [one.number for one in compared if one.verdict == "agree"]
        collected, missed = await self._collect(agreed)
        bound = await self._bind({number: people[number] for number in collected}, collected)
        await self._confirm([number for number, result in bound.items() if result == "bound"])
        return [
            DeskAcquired(
                person=people[one.number].person,
                result=bound.get(one.number, missed) if one.verdict == "agree" else one.verdict,
                fields=[] if one.verdict == "agree" else one.fields,
            )
            for one in compared
        ]

    def pseudonym(self, officer: str) -> bytes:
        """What stands for an officer outside, another one each day (職員の仮名)."""
        party = self._party
        return officer_pseudonym(
            lambda data: party.keys.mac(PSEUDONYM_KEY, data, "sha256"),
            tokyo_day(party.now()).isoformat(),
            officer,
        )

    async def _compare(self, occasion: Occasion, people: People) -> Sequence[Compared]:
        if occasion.affair == FAMILY_REGISTER:
            return await self._through_domicile.compare(list(people.items()), occasion.office)
        party = self._party
        request = AcquireBatch(
            **party.envelope(J_LIS),
            affair=occasion.affair,
            office=occasion.office,
            officer=self.pseudonym(occasion.officer),
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
            "affair": occasion.affair,
            "office": occasion.office,
            "officer": occasion.officer,
            "request_digest": party.digest_of(raw),
        }
        names, now = {number: one.person for number, one in people.items()}, party.now()
        await self._database.write(lambda c: store.add_acquisitions(c, names, facts, now))
        try:
            answer = await self._individual_number.acquire_batch(raw)
        except WireError as error:
            ended = dict.fromkeys(people, error.code)
            await self._database.write(lambda c: store.set_verdicts(c, ended))
            raise
        compared = party.read(answer, (AcquireBatchAnswer,), peer=J_LIS).message.compared
        verdicts = {one.number: one.verdict for one in compared}
        if verdicts.keys() != people.keys():
            raise WireError("unavailable", "J-LIS answered for other numbers.")
        await self._database.write(lambda c: store.set_verdicts(c, verdicts))
        return compared

    async def _collect(self, numbers: list[str]) -> tuple[dict[str, InstitutionCode], str]:
        """Fetch converted points and divide the blinds out; waits for J-LIS's fillings.

        Gives the codes by number, and why those that are missing are.
        """
        found: dict[str, InstitutionCode] = {}
        missed = EMPTY
        for attempt in range(COLLECT_ATTEMPTS):
            missing = [number for number in numbers if number not in found]
            if not missing:
                break
            if attempt > 0:
                await asyncio.sleep(COLLECT_FIRST_PAUSE_SECONDS * 2 ** (attempt - 1))
            try:
                collected = await self._fetch(missing)
            except WireError as error:
                missed = error.code
                if missed == EPOCH:  # waiting does not bring an epoch back
                    break
                continue
            missed = EMPTY
            for one in collected:
                if one.number in missing:
                    found[one.number] = self._open(one)
        return found, missed

    async def _fetch(self, numbers: list[str]) -> Sequence[Collected]:
        request = CollectBatch(**self._party.envelope("linkage"), numbers=numbers)
        answer = await self._linkage.acquisition_collect_batch(self._party.write(request))
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


def _subject(person: rules.Person) -> AcquireSubject:
    return AcquireSubject(
        individual_number=person.individual_number, attributes=rules.attributes_of(person)
    )
