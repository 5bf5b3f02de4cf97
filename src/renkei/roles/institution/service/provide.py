"""Providing: verify the permit, judge again, find the person, answer once (情報提供, 令29条).

The order is that of the protocol: the network's signature, the holder, the addressee, what was
answered before, time, epoch, the law, the boxes, the commitment; only then a person is looked up.
"""

from datetime import timedelta
from typing import Final

from renkei.crypto import codes, jws
from renkei.crypto.errors import CryptoError
from renkei.kit.clock import tokyo_day
from renkei.kit.database import Database
from renkei.kit.outbox import Outbox
from renkei.kit.party import Party
from renkei.law import Decision
from renkei.law.judgement import (
    ExchangeFacts,
    is_ordinance,
    judge_exchange,
    ordinance_request,
)
from renkei.law.ordinance import withholds
from renkei.law.periods import period
from renkei.roles.institution import rules
from renkei.roles.institution.store import persons
from renkei.roles.institution.store import provided as store
from renkei.values.institution_code import InstitutionCode
from renkei.wire import framing
from renkei.wire.errors import WireError
from renkei.wire.fields import FinalOutcome
from renkei.wire.framing import Letter, encode
from renkei.wire.messages.exchange import (
    Answer,
    Content,
    Interim,
    Permit,
    Presentation,
    ProvidedItem,
    Received,
    ReceivedNoted,
)
from renkei.wire.standing import facts_of, withholdings_of

NONCE_BYTES: Final = 32
NO_CODE_RETRY_SECONDS: Final = 5
SWEEP_BATCH: Final = 200


