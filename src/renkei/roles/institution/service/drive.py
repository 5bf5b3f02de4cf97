"""Driving a request to its end: permit, presentation, receipt (照会の実行).

Every step reads the record, makes one call, and writes the result; a process that dies between any
two lines starts again from the record. Calls are safe to repeat: the network and the provider give
the same bytes for the same request. Every peer has its own lane: one that is away holds up only
what concerns it.
"""

import asyncio
import contextlib
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Final

from renkei.kit.clock import tokyo_day
from renkei.kit.database import Database
from renkei.kit.lanes import Lanes
from renkei.kit.logs import get_logger
from renkei.kit.outbox import Outbox, Pace, delay_seconds, told_seconds
from renkei.kit.party import Party
from renkei.law.periods import period
from renkei.roles.institution.rules import attributes_of, items_wanted
from renkei.roles.institution.service.reask import Reasker
from renkei.roles.institution.service.waiting import Again, Pause, Trouble, of_peer, peer_of
from renkei.roles.institution.store import asked as store
from renkei.roles.institution.store import persons
from renkei.roles.institution.store.asked import Asked, Ending, Permission
from renkei.wire.errors import WireError
from renkei.wire.fields import Outcome
from renkei.wire.framing import Letter, decode, encode
from renkei.wire.messages.exchange import (
    Answer,
    AttributesOffer,
    Content,
    Interim,
    Permit,
    Presentation,
    ProvidedItem,
    Receipt,
    Received,
    ReceivedNoted,
    Refusal,
)
from renkei.wire.protocols import LinkageProtocol, ProviderProtocol

Providers = Callable[[str], ProviderProtocol]
Next = tuple[Pause, Asked | None]
"""What follows, and the record as this step left it, None where it must be read again."""
PACE: Final = Pace(first_delay_seconds=0.05, longest_delay_seconds=15)
CALLS_PER_PEER: Final = 32
RESUMED_AT_ONCE: Final = 1_000
LONGEST_WAIT_SECONDS: Final = 60
"""However late a provider asks to be asked again, so that a permit's end is not slept through."""
_DONE: Final = None
_END: Final[Next] = (_DONE, None)


