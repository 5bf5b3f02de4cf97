"""Making deletion true: what was deleted must leave the write-ahead log as well (消去).

Deleted bytes are overwritten in the database file, but older pages of it stay in the log file until
that is emptied.
"""

import asyncio

from renkei.kit.database import Database


class Erasure:
    """Empties the write-ahead log after deletions, and remembers while it has not been."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._turn = asyncio.Lock()
        self._owed = True  # what an earlier process deleted before it died

    def owe(self) -> None:
        """Something was deleted: the next round empties the log."""
        self._owed = True

    async def settle(self) -> bool:
        """Empty the log if something was deleted; False where a reader was in the way."""
        async with self._turn:
            if self._owed:
                self._owed = False  # what is deleted from here on is owed again
                emptied = await self._database.checkpoint()
                self._owed = self._owed or not emptied
                return emptied
            return True
