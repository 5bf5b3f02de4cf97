"""Driving a request to its end: permit, presentation, receipt (照会の実行).

Every step reads the record, makes one call, and writes the result; a process that dies between any
two lines starts again from the record. Calls are safe to repeat: the network and the provider give
the same bytes for the same request. Every peer has its own lane: one that is away holds up only
what concerns it.
"""

import asyncio
from datetime import datetime, timedelta
from functools import partial
from typing import Final

from sqlalchemy import Connection

from renkei.kit.background import Alone, Background, Interval, delay_seconds, told_seconds
from renkei.kit.clock import tokyo_day
from renkei.kit.counterparty import Counterparty
from renkei.kit.database import Database, Deposed
from renkei.kit.database.seat import Seat
from renkei.kit.lanes import Lanes
from renkei.kit.limits import TurnedAway
from renkei.kit.logs import get_logger
from renkei.kit.party import Party
from renkei.kit.watch import Watch
from renkei.law.periods import period
from renkei.roles.institution.rules import TOO_LARGE, attributes_of
from renkei.roles.institution.service.asking import replies
from renkei.roles.institution.service.asking.confirming import Confirmations
from renkei.roles.institution.service.asking.contents import content_of
from renkei.roles.institution.service.asking.reask import Reasker
from renkei.roles.institution.service.asking.settling import Settling
from renkei.roles.institution.service.asking.waiting import (
    Again,
    Pause,
    Providers,
    Trouble,
    of_peer,
    peer_of,
)
from renkei.roles.institution.store import asked as store
from renkei.roles.institution.store import persons
from renkei.roles.institution.store.asked import Asked, Ending
from renkei.wire.boxes import BoxPurpose
from renkei.wire.errors import WireError
from renkei.wire.fields import Outcome
from renkei.wire.framing import Letter, encode
from renkei.wire.institution.calls import ATTRIBUTES, PROVIDE
from renkei.wire.institution.messages import Answer, AttributesOffer, Interim, Presentation
from renkei.wire.linkage.calls import PERMIT
from renkei.wire.linkage.permit import Receipt, Refusal

