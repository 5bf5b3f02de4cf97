"""Reading the log's public face: checkpoints, tiles, bundles, none believed (ログの閲覧).

Tiles are fetched as a proof asks for them. What comes of them is verified against a signed
checkpoint by the caller; a proof that fails is tried once more with every tile fetched anew, so
that a tile damaged on its way is not taken for a lie.
"""

from collections.abc import Callable
from typing import Final, TypeVar

from renkei.crypto import merkle, tiles
from renkei.crypto.errors import ProofError
from renkei.crypto.merkle import GetHash, TreeHead
from renkei.crypto.tiles import TILE_WIDTH, Bundle, Tile
from renkei.wire.errors import WireError
from renkei.wire.protocols import LinkageProtocol

T = TypeVar("T")
CACHED_TILES_LIMIT: Final = 1_024
FETCHES_LIMIT: Final = 512
"""Tiles one proof may need; the largest of a log of 2^62 entries needs far fewer."""
MISSING: Final = "answer-unknown"


class FileMissing(ProofError):
    """The log has no file that a tree it signed must have: it proves nothing, nor contradicts."""


class _TileNeeded(Exception):
    def __init__(self, tile: Tile) -> None:
        self.tile = tile
        super().__init__(tile.path)


class LogReader:
    """The log as anybody can read it, with the tiles used last kept in memory."""

    def __init__(self, linkage: LinkageProtocol) -> None:
        self._linkage = linkage
        self._held: dict[str, bytes] = {}

    async def note(self, name: str) -> bytes | None:
        """The signed note `checkpoint` or `cosigned`; None where the log has none."""
        return await self._file(name)

    async def check_extends(self, old: TreeHead, new: TreeHead) -> None:
        """Raise `ProofError` unless the tiles show that `new` extends `old`; else WireError."""

        def check(get_hash: GetHash) -> None:
            # Sizes the wrong way round are for the verifier to refuse, with its own words.
            grows = old.size <= new.size
            proof = merkle.consistency_proof(old.size, new.size, get_hash) if grows else []
            merkle.verify_consistency(old, new, proof)

        await self._with_tiles(new.size, check)

    async def check_included(self, leaf_hash: bytes, index: int, head: TreeHead) -> None:
        """Raise `ProofError` unless the tiles show the leaf at this index below `head`."""

        def check(get_hash: GetHash) -> None:
            proof = merkle.inclusion_proof(index, head.size, get_hash)
            merkle.verify_inclusion(leaf_hash, index, head, proof)

        await self._with_tiles(head.size, check)

    async def bundle(self, index: int, width: int) -> list[bytes]:
        """The entries under one tile; raises `FramingError` for a bundle of another width."""
        return tiles.decode_bundle(*await self._bundle(index, width))[:width]

    async def _bundle(self, index: int, width: int) -> tuple[bytes, int]:
        data = await self._file(Bundle(index, width).path)
        if data is not None:
            return data, width
        # A log may drop a partial bundle once the full one stands (C2SP tlog-tiles).
        data = await self._file(Bundle(index).path)
        if data is None:
            raise FileMissing(f"the log lacks {Bundle(index, width).path}")
        return data, TILE_WIDTH

    async def _file(self, path: str) -> bytes | None:
        try:
            return await self._linkage.public_file(path)
        except WireError as error:
            if error.code == MISSING:
                return None
            raise

    async def _with_tiles(self, size: int, check: Callable[[GetHash], T]) -> T:
        try:
            return await self._run(size, check)
        except ProofError:
            self._held.clear()
            return await self._run(size, check)

    async def _run(self, size: int, check: Callable[[GetHash], T]) -> T:
        for _ in range(FETCHES_LIMIT):
            try:
                return check(tiles.tile_reader(size, self._tile))
            except _TileNeeded as needed:
                await self._fetch(needed.tile)
        raise ProofError("a proof of the log needs more tiles than any can")

    def _tile(self, tile: Tile) -> bytes:
        held = self._held.get(tile.path)
        if held is None:
            raise _TileNeeded(tile)
        return held

    async def _fetch(self, tile: Tile) -> None:
        if len(self._held) >= CACHED_TILES_LIMIT:
            self._held.clear()
        data = await self._file(tile.path)
        if data is None:
            data = await self._file(Tile(tile.level, tile.index).path)
        if data is None:
            raise FileMissing(f"the log lacks {tile.path}")
        data = data[: tile.width * merkle.HASH_BYTES]
        self._held[tile.path] = data
