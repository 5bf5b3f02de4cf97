"""Acquisitions: compare, record, fill at the network (符号の取得, 法21条の2, 令27条).

J-LIS never learns the code: it sends a blinded point to the network and the seed, boxed, for the
institution. Every attempt is recorded before it is answered, and failed ones are limited.
"""

import asyncio
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import NoReturn

from sqlalchemy import Connection

from renkei.crypto import codes
from renkei.crypto.suite import RISTRETTO255
from renkei.kit.clock import tokyo_day
from renkei.kit.database import Database
from renkei.kit.party import Party
from renkei.law import Decision, UnknownNameError
from renkei.law.use import ARTICLE as USE_ARTICLE
from renkei.law.use import may_acquire
from renkei.roles.individual_number import rules, store
from renkei.values.errors import ValueFormatError
from renkei.values.individual_number import IndividualNumber, NumberScheme
from renkei.wire.errors import WireError
from renkei.wire.fields import Box
from renkei.wire.framing import Letter, decode, parse
from renkei.wire.messages.acquisition import (
    AcquireAnswer,
    AcquireDecision,
    AcquireRequest,
    AcquireSubject,
    AcquisitionFill,
    AcquisitionFilled,
    FieldVerdict,
    Verdict,
)
from renkei.wire.messages.batches import (
    AcquireBatch,
    AcquireBatchAnswer,
    Compared,
    FillBatch,
    FillBatchNoted,
    Filling,
)
from renkei.wire.messages.portal import (
    PORTAL_BATCH_MINIMUM,
    PersonaSignedIn,
    PersonaSignIn,
    PortalBatch,
    PortalBatchFilled,
)
from renkei.wire.protocols import LinkageProtocol

