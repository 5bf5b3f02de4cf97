"""Reading the entries of the log as it grows, and counting their kinds (項目の計数).

Only what the witness vouches for is counted: every batch is shown to be the beginning of the tree
it cosigned last.
"""

from typing import Final

from renkei.crypto.digests import ENTRY_BYTES
from renkei.crypto.errors import CryptoError, FramingError
from renkei.crypto.merkle import Frontier, TreeHead, leaf_hash
from renkei.crypto.tiles import TILE_WIDTH
from renkei.kit.counterparty import Counterparty
from renkei.kit.database import Database
from renkei.kit.outbox import Pace
from renkei.kit.party import Party
from renkei.roles.oversight.rules.culprits import NOBODY, finding_on
from renkei.roles.oversight.rules.grounds import Ground
from renkei.roles.oversight.service.leaves import CountedLeaves
from renkei.roles.oversight.service.reading import LogReader
from renkei.roles.oversight.service.reporting import Reporter
from renkei.roles.oversight.store import counts
from renkei.roles.oversight.store import witness as witness_store
from renkei.roles.oversight.store.witness import Seen

PACE: Final = Pace(batch=16, idle_seconds=5.0, longest_delay_seconds=10.0)
"""The batch is bundles of 256 entries; the witness says at once when the tree has grown."""


class EntriesDiffer(Exception):
    """The entries the log serves are not those of its tree."""


class Counter:
    """Counts entries by kind, and notes where ledger roots stand (計数)."""

    def __init__(
        self, party: Party, database: Database, linkage: Counterparty, leaves: CountedLeaves
    ) -> None:
        """What was counted is told to `leaves`."""
        self._leaves = leaves
        self._database = database
        self._reader = LogReader(linkage)
        self._reporter = Reporter(party, database)

    async def step(self, batch: int) -> int:
        """Count up to `batch` bundles; gives how many."""
        seen, counted = await self._database.read(lambda c: (witness_store.load(c), counts.load(c)))
        if seen is None or seen.head.size <= counted.frontier.size:
            return 0
        start = counted.frontier.size
        end = min(seen.head.size, (start // TILE_WIDTH + batch) * TILE_WIDTH)
        try:
            entries = await self._entries(start, end)
            hashes = [leaf_hash(entry) for entry in entries]
            frontier = await self._verify(counted.frontier, hashes, seen)
        except (CryptoError, EntriesDiffer) as error:
            await self._reporter.report(
                finding_on(
                    Ground.ENTRIES,
                    NOBODY,
                    f"{start} {end} {seen.head.root.hex()}",
                    (seen.note,),
                    f"entries {start} to {end} are not those of the signed tree: {error}",
                )
            )
            raise EntriesDiffer from error
        await self._database.write(lambda c: counts.add(c, counted, entries, frontier))
        self._leaves.add(start, entries, hashes)
        return (end - start + TILE_WIDTH - 1) // TILE_WIDTH

    async def _entries(self, start: int, end: int) -> list[bytes]:
        entries: list[bytes] = []
        for number in range(start // TILE_WIDTH, (end + TILE_WIDTH - 1) // TILE_WIDTH):
            below = number * TILE_WIDTH
            width = min(TILE_WIDTH, end - below)
            bundle = await self._reader.bundle(number, width)
            entries += bundle[max(0, start - below) :]
        if any(len(entry) != ENTRY_BYTES for entry in entries):
            raise FramingError(f"an entry of the log has {ENTRY_BYTES} bytes")
        return entries

    async def _verify(self, before: Frontier, hashes: list[bytes], seen: Seen) -> Frontier:
        """The right edge after these entries, shown to be a beginning of the witnessed tree."""
        frontier, _ = before.extend(hashes)
        await self._reader.check_extends(TreeHead(frontier.size, frontier.root()), seen.head)
        return frontier
