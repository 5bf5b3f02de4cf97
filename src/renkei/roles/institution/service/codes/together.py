"""Acquiring the codes of up to 100 people in one journey each way (一括の取得, 法21条の2).

Each step is one message and one transaction: compare, collect, bind, confirm. Whoever is not
bound at the end is named with the reason, and can be tried again.
"""

import contextlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from sqlalchemy import Connection

from renkei.crypto.digests import officer_pseudonym
from renkei.kit.acquiring import Acquiring, Issued
from renkei.kit.clock import tokyo_day
from renkei.kit.counterparty import Counterparty
from renkei.kit.database import Database
from renkei.kit.party import Party
from renkei.law.use import FAMILY_REGISTER
from renkei.roles.institution import rules
from renkei.roles.institution.service.codes.book import CodeBook
from renkei.roles.institution.service.codes.domicile import PSEUDONYM_KEY, ThroughDomicile
from renkei.roles.institution.store import persons as store
from renkei.values.institution_code import InstitutionCode
from renkei.values.person_id import PersonId
from renkei.wire.boxes import BoxPurpose
from renkei.wire.errors import WireError
from renkei.wire.framing import encode
from renkei.wire.individual_number.calls import ACQUIRE_BATCH
from renkei.wire.individual_number.messages import (
    AcquireBatch,
    AcquireSubject,
    Compared,
    NumberedSubject,
)
from renkei.wire.institution.desk_codes import DeskAcquired
from renkei.wire.limits import BATCH
from renkei.wire.names import INDIVIDUAL_NUMBER

__all__ = ["BATCH", "Occasion", "Together"]

People = dict[str, rules.Person]
"""Persons on file by the acquisition number drawn for each."""
LIMIT: Final = "acquisition-limit"


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
        acquiring: Acquiring,
        individual_number: Counterparty,
        through_domicile: ThroughDomicile,
    ) -> None:
        self._party = party
        self._database = database
        self._acquiring = acquiring
        self._individual_number = individual_number
        self._through_domicile = through_domicile
        self._book = CodeBook(party.keys)

    async def acquire(self, occasion: Occasion, people: People) -> list[DeskAcquired]:
        """Acquire one code per number, at most `BATCH`; gives how each ended."""
        try:
            compared = await self.compare(occasion, people)
        except WireError as error:
            return [DeskAcquired(person=one.person, result=error.code) for one in people.values()]
        return await self.finish(people, compared)

    async def fetch(
        self, occasion: Occasion, person: rules.Person, number: str
    ) -> InstitutionCode | None:
        """Acquire a code without binding it; None where J-LIS does not agree.

        Raises WireError where it could not be tried, or was not there to collect.
        """
        (compared,) = await self.compare(occasion, {number: person})
        if compared.verdict == "limited":
            raise WireError(LIMIT)
        if compared.verdict != "agree":
            return None
        collected = await self._acquiring.collect([number])
        if number not in collected.by_number:
            raise WireError(collected.missed)
        return _code(collected.by_number[number])

    async def anew(self, occasion: Occasion, people: People) -> dict[PersonId, InstitutionCode]:
        """What is issued for people who have codes, by person; nothing is bound or kept.

        Without those J-LIS does not agree to. Raises WireError where it could not be tried.
        """
        compared = await self.compare(occasion, people)
        agreed = [one.number for one in compared if one.verdict == "agree"]
        collected = await self._acquiring.collect(agreed)
        await self._confirm(list(people))
        return {people[number].person: _code(one) for number, one in collected.by_number.items()}

    async def finish(self, people: People, compared: Sequence[Compared]) -> list[DeskAcquired]:
        """Collect, bind and confirm whoever J-LIS agreed to; gives how each one ended.

        `epoch` where the numbers are of an epoch that has ended.
        """
        agreed = [one.number for one in compared if one.verdict == "agree"]
        collected = await self._acquiring.collect(agreed)
        found = {number: _code(one) for number, one in collected.by_number.items()}
        bound = await self._bind({number: people[number] for number in found}, found)
        await self._confirm([number for number, result in bound.items() if result == "bound"])
        return [
            DeskAcquired(
                person=people[one.number].person,
                result=bound.get(one.number, collected.missed)
                if one.verdict == "agree"
                else _ended(one),
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

    async def compare(self, occasion: Occasion, people: People) -> Sequence[Compared]:
        """J-LIS's verdicts, recorded here before and after."""
        if occasion.affair == FAMILY_REGISTER:
            return await self._through_domicile.compare(list(people.items()), occasion.office)
        party = self._party
        request = AcquireBatch(
            **party.envelope(INDIVIDUAL_NUMBER),
            affair=occasion.affair,
            office=occasion.office,
            officer=self.pseudonym(occasion.officer),
            people=[
                NumberedSubject(
                    number=number,
                    subject=party.seal(
                        INDIVIDUAL_NUMBER, BoxPurpose.ACQUIRE, number, encode(_subject(person))
                    ),
                )
                for number, person in people.items()
            ],
        )
        raw = party.write(request)
        facts = {
            "affair": occasion.affair,
            "office": occasion.office,
            "officer": occasion.officer,
            "request_digest": raw.digest,
        }
        names, now = {number: one.person for number, one in people.items()}, party.now()
        await self._database.write(lambda c: store.add_acquisitions(c, names, facts, now))
        try:
            answer = (await self._individual_number.send(ACQUIRE_BATCH, raw)).message
        except WireError as error:
            ended = dict.fromkeys(people, error.code)
            await self._database.write(lambda c: store.set_verdicts(c, ended))
            raise
        verdicts = {one.number: one.verdict for one in answer.compared}
        if verdicts.keys() != people.keys():
            raise WireError("unavailable", "J-LIS answered for other numbers.")
        await self._database.write(lambda c: store.set_verdicts(c, verdicts))
        return answer.compared

    async def _bind(self, people: People, found: dict[str, InstitutionCode]) -> dict[str, str]:
        def bind(connection: Connection) -> dict[str, str]:
            return {
                number: "bound"
                if self._book.bind(connection, person.person, found[number]) is None
                else "code-already-bound"
                for number, person in people.items()
            }

        return await self._database.write(bind) if people else {}

    async def _confirm(self, numbers: list[str]) -> None:
        """Have what is bound deleted at the network; what fails here runs out there in a day."""
        with contextlib.suppress(WireError):
            await self._acquiring.confirm(numbers)


def _code(issued: Issued) -> InstitutionCode:
    return InstitutionCode(issued.element, issued.epoch)


def _ended(one: Compared) -> str:
    return LIMIT if one.verdict == "limited" else one.verdict


def _subject(person: rules.Person) -> AcquireSubject:
    return AcquireSubject(
        individual_number=person.individual_number, attributes=rules.attributes_of(person)
    )