SEED_KEY = "seed"
LIMIT_RETRY_SECONDS = 3600
PSEUDONYM_BYTES = 32
FILLS_AT_ONCE = 8


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
        self._linkage = linkage
        self._scheme = scheme
        self._gate = asyncio.Semaphore(FILLS_AT_ONCE)

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
        await self._fill(known.number, known.fill, fresh=fresh)
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
        await self._fill_together(known)
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
        await self._fill(known.number, known.fill)
        return self._answer(known)

    async def resend_fills(self, batch: int) -> int:
        """Send fillings the network has not confirmed yet; gives 0: a round has them all."""
        owed = await self._database.read(lambda c: store.unfilled(c, batch))
        for number, fill in owed:
            await self._fill(number, fill)
        return 0

    # -- the portal's own codes --------------------------------------------------------------

    async def portal_batch(self, letter: Letter[PortalBatch]) -> PortalBatchFilled:
        """Fill the portal's numbers for people not yet in its set, in an order that tells nothing.

        Numbers handed over before are filled as they were: a batch that was cut goes on.
        """
        batch = letter.message
        filled, remaining = await self._database.write(lambda c: self._fill_batch(c, letter))
        await asyncio.gather(*(self._fill_gated(one.number, one.fill) for one in filled))
        return PortalBatchFilled(
            **self._party.envelope(batch.sender), filled=len(filled), remaining=remaining
        )

    async def persona_sign_in(self, letter: Letter[PersonaSignIn]) -> PersonaSignedIn:
        """SANDBOX: fill the portal's number for a persona (試験用の本人指定)."""
        if self._scheme is not NumberScheme.SANDBOX:
            raise WireError("not-allowed", "Personas exist in the sandbox only.")
        request = letter.message

        def record(connection: Connection) -> store.Acquisition:
            person = store.find_persona(connection, request.persona)
            if person is None:
                raise WireError("person-unknown", "The sandbox has no persona of this name.")
            known = store.acquisition(connection, request.number)
            if known is not None and known.resident_code != person[0]:
                raise WireError("acquisition-used", "This number came for somebody else before.")
            return known or self._for_portal(connection, letter, request.number, person)

        known = await self._database.write(record)
        await self._fill(known.number, known.fill)
        return PersonaSignedIn(**self._party.envelope(request.sender), number=request.number)

    def _fill_batch(
        self, connection: Connection, letter: Letter[PortalBatch]
    ) -> tuple[list[store.Acquisition], int]:
        numbers = dict.fromkeys(letter.message.numbers)
        known = {number: store.acquisition(connection, number) for number in numbers}
        fresh = [number for number in numbers if known[number] is None]
        people = store.outside_portal_set(connection, rules.PORTAL_POOL_PEOPLE)
        if fresh and len(fresh) < PORTAL_BATCH_MINIMUM <= len(people):
            raise WireError(
                "acquisition-limit",
                f"Hand over at least {PORTAL_BATCH_MINIMUM} new numbers together.",
            )
        drawn = rules.draw(people, len(fresh), self._party.randomness)
        filled = [one for one in known.values() if one is not None]
        for number, person in zip(fresh, drawn, strict=False):
            filled.append(self._for_portal(connection, letter, number, person))
        return filled, store.count_outside_portal_set(connection)

    def _for_portal(
        self,
        connection: Connection,
        letter: Letter[PortalBatch] | Letter[PersonaSignIn],
        number: str,
        person: tuple[str, bytes],
    ) -> store.Acquisition:
        """Record an acquisition of the portal's, with the filling owed to the network."""
        resident_code, link_seed = person
        record = store.Acquisition(
            number=number,
            institution=letter.message.sender,
            affair=store.PORTAL_AFFAIR,
            office=store.PORTAL_AFFAIR,
            officer=bytes(PSEUDONYM_BYTES),
            resident_code=resident_code,
            number_asked=None,
            verdict="agree",
            fields=[],
            request_digest=letter.digest,
            at=self._party.now(),
        )
        record = _filled(record, self._blind(record, link_seed))
        store.add_acquisition(connection, record)
        store.put_into_portal_set(connection, resident_code)
        return record

    async def _fill_gated(self, number: str, fill: bytes | None) -> None:
        async with self._gate:
            await self._fill(number, fill)

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
                record = _filled(record, self._blind(record, link_seed))
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

    def _blind(self, record: store.Acquisition, link_seed: bytes) -> bytes:
        """Signed bytes for the network: r·B_p and the seed of r, boxed for the institution."""
        party = self._party
        base = codes.base_element(lambda data: party.keys.mac(SEED_KEY, data, "sha512"), link_seed)
        seed = party.randomness(codes.SEED_BYTES)
        blind = codes.derive_blind(seed, party.name, record.number)
        message = AcquisitionFill(
            **party.envelope("linkage"),
            number=record.number,
            institution=record.holder,
            blinded=RISTRETTO255.multiply(blind, base),
            seed=party.seal(record.holder, "acquisition-seed", record.number, seed),
        )
        return party.write(message)

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
        fill = self._blind(known, found[1])
        store.decide(connection, known.number, decision.paper, fill)
        return _filled(_with(known, known.resident_code, "agree", known.fields), fill)

    async def _fill(self, number: str, fill: bytes | None, *, fresh: bool = False) -> None:
        """Hand the filling to the network; what fails now is sent again by `resend_fills`.

        `fresh`: it was signed just now and need not be signed anew.
        """
        if fill is None:
            return
        try:
            answer = await self._linkage.acquisition_fill(fill if fresh else self._refresh(fill))
        except WireError as error:
            if error.code not in ("acquisition-used", "acquisition-unknown"):
                return
            if error.code == "acquisition-unknown":
                await self._database.write(lambda c: store.take_out_of_portal_set(c, number))
        else:
            self._party.read(answer, (AcquisitionFilled,), peer="linkage")
        await self._database.write(lambda c: store.mark_filled(c, [number]))

    async def _fill_together(self, known: list[store.Acquisition]) -> None:
        """Hand fillings to the network in one message; `resend_fills` sends what fails now."""
        owed = [one.fill for one in known if one.fill is not None]
        if not owed:
            return
        fillings = [_filling(parse(fill, (AcquisitionFill,))[1]) for fill in owed]
        message = FillBatch(**self._party.envelope("linkage"), fillings=fillings)
        try:
            answer = await self._linkage.acquisition_fill_batch(self._party.write(message))
            self._party.read(answer, (FillBatchNoted,), peer="linkage")
        except WireError:
            return
        numbers = [one.number for one in fillings]
        # What the network did not take is used, unknown or run out: sending again is no help.
        await self._database.write(lambda c: store.mark_filled(c, numbers))

    def _refresh(self, fill: bytes) -> bytes:
        """Sign a kept filling anew, so that it is fresh; point and box stay the same."""
        kept = self._party.read(fill, (AcquisitionFill,), peer=self._party.name, aud="linkage")
        message = kept.message
        return self._party.write(
            AcquisitionFill(
                **self._party.envelope("linkage"),
                number=message.number,
                institution=message.institution,
                blinded=message.blinded,
                seed=message.seed,
            )
        )

    def _answer(self, known: store.Acquisition) -> AcquireAnswer:
        assert known.verdict != "refused"
        return AcquireAnswer(
            **self._party.envelope(known.institution),
            number=known.number,
            verdict=known.verdict,
            fields=known.fields,
        )


def _filling(message: AcquisitionFill) -> Filling:
    return Filling(
        number=message.number,
        institution=message.institution,
        blinded=message.blinded,
        seed=message.seed,
    )


def _with(
    record: store.Acquisition,
    resident_code: str | None,
    verdict: Verdict,
    fields: list[FieldVerdict],
) -> store.Acquisition:
    return replace(record, resident_code=resident_code, verdict=verdict, fields=fields)


def _filled(record: store.Acquisition, fill: bytes) -> store.Acquisition:
    return replace(record, fill=fill)
