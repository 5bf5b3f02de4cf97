"""Acquisitions: compare, record, fill at the network (符号の取得, 法21条の2, 令27条).

J-LIS never learns the code: it sends a blinded point to the network and the seed, boxed, for the
institution. Every attempt is recorded before it is answered, and failed ones are limited.
"""

from dataclasses import replace
from datetime import timedelta

from sqlalchemy import Connection

from renkei.crypto import codes
from renkei.crypto.suite import RISTRETTO255
from renkei.kit.clock import tokyo_day
from renkei.kit.database import Database
from renkei.kit.party import Party
from renkei.law.use import may_acquire
from renkei.roles.individual_number import rules, store
from renkei.values.errors import ValueFormatError
from renkei.values.individual_number import IndividualNumber, NumberScheme
from renkei.wire.errors import WireError
from renkei.wire.framing import Letter, decode
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
from renkei.wire.protocols import LinkageProtocol

SEED_KEY = "seed"


class IndividualNumberService:
    """J-LIS's side of an acquisition (機構の処理)."""

    def __init__(
        self, party: Party, database: Database, linkage: LinkageProtocol, scheme: NumberScheme
    ) -> None:
        self._party = party
        self._database = database
        self._linkage = linkage
        self._scheme = scheme

    async def acquire(self, letter: Letter[AcquireRequest]) -> AcquireAnswer:
        """Compare and answer agree, doubtful or differ; on agree the number gets filled."""
        request = letter.message
        known = await self._database.read(lambda c: store.acquisition(c, request.number))
        fresh = known is None
        if known is None:
            self._check_use(request)
            subject = self._open(request)
            known = await self._database.write(lambda c: self._judge(c, letter, subject))
        if known.request_digest != letter.digest:
            raise WireError("acquisition-used", "This number came with another request before.")
        await self._fill(known.number, known.fill, fresh=fresh)
        return self._answer(known)

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

    # -- steps -------------------------------------------------------------------------------

    def _check_use(self, request: AcquireRequest) -> None:
        """Whether the body may use numbers for this affair, for itself or the Minister (法9条)."""
        directory = self._party.directory
        other = request.on_behalf_of
        decision = may_acquire(
            directory.entry(request.sender).kind,
            request.affair,
            tokyo_day(self._party.now()),
            directory.entry(other).kind if other is not None else None,
        )
        if not decision.allowed:
            raise WireError(
                "not-allowed",
                f"Use {request.affair!r} is not for this body to acquire: {decision.reason}.",
                article=decision.article,
            )

    def _open(self, request: AcquireRequest) -> AcquireSubject:
        plain = self._party.unseal(request.sender, "acquire", request.number, request.subject)
        subject: AcquireSubject = decode(plain, AcquireSubject)
        return subject

    def _judge(
        self, connection: Connection, letter: Letter[AcquireRequest], subject: AcquireSubject
    ) -> store.Acquisition:
        """Find, compare and record in one transaction."""
        request = letter.message
        existing = store.acquisition(connection, request.number)
        if existing is not None:
            return existing
        record = self._record(letter, subject)
        now = self._party.now()
        attempts = store.attempts(
            connection, record, now - timedelta(hours=1), now - timedelta(days=1)
        )
        if not rules.within_limits(attempts):
            raise WireError("acquisition-limit", retry_after_seconds=3600)
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

    def _record(self, letter: Letter[AcquireRequest], subject: AcquireSubject) -> store.Acquisition:
        number = subject.individual_number
        asked = None
        if number is not None:
            asked = self._party.keys.mac(SEED_KEY, b"renkei asked v1" + number.encode(), "sha256")
        request = letter.message
        return store.Acquisition(
            number=request.number,
            institution=request.sender,
            affair=request.affair,
            office=request.office,
            officer=request.officer,
            resident_code=None,
            number_asked=asked,
            verdict="differ",
            fields=[],
            request_digest=letter.digest,
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
        else:
            self._party.read(answer, (AcquisitionFilled,), peer="linkage")
        await self._database.write(lambda c: store.mark_filled(c, number))

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


def _filled(record: store.Acquisition, fill: bytes) -> store.Acquisition:
    return replace(record, fill=fill)
