"""Sending receipts in batches (受領・提供の通知)."""

from typing import Final

from sqlalchemy import Connection

from renkei.kit.counterparty import Counterparty
from renkei.kit.database import Database
from renkei.kit.logs import get_logger
from renkei.kit.outbox import Pace
from renkei.kit.party import Party
from renkei.roles.institution.store import receipts as store
from renkei.wire.linkage.calls import RECEIPTS
from renkei.wire.linkage.permit import Receipts
from renkei.wire.names import LINKAGE

PACE: Final = Pace(batch=500, idle_seconds=1.0, gather_seconds=0.2)


class ReceiptSender:
    """Works off the outbox of receipts; the network takes the same receipt twice as once."""

    def __init__(self, party: Party, database: Database, linkage: Counterparty) -> None:
        self._party = party
        self._database = database
        self._linkage = linkage

    async def send(self, batch: int) -> int:
        """Send up to `batch` receipts; gives how many the network has dealt with."""
        owed = await self._database.read(lambda c: store.owed(c, batch))
        if not owed:
            return 0
        message = Receipts(**self._party.envelope(LINKAGE), receipts=owed)
        noted = await self._linkage.ask(RECEIPTS, message)
        rejected = [(one.requester, one.tx) for one in noted.rejected]
        keys = [(one.requester, one.tx) for one in owed]

        def settle(connection: Connection) -> None:
            store.settle(connection, [key for key in keys if key not in rejected], "noted")
            store.settle(connection, rejected, "rejected")

        await self._database.write(settle)
        if rejected:
            get_logger().error("receipts-rejected", count=len(rejected))
        return len(owed)
