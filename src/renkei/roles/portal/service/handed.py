"""Whether the network handed over what its log has, entry by entry (フィードとログの照合).

The ledger is made of what the feed brought. Before a root of it is given out, the entries that the
log has more since the last look are read from its public bundles, shown to be the tree that the
witness cosigned, and compared with what was filed. A line that was kept back, doubled, or handed
over with another salt would make this portal's ledger one that the log does not bear out; so no
root is given out until the network has handed over what it logged.
"""

from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import Connection

from renkei.crypto.checkpoint import parse_checkpoint_text
from renkei.crypto.merkle import EMPTY_ROOT, Frontier, TreeHead, leaf_hash
from renkei.crypto.note import parse_note
from renkei.crypto.tiles import TILE_WIDTH
from renkei.kit.database import Database
from renkei.kit.party import Party
from renkei.roles.portal.service.proofs import Proofs
from renkei.roles.portal.store import ledger as store
from renkei.roles.portal.store import lines
from renkei.wire.entries import EntryKind
from renkei.wire.errors import WireError
from renkei.wire.fields import MOST
from renkei.wire.health import Alarm
from renkei.wire.names import LINKAGE

HANDED: Final = frozenset({EntryKind.EXCHANGE, EntryKind.RECEIPT})
"""Kinds of entries that the feed brings; the others are nobody's line."""
LATE_SECONDS: Final = 60
"""How long a part of the log that is cosigned may wait to be handed over."""


class HandedOver:
    """Compares what was filed with the cosigned log, each part of it once (照合)."""

    def __init__(self, party: Party, database: Database, proofs: Proofs) -> None:
        self._party = party
        self._database = database
        self._proofs = proofs
        self._matched: Frontier | None = None
        """The right edge of the tree up to which everything was compared."""
        self._waiting: tuple[int, int, datetime] | None = None
        """How far the log is filed, how far it is cosigned, and since when the first stands."""

    async def match(self) -> None:
        """Compare what is cosigned and filed since the last look.

        Raises WireError `unavailable`, naming the network, where the two are not the same.
        """
        position, cosigned, filed = await self._database.read(_heads)
        self._note_waiting(position, cosigned)
        edge = self._matched or await self._begin()
        if filed is None or filed.size <= edge.size:
            return
        while edge.size < filed.size:
            first = edge.size // TILE_WIDTH
            end = min((first + 1) * TILE_WIDTH, filed.size)
            entries = (await self._proofs.entries(first, end))[edge.size % TILE_WIDTH :]
            start = edge.size
            held = await self._database.read(
                lambda c, start=start, end=end: lines.entries(c, start, end)  # type: ignore[misc]
            )
            edge, _ = edge.extend(map(leaf_hash, entries))
            _compare(start, entries, held)
        if edge.head() != filed:
            raise _other("The network's entries are not those of the tree that was cosigned.")
        self._matched = edge

    def alarms(self) -> list[Alarm]:
        """That the network does not hand over what was cosigned, and since when."""
        if self._waiting is None:
            return []
        position, cosigned, since = self._waiting
        if self._party.now() - since < timedelta(seconds=LATE_SECONDS):
            return []
        count = cosigned - position
        return [Alarm("late", "feed", count, since, reason="not-handed-over", peer=LINKAGE)]

    async def _begin(self) -> Frontier:
        """Where to go on after a start: at the last root that was given out."""
        last = await self._database.read(_last_root)
        if last is None:
            return Frontier()
        edge = await self._proofs.frontier(last.size)
        if edge.head() != last:
            raise _other("The network's tiles are not those of a tree that was cosigned.")
        return edge

    def _note_waiting(self, position: int, cosigned: int) -> None:
        waiting = self._waiting
        stands = waiting is not None and waiting[0] == position
        since = waiting[2] if waiting is not None and stands else self._party.now()
        self._waiting = (position, cosigned, since) if cosigned > position else None


def _compare(start: int, entries: list[bytes], held: dict[int, bytes]) -> None:
    """Every entry of these is filed if it is somebody's line, and nothing else is."""
    for leaf, entry in enumerate(entries, start):
        wanted = entry if entry[:1] and entry[0] in HANDED else None
        if held.get(leaf) != wanted:
            raise _other(f"The network handed over something else than its log has at leaf {leaf}.")


def _other(text: str) -> WireError:
    return WireError("unavailable", text, signed=False, peer=LINKAGE)


def _heads(connection: Connection) -> tuple[int, int, TreeHead | None]:
    """How far the log is filed, its newest cosigned size, the newest cosigned head all filed."""
    position = lines.position(connection).log_size
    newest = store.newest_checkpoint(connection, MOST)
    filed = store.newest_checkpoint(connection, position)
    return position, newest.log_size if newest else 0, _head(filed) if filed else None


def _last_root(connection: Connection) -> TreeHead | None:
    """The head of the log at the last root given out; None before the first."""
    last = store.newest_root(connection)
    if last is None:
        return None
    cosigned = store.checkpoint_at(connection, last.log_size)
    return _head(cosigned) if cosigned is not None else TreeHead(0, EMPTY_ROOT)


def _head(cosigned: store.Cosigned) -> TreeHead:
    """The head in a checkpoint that was verified when it was kept."""
    return parse_checkpoint_text(parse_note(cosigned.note.encode()).text).head
