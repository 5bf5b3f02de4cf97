"""Providing: verify the permit, judge again, find the person, answer once (情報提供, 令29条).

The order is that of the protocol: the network's signature, the holder, the addressee, what was
answered before, time, epoch, the law, the boxes, the commitment; only then a person is looked up.
Where no code fits anybody, the requester may offer the four attributes (令26条3項); where a human
must decide, the record waits for one.
"""

from datetime import timedelta
from typing import Final, Literal

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
from renkei.roles.institution.service.answers import Answerer, Verdict, kept, provision
from renkei.roles.institution.service.recognise import Recogniser
from renkei.roles.institution.store import epochs, persons
from renkei.roles.institution.store import provided as store
from renkei.roles.institution.store.provided import Provided, Waits
from renkei.values.institution_code import InstitutionCode
from renkei.wire import framing
from renkei.wire.errors import WireError
from renkei.wire.fields import Box
from renkei.wire.framing import Letter
from renkei.wire.messages.exchange import (
    AttributesOffer,
    Permit,
    Presentation,
    Received,
    ReceivedNoted,
)
from renkei.wire.standing import facts_of, withholdings_of

RETRY_SECONDS: Final = 5
SWEEP_BATCH: Final = 200


class ProvideService:
    """The provider's side of an exchange."""

    def __init__(
        self,
        party: Party,
        database: Database,
        receipts: Outbox,
        *,
        recogniser: Recogniser | None = None,
    ) -> None:
        """Without `recogniser` offered attributes fit nobody: this body cannot acquire codes."""
        self._party = party
        self._database = database
        self._receipts = receipts
        self._recogniser = recogniser
        self._answers = Answerer(party)

    async def provide(self, letter: Letter[Presentation]) -> bytes:
        """Answer a presentation: the stored answer byte for byte, or a new one."""
        permit, digest = self._permit(letter)
        return await self._answer(permit, digest, None)

    async def attributes(self, letter: Letter[AttributesOffer]) -> bytes:
        """Answer after `no-code`, by the four attributes; the rest is as for a presentation."""
        permit, digest = self._permit(letter)
        return await self._answer(permit, digest, letter.message.attributes)

    async def received(self, letter: Letter[Received]) -> ReceivedNoted:
        """The inquirer has the answer: delete it; twice is the same as once."""
        message = letter.message
        requester = message.sender
        key, digest = (requester, message.tx), message.answer_digest
        if not await self._database.write(lambda c: store.received(c, key, digest)):
            raise WireError("answer-unknown")
        return ReceivedNoted(**self._party.envelope(requester), tx=message.tx)

    async def sweep(self, batch: int) -> int:
        """Lapse what stayed undecided and forget what nobody fetched in time."""
        now = self._party.now()
        kept_for = timedelta(seconds=period("answer_kept_seconds", tokyo_day(now)))
        lapsed = await self._database.write(lambda c: store.lapse(c, now, batch))
        await self._database.write(lambda c: store.forget_unfetched(c, now - kept_for))
        if lapsed:
            self._receipts.wake()
        return lapsed

    # -- the order of the protocol -------------------------------------------------------------

    async def _answer(self, permit: Permit, digest: bytes, offered: Box | None) -> bytes:
        key = (permit.requester, permit.tx)
        record = await self._database.look(lambda c: store.find(c, *key))
        if record is not None and record.permit_digest != digest:
            raise WireError("tx-conflict")
        if record is not None and record.outcome is not None:
            return _stored(record)
        if self._party.now() >= permit.valid_until:
            return await self._expired(permit)
        await self._check_epoch(permit)
        verdict = await self._rule(permit, offered)
        now = self._party.now()
        if isinstance(verdict, Verdict):
            ruling = self._answers.ruling(key, digest, verdict)
            written = await self._database.write(
                lambda c: store.answer(c, permit, digest, ruling, now)
            )
            self._receipts.wake()
            return _stored(written)
        noted = await self._database.write(
            lambda c: store.note_undecided(c, permit, digest, verdict)
        )
        if noted.outcome is not None:
            return _stored(noted)
        state: Literal["pending", "no-code"] = "pending" if verdict.pending_reason else "no-code"
        return self._answers.interim(key, digest, state, RETRY_SECONDS)

    async def _expired(self, permit: Permit) -> bytes:
        """Nobody may decide any more once the inquirer has been told that it is too late."""
        now = self._party.now()
        record = await self._database.write(
            lambda c: store.expire(c, permit.requester, permit.tx, now)
        )
        if record is None:
            raise WireError("permit-expired")
        self._receipts.wake()
        return _stored(record)

    # -- verification --------------------------------------------------------------------------

    def _permit(
        self, letter: Letter[Presentation] | Letter[AttributesOffer]
    ) -> tuple[Permit, bytes]:
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

    async def _check_epoch(self, permit: Permit) -> None:
        """The epoch in force, or one whose column is held too while a change goes on."""
        epoch = permit.provider_epoch
        if epoch == self._party.directory.entry(self._party.name).epoch:
            return
        if not await self._database.read(lambda c: epochs.is_held(c, epoch)):
            raise WireError("epoch", "This code epoch of the provider is not in force.")

    def _judge(self, permit: Permit) -> Decision:
        return judge_exchange(self._facts(permit))

    def _facts(self, permit: Permit) -> ExchangeFacts:
        directory = self._party.directory
        requester, provider = directory.entry(permit.requester), directory.entry(permit.provider)
        return facts_of(permit, requester, provider, tokyo_day(permit.asked_at))

    # -- the answer ----------------------------------------------------------------------------

    async def _rule(self, permit: Permit, offered: Box | None) -> Verdict | Waits:
        """The final answer to a verified permit, or what it waits for."""
        decision = self._judge(permit)
        if not decision.allowed:
            return _refuse(decision.reason, decision.article)
        withheld = self._withheld(permit, decision)
        if withheld is not None:
            return Verdict(outcome="withheld", reason=withheld.reason, article=withheld.article)
        try:
            code = self._open_code(permit)
        except WireError as error:  # what does not open is on record too, and the person sees it
            return _refuse(error.code)
        if code is None:
            return _refuse("commitment")
        person = await self._database.look(lambda c: persons.person_of(c, code))
        if person is None:
            return await self._without_code(permit, code, offered)
        return await self._about(person, permit)

    async def _about(self, person: str, permit: Permit) -> Verdict | Waits:
        items = rules.items_wanted(permit.affair, permit.items)
        why, held = await self._database.look(lambda c: persons.on_file(c, person, items))
        if why is not None:
            return Waits(person=person, pending_reason=why)
        return provision(person, held)

    async def _without_code(
        self, permit: Permit, code: InstitutionCode, offered: Box | None
    ) -> Verdict | Waits:
        """No code fits anybody here: final for bodies that take no attributes (令26条3項)."""
        accepted = self._party.directory.entry(self._party.name).attributes_accepted
        if not accepted or (offered is not None and self._recogniser is None):
            return Verdict(outcome="no-data", reason="no-code")
        if offered is None or self._recogniser is None:
            return Waits()
        found = await self._recogniser.recognise(permit, code, offered)
        match found.result:
            case "bound":
                assert found.person is not None
                return await self._about(found.person, permit)
            case "unknown":
                return Verdict(outcome="no-data", reason="person-not-found")
            case "mismatch":
                return Verdict(
                    outcome="refused", reason="mismatch", person=found.person, finding="mismatch"
                )
            case "not-acquired":
                return Verdict(
                    outcome="no-data",
                    reason="no-code",
                    person=found.person,
                    finding="not-acquired",
                )
            case "epoch":
                return _refuse("epoch")
            case "later":
                return Waits()

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


def _refuse(reason: str, article: str | None = None) -> Verdict:
    return Verdict(outcome="refused", reason=reason, article=article)


def _stored(record: Provided) -> bytes:
    return kept(record.answer, received=record.received, outcome=record.outcome)
