"""Leaves counted lately, so that what was shown to be in the tree is not shown twice (葉の控え)."""

from collections import OrderedDict
from collections.abc import Sequence
from typing import Final

from renkei.wire.entries import EntryKind

LEAVES_LIMIT: Final = 32_768
"""Leaf hashes of exchanges held in memory: minutes of a busy log, some 6 MB."""


class CountedLeaves:
    """Where exchange entries stand, of entries shown to begin the tree the witness cosigned.

    Only in memory, and only of entries counted since the start: whoever does not find a hash here
    asks the network, and checks what it says.
    """

    def __init__(self) -> None:
        self._places: OrderedDict[bytes, int] = OrderedDict()
        self.size = 0
        """Log size up to which entries were counted since the start; 0 before any."""
        self.ledger_roots = 0
        """Ledger roots counted since the start."""

    def add(self, start: int, entries: Sequence[bytes], hashes: Sequence[bytes]) -> None:
        """Take over entries from `start` on, with their leaf hashes, once they were verified."""
        for index, entry in enumerate(entries):
            if entry[0] == EntryKind.EXCHANGE:
                self._places.setdefault(hashes[index], start + index)
            elif entry[0] == EntryKind.LEDGER_ROOT:
                self.ledger_roots += 1
        while len(self._places) > LEAVES_LIMIT:
            self._places.popitem(last=False)
        self.size = start + len(entries)

    def find(self, leaf_hash: bytes) -> int | None:
        """The index of the leaf with this hash; None where it is not among those held."""
        return self._places.get(leaf_hash)
