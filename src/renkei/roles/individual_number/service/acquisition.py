"""Acquisitions: compare, record, fill at the network (符号の取得, 法21条の2, 令27条).

J-LIS never learns the code: it sends a blinded point to the network and the seed, boxed, for the
institution. Every attempt is recorded before it is answered, and failed ones are limited.
"""

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import NoReturn

from sqlalchemy import Connection

from renkei.kit.clock import tokyo_day
from renkei.kit.database import Database
from renkei.kit.party import Party
from renkei.law import Decision, UnknownNameError
from renkei.law.use import ARTICLE as USE_ARTICLE
from renkei.law.use import may_acquire
from renkei.roles.individual_number import rules, store
from renkei.roles.individual_number.service.filling import SEED_KEY, Filler
from renkei.roles.individual_number.service.portal import PortalCodes
from renkei.values.errors import ValueFormatError
from renkei.values.individual_number import IndividualNumber, NumberScheme
from renkei.wire.errors import WireError
from renkei.wire.fields import Box
from renkei.wire.framing import Letter, decode
from renkei.wire.messages.acquisition import (
    AcquireAnswer,
    AcquireDecision,
    AcquireRequest,
    AcquireSubject,
    FieldVerdict,
    Verdict,
)
from renkei.wire.messages.batches import (
    AcquireBatch,
    AcquireBatchAnswer,
    Compared,
)
from renkei.wire.protocols import LinkageProtocol

LIMIT_RETRY_SECONDS = 3600


@dataclass(frozen=True, slots=True)
class Attempt:
    """One number of a request, opened: who asks, and about whom (取得の求め)."""

    request: AcquireRequest | AcquireBatch
    number: str
    digest: bytes
    subject: AcquireSubject