class ProvideService:
    """The provider's side of an exchange."""

    def __init__(self, party: Party, database: Database, receipts: Outbox) -> None:
        self._party = party
        self._database = database
        self._receipts = receipts

    async def provide(self, letter: Letter[Presentation]) -> bytes:
        """Answer a presentation: the stored answer byte for byte, or a new one."""
        permit, digest = self._permit(letter)
        record = await self._database.read(lambda c: store.find(c, permit.requester, permit.tx))
        if record is not None and record.permit_digest != digest:
            raise WireError("tx-conflict")
        if record is not None and record.outcome is not None:
            return _stored(record)
        self._check_time_and_epoch(permit)
        ruling = await self._rule(permit, digest)
        if ruling is None:
            await self._database.write(lambda c: store.note_undecided(c, permit, digest))
            return self._no_code(permit, digest)
        now = self._party.now()
        written = await self._database.write(lambda c: store.answer(c, permit, digest, ruling, now))
        self._receipts.wake()
        return _stored(written)

    async def received(self, letter: Letter[Received]) -> ReceivedNoted:
        """The inquirer has the answer: delete it; twice is the same as once."""
        message = letter.message
        requester = message.sender
        record = await self._database.read(lambda c: store.find(c, requester, message.tx))
        if record is None or record.answer_digest != message.answer_digest:
            raise WireError("answer-unknown")
        await self._database.write(lambda c: store.received(c, requester, message.tx))
        return ReceivedNoted(**self._party.envelope(requester), tx=message.tx)

    async def sweep(self, batch: int) -> int:
        """Lapse what stayed undecided and forget what nobody fetched in time."""
        now = self._party.now()
        kept = timedelta(seconds=period("answer_kept_seconds", tokyo_day(now)))
        lapsed = await self._database.write(lambda c: store.lapse(c, now, batch))
        await self._database.write(lambda c: store.forget_unfetched(c, now - kept))
        if lapsed:
            self._receipts.wake()
        return lapsed

    # -- verification --------------------------------------------------------------------------

    def _permit(self, letter: Letter[Presentation]) -> tuple[Permit, bytes]:
        """The permit inside a presentation, if network, holder and addressee are right."""
        raw = letter.message.permit.encode()
        try:
            unverified, permit = framing.parse(raw, (Permit,))
            owner = framing.check_signature(unverified, self._party)
        except WireError as error:
            raise WireError(
                "permit-signature", "The permit is not as the network made it."
            ) from error
        if (owner, permit.sender) != ("linkage", "linkage") or ":permit:" not in unverified.kid:
            raise WireError("permit-signature", "The network's permit key did not sign this.")
        if not permit.requester == permit.aud == letter.message.sender:
            raise WireError("not-holder")
        if permit.provider != self._party.name:
            raise WireError("not-provider")
        return permit, jws.digest(unverified)

    def _check_time_and_epoch(self, permit: Permit) -> None:
        if self._party.now() >= permit.valid_until:
            raise WireError("permit-expired")
        if permit.provider_epoch != self._party.directory.entry(self._party.name).epoch:
            raise WireError("epoch", "This code epoch of the provider is not in force.")

    def _judge(self, permit: Permit) -> Decision:
        return judge_exchange(self._facts(permit))

    def _facts(self, permit: Permit) -> ExchangeFacts:
        directory = self._party.directory
        requester, provider = directory.entry(permit.requester), directory.entry(permit.provider)
        return facts_of(permit, requester, provider, tokyo_day(permit.asked_at))

    # -- the answer ----------------------------------------------------------------------------

    async def _rule(self, permit: Permit, digest: bytes) -> store.Ruling | None:
        """The final answer to a verified permit, or None where no code fits anybody here."""
        decision = self._judge(permit)
        if not decision.allowed:
            return self._refuse(permit, digest, decision.article, decision.reason)
        withheld = self._withheld(permit, decision)
        if withheld is not None:
            refusal = (withheld.article, withheld.reason)
            return self._ruling(permit, digest, "withheld", refusal=refusal)
        try:
            code = self._open_code(permit)
        except WireError as error:  # what does not open is on record too, and the person sees it
            return self._refuse(permit, digest, None, error.code)
        if code is None:
            return self._refuse(permit, digest, None, "commitment")
        person = await self._database.read(lambda c: persons.person_of(c, code))
        if person is None:
            return None
        wanted = rules.items_wanted(permit.affair, permit.items)
        items = await self._database.read(lambda c: persons.copies_of(c, person, wanted))
        outcome: FinalOutcome = "provided" if items else "no-data"
        return self._ruling(permit, digest, outcome, person=person, items=items)

    def _withheld(self, permit: Permit, decision: Decision) -> Decision | None:
        """The filing by which this body does not give an item to ordinance affairs (法26条)."""
        if not is_ordinance(permit.affair) or decision.row is None:
            return None
        mine = withholdings_of(self._party.directory.entry(self._party.name))
        facts = self._facts(permit)
        for item in permit.items:
            found = withholds(ordinance_request(facts, item), decision.row, mine)
            if found.allowed:
                return found
        return None

    def _open_code(self, permit: Permit) -> InstitutionCode | None:
        """r⁻¹·X_B; None where seed and commitment disagree, before anything is looked up."""
        party = self._party
        seed = party.unseal(permit.requester, "provider-seed", permit.tx, permit.provider_seed)
        converted = party.unseal("linkage", "permit-code", permit.tx, permit.code)
        try:
            blind = codes.derive_blind(seed, permit.requester, permit.tx)
            if not codes.commit_matches(permit.commitment, permit.requester, permit.tx, blind):
                return None
            return InstitutionCode(codes.unblind(blind, converted), permit.provider_epoch)
        except CryptoError as error:
            raise WireError("permit-boxes", "A box holds no canonical value.") from error

    def _refuse(
        self, permit: Permit, digest: bytes, article: str | None, reason: str
    ) -> store.Ruling:
        return self._ruling(permit, digest, "refused", refusal=(article, reason))

    def _ruling(
        self,
        permit: Permit,
        digest: bytes,
        outcome: FinalOutcome,
        *,
        person: str | None = None,
        items: list[ProvidedItem] | None = None,
        refusal: tuple[str | None, str] | None = None,
    ) -> store.Ruling:
        party = self._party
        content = None
        if items:
            plain = encode(Content(items=items))
            content = party.seal(permit.requester, "answer", permit.tx, plain)
        article, reason = refusal or (None, None)
        raw = party.write(
            Answer(
                **party.envelope(permit.requester),
                requester=permit.requester,
                tx=permit.tx,
                permit_digest=digest,
                nonce=party.randomness(NONCE_BYTES),
                outcome=outcome,
                article=article,
                reason=reason,
                content=content,
            )
        )
        return store.Ruling(
            outcome=outcome,
            answer=raw,
            answer_digest=party.digest_of(raw),
            person=person,
            article=article,
            reason=reason,
        )

    def _no_code(self, permit: Permit, digest: bytes) -> bytes:
        return self._party.write(
            Interim(
                **self._party.envelope(permit.requester),
                requester=permit.requester,
                tx=permit.tx,
                permit_digest=digest,
                state="no-code",
                retry_after_seconds=NO_CODE_RETRY_SECONDS,
            )
        )


def _stored(record: store.Provided) -> bytes:
    """The stored answer, byte for byte; raises where it is no longer kept."""
    if record.answer is not None:
        return record.answer
    if record.received:
        raise WireError("already-received")
    raise WireError("permit-expired", "The permit ran out; what was answered is deleted.")
