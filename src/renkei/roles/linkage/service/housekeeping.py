"""Deleting what the network must not keep: boxes of permits that ran out, old numbers (消去)."""

from typing import Final

from sqlalchemy import Connection

from renkei.kit.background import Interval
from renkei.kit.database import Database
from renkei.kit.party import Party
from renkei.roles.linkage.service.erasure import Erasure
from renkei.roles.linkage.store import acquisition, checkpoints, permits

INTERVAL: Final = Interval(idle_seconds=2.0)
HEADS_KEPT: Final = 10_000
"""Signed heads the witness may still cosign; at seven a second, twenty minutes of full load."""


class Housekeeping:
    """Deletes by time; what the portal has still to fetch stays in the feed until it has.

    Empties the write-ahead log after what others deleted too, so that nothing of it is left a few
    seconds later.
    """

    def __init__(self, party: Party, database: Database, erasure: Erasure | None = None) -> None:
        self._party = party
        self._database = database
        self._erasure = erasure or Erasure(database)

    async def sweep(self) -> None:
        """Delete everything due."""
        now = self._party.now()

        def delete(connection: Connection) -> int:
            checkpoints.prune(connection, HEADS_KEPT)
            return permits.strip_expired(connection, now) + acquisition.expire(connection, now)

        await self._database.write(delete)
        # Also what confirmed acquisitions and acknowledged lines left, or a reader kept: an empty
        # log costs nothing.
        self._erasure.owe()
        await self._erasure.settle()
