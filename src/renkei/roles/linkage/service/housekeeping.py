"""Deleting what the network must not keep: boxes of permits that ran out, old numbers (消去)."""

from renkei.kit.database import Database
from renkei.kit.party import Party
from renkei.roles.linkage.store import acquisition, permits


class Housekeeping:
    """Deletes by time; what the portal has still to fetch stays in the feed until it has."""

    def __init__(self, party: Party, database: Database) -> None:
        self._party = party
        self._database = database

    async def sweep(self, _batch: int) -> int:
        """One round; gives 0, as everything due is deleted at once."""
        now = self._party.now()
        await self._database.write(lambda c: permits.strip_expired(c, now))
        await self._database.write(lambda c: acquisition.expire(c, now))
        # Deleted values must not stay in the log file: those of acquisitions confirmed since the
        # last round neither, nor those that a reader kept there then. An empty log costs nothing.
        await self._database.checkpoint()
        return 0
