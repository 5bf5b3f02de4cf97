"""Proofs out of the log's public tiles (包含証明・一貫性証明の作成).

What the network serves is not believed here: whoever verifies the file compares every proof with
the signed checkpoint.
"""

import asyncio
from collections.abc import Sequence
from typing import Final

from renkei.crypto import merkle, shared_proof, tiles
from renkei.crypto.errors import CryptoError, FramingError, ProofError
from renkei.crypto.tiles import TILE_HEIGHT, TILE_WIDTH, Tile
from renkei.kit.counterparty import Counterparty
from renkei.kit.log_tiles import LogTiles
from renkei.wire.errors import WireError

AT_ONCE: Final = 8
"""Tiles fetched at the same time for one file."""
Place = tuple[int, int]
"""Level and index of a complete subtree."""


class Proofs:
    """Makes proofs for one log."""

    def __init__(self, linkage: Counterparty) -> None:
        self._tiles = LogTiles(linkage)

    async def shared(self, leaves: Sequence[int], log_size: int) -> bytes:
        """The hashes that show all these leaves in the tree of a size (`crypto.shared_proof`)."""
        places = await asyncio.to_thread(shared_proof.subtrees, leaves, log_size)
        by_tile: dict[Tile, list[Place]] = {}
        for place in places:
            by_tile.setdefault(_tile_of(place, log_size), []).append(place)
        found: dict[Place, bytes] = {}
        gate = asyncio.Semaphore(AT_ONCE)

        async def take(tile: Tile, wanted: list[Place]) -> None:
            async with gate:
                data = await self._tiles.tile(tile)
                found.update(await asyncio.to_thread(_hashes, log_size, data, wanted))

        try:
            await asyncio.gather(*(take(*one) for one in by_tile.items()))
        except ProofError as error:
            raise _wrong(error) from error
        return b"".join(found[place] for place in places)

    async def consistency(self, old_size: int, new_size: int) -> list[bytes]:
        """The proof that the tree of the new size extends the old one."""
        try:
            return await self._tiles.prove(
                new_size, lambda get: merkle.consistency_proof(old_size, new_size, get)
            )
        except ProofError as error:
            raise _wrong(error) from error

    async def frontier(self, size: int) -> merkle.Frontier:
        """The right edge of the tree of a size, as the tiles have it."""
        try:
            return await self._tiles.prove(size, lambda get: merkle.frontier(size, get))
        except ProofError as error:
            raise _wrong(error) from error

    async def entries(self, index: int, end: int) -> list[bytes]:
        """The entries under one tile of level 0, up to a size of the log; as the log shows them."""
        try:
            return await self._tiles.bundle(index, min(TILE_WIDTH, end - index * TILE_WIDTH))
        except (ProofError, FramingError) as error:
            raise _wrong(error) from error


def _wrong(error: CryptoError) -> WireError:
    return WireError("unavailable", f"The log's tiles are wrong: {error}")


def _tile_of(place: Place, log_size: int) -> Tile:
    """The tile of a tree of this size that a subtree stands in."""
    level, height = divmod(place[0], TILE_HEIGHT)
    index = (place[1] << height) // TILE_WIDTH
    width = min(TILE_WIDTH, (log_size >> (level * TILE_HEIGHT)) - index * TILE_WIDTH)
    return Tile(level, index, width)


def _hashes(log_size: int, data: bytes, wanted: list[Place]) -> dict[Place, bytes]:
    """The hashes of subtrees that stand in one tile."""
    read = tiles.tile_reader(log_size, lambda _tile: data)
    return {place: read(*place) for place in wanted}
