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

        rejected = await self._database.write(lambda connection: self._note(connection, letter))
        self._wake()
        return ReceiptsNoted(
            **self._party.envelope(sender),
            count=len(letter.message.receipts) - len(rejected),
            rejected=rejected,
        )

    def _note(self, connection: Connection, letter: Letter[Receipts]) -> list[ReceiptKey]:
        """Record what is new, with few statements whatever the size of the batch; gives misfits."""
        sender, receipts = letter.message.sender, letter.message.receipts
        keys = {(one.requester, one.tx) for one in receipts}
        exchanges = permits.exchanges(connection, sender, keys)
        rejected: list[ReceiptKey] = []
        new: dict[permits.Key, tuple[bytes, bytes]] = {}
        for receipt in receipts:
            key = (receipt.requester, receipt.tx)
            if not _takes_part(sender, receipt, exchanges.get(key)):
                rejected.append(ReceiptKey(requester=receipt.requester, tx=receipt.tx))
            elif not exchanges[key].noted and key not in new:  # the first of a batch counts
                salt = self._party.randomness(log.SALT_BYTES)
                new[key] = (_record(sender, receipt), salt)
        permits.add_receipts(connection, sender, new)
        return rejected


def _takes_part(sender: str, receipt: Receipt, judged: permits.Exchange | None) -> bool:
    """Whether the sender is one side of a judged request with this commitment."""
    if judged is None or receipt.commitment != judged.commitment:
        return False
    return sender in (receipt.requester, judged.provider)


def _record(sender: str, receipt: Receipt) -> bytes:
    # Nothing of the batch: what its receipts share would tie the requests of a case together.
    return log.canonical(
        {
            "sender": sender,
            "requester": receipt.requester,
            "tx": receipt.tx,
            "outcome": receipt.outcome,
            "digest": receipt.digest,
            "commitment": receipt.commitment,
        }
    )