class Driver:
    """Takes committed requests to their end, each by one task."""

    def __init__(
        self,
        party: Party,
        database: Database,
        linkage: LinkageProtocol,
        providers: Providers,
        receipts: Outbox,
        *,
        reasker: Reasker | None = None,
    ) -> None:
        """Without `reasker` nothing is asked a second time with a new transaction."""
        self._party = party
        self._database = database
        self._linkage = linkage
        self._providers = providers
        self._receipts = receipts
        self._reasker = reasker
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._watchers: dict[str, set[asyncio.Event]] = {}
        self._lanes = Lanes(CALLS_PER_PEER, of_peer)
        self._troubles: dict[str, Trouble] = {}

    def start(self, tx: str) -> None:
        """Drive a committed request, unless a task does already."""
        if tx not in self._tasks:
            task = asyncio.get_running_loop().create_task(self._drive(tx))
            self._tasks[tx] = task
            task.add_done_callback(lambda _: self._forget(tx))

    def _forget(self, tx: str) -> None:
        self._tasks.pop(tx, None)
        self._troubles.pop(tx, None)

    def trouble(self, one: Asked) -> Trouble | None:
        """What holds up an open request; None where nothing is known to."""
        own = self._troubles.get(one.tx)
        if own is not None or one.state == "closed":
            return own
        reason = self._lanes.trouble(peer_of(one))
        return Trouble(peer_of(one), reason) if reason is not None else None

    async def resume(self) -> int:
        """Start whatever the records say has not ended; gives how many."""
        count, after = 0, ""
        while True:
            batch = await self._open_after(after)
            for tx in batch:
                self.start(tx)
            count += len(batch)
            if len(batch) < RESUMED_AT_ONCE:
                return count
            after = batch[-1]

    async def _open_after(self, after: str) -> list[str]:
        return await self._database.read(
            lambda c: store.open_transactions(c, after, RESUMED_AT_ONCE)
        )

    async def stop(self) -> None:
        """End all tasks; what they had not finished is resumed at the next start."""
        tasks = list(self._tasks.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    @contextlib.contextmanager
    def watching(self, case_number: str) -> Iterator[asyncio.Event]:
        """An event for the length of a block, set whenever a request of this case has ended."""
        event = asyncio.Event()
        watchers = self._watchers.setdefault(case_number, set())
        watchers.add(event)
        try:
            yield event
        finally:
            watchers.discard(event)
            if not watchers:
                self._watchers.pop(case_number, None)

    def _tell(self, case_number: str) -> None:
        for event in self._watchers.get(case_number, ()):
            event.set()

    async def _drive(self, tx: str) -> None:
        failures = 0
        known: Asked | None = None
        while True:
            try:
                pause, known = await self._step(tx, known)
            except Exception as error:  # a bug or a lost database: visible, and tried again
                get_logger().error("drive-failed", tx=tx, exc_info=error)
                self._troubles[tx] = Trouble(self._party.name, "internal")
                pause, known = Again(), None
            if pause is _DONE:
                return
            if isinstance(pause, Again):
                failures += 1
                delay = delay_seconds(PACE, failures, self._party.randomness)
                await asyncio.sleep(max(delay, pause.seconds))
            else:
                failures = 0
                self._troubles.pop(tx, None)
                await asyncio.sleep(pause)

    async def _step(self, tx: str, known: Asked | None) -> Next:
        """One step from the record, which is read unless the step before has left it."""
        one = known or await self._database.look(lambda c: store.find(c, tx))
        if one is None or one.state == "closed":
            return _END
        try:
            async with self._lanes.to(peer_of(one)):
                return await self._call(one)
        except WireError as error:
            return await self._failed(one, error), None

    async def _call(self, one: Asked) -> Next:
        if one.state == "asked":
            return await self._ask(one)
        if one.state == "answered":
            await self._confirm(one)
            return _END
        return await self._present(one)

    # -- step 2: the permit ------------------------------------------------------------------

    async def _ask(self, one: Asked) -> Next:
        assert one.request is not None
        raw = await self._linkage.permit(one.request)
        letter: Letter[Permit | Refusal] = self._party.read(raw, (Permit, Refusal), peer="linkage")
        message = letter.message
        if (
            message.requester != self._party.name
            or message.tx != one.tx
            or message.provider != one.provider
            or message.request_digest != one.request_digest
        ):
            raise WireError("unavailable", "The network answered for another request.")
        if isinstance(message, Refusal):
            await self._refused_by_network(one, message)
            return _END
        permission = Permission(
            permit=raw,
            permit_digest=letter.digest,
            entry_hash=message.entry_hash,
            valid_until=message.valid_until,
            article=message.basis.article,
            row=message.basis.row,
        )
        return 0.0, await self._database.write(lambda c: store.permitted(c, one, permission))

    async def _refused_by_network(self, one: Asked, refusal: Refusal) -> None:
        ending = Ending(
            outcome="refused",
            article=refusal.article,
            row=refusal.row,
            reason=refusal.reason,
            refused_by="network",
            entry_hash=refusal.entry_hash,
        )
        late = refusal.article is None and refusal.reason == "stale"
        if not (late and await self._asked_again(one, ending)):
            await self._end(one, ending, None)

    async def _asked_again(self, one: Asked, ending: Ending) -> bool:
        """Ask once more in a new transaction; False where that was done or cannot be done."""
        if self._reasker is None or one.instead_of is not None:
            return False
        new = await self._reasker.replacement(one, ending.reason or "")
        if new is None:
            return False
        now = self._party.now()
        await self._database.write(lambda c: store.replace(c, one.tx, ending, new, now))
        get_logger().info("asked-again", tx=new.tx, reason=ending.reason)
        self._tell(one.case_number)
        self.start(new.tx)
        return True

    # -- steps 3 and 4: present, receive ------------------------------------------------------

    async def _present(self, one: Asked) -> Next:
        assert one.permit is not None
        party, provider = self._party, one.provider
        message = Presentation(**party.envelope(provider), permit=one.permit.decode("ascii"))
        raw = await self._providers(provider).provide(party.write(message))
        letter = self._read_answer(one, raw)
        if isinstance(letter.message, Interim) and letter.message.state == "no-code":
            letter = await self._offer(one) or letter
        answer = letter.message
        if isinstance(answer, Interim):
            why = answer.state
            await self._database.write(lambda c: store.waiting(c, one.tx, why))
            return float(min(answer.retry_after_seconds, LONGEST_WAIT_SECONDS)), None
        return 0.0, await self._answered(one, answer, letter.digest)

    async def _offer(self, one: Asked) -> Letter[Answer | Interim] | None:
        """Send the four attributes, boxed, where the body takes them (令26条3項)."""
        assert one.permit is not None
        party, provider = self._party, one.provider
        if not party.directory.entry(provider).attributes_accepted:
            return None
        person = await self._database.look(lambda c: persons.find(c, one.person))
        if person is None:
            return None
        now = party.now()
        await self._database.write(lambda c: store.offering(c, one.tx, now))
        plain = encode(attributes_of(person))
        message = AttributesOffer(
            **party.envelope(provider),
            permit=one.permit.decode("ascii"),
            attributes=party.seal(provider, "attributes", one.tx, plain),
        )
        raw = await self._providers(provider).attributes(party.write(message))
        return self._read_answer(one, raw)

    def _read_answer(self, one: Asked, raw: bytes) -> Letter[Answer | Interim]:
        letter: Letter[Answer | Interim] = self._party.read(
            raw, (Answer, Interim), peer=one.provider
        )
        answer = letter.message
        if (
            answer.requester != self._party.name
            or answer.tx != one.tx
            or answer.permit_digest != one.permit_digest
        ):
            raise WireError("unavailable", "The provider answered for another permit.")
        return letter

    async def _answered(self, one: Asked, answer: Answer, digest: bytes) -> Asked | None:
        """Write `received` with content and receipt; only then tell the provider."""
        items = self._items(one, answer)
        refused = answer.outcome in ("refused", "withheld")
        ending = Ending(
            outcome=answer.outcome,
            state="answered",
            article=answer.article if refused else one.article,
            row=one.row,
            reason=answer.reason,
            refused_by="provider" if refused else None,
            answer_digest=digest,
            content=items,
        )
        return await self._end(one, ending, self._receipt(one, answer.outcome, digest))

    def _items(self, one: Asked, answer: Answer) -> list[ProvidedItem]:
        """The items provided: some of those asked for and no others, with `provided` only."""
        items: list[ProvidedItem] = []
        if answer.content is not None:
            plain = self._party.unseal(one.provider, "answer", one.tx, answer.content)
            items = decode(plain, Content).items
        asked_for = {item.item for item in items} <= set(items_wanted(one.affair, one.items))
        if not asked_for or bool(items) != (answer.outcome == "provided"):
            raise WireError("unavailable", "The provider answered something else than was asked.")
        return items

    async def _confirm(self, one: Asked) -> None:
        """Tell the provider that the answer is stored here."""
        assert one.answer_digest is not None
        party = self._party
        message = Received(
            **party.envelope(one.provider), tx=one.tx, answer_digest=one.answer_digest
        )
        try:
            raw = await self._providers(one.provider).received(party.write(message))
            party.read(raw, (ReceivedNoted,), peer=one.provider)
        except WireError as error:
            if error.code != "answer-unknown":
                raise
        await self._database.write(lambda c: store.close(c, one.tx))

    # -- what can go wrong ---------------------------------------------------------------------

    async def _failed(self, one: Asked, error: WireError) -> Pause:
        """End a request that a peer says cannot go on; try everything else again."""
        peer = peer_of(one)
        get_logger().info("drive-error", tx=one.tx, code=error.code, peer=peer)
        self._troubles[one.tx] = Trouble(peer, error.code)
        told = told_seconds(error, PACE.longest_delay_seconds, self._party.randomness)
        if not error.signed or error.kind.again or error.kind.who != "sender":
            return await self._out_of_time(one, Again(told))
        if one.state == "answered":
            return Again(told)
        if error.code == "permit-expired":
            await self._run_out(one, "lapsed")
        elif error.code == "already-received":
            await self._run_out(one, "not-received")
        else:
            by: store.RefusedBy = "network" if one.state == "asked" else "provider"
            ending = Ending(
                outcome="refused", article=error.article, reason=error.code, refused_by=by
            )
            late = one.state == "asked" and error.code == "epoch"
            if late and await self._asked_again(one, ending):
                return _DONE
            digest = one.permit_digest
            receipt = self._receipt(one, "refused", digest) if digest is not None else None
            await self._end(one, ending, receipt)
        return _DONE

    async def _out_of_time(self, one: Asked, again: Again) -> Pause:
        """Give up once no provider can hold an answer any more (省令41条3項)."""
        if one.valid_until is None or one.state == "answered":
            return again
        now = self._party.now()
        kept = timedelta(seconds=period("answer_kept_seconds", tokyo_day(now)))
        if now.replace(tzinfo=None) <= one.valid_until + kept:
            return again
        # Whether it was answered cannot be known any more; that nothing was received is certain.
        await self._run_out(one, "not-received")
        return _DONE

    async def _run_out(self, one: Asked, outcome: Outcome) -> None:
        digest = one.permit_digest
        receipt = self._receipt(one, outcome, digest) if digest is not None else None
        await self._end(one, Ending(outcome=outcome), receipt)

    def _receipt(self, one: Asked, outcome: Outcome, digest: bytes) -> Receipt:
        assert one.commitment is not None
        return Receipt(
            requester=self._party.name,
            tx=one.tx,
            outcome=outcome,
            digest=digest,
            commitment=one.commitment,
        )

    async def _end(self, one: Asked, ending: Ending, receipt: Receipt | None) -> Asked | None:
        now = self._party.now()
        ended = await self._database.write(lambda c: store.end(c, one, ending, receipt, now))
        self._receipts.wake()
        self._tell(one.case_number)
        return ended
