"""Proofs out of the log's public tiles (包含証明・一貫性証明の作成).

Tiles are fetched as they are needed. What the network serves is not believed here: whoever
verifies the file compares every proof with the signed checkpoint.
"""

from collections.abc import Callable
from typing import Final, TypeVar

from renkei.crypto import merkle, tiles
from renkei.crypto.errors import ProofError
from renkei.crypto.tiles import TILE_WIDTH, Tile
from renkei.wire.errors import WireError
from renkei.wire.protocols import LinkageProtocol

KEPT_TILES: Final = 2_048
T = TypeVar("T")


class _Missing(Exception):
    def __init__(self, tile: Tile) -> None:
        super().__init__(tile.path)
        self.tile = tile


class Proofs:
    """Makes proofs for one log; tiles never change, so some thousand are kept."""

    def __init__(self, linkage: LinkageProtocol) -> None:
        self._linkage = linkage
        self._tiles: dict[Tile, bytes] = {}

    async def inclusion(self, leaf: int, log_size: int) -> list[bytes]:
        """The proof that a leaf stands in the tree of a size."""
        return await self._make(log_size, lambda get: merkle.inclusion_proof(leaf, log_size, get))

    async def consistency(self, old_size: int, new_size: int) -> list[bytes]:
        """The proof that the tree of the new size extends the old one."""
        return await self._make(
            new_size, lambda get: merkle.consistency_proof(old_size, new_size, get)
        )

    async def _make(self, size: int, proof: Callable[[merkle.GetHash], T]) -> T:
        while True:
            try:
                return proof(tiles.tile_reader(size, self._held))
            except _Missing as missing:
                await self._fetch(missing.tile)
            except ProofError as error:
                raise WireError("unavailable", f"The log's tiles are wrong: {error}") from error

    def _held(self, tile: Tile) -> bytes:
        data = self._tiles.get(tile)
        if data is None:
            raise _Missing(tile)
        return data

    async def _fetch(self, tile: Tile) -> None:
        if len(self._tiles) >= KEPT_TILES:
            self._tiles.clear()
        try:
            data = await self._linkage.public_file(tile.path)
        except WireError as error:
            if error.code != "answer-unknown" or tile.width == TILE_WIDTH:
                raise
            # A log may drop partial tiles once they are full (C2SP tlog-tiles).
            data = await self._linkage.public_file(Tile(tile.level, tile.index).path)
            data = data[: tile.width * merkle.HASH_BYTES]
        self._tiles[tile] = data
