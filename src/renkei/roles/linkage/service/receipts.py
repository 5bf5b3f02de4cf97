"""Receipts: how both sides say an exchange ended, as log entries of their own (提供等の記録)."""

from collections.abc import Callable

import msgspec
from sqlalchemy import Connection

from renkei.kit.database import Database
from renkei.kit.party import Party
from renkei.roles.linkage import rules
from renkei.roles.linkage.store import log, permits
from renkei.wire.framing import Letter
from renkei.wire.messages.exchange import (
    Receipt,
    Receipts,
    ReceiptsNoted,
    RejectedReceipt,
    Rejection,
)


class ReceiptService:
    """Records receipts; the same receipt again changes nothing."""

    def __init__(
        self, party: Party, database: Database, wake: Callable[[], None] = lambda: None
    ) -> None:
        """`wake` tells the sequencer that entries wait."""
        self._party = party
        self._database = database
        self._wake = wake

    async def receipts(self, letter: Letter[Receipts]) -> ReceiptsNoted:
        """Record a batch; a receipt that does not fit is named back with its reason."""
        sender = letter.message.sender

        def write(connection: Connection) -> list[RejectedReceipt]:
            rejected = []
            for receipt in letter.message.receipts:
                reason = self._take(connection, sender, receipt, letter.digest)
                if reason is not None:
                    rejected.append(
                        RejectedReceipt(requester=receipt.requester, tx=receipt.tx, reason=reason)
                    )
            return rejected

        rejected = await self._database.write(write)
        self._wake()
        return ReceiptsNoted(
            **self._party.envelope(sender),
            count=len(letter.message.receipts) - len(rejected),
            rejected=rejected,
        )

    def _take(
        self, connection: Connection, sender: str, receipt: Receipt, batch: bytes
    ) -> Rejection | None:
        """Record a receipt that fits and is new; gives why it is not recorded."""
        exchange = permits.exchange(connection, receipt.requester, receipt.tx)
        if exchange is None or not rules.takes_part(exchange, sender, receipt):
            return "no-exchange"
        if not rules.possible(exchange, sender, receipt):
            return "not-permitted"
        earlier = permits.receipt(connection, sender, receipt.requester, receipt.tx)
        if earlier is None:
            self._add(connection, sender, receipt, batch)
        elif earlier.record is not None and not _same(earlier.record, receipt):
            return "tx-conflict"
        return None

    def _add(self, connection: Connection, sender: str, receipt: Receipt, batch: bytes) -> None:
        record = log.canonical(
            {
                "sender": sender,
                "requester": receipt.requester,
                "tx": receipt.tx,
                "outcome": receipt.outcome,
                "digest": receipt.digest,
                "commitment": receipt.commitment,
                "batch_digest": batch,
            }
        )
        salt = self._party.randomness(log.SALT_BYTES)
        permits.add_receipt(connection, (sender, receipt.requester, receipt.tx), record, salt)


def _same(record: bytes, receipt: Receipt) -> bool:
    """Whether a recorded receipt says what this one says; its batch may be another."""
    earlier = msgspec.json.decode(record, type=_Said)
    return (earlier.outcome, earlier.digest) == (receipt.outcome, receipt.digest)


class _Said(msgspec.Struct):
    outcome: str
    digest: bytes