Next = tuple[Pause, Asked | None]
"""What follows, and the record as this step left it, None where it must be read again."""
INTERVAL: Final = Interval(first_delay_seconds=0.05, longest_delay_seconds=15)
CALLS_PER_PEER: Final = 32
RESUMED_AT_ONCE: Final = 1_000
HANDED_OVER_SECONDS: Final = 15
"""For so long a process without the seat drives a request; the one with it has taken it up."""
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
        linkage: Counterparty,
        providers: Providers,
        receipts: Background,
        *,
        reasker: Reasker | None = None,
        watch: Watch | None = None,
        seat: Seat | None = None,
    ) -> None:
        """Without `reasker` nothing is asked a second time with a new transaction."""
        self._watch = watch or Watch(party.clock, party.randomness)
        self._party = party
        self._database = database
        self._linkage = linkage
        self._providers = providers
        self._receipts = receipts
        self._reasker = reasker
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self.settling = Settling(database, self._watch)
        self._seat = seat or Alone()
        self._lanes = Lanes(CALLS_PER_PEER, of_peer)
        self._confirmations = Confirmations(party, database, providers, self._lanes)
        self._troubles: dict[str, Trouble] = {}

    def start(self, tx: str) -> None:
        """Drive a committed request, unless a task does already."""
        if tx not in self._tasks:
            task = self._watch.keep("drive", lambda: self._drive(tx))
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

    async def resume(self, asked_before: datetime | None = None) -> int:
        """Start whatever the records say has not ended; gives how many."""
        count, after = 0, ""
        while True:
            batch = await self._database.read(
                partial(
                    store.open_transactions,
                    after=after,
                    limit=RESUMED_AT_ONCE,
                    asked_before=asked_before,
                )
            )
            for tx in batch:
                self.start(tx)
            count += len(batch)
            if len(batch) < RESUMED_AT_ONCE:
                return count
            after = batch[-1]

    async def stop(self) -> None:
        """End all tasks; what they had not finished is resumed at the next start."""
        tasks = list(self._tasks.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await self.settling.stop()

    async def _drive(self, tx: str) -> None:
        failures = 0
        known: Asked | None = None
        began = asyncio.get_running_loop().time()
        while not self._handed_over(began):
            try:
                pause, known = await self._step(tx, known)
            except Deposed:  # taken up in a term that is over: another process takes it up
                return
            except Exception as error:  # a bug or a full disk: visible, and tried again
                code = error.code if isinstance(error, TurnedAway) else "internal"
                get_logger().error("drive-failed", tx=tx, code=code, exc_info=error)
                self._troubles[tx] = Trouble(self._party.name, code)
                pause, known = Again(), None
            if pause is _DONE:
                return
            if isinstance(pause, Again):
                failures += 1
                delay = delay_seconds(INTERVAL, failures, self._party.randomness)
                await asyncio.sleep(max(delay, pause.seconds))
            else:
                failures = 0
                self._troubles.pop(tx, None)
                await asyncio.sleep(pause)

    def _handed_over(self, began: float) -> bool:
        """Whether the process with the seat, which is another one, drives this by now."""
        held = asyncio.get_running_loop().time() - began
        return self._seat.term == 0 and held > HANDED_OVER_SECONDS

    async def _step(self, tx: str, known: Asked | None) -> Next:
        """One step from the record, which is read unless the step before has left it."""
        one = known or await self._database.look(lambda c: store.find(c, tx))
        if one is None or one.state == "closed":
            return _END
        try:
            if one.state == "answered":
                await self._confirmations.confirm(one)
                return _END
            async with self._lanes.to(peer_of(one)):
                return await self._call(one)
        except WireError as error:
            return await self._failed(one, error), None

    async def _call(self, one: Asked) -> Next:
        if one.state == "asked":
            return await self._ask(one)
        return await self._present(one)

    # -- step 2: the permit ------------------------------------------------------------------

    async def _ask(self, one: Asked) -> Next:
        assert one.request is not None
        if one.signed is None:
            return await self._ask_in_this_form(one)
        letter = await self._linkage.send(PERMIT, one.request)
        message = letter.message
        disputed = replies.disputed(one, letter)
        if disputed is not None:
            await self._end(one, disputed, None)
            return _END
        if isinstance(message, Refusal):
            await self._refused_by_network(one, message)
            return _END
        permission = replies.permission(letter.raw, letter.digest, message)
        return 0.0, await self._database.write(lambda c: store.permitted(c, one, permission))

    async def _ask_in_this_form(self, one: Asked) -> Next:
        """A request from before boxes travelled beside what is signed is asked anew."""
        ending = replies.OLDER_FORM
        if not await self._asked_again(one, ending):
            await self._end(one, ending, None)
        return _END

    async def _refused_by_network(self, one: Asked, refusal: Refusal) -> None:
        ending = replies.refused(refusal)
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
        self.settling.tell(one.case_number)
        self.start(new.tx)
        return True

    # -- steps 3 and 4: present, receive ------------------------------------------------------

    async def _present(self, one: Asked) -> Next:
        assert one.permit is not None
        if one.signed is None:  # of the form before, which no provider takes any more
            await self._run_out(one, "lapsed")
            return _END
        party, provider = self._party, one.provider
        message = Presentation(**party.envelope(provider), permit=one.permit.decode("ascii"))
        letter = await self._providers(provider).send(PROVIDE, party.write(message))
        self._check_about(one, letter.message)
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
            attributes=party.seal(provider, BoxPurpose.ATTRIBUTES, one.tx, plain),
        )
        letter = await self._providers(provider).send(ATTRIBUTES, party.write(message))
        self._check_about(one, letter.message)
        return letter

    def _check_about(self, one: Asked, answer: Answer | Interim) -> None:
        if (
            answer.requester != self._party.name
            or answer.tx != one.tx
            or answer.permit_digest != one.permit_digest
        ):
            raise WireError("unavailable", "The provider answered for another permit.")

    async def _answered(self, one: Asked, answer: Answer, digest: bytes) -> Asked | None:
        """Write `received` with content and receipt; only then tell the provider."""
        try:
            content = content_of(self._party, one, answer)
        except WireError as error:
            # Found here and said by nobody: it ends no request in the provider's name.
            raise WireError(
                "unavailable", f"The answer cannot be read: {error.detail}", signed=False
            ) from error
        unfit = [miss.item for miss in content.missing if miss.reason == TOO_LARGE]
        rest = await self._reasker.rest(one, unfit) if unfit and self._reasker else None
        refused = answer.outcome in ("refused", "withheld")
        ending = Ending(
            outcome=answer.outcome,
            state="answered",
            article=answer.article if refused else one.article,
            row=one.row,
            reason=TOO_LARGE if unfit and rest is None else answer.reason,
            refused_by="provider" if refused else None,
            answer_digest=digest,
            content=content.items,
        )
        return await self._end(one, ending, self._receipt(one, answer.outcome, digest), rest)

    # -- what can go wrong ---------------------------------------------------------------------

    async def _failed(self, one: Asked, error: WireError) -> Pause:
        """End a request that a peer says cannot go on; try everything else again."""
        peer = peer_of(one)
        get_logger().info(
            "drive-error", tx=one.tx, code=error.code, peer=peer, apart_seconds=error.apart_seconds
        )
        self._troubles[one.tx] = Trouble(peer, error.code)
        told = told_seconds(error, INTERVAL.longest_delay_seconds, self._party.randomness)
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
        if now <= one.valid_until + kept:
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

    async def _end(
        self, one: Asked, ending: Ending, receipt: Receipt | None, rest: Asked | None = None
    ) -> Asked | None:
        """Write an end, and with it the request for what it left open, both or neither."""
        now = self._party.now()

        def write(connection: Connection) -> Asked | None:
            ended = store.end(connection, one, ending, receipt, now)
            if ended is not None and rest is not None:
                store.add(connection, rest)
            return ended

        ended = await self._database.write(write)
        if ended is not None and rest is not None:
            self.start(rest.tx)
        self._receipts.wake()
        self.settling.tell(one.case_number)
        return ended
