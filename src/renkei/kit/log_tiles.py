"""Proofs out of the log's public tiles, fetched as they are needed (ログのタイル, C2SP tlog-tiles).

Nothing fetched is believed: whoever uses a proof compares it with a signed checkpoint. A tile only
grows, so the narrower one is the beginning of the wider, and those used last are kept in memory.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, TypeVar

from renkei.crypto import merkle, tiles
from renkei.crypto.errors import ProofError
from renkei.crypto.merkle import GetHash
from renkei.crypto.tiles import TILE_WIDTH, Bundle, Tile
from renkei.kit.counterparty import Counterparty
from renkei.wire.errors import WireError
from renkei.wire.linkage.calls import LOG_FILES

T = TypeVar("T")
KEPT_TILES: Final = 2_048
"""16 MiB at most."""
FETCHES_LIMIT: Final = 512
"""Tiles one proof may need; the largest of a log of 2^62 entries needs far fewer."""
MISSING: Final = "answer-unknown"


class FileMissing(ProofError):
    """The log has no file that a tree it signed must have: it proves nothing, nor contradicts."""


class _TileNeeded(Exception):
    def __init__(self, tile: Tile) -> None:
        self.tile = tile
        super().__init__(tile.path)


class LogTiles:
    """The files of one log, and its tiles with those used last."""

    def __init__(self, linkage: Counterparty) -> None:
        self._linkage = linkage
        self._held: dict[tuple[int, int], bytes] = {}
        """By level and index, as wide as they were when fetched last."""

    async def file(self, path: str) -> bytes | None:
        """A public file; None where the log has none. Raises WireError where it cannot be had."""
        try:
            return await self._linkage.file(LOG_FILES, path)
        except WireError as error:
            if error.code == MISSING:
                return None
            raise

    async def prove(self, size: int, proof: Callable[[GetHash], T]) -> T:
        """What a function makes of the subtrees' hashes of the tree of `size`.

        It is called again for each tile that had to be fetched. Raises `ProofError` where a tile is
        missing or not one, and what the function raises; WireError where the log is away.
        """
        for _ in range(FETCHES_LIMIT):
            try:
                return proof(tiles.tile_reader(size, self._tile))
            except _TileNeeded as needed:
                await self._fetch(needed.tile)
        raise ProofError("a proof of the log needs more tiles than any can")

    async def tile(self, tile: Tile) -> bytes:
        """A tile's hashes, one after another; raises as `prove` does."""
        try:
            return self._tile(tile)
        except _TileNeeded:
            return await self._fetch(tile)

    async def bundle(self, index: int, width: int) -> list[bytes]:
        """The entries under one tile of level 0, as the log shows them.

        Raises `FileMissing`, `FramingError` for a bundle of another width; WireError.
        """
        data = await self.file(Bundle(index, width).path)
        if data is not None:
            return tiles.decode_bundle(data, width)
        # A log may drop a partial bundle once the full one stands.
        data = await self.file(Bundle(index).path)
        if data is None:
            raise FileMissing(f"the log lacks {Bundle(index, width).path}")
        return tiles.decode_bundle(data, TILE_WIDTH)[:width]

    def forget(self) -> None:
        """Fetch every tile anew from now on: one may have been damaged on its way."""
        self._held.clear()

    def _tile(self, tile: Tile) -> bytes:
        held = self._held.get((tile.level, tile.index), b"")
        if len(held) < _bytes(tile):
            raise _TileNeeded(tile)
        return held[: _bytes(tile)]

    async def _fetch(self, tile: Tile) -> bytes:
        if len(self._held) >= KEPT_TILES:
            self._held.clear()
        data = await self.file(tile.path)
        if data is None and tile.width < TILE_WIDTH:
            # A log may drop partial tiles once they are full.
            data = await self.file(Tile(tile.level, tile.index).path)
        if data is None:
            raise FileMissing(f"the log lacks {tile.path}")
        if len(data) < _bytes(tile):
            raise ProofError(f"{tile.path} is shorter than a tile of that width")
        self._held[tile.level, tile.index] = data[: TILE_WIDTH * merkle.HASH_BYTES]
        return data[: _bytes(tile)]


def _bytes(tile: Tile) -> int:
    return tile.width * merkle.HASH_BYTES
