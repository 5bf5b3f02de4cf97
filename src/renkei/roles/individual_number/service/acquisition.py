"""Acquisitions: compare, record, fill at the network (符号の取得, 法21条の2, 令27条).

J-LIS never learns the code: it sends a blinded point to the network and the seed, boxed, for the
institution. Every attempt is recorded before it is answered, and failed ones are limited.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Final, NoReturn

import msgspec
from sqlalchemy import Connection

from renkei.kit.clock import tokyo_day, tokyo_midnight
from renkei.kit.counterparty import Counterparty
from renkei.kit.database import Database
from renkei.kit.party import Party
from renkei.law import Decision, UnknownNameError
from renkei.law.use import ARTICLE as USE_ARTICLE
from renkei.law.use import may_acquire
from renkei.roles.individual_number import rules
from renkei.roles.individual_number.service.filling import Filler
from renkei.roles.individual_number.service.finding import Found, find
from renkei.roles.individual_number.service.limiting import Limiter, Waits
from renkei.roles.individual_number.service.noticing import Noticing
from renkei.roles.individual_number.service.portal import PortalCodes
from renkei.roles.individual_number.store import acquisitions as records
from renkei.roles.individual_number.store import counting, register
from renkei.values.individual_number import NumberScheme
from renkei.wire.boxes import BoxPurpose
from renkei.wire.errors import WireError
from renkei.wire.fields import Box
from renkei.wire.framing import Letter, decode
from renkei.wire.individual_number.messages import (
    AcquireAnswer,
    AcquireBatch,
    AcquireBatchAnswer,
    AcquireDecision,
    AcquireSubject,
    Compared,
    ComparedFor,
    Comparisons,
    ComparisonsRequest,
)
from renkei.wire.standing import check_takes_part

HOLD_SECONDS: Final = 0.2
HOLD_SECONDS_EACH: Final = 0.02
"""How long a question is held that anybody differed in, and more for each person of it: longer
than looking takes, so that the time tells nothing of whom the register has."""


UNANSWERED: Final = ("refused", "limited")
"""Verdicts of what was not compared."""


@dataclass(frozen=True, slots=True)
class Attempt:
    """One number of a request, opened: who asks, and about whom (取得の求め)."""

    request: AcquireBatch
    number: str
    digest: bytes
    subject: AcquireSubject


class IndividualNumberService:
    """J-LIS's side of an acquisition (機構の処理)."""

    def __init__(
        self, party: Party, database: Database, linkage: Counterparty, scheme: NumberScheme
    ) -> None:
        self._party = party
        self._database = database
        self._scheme = scheme
        self._filler = Filler(party, database, linkage)
        self._limiter = Limiter(party)
        self.noticing = Noticing(party, database, self._filler)
        self.portal = PortalCodes(party, database, self._filler, scheme)
        self.resend_fills = self._filler.resend_fills

    async def acquire_batch(self, letter: Letter[AcquireBatch]) -> AcquireBatchAnswer:
        """Compare several persons; the numbers of all that agree get filled together.

        Who has been asked about too often is `limited` and stops nobody else.
        """
        request, began = letter.message, asyncio.get_running_loop().time()
        self._check_takes_part(request.sender)
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
        if any(one.verdict == "refused" for one in known):
            self._refuse(request)
        compared = [
            Compared(
                number=one.number,
                verdict=one.verdict,  # type: ignore[arg-type]  # nobody was refused
                fields=one.fields,
            )
            for one in known
        ]
        await _held(began, known)
        return AcquireBatchAnswer(**self._party.envelope(request.sender), compared=compared)

    async def acquire_decision(self, letter: Letter[AcquireDecision]) -> AcquireAnswer:
        """Two officers decide a doubtful comparison by a paper; the number gets filled."""
        decision = letter.message
        self._check_takes_part(decision.sender)
        if decision.officer == decision.second_officer:
            raise WireError("not-allowed", "A doubt is decided by two officers.")
        known = await self._database.write(lambda c: self._decide(c, decision))
        await self._filler.fill(known.number, known.fill)
        return self._answer(known)

    async def comparisons(self, letter: Letter[ComparisonsRequest]) -> Comparisons:
        """Tell the Commission how one day's comparisons ended, by body; nobody is named."""
        request = letter.message
        start = tokyo_midnight(date.fromisoformat(request.day))
        end = start + timedelta(days=1)
        found = await self._database.read(lambda c: counting.compared_on(c, start, end))
        return Comparisons(
            **self._party.envelope(request.sender),
            day=request.day,
            comparisons=[ComparedFor(**msgspec.structs.asdict(one)) for one in found],
        )

    def _check_takes_part(self, sender: str) -> None:
        party = self._party
        check_takes_part(party.directory.entry(sender), tokyo_day(party.now()))

    # -- steps -------------------------------------------------------------------------------

    def _refuse(self, request: AcquireBatch) -> NoReturn:
        """Say why nothing was compared: the use is not the body's (法9条)."""
        decision = self._use(request)
        raise WireError(
            "not-allowed",
            f"Use {request.affair!r} is not for this body to acquire: {decision.reason}.",
            article=decision.article or USE_ARTICLE,
        )

    def _use(self, request: AcquireBatch) -> Decision:
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
        plain = self._party.unseal(sender, BoxPurpose.ACQUIRE, number, box)
        subject: AcquireSubject = decode(plain, AcquireSubject)
        return subject

    def _judge_new(self, connection: Connection, attempt: Attempt) -> records.Acquisition:
        """Find, compare and record in one transaction.

        A refused attempt is recorded without what was found: it was not compared.
        """
        if not self._use(attempt.request).allowed:
            record = self._record(attempt)
            records.add_acquisition(connection, record)
            return record
        found = find(connection, attempt.subject, self._scheme)
        record = self._record(attempt, found.sought)
        waits = self._limiter.waits(connection, record)
        limited = self._limited(record, attempt, waits)
        record = limited or self._compared(record, found)
        records.add_acquisition(connection, record)
        if limited is None and found.about is not None:
            self.noticing.note(connection, record, found.about, found.verdict)
        return record

    def _compared(self, record: records.Acquisition, found: Found) -> records.Acquisition:
        record = replace(
            record,
            resident_code=found.resident_code,
            verdict=found.verdict,
            fields=found.fields,
            guess=found.guess,
            failed=found.verdict != "agree",
        )
        if found.verdict == "agree" and found.link_seed is not None:
            record = replace(record, fill=self._filler.blind(record, found.link_seed))
        return record

    def _limited(
        self, record: records.Acquisition, attempt: Attempt, waits: Waits
    ) -> records.Acquisition | None:
        """What is recorded where a question must wait; None where it need not.

        Without a number a limit about one person is not said: that the register has somebody near
        would be told by it. The answer is that of nobody, and counts as a guess like it.
        """
        if waits.seconds == 0:
            return None
        if waits.about_person and attempt.subject.individual_number is None:
            verdict, fields = rules.no_such_person(with_number=False)
            return replace(record, verdict=verdict, fields=fields, guess=True)
        return replace(record, verdict="limited")

    def _judge_all(
        self, connection: Connection, attempts: list[Attempt]
    ) -> list[records.Acquisition]:
        """Judge one after the other until one is refused; what was judged stays recorded.

        Taking it back would let an institution try numbers that are never counted.
        """
        earlier = records.acquisitions(connection, [one.number for one in attempts])
        if any(known.request_digest != attempts[0].digest for known in earlier.values()):
            raise WireError("acquisition-used", "A number came with another request before.")
        known: list[records.Acquisition] = []
        for one in attempts:
            record = earlier.get(one.number) or self._judge_new(connection, one)
            known.append(earlier.setdefault(one.number, record))
            if record.verdict == "refused":  # for all of them: the use is not this body's
                break
        return known

    def _record(self, attempt: Attempt, sought: str | None = None) -> records.Acquisition:
        request = attempt.request
        return records.Acquisition(
            number=attempt.number,
            institution=request.sender,
            affair=request.affair,
            office=request.office,
            officer=request.officer,
            resident_code=None,
            sought=self._limiter.sought(sought) if sought is not None else None,
            question=self._limiter.question(request.sender, attempt.subject),
            verdict="refused",
            fields=[],
            request_digest=attempt.digest,
            at=self._party.now(),
            on_behalf_of=request.on_behalf_of,
        )

    def _decide(self, connection: Connection, decision: AcquireDecision) -> records.Acquisition:
        known = records.acquisition(connection, decision.number)
        if known is None or known.institution != decision.sender:
            raise WireError("acquisition-unknown")
        if known.request_digest != decision.request_digest:
            raise WireError("acquisition-used", "The decision names another request.")
        if known.verdict == "agree":
            return known
        if known.verdict != "doubtful" or known.resident_code is None:
            raise WireError("not-allowed", "Only a doubtful comparison can be decided.")
        found = register.find_by_code(connection, known.resident_code)
        if found is None:
            raise WireError("acquisition-unknown", "The register no longer holds this person.")
        fill = self._filler.blind(known, found[1])
        records.decide(connection, known.number, decision.paper, decision.second_officer, fill)
        self.noticing.note(connection, known, known.resident_code, "decided")
        return replace(known, verdict="agree", fill=fill)

    def _answer(self, known: records.Acquisition) -> AcquireAnswer:
        assert known.verdict not in UNANSWERED
        return AcquireAnswer(
            **self._party.envelope(known.institution),
            number=known.number,
            verdict=known.verdict,  # type: ignore[arg-type]  # as asserted
            fields=known.fields,
        )


async def _held(began: float, known: Sequence[records.Acquisition]) -> None:
    """Wait until a question in which anybody did not agree may be answered."""
    if any(one.verdict not in ("agree", "doubtful") for one in known):
        until = began + HOLD_SECONDS + HOLD_SECONDS_EACH * len(known)
        await asyncio.sleep(max(0.0, until - asyncio.get_running_loop().time()))
