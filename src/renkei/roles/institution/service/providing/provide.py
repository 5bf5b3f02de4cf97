"""Providing: verify the permit, judge again, find the person, answer once (情報提供, 令29条).

The order is that of the protocol: the network's signature, the holder, the addressee, what was
answered before, time, epoch, the law, the boxes, the commitment; only then a person is looked up.
Where no code fits anybody, the requester may offer the four attributes (令26条3項, `offers`); where
a human must decide, the record waits for one.
"""

from datetime import timedelta
from typing import Final, Literal

from renkei.crypto import codes
from renkei.crypto.errors import CryptoError
from renkei.kit.clock import tokyo_day
from renkei.kit.database import Database
from renkei.kit.outbox import Outbox
from renkei.kit.party import Party
from renkei.law import Decision
from renkei.law.judging_exchanges import (
    ExchangeFacts,
    is_ordinance,
    judge_exchange,
    withheld,
)
from renkei.law.periods import period
from renkei.roles.institution.service.codes.book import (
    CODE_STOPPED,
    CodeBook,
    CodeStopped,
    Stops,
)
from renkei.roles.institution.service.providing.answers import Answerer, Verdict, kept, provision
from renkei.roles.institution.service.providing.offers import OfferDesk, Offered
from renkei.roles.institution.service.providing.on_file import held
from renkei.roles.institution.store import epochs
from renkei.roles.institution.store import provided as store
from renkei.roles.institution.store.provided import Provided, Waits
from renkei.values.institution_code import InstitutionCode
from renkei.values.person_id import PersonId
from renkei.wire.boxes import BoxPurpose
from renkei.wire.clocks import shown
from renkei.wire.errors import WireError
from renkei.wire.fields import Box
from renkei.wire.framing import Letter, decode
from renkei.wire.individual_number.messages import FourAttributes
from renkei.wire.institution.messages import AttributesOffer, Presentation, Received, ReceivedNoted
from renkei.wire.linkage.permit import Permit
from renkei.wire.names import LINKAGE, PORTAL
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
        offers: OfferDesk | None = None,
    ) -> None:
        """Without `offers` no offered attributes are looked at: this body acquires no codes."""
        self._party = party
        self._database = database
        self._receipts = receipts
        self._offers = offers
        self._answers = Answerer(party)
        self._book = CodeBook(party.keys)
        self._stops = Stops(party, database)

    async def provide(self, letter: Letter[Presentation]) -> bytes:
        """Answer a presentation: the stored answer byte for byte, or a new one."""
        permit, digest = self._permit(letter)
        return await self._answer(permit, digest, None)

    async def attributes(self, letter: Letter[AttributesOffer]) -> bytes:
        """Answer after `no-code`, by the four attributes; the rest is as for a presentation."""
        permit, digest = self._permit(letter)
        return await self._answer(permit, digest, letter.message.attributes)

    async def received(self, letter: Letter[Received]) -> ReceivedNoted:
        """The inquirer has these answers: delete them; twice is the same as once."""
        requester, answers = letter.message.sender, letter.message.answers
        unknown = await self._database.write(lambda c: store.received(c, requester, answers))
        return ReceivedNoted(**self._party.envelope(requester), unknown=unknown)

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
        seconds = RETRY_SECONDS
        if state == "no-code" and offered is not None and self._offers is not None:
            seconds = max(1, await self._offers.seconds_left(key))
        return self._answers.interim(key, digest, state, seconds)

    async def _expired(self, permit: Permit) -> bytes:
        """Nobody may decide any more once the inquirer has been told that it is too late."""
        now = self._party.now()
        record = await self._database.write(
            lambda c: store.expire(c, permit.requester, permit.tx, now)
        )
        if record is None:
            raise WireError(
                "permit-expired",
                f"The permit held until {shown(permit.valid_until)}, the clock of "
                f"{self._party.name} shows {shown(now)}. Ask for a new one, or set the clock.",
            )
        self._receipts.wake()
        return _stored(record)

    # -- verification --------------------------------------------------------------------------

    def _permit(
        self, letter: Letter[Presentation] | Letter[AttributesOffer]
    ) -> tuple[Permit, bytes]:
        """The permit inside a presentation, if network, holder and addressee are right."""
        holder = letter.message.sender
        try:
            inside = self._party.read_inside(letter.message.permit, (Permit,), aud=holder)
        except WireError as error:
            if error.code == "not-addressed":
                raise WireError("not-holder") from error
            raise WireError(
                "permit-signature", "The permit is not as the network made it."
            ) from error
        permit = inside.message
        if permit.sender != LINKAGE:
            raise WireError("permit-signature", "The network's permit key did not sign this.")
        if permit.requester != holder:
            raise WireError("not-holder")
        if permit.provider != self._party.name:
            raise WireError("not-provider")
        return permit, inside.digest

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
        if isinstance(code, str):
            return _refuse(code)
        try:
            person = await self._database.look(lambda c: self._book.person_of(c, code))
        except CodeStopped as found:
            await self._stops.add(found.person, found.kind)
            return _refuse(CODE_STOPPED)
        if person is None:
            return await self._without_code(permit, code, offered)
        return await self._about(person, permit)

    async def _about(self, person: PersonId, permit: Permit) -> Verdict | Waits:
        found = await self._database.look(lambda c: held(c, person, permit.affair, permit.items))
        if found.manual_reason is not None:
            return Waits(person=person, pending_reason=found.manual_reason)
        return provision(found)

    async def _without_code(
        self, permit: Permit, code: InstitutionCode, offered: Box | None
    ) -> Verdict | Waits:
        """No code fits anybody here: final for bodies that take no attributes (令26条3項).

        Why it fits nobody is said to nobody outside: the answer is one, and so is its time.
        """
        key, nobody = (permit.requester, permit.tx), Verdict(outcome="no-data", reason="no-code")
        accepted = self._party.directory.entry(self._party.name).attributes_accepted
        if not accepted or (offered is not None and self._offers is None):
            return nobody
        if self._offers is None:
            return Waits()
        if offered is not None:
            person = await self._offers.look(Offered(key, code, self._attributes(permit, offered)))
            if person is not None:
                return await self._about(person, permit)
        return Waits() if await self._offers.seconds_left(key) > 0 else nobody

    def _attributes(self, permit: Permit, offered: Box) -> FourAttributes:
        plain = self._party.unseal(permit.requester, BoxPurpose.ATTRIBUTES, permit.tx, offered)
        attributes: FourAttributes = decode(plain, FourAttributes)
        return attributes

    def _withheld(self, permit: Permit, decision: Decision) -> Decision | None:
        """The filing by which this body does not give an item to ordinance affairs (法26条)."""
        if not is_ordinance(permit.affair) or decision.row is None:
            return None
        mine = withholdings_of(self._party.directory.entry(self._party.name))
        return withheld(self._facts(permit), mine)

    def _open_code(self, permit: Permit) -> InstitutionCode | Literal["commitment", "portal-box"]:
        """r⁻¹·X_B; else what the seed does not fit, before anything is looked up.

        The portal's box is made again from the seed: one that the portal could not open, so that
        the person would never see the line, does not pass here.
        """
        party = self._party
        seed = party.unseal(
            permit.requester, BoxPurpose.PROVIDER_SEED, permit.tx, permit.provider_seed
        )
        converted = party.unseal(LINKAGE, BoxPurpose.PERMIT_CODE, permit.tx, permit.code)
        try:
            blind = codes.derive_blind(seed, permit.requester, permit.tx)
            if not codes.commit_matches(permit.commitment, permit.requester, permit.tx, blind):
                return "commitment"
            if not self._portal_opens(permit, seed):
                return "portal-box"
            return InstitutionCode(codes.unblind(blind, converted), permit.provider_epoch)
        except CryptoError as error:
            raise WireError("permit-boxes", "A box holds no canonical value.") from error

    def _portal_opens(self, permit: Permit, seed: bytes) -> bool:
        """Whether the portal's box is the one of this seed, under a period in force when asked."""
        party, period = self._party, permit.portal_period
        keys = party.directory.entry(PORTAL).agreement_keys
        if not any(
            key.period == period and key.not_before <= permit.asked_at < key.not_after
            for key in keys
        ):
            return False
        about = (permit.requester, permit.tx)
        box = party.seal_seed(PORTAL, BoxPurpose.PORTAL_SEED, about, seed, period)
        return box.digest == permit.portal_box


def _refuse(reason: str, article: str | None = None) -> Verdict:
    return Verdict(outcome="refused", reason=reason, article=article)


def _stored(record: Provided) -> bytes:
    return kept(record.answer, received=record.received, outcome=record.outcome)
