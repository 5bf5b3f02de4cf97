"""Reading the log's public face: checkpoints, tiles, bundles, none believed (ログの閲覧).

Tiles are fetched as a proof asks for them. What comes of them is verified against a signed
checkpoint by the caller; a proof that fails is tried once more with every tile fetched anew, so
that a tile damaged on its way is not taken for a lie. Many leaves are checked together: a subtree's
hash is computed once for all of them.
"""

import contextlib
from collections.abc import Callable, Mapping
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
        self._held: dict[tuple[int, int], bytes] = {}
        """Tiles by level and index, as wide as they were when fetched last."""

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

    async def included(self, claims: Mapping[bytes, int], head: TreeHead) -> set[bytes]:
        """The leaf hashes that the tiles show below `head`, each at the index claimed for it."""
        found = await self._included(claims, head)
        rest = {one: index for one, index in claims.items() if one not in found}
        if rest:
            self._held.clear()
            found |= await self._included(rest, head)
        return found

    async def _included(self, claims: Mapping[bytes, int], head: TreeHead) -> set[bytes]:
        known: dict[tuple[int, int], bytes] = {}
        found = set()
        for leaf_hash, index in sorted(claims.items(), key=lambda claim: claim[1]):

            def check(get_hash: GetHash, leaf_hash: bytes = leaf_hash, index: int = index) -> None:
                proof = merkle.inclusion_proof(index, head.size, _remembering(get_hash, known))
                merkle.verify_inclusion(leaf_hash, index, head, proof)

            with contextlib.suppress(ProofError):
                await self._run(head.size, check)
                found.add(leaf_hash)
        return found

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
        # A tile only grows: the narrower one is the beginning of the wider.
        width = tile.width * merkle.HASH_BYTES
        held = self._held.get((tile.level, tile.index), b"")
        if len(held) < width:
            raise _TileNeeded(tile)
        return held[:width]

    async def _fetch(self, tile: Tile) -> None:
        if len(self._held) >= CACHED_TILES_LIMIT:
            self._held.clear()
        data = await self._file(tile.path)
        if data is None:
            data = await self._file(Tile(tile.level, tile.index).path)
        if data is None:
            raise FileMissing(f"the log lacks {tile.path}")
        if len(data) < tile.width * merkle.HASH_BYTES:
            raise ProofError(f"{tile.path} is shorter than a tile of that width")
        self._held[tile.level, tile.index] = data[: tiles.TILE_WIDTH * merkle.HASH_BYTES]


def _remembering(get_hash: GetHash, known: dict[tuple[int, int], bytes]) -> GetHash:
    """Hashes of subtrees, each computed once and then taken from `known`."""

    def remembered(level: int, index: int) -> bytes:
        found = known.get((level, index))
        if found is None:
            found = known[level, index] = get_hash(level, index)
        return found

    return remembered
