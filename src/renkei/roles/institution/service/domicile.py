"""Codes of the family register: through the registered domicile (本籍地の市町村長, 令27条の2).

The Minister of Justice knows neither individual numbers nor addresses. It hands the acquisition
number with the register's domicile and head, name and birth date to the municipality of the
registered domicile, boxed; that one sends J-LIS the number with the four attributes of its
supplement. J-LIS answers the municipality, and fills the number for the Minister alone.
"""

from collections.abc import Callable
from typing import Final

from renkei.crypto.digests import officer_pseudonym
from renkei.kit.clock import tokyo_day
from renkei.kit.database import Database
from renkei.kit.party import Party
from renkei.law.use import FAMILY_REGISTER, may_acquire
from renkei.roles.institution import rules
from renkei.roles.institution.store import persons, supplement
from renkei.wire.errors import WireError
from renkei.wire.framing import Letter, decode, encode
from renkei.wire.messages.acquisition import (
    AcquireAnswer,
    AcquireRequest,
    AcquireSubject,
    DomicileAnswer,
    DomicileRequest,
    DomicileSubject,
    FieldVerdict,
    Verdict,
)
from renkei.wire.protocols import IndividualNumberProtocol, ProviderProtocol

PSEUDONYM_KEY: Final = "pseudonym"
J_LIS: Final = "individual-number"
BOX: Final = "domicile"
AUTOMATIC_OFFICER: Final = "automatic"
"""No officer of the municipality looks at what is sent on."""
UNKNOWN: Final = FieldVerdict(field="name", verdict="differ", reason="not-in-supplement")


class DomicileService:
    """The municipality's side: find one person in the supplement and tell J-LIS."""

    def __init__(
        self, party: Party, database: Database, individual_number: IndividualNumberProtocol
    ) -> None:
        self._party = party
        self._database = database
        self._individual_number = individual_number

    async def domicile(self, letter: Letter[DomicileRequest]) -> DomicileAnswer:
        """Send a number on for the Minister; nothing of the supplement goes back to it."""
        asked = letter.message
        self._check(asked)
        plain = self._party.unseal(asked.sender, BOX, asked.number, asked.subject)
        subject: DomicileSubject = decode(plain, DomicileSubject)
        entry = await self._database.read(lambda c: supplement.find(c, subject))
        if entry is None:
            return self._answer(asked, "differ", [UNKNOWN])
        known = await self._send(asked, entry)
        return self._answer(asked, known.verdict, known.fields)

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

    async def _send(self, asked: DomicileRequest, entry: supplement.Entry) -> AcquireAnswer:
        party = self._party
        subject = AcquireSubject(individual_number=None, attributes=supplement.attributes(entry))
        day = tokyo_day(party.now()).isoformat()
        request = AcquireRequest(
            **party.envelope(J_LIS),
            number=asked.number,
            affair=FAMILY_REGISTER,
            office=asked.office,
            officer=officer_pseudonym(
                lambda data: party.keys.mac(PSEUDONYM_KEY, data, "sha256"), day, AUTOMATIC_OFFICER
            ),
            subject=party.seal(J_LIS, "acquire", asked.number, encode(subject)),
            on_behalf_of=asked.sender,
        )
        raw = party.write(request)
        values = {
            "number": asked.number,
            "person": entry.entry,
            "affair": asked.affair,
            "office": asked.office,
            "officer": AUTOMATIC_OFFICER,
            "request_digest": party.digest_of(raw),
        }
        now = party.now()
        await self._database.write(lambda c: persons.add_acquisition(c, values, now))
        answer = await self._individual_number.acquire(raw)
        message = party.read(answer, (AcquireAnswer,), peer=J_LIS).message
        if message.number != asked.number:
            raise WireError("unavailable", "J-LIS answered for another number.")
        await self._database.write(lambda c: persons.set_verdict(c, asked.number, message.verdict))
        return message

    def _answer(
        self, asked: DomicileRequest, verdict: Verdict, fields: list[FieldVerdict]
    ) -> DomicileAnswer:
        return DomicileAnswer(
            **self._party.envelope(asked.sender),
            number=asked.number,
            verdict=verdict,
            fields=fields,
        )


class ThroughDomicile:
    """The Minister's side: whom a number is handed to, and what comes back (法務大臣)."""

    def __init__(self, party: Party, provider: Callable[[str], ProviderProtocol]) -> None:
        self._party = party
        self._provider = provider

    async def compare(self, person: rules.Person, number: str, office: str) -> DomicileAnswer:
        """Hand a number over; raises WireError `person-unknown` where no city takes it.

        The person on file has the register's domicile and head for an address.
        """
        party = self._party
        city = self._city(person)
        subject = DomicileSubject(
            register=person.address, name=person.name, birth_date=person.birth_date
        )
        request = DomicileRequest(
            **party.envelope(city),
            number=number,
            affair=FAMILY_REGISTER,
            office=office,
            subject=party.seal(city, BOX, number, encode(subject)),
        )
        raw = await self._provider(city).domicile(party.write(request))
        answer = party.read(raw, (DomicileAnswer,), peer=city).message
        if answer.number != number:
            raise WireError("unavailable", "The municipality answered for another number.")
        return answer

    def _city(self, person: rules.Person) -> str:
        """The connected municipality of the registered domicile (本籍地)."""
        for entry in self._party.directory.entries.values():
            if (
                entry.role == "institution"
                and person.municipality_code is not None
                and entry.municipality_code == person.municipality_code
            ):
                return entry.party
        raise WireError("person-unknown", "No municipality of that domicile is connected.")
