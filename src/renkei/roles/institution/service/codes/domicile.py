"""Codes of the family register: through the registered domicile (本籍地の市町村長, 令27条の2).

The Minister of Justice knows neither individual numbers nor addresses. It hands the acquisition
numbers with each register's domicile and head, name and birth date to the municipality of the
registered domicile, boxed; that one sends J-LIS the numbers with the four attributes of its
supplement. J-LIS answers the municipality, and fills the numbers for the Minister alone.
"""

from collections.abc import Callable, Sequence
from typing import Final

from renkei.crypto.digests import officer_pseudonym
from renkei.kit.clock import tokyo_day
from renkei.kit.counterparty import Counterparty
from renkei.kit.database import Database
from renkei.kit.party import Party
from renkei.law.use import FAMILY_REGISTER, may_acquire
from renkei.roles.institution import rules
from renkei.roles.institution.store import persons, supplement
from renkei.wire.boxes import BoxPurpose
from renkei.wire.errors import WireError
from renkei.wire.framing import Letter, decode, encode
from renkei.wire.individual_number.calls import ACQUIRE_BATCH
from renkei.wire.individual_number.messages import (
    AcquireBatch,
    AcquireSubject,
    Compared,
    FieldVerdict,
    NumberedSubject,
)
from renkei.wire.institution.calls import DOMICILE
from renkei.wire.institution.messages import DomicileAnswer, DomicileRequest, DomicileSubject
from renkei.wire.names import INDIVIDUAL_NUMBER, INSTITUTION

PSEUDONYM_KEY: Final = "pseudonym"
AUTOMATIC_OFFICER: Final = "automatic"
"""No officer of the municipality looks at what is sent on."""
UNKNOWN: Final = FieldVerdict(field="name", verdict="differ", reason="not-in-supplement")

Found = dict[str, supplement.Entry]
"""Entries of the supplement by acquisition number."""


class DomicileService:
    """The municipality's side: find people in the supplement and tell J-LIS."""

    def __init__(self, party: Party, database: Database, individual_number: Counterparty) -> None:
        self._party = party
        self._database = database
        self._individual_number = individual_number

    async def domicile(self, letter: Letter[DomicileRequest]) -> DomicileAnswer:
        """Send numbers on for the Minister; nothing of the supplement goes back to it."""
        asked = letter.message
        self._check(asked)
        subjects = {one.number: self._open(asked.sender, one) for one in asked.people}
        found = await self._database.read(
            lambda c: {
                number: entry
                for number, subject in subjects.items()
                if (entry := supplement.find(c, subject)) is not None
            }
        )
        known = await self._send(asked, found) if found else {}
        compared = [
            known.get(number) or Compared(number=number, verdict="differ", fields=[UNKNOWN])
            for number in subjects
        ]
        return DomicileAnswer(**self._party.envelope(asked.sender), compared=compared)

    def _open(self, sender: str, one: NumberedSubject) -> DomicileSubject:
        plain = self._party.unseal(sender, BoxPurpose.DOMICILE, one.number, one.subject)
        subject: DomicileSubject = decode(plain, DomicileSubject)
        return subject

    def _check(self, asked: DomicileRequest) -> None:
        directory = self._party.directory
        decision = may_acquire(
            directory.entry(self._party.name).kind,
            asked.affair,
            tokyo_day(self._party.now()),
            directory.entry(asked.sender).kind,
        )
        if not decision.allowed:
            raise WireError("not-allowed", article=decision.article)

    async def _send(self, asked: DomicileRequest, found: Found) -> dict[str, Compared]:
        """Tell J-LIS, recording before sending and after the answer."""
        party = self._party
        day = tokyo_day(party.now()).isoformat()
        request = AcquireBatch(
            **party.envelope(INDIVIDUAL_NUMBER),
            affair=FAMILY_REGISTER,
            office=asked.office,
            officer=officer_pseudonym(
                lambda data: party.keys.mac(PSEUDONYM_KEY, data, "sha256"), day, AUTOMATIC_OFFICER
            ),
            people=[
                NumberedSubject(
                    number=number,
                    subject=party.seal(
                        INDIVIDUAL_NUMBER, BoxPurpose.ACQUIRE, number, encode(_subject(entry))
                    ),
                )
                for number, entry in found.items()
            ],
            on_behalf_of=asked.sender,
        )
        raw = party.write(request)
        facts = {
            "affair": FAMILY_REGISTER,
            "office": asked.office,
            "officer": AUTOMATIC_OFFICER,
            "request_digest": raw.digest,
        }
        entries = {number: entry.entry for number, entry in found.items()}
        now = party.now()
        await self._database.write(lambda c: persons.add_acquisitions(c, entries, facts, now))
        compared = (await self._individual_number.send(ACQUIRE_BATCH, raw)).message.compared
        verdicts = {one.number: one.verdict for one in compared}
        if verdicts.keys() != found.keys():
            raise WireError("unavailable", "J-LIS answered for other numbers.")
        await self._database.write(lambda c: persons.set_verdicts(c, verdicts))
        return {one.number: one for one in compared}


def _subject(entry: supplement.Entry) -> AcquireSubject:
    return AcquireSubject(individual_number=None, attributes=supplement.attributes(entry))


class ThroughDomicile:
    """The Minister's side: whom numbers are handed to, and what comes back (法務大臣)."""

    def __init__(
        self, party: Party, database: Database, provider: Callable[[str], Counterparty]
    ) -> None:
        self._party = party
        self._database = database
        self._provider = provider

    async def compare(
        self, people: Sequence[tuple[str, rules.Person]], office: str
    ) -> list[Compared]:
        """Hand numbers over, municipality by municipality; what one of them has no part in differs.

        A person on file here has the register's domicile and head for an address.
        """
        groups: dict[str, list[tuple[str, rules.Person]]] = {}
        for number, person in people:
            groups.setdefault(self._city(person), []).append((number, person))
        compared = []
        for city, group in groups.items():
            compared += await self._ask(city, group, office)
        return compared

    async def _ask(
        self, city: str, people: list[tuple[str, rules.Person]], office: str
    ) -> list[Compared]:
        party = self._party
        request = DomicileRequest(
            **party.envelope(city),
            affair=FAMILY_REGISTER,
            office=office,
            people=[
                NumberedSubject(
                    number=number,
                    subject=party.seal(city, BoxPurpose.DOMICILE, number, encode(_named(person))),
                )
                for number, person in people
            ],
        )
        raw = party.write(request)
        facts = {
            "affair": FAMILY_REGISTER,
            "office": office,
            "officer": AUTOMATIC_OFFICER,
            "request_digest": raw.digest,
        }
        names, now = {number: person.person for number, person in people}, party.now()
        await self._database.write(lambda c: persons.add_acquisitions(c, names, facts, now))
        compared = (await self._provider(city).send(DOMICILE, raw)).message.compared
        verdicts = {one.number: one.verdict for one in compared}
        if verdicts.keys() != names.keys():
            raise WireError("unavailable", "The municipality answered for other numbers.")
        await self._database.write(lambda c: persons.set_verdicts(c, verdicts))
        return compared

    def _city(self, person: rules.Person) -> str:
        """The connected municipality of the registered domicile (本籍地)."""
        for entry in self._party.directory.entries.values():
            if (
                entry.role == INSTITUTION
                and person.municipality_code is not None
                and entry.municipality_code == person.municipality_code
            ):
                return entry.party
        raise WireError("person-unknown", "No municipality of that domicile is connected.")


def _named(person: rules.Person) -> DomicileSubject:
    return DomicileSubject(register=person.address, name=person.name, birth_date=person.birth_date)