class IndividualNumberService:
    """J-LIS's side of an acquisition (機構の処理)."""

    def __init__(
        self, party: Party, database: Database, linkage: LinkageProtocol, scheme: NumberScheme
    ) -> None:
        self._party = party
        self._database = database
        self._scheme = scheme
        self._filler = Filler(party, database, linkage)
        self.portal = PortalCodes(party, database, self._filler, scheme)
        self.resend_fills = self._filler.resend_fills

    async def acquire(self, letter: Letter[AcquireRequest]) -> AcquireAnswer:
        """Compare and answer agree, doubtful or differ; on agree the number gets filled."""
        request = letter.message
        known = await self._database.read(lambda c: store.acquisition(c, request.number))
        fresh = known is None
        if known is None:
            attempt = Attempt(
                request,
                request.number,
                letter.digest,
                self._open(request.sender, request.number, request.subject),
            )
            known = await self._database.write(lambda c: self._judge(c, attempt))
        if known.request_digest != letter.digest:
            raise WireError("acquisition-used", "This number came with another request before.")
        if known.verdict == "refused":
            self._refuse(request)
        await self._filler.fill(known.number, known.fill, fresh=fresh)
        return self._answer(known)

    async def acquire_batch(self, letter: Letter[AcquireBatch]) -> AcquireBatchAnswer:
        """Compare several persons; the numbers of all that agree get filled together."""
        request = letter.message
        attempts = [
            Attempt(
                request,
                one.number,
                letter.digest,
                self._open(request.sender, one.number, one.subject),
            )
            for one in request.people
        ]
        known = await self._database.write(lambda c: self._judge_all(c, attempts))
        await self._filler.fill_together(known)
        compared = [
            Compared(number=one.number, verdict=one.verdict, fields=one.fields)
            for one in known
            if one.verdict != "refused"
        ]
        if len(compared) < len(known):
            self._refuse(request)
        return AcquireBatchAnswer(**self._party.envelope(request.sender), compared=compared)

    async def acquire_decision(self, letter: Letter[AcquireDecision]) -> AcquireAnswer:
        """An officer decides a doubtful comparison by a paper; the number gets filled."""
        decision = letter.message
        known = await self._database.write(lambda c: self._decide(c, decision))
        await self._filler.fill(known.number, known.fill)
        return self._answer(known)

    # -- steps -------------------------------------------------------------------------------

    def _refuse(self, request: AcquireRequest | AcquireBatch) -> NoReturn:
        """Say why an attempt was refused: the use is not the body's (法9条), or too many tries."""
        decision = self._use(request)
        if not decision.allowed:
            raise WireError(
                "not-allowed",
                f"Use {request.affair!r} is not for this body to acquire: {decision.reason}.",
                article=decision.article,
            )
        raise WireError("acquisition-limit", retry_after_seconds=LIMIT_RETRY_SECONDS)

    def _use(self, request: AcquireRequest | AcquireBatch) -> Decision:
        """Whether the body may use numbers for this affair, for itself or the Minister (法9条)."""
        directory = self._party.directory
        other = request.on_behalf_of
        try:
            return may_acquire(
                directory.entry(request.sender).kind,
                request.affair,
                tokyo_day(self._party.now()),
                directory.entry(other).kind if other is not None else None,
            )
        except UnknownNameError:
            return Decision(False, USE_ARTICLE, None, "use-not-in-table")

    def _open(self, sender: str, number: str, box: Box) -> AcquireSubject:
        plain = self._party.unseal(sender, "acquire", number, box)
        subject: AcquireSubject = decode(plain, AcquireSubject)
        return subject

    def _judge(self, connection: Connection, attempt: Attempt) -> store.Acquisition:
        """What is recorded of a number, judged first if it is new."""
        existing = store.acquisition(connection, attempt.number)
        return existing or self._judge_new(connection, attempt)

    def _judge_new(self, connection: Connection, attempt: Attempt) -> store.Acquisition:
        """Find, compare and record in one transaction."""
        subject = attempt.subject
        record = self._record(attempt)
        now = self._party.now()
        attempts = store.attempts(
            connection, record, now - timedelta(hours=1), now - timedelta(days=1)
        )
        if not self._use(attempt.request).allowed or not rules.within_limits(attempts):
            store.add_acquisition(connection, record)
            return record
        found = self._find(connection, subject)
        if found is None:
            verdict, fields = rules.no_such_person(subject.individual_number is not None)
            record = _with(record, None, verdict, fields)
        else:
            resident_code, link_seed, person = found
            verdict, fields = rules.compare(subject.attributes, person)
            record = _with(record, resident_code, verdict, fields)
            if verdict == "agree":
                record = replace(record, fill=self._filler.blind(record, link_seed))
        store.add_acquisition(connection, record)
        return record

    def _judge_all(
        self, connection: Connection, attempts: list[Attempt]
    ) -> list[store.Acquisition]:
        """Judge one after the other until one is refused; what was judged stays recorded.

        Taking it back would let an institution try numbers that are never counted.
        """
        earlier = store.acquisitions(connection, [one.number for one in attempts])
        if any(known.request_digest != attempts[0].digest for known in earlier.values()):
            raise WireError("acquisition-used", "A number came with another request before.")
        known: list[store.Acquisition] = []
        for one in attempts:
            record = earlier.get(one.number) or self._judge_new(connection, one)
            known.append(earlier.setdefault(one.number, record))
            if record.verdict == "refused":
                break
        return known

    def _record(self, attempt: Attempt) -> store.Acquisition:
        number = attempt.subject.individual_number
        asked = None
        if number is not None:
            asked = self._party.keys.mac(SEED_KEY, b"renkei asked v1" + number.encode(), "sha256")
        request = attempt.request
        return store.Acquisition(
            number=attempt.number,
            institution=request.sender,
            affair=request.affair,
            office=request.office,
            officer=request.officer,
            resident_code=None,
            number_asked=asked,
            verdict="refused",
            fields=[],
            request_digest=attempt.digest,
            at=self._party.now(),
            on_behalf_of=request.on_behalf_of,
        )

    def _find(
        self, connection: Connection, subject: AcquireSubject
    ) -> tuple[str, bytes, rules.RegisteredPerson] | None:
        if subject.individual_number is None:
            fitting = store.find_by_attributes(connection, subject.attributes)
            return fitting[0] if len(fitting) == 1 else None
        try:
            IndividualNumber.parse(subject.individual_number, self._scheme)
        except ValueFormatError:
            return None
        return store.find_by_number(connection, subject.individual_number)

    def _decide(self, connection: Connection, decision: AcquireDecision) -> store.Acquisition:
        known = store.acquisition(connection, decision.number)
        if known is None or known.institution != decision.sender:
            raise WireError("acquisition-unknown")
        if known.request_digest != decision.request_digest:
            raise WireError("acquisition-used", "The decision names another request.")
        if known.verdict == "agree":
            return known
        if known.verdict != "doubtful" or known.resident_code is None:
            raise WireError("not-allowed", "Only a doubtful comparison can be decided.")
        found = store.find_by_code(connection, known.resident_code)
        if found is None:
            raise WireError("acquisition-unknown", "The register no longer holds this person.")
        fill = self._filler.blind(known, found[1])
        store.decide(connection, known.number, decision.paper, fill)
        return replace(known, verdict="agree", fill=fill)

    def _answer(self, known: store.Acquisition) -> AcquireAnswer:
        assert known.verdict != "refused"
        return AcquireAnswer(
            **self._party.envelope(known.institution),
            number=known.number,
            verdict=known.verdict,
            fields=known.fields,
        )


def _with(
    record: store.Acquisition,
    resident_code: str | None,
    verdict: Verdict,
    fields: list[FieldVerdict],
) -> store.Acquisition:
    return replace(record, resident_code=resident_code, verdict=verdict, fields=fields)
