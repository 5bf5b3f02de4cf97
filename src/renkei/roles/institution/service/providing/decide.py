"""An officer decides what a machine must not: provide, or nothing to provide (自動応答不可).

The final answer is made and stored with the decision; the inquirer gets it with its next
presentation of the same permit. After `valid_until` nobody decides any more (省令41条3項).
"""

from typing import Final

from renkei.kit.database import Database
from renkei.kit.outbox import Outbox
from renkei.kit.party import Party
from renkei.roles.institution.service.codes.book import CODE_STOPPED
from renkei.roles.institution.service.providing.answers import Answerer, Verdict, provision
from renkei.roles.institution.service.providing.on_file import held
from renkei.roles.institution.store import codes
from renkei.roles.institution.store import provided as store
from renkei.roles.institution.store.provided import Decision, Provided, Waiting
from renkei.wire.errors import WireError
from renkei.wire.framing import Letter
from renkei.wire.institution.desk import (
    DeskDecide,
    DeskDecided,
    DeskPending,
    DeskPendingItem,
    DeskPendingRequest,
)

LISTED: Final = 200


class DecideService:
    """What a provider's desk does about requests that wait for a human."""

    def __init__(self, party: Party, database: Database, receipts: Outbox) -> None:
        self._party = party
        self._database = database
        self._receipts = receipts
        self._answers = Answerer(party)

    async def desk_pending(self, letter: Letter[DeskPendingRequest]) -> DeskPending:
        """What waits for an officer and can still be decided, oldest first."""
        now = self._party.now()
        waiting = await self._database.read(lambda c: store.pending(c, now, LISTED))
        return DeskPending(
            **self._party.envelope(letter.message.sender),
            pending=[_item(one) for one in waiting],
        )

    async def desk_decide(self, letter: Letter[DeskDecide]) -> DeskDecided:
        """Decide once and for all; the same decision again is the same as once."""
        order = letter.message
        key = (order.requester, order.tx)
        record = await self._database.read(lambda c: store.find(c, *key))
        if record is None or record.person is None or record.pending_reason is None:
            raise WireError("answer-unknown", "No request of this transaction waits here.")
        if record.outcome is None:
            record = await self._decide(order, record)
        if record.outcome == "lapsed":
            raise WireError("permit-expired", "The permit ran out before anybody decided.")
        if record.decision != order.decision:
            raise WireError("tx-conflict", "This request has been answered otherwise before.")
        return DeskDecided(**self._party.envelope(order.sender), tx=order.tx)

    async def _decide(self, order: DeskDecide, record: Provided) -> Provided:
        person = record.person
        assert person is not None
        verdict = Verdict(outcome="no-data", person=person)
        if order.decision == "provide" and await self._database.read(
            lambda c: codes.stopped(c, person) is not None
        ):
            verdict = Verdict(outcome="refused", reason=CODE_STOPPED)
        elif order.decision == "provide":
            verdict = provision(
                await self._database.read(lambda c: held(c, person, record.affair, record.items))
            )
        key = (order.requester, order.tx)
        ruling = self._answers.ruling(key, record.permit_digest, verdict)
        decision = Decision(officer=order.officer, decision=order.decision)
        now = self._party.now()
        written = await self._database.write(lambda c: store.decide(c, key, decision, ruling, now))
        self._receipts.wake()
        return written


def _item(one: Waiting) -> DeskPendingItem:
    return DeskPendingItem(
        requester=one.requester,
        tx=one.tx,
        affair=one.affair,
        sub_affair=one.sub_affair,
        items=one.items,
        subject=one.subject,
        person=one.person,
        reason=one.pending_reason,
        valid_until=one.valid_until,
    )
