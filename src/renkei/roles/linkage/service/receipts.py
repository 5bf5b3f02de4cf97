"""Receipts: how both sides say an exchange ended, as log entries of their own (提供等の記録)."""

from collections.abc import Callable

from sqlalchemy import Connection

from renkei.kit.database import Database
from renkei.kit.party import Party
from renkei.roles.linkage.store import log, permits
from renkei.wire.framing import Letter
from renkei.wire.messages.exchange import Receipt, ReceiptKey, Receipts, ReceiptsNoted


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
        """Record a batch; receipts that fit no exchange of the sender are named back."""
        sender = letter.message.sender

        def write(connection: Connection) -> list[ReceiptKey]:
            rejected = []
            for receipt in letter.message.receipts:
                key = (receipt.requester, receipt.tx)
                if not permits.takes_part(connection, sender, key, receipt.commitment):
                    rejected.append(ReceiptKey(requester=receipt.requester, tx=receipt.tx))
                elif not permits.receipt_known(connection, sender, *key):
                    self._add(connection, sender, receipt)
            return rejected

        rejected = await self._database.write(write)
        self._wake()
        return ReceiptsNoted(
            **self._party.envelope(sender),
            count=len(letter.message.receipts) - len(rejected),
            rejected=rejected,
        )

    def _add(self, connection: Connection, sender: str, receipt: Receipt) -> None:
        # Nothing of the batch: what its receipts share would tie the requests of a case together.
        record = log.canonical(
            {
                "sender": sender,
                "requester": receipt.requester,
                "tx": receipt.tx,
                "outcome": receipt.outcome,
                "digest": receipt.digest,
                "commitment": receipt.commitment,
            }
        )
        salt = self._party.randomness(log.SALT_BYTES)
        permits.add_receipt(connection, (sender, receipt.requester, receipt.tx), record, salt)
