"""Receipts: how both sides say an exchange ended, as log entries of their own (提供等の記録)."""

from collections.abc import Callable

from sqlalchemy import Connection

from renkei.kit.database import Database
from renkei.kit.party import Party
from renkei.roles.linkage import rules
from renkei.roles.linkage.store import log, permits
from renkei.wire.entries import ReceiptRecord, read_entry, write_entry
from renkei.wire.framing import Letter
from renkei.wire.linkage.permit import Receipt, Receipts, ReceiptsNoted, RejectedReceipt, Rejection


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

        rejected = await self._database.write(lambda connection: self._note(connection, letter))
        self._wake()
        return ReceiptsNoted(
            **self._party.envelope(sender),
            count=len(letter.message.receipts) - len(rejected),
            rejected=rejected,
        )

    def _note(self, connection: Connection, letter: Letter[Receipts]) -> list[RejectedReceipt]:
        """Record what is new, with few statements whatever the size of the batch; gives misfits."""
        sender, receipts = letter.message.sender, letter.message.receipts
        keys = {(one.requester, one.tx) for one in receipts}
        known = permits.exchanges(connection, sender, keys)
        rejected: list[RejectedReceipt] = []
        new: dict[permits.Key, Receipt] = {}
        for receipt in receipts:
            key = (receipt.requester, receipt.tx)
            reason = _misfit(sender, receipt, known.get(key), new.get(key))
            if reason is not None:
                rejected.append(
                    RejectedReceipt(requester=receipt.requester, tx=receipt.tx, reason=reason)
                )
            elif not known[key].noted:
                new[key] = receipt
        salted = {
            key: (_record(sender, one), self._party.randomness(log.SALT_BYTES))
            for key, one in new.items()
        }
        permits.add_receipts(connection, sender, salted)
        return rejected


def _misfit(
    sender: str, receipt: Receipt, known: permits.Known | None, in_batch: Receipt | None
) -> Rejection | None:
    """Why a receipt is not recorded; None where it is new, or says what an earlier one did."""
    if known is None or not rules.takes_part(known.exchange, sender, receipt):
        return "no-exchange"
    if not rules.possible(known.exchange, sender, receipt):
        return "not-permitted"
    if in_batch is not None and _said(in_batch) != _said(receipt):
        return "tx-conflict"
    if known.earlier is None:
        return None
    earlier = read_entry(known.earlier, ReceiptRecord)
    return "tx-conflict" if _said(earlier) != _said(receipt) else None


def _said(receipt: Receipt | ReceiptRecord) -> tuple[str, bytes]:
    return receipt.outcome, receipt.digest


def _record(sender: str, receipt: Receipt) -> bytes:
    return write_entry(
        ReceiptRecord(
            sender=sender,
            requester=receipt.requester,
            tx=receipt.tx,
            outcome=receipt.outcome,
            digest=receipt.digest,
            commitment=receipt.commitment,
        )
    )
