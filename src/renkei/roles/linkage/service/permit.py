"""The permit: check, judge, convert blindly, record, answer (情報提供許可, 法21条2項, 令26条1項).

The entry it promises waits for its number: the place in the log is the sequencer's to give.

What was answered before goes before any new judgement: the stored reply is what is answered, byte
for byte. Record, reply and pending log entry are written in one transaction before anything is
answered.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import Connection

from renkei.crypto.digests import element_digest
from renkei.crypto.errors import CryptoError
from renkei.kit.clock import tokyo_day
from renkei.kit.database import Database
from renkei.kit.party import Party
from renkei.law import Decision
from renkei.law.periods import period
from renkei.roles.linkage import rules
from renkei.roles.linkage.store import log
from renkei.roles.linkage.store import permits as store
from renkei.wire.boxes import BoxPurpose
from renkei.wire.deriving import record_of
from renkei.wire.entries import EntryKind, write_entry
from renkei.wire.errors import WireError
from renkei.wire.fields import Basis, conditions_of, listed
from renkei.wire.framing import Letter, encode, stripped
from renkei.wire.linkage.directory import DirectoryEntry
from renkei.wire.linkage.permit import Permit, PermitRequest, Refusal
from renkei.wire.names import PORTAL

REQUESTS_PER_SECOND: Final = 500.0
REQUESTS_AT_ONCE: Final = 1_000.0
LATE_RETRY_SECONDS: Final = 5


class PermitService:
    """Judges requests and converts codes it cannot read (許可)."""

    def __init__(
        self,
        party: Party,
        database: Database,
        wake: Callable[[], None] = lambda: None,
        late_since: Callable[[], datetime | None] = lambda: None,
    ) -> None:
        """`wake` tells the sequencer that an entry waits; nobody waits for the sequencer.

        `late_since` says since when an entry has been waiting for its place too long: until it has
        one, nothing more is promised.
        """
        self._party = party
        self._database = database
        self._wake = wake
        self._late_since = late_since
        self._buckets: dict[str, rules.Bucket] = {}

    async def permit(self, letter: Letter[PermitRequest]) -> bytes:
        """Answer a request: the stored reply byte for byte, or a new permit or refusal."""
        request = letter.message
        self._limit_rate(request.sender)
        stored = await self._database.look(lambda c: store.find(c, request.sender, request.tx))
        if stored is not None:
            return _same(stored, letter)
        if self._late_since() is not None:
            raise WireError("log-late", retry_after_seconds=LATE_RETRY_SECONDS)
        judged = self._judge(letter)

        def write(connection: Connection) -> store.Stored:
            if store.add(connection, judged):
                return store.Stored(judged.request_digest, judged.reply)
            earlier = store.find(connection, request.sender, request.tx)
            assert earlier is not None  # it is why nothing was added, and is never deleted
            return earlier

        reply = await self._database.write(write)
        self._wake()
        return _same(reply, letter)

    # -- steps -------------------------------------------------------------------------------

    def _limit_rate(self, institution: str) -> None:
        now = self._party.now().timestamp()
        bucket = self._buckets.setdefault(
            institution, rules.Bucket(REQUESTS_PER_SECOND, REQUESTS_AT_ONCE, REQUESTS_AT_ONCE, now)
        )
        if not bucket.take(now):
            raise WireError("rate-limited", retry_after_seconds=1)

    def _judge(self, letter: Letter[PermitRequest]) -> store.Judged:
        request, party = letter.message, self._party
        if len(set(request.items)) != len(request.items):
            raise WireError("malformed", "A request names each item once.")
        if conditions_of(listed(request.conditions)) != request.conditions:
            raise WireError("malformed", "A request states each condition once, in their order.")
        directory, now = party.directory, party.now()
        requester = directory.entry(request.sender)
        if request.epoch != requester.epoch:
            raise WireError("epoch", "This code epoch of the requester is not in force.")
        code = self._open_code(request)
        provider = directory.entries.get(request.provider)
        fresh = rules.is_fresh(request.at, now, period("freshness_seconds", tokyo_day(now)))
        # What is stale may be dated centuries away, where no table is held and no day exists.
        day = tokyo_day(request.at if fresh else now)
        decision = rules.judge(request, requester, provider, day, fresh=fresh)
        portal_code = self._convert(code, requester, directory.entry(PORTAL))
        valid_until = now + timedelta(seconds=period("permit_valid_seconds", day))
        point = element_digest(portal_code)
        record = write_entry(record_of(request, letter.digest, decision, point))
        salt = party.randomness(log.SALT_BYTES)
        promise: dict[str, Any] = {
            "entry_hash": log.promise(EntryKind.EXCHANGE, record, salt),
            "salt": salt,
            "portal_digest": point,
            "request_digest": letter.digest,
        }
        reply: Permit | Refusal = _refusal(
            party.envelope(request.sender), request, decision, promise
        )
        if decision.allowed and provider is not None and decision.article and decision.row:
            basis = Basis(article=decision.article, row=decision.row)
            converted = self._convert(code, requester, provider)
            reply = self.write_permit(letter, provider, converted, (basis, valid_until, promise))
        return store.Judged(
            requester=request.sender,
            tx=request.tx,
            provider=request.provider,
            commitment=request.commitment,
            allowed=isinstance(reply, Permit),
            request_digest=letter.digest,
            reply=party.write(reply),
            record=record,
            salt=salt,
            valid_until=valid_until,
            portal_code=portal_code,
            portal_seed=encode(request.portal_seed),
            request=stripped(letter.raw).decode("ascii"),
        )

    def write_permit(
        self,
        letter: Letter[PermitRequest],
        provider: DirectoryEntry,
        converted: bytes,
        terms: tuple[Basis, datetime, dict[str, Any]],
    ) -> Permit:
        """The permit; `terms` are its basis, its end, and what promises its log entry."""
        request, party = letter.message, self._party
        basis, valid_until, promise = terms
        return Permit(
            **party.envelope(request.sender),
            **_terms(request),
            portal=PORTAL,
            basis=basis,
            asked_at=request.at,
            valid_until=valid_until,
            requester_epoch=request.epoch,
            provider_epoch=provider.epoch,
            code=party.seal(provider.party, BoxPurpose.PERMIT_CODE, request.tx, converted),
            provider_seed=request.provider_seed,
            commitment=request.commitment,
            portal_box=request.portal_seed.digest,
            portal_period=request.portal_seed.receiver_period,
            **promise,
        )

    def _open_code(self, request: PermitRequest) -> bytes:
        return self._party.unseal(request.sender, BoxPurpose.REQUEST_CODE, request.tx, request.code)

    def _convert(self, code: bytes, source: DirectoryEntry, target: DirectoryEntry) -> bytes:
        """(s_target / s_source) · X: a code of one institution into another's, still blinded."""
        keys = self._party.keys
        mine = keys.scalar(f"scalar-{source.party}-{source.epoch}")
        theirs = keys.scalar(f"scalar-{target.party}-{target.epoch}")
        try:
            return mine.ratio_multiply(theirs, code)
        except CryptoError as error:
            raise WireError("permit-boxes", "The blinded code is no canonical element.") from error


def _same(stored: store.Stored, letter: Letter[PermitRequest]) -> bytes:
    """The stored reply to the same bytes; raises `tx-conflict` or `permit-expired`."""
    if stored.request_digest != letter.digest:
        raise WireError("tx-conflict")
    if stored.reply is None:
        raise WireError("permit-expired", "The permit has run out; ask with a new transaction.")
    return stored.reply


def _terms(request: PermitRequest) -> dict[str, Any]:
    """What a permit repeats of its request, for the provider to judge."""
    return {
        "requester": request.sender,
        "provider": request.provider,
        "tx": request.tx,
        "office": request.office,
        "affair": request.affair,
        "sub_affair": request.sub_affair,
        "items": request.items,
        "subject": request.subject,
        "consent_digest": request.consent_digest,
        "conditions": request.conditions,
    }


def _refusal(
    envelope: dict[str, Any],
    request: PermitRequest,
    decision: Decision,
    promise: dict[str, Any],
) -> Refusal:
    return Refusal(
        **envelope,
        requester=request.sender,
        provider=request.provider,
        tx=request.tx,
        article=decision.article,
        row=decision.row,
        reason=decision.reason,
        **promise,
    )
