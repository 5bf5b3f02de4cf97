"""Acquiring codes: number, comparison at J-LIS, collection, binding (符号の取得, 法21条の2).

What dies half-way is started over with a new number; a code is bound once whatever happens.
"""

from collections.abc import Sequence
from typing import Final

from sqlalchemy import Connection

from renkei.crypto.digests import officer_pseudonym
from renkei.kit.clock import tokyo_day
from renkei.kit.database import Database
from renkei.kit.party import Party
from renkei.law import may_use
from renkei.roles.institution import rules
from renkei.roles.institution.service.domicile import J_LIS, PSEUDONYM_KEY
from renkei.roles.institution.service.together import Together
from renkei.roles.institution.store import persons as store
from renkei.wire.errors import WireError
from renkei.wire.framing import Letter
from renkei.wire.messages.acquisition import (
    AcquireAnswer,
    AcquireDecision,
    AcquisitionNumberRequest,
    AcquisitionNumbers,
    Paper,
)
from renkei.wire.messages.batches import Compared
from renkei.wire.messages.desk import DeskAcquire, DeskAcquired, DeskAcquisitions
from renkei.wire.protocols import IndividualNumberProtocol, LinkageProtocol

__all__ = ["J_LIS", "PSEUDONYM_KEY", "AcquireService"]

UNKNOWN: Final = "acquisition-unknown"


class AcquireService:
    """An institution's side of a first issue."""

    def __init__(
        self,
        party: Party,
        database: Database,
        linkage: LinkageProtocol,
        individual_number: IndividualNumberProtocol,
        together: Together,
    ) -> None:
        self._party = party
        self._database = database
        self._linkage = linkage
        self._individual_number = individual_number
        self._together = together

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
        elif missing:
            numbers = await self._numbers(len(missing))
            people = dict(zip(numbers, missing, strict=True))
            results = await self._together.acquire(order, people, self._pseudonym)
        else:
            results = []
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
        if len(set(numbers)) != count:
            raise WireError("unavailable", "The network gave another count of numbers.")
        return numbers

    async def _decide(self, order: DeskAcquire, person: rules.Person, paper: Paper) -> DeskAcquired:
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
            officer=self._pseudonym(order.officer),
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

    def _pseudonym(self, officer: str) -> bytes:
        party = self._party
        return officer_pseudonym(
            lambda data: party.keys.mac(PSEUDONYM_KEY, data, "sha256"),
            tokyo_day(party.now()).isoformat(),
            officer,
        )


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
