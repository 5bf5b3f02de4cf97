"""Reading the log's public face: checkpoints, tiles, bundles, none believed (ログの閲覧).

What comes of them is verified against a signed checkpoint by the caller; a proof that fails is
tried once more with every tile fetched anew, so that a tile damaged on its way is not taken for a
lie. Many leaves are checked together: a subtree's hash is computed once for all of them.
"""

import contextlib
from collections.abc import Mapping

from renkei.crypto import merkle
from renkei.crypto.errors import ProofError
from renkei.crypto.merkle import GetHash, TreeHead
from renkei.kit.counterparty import Counterparty
from renkei.kit.log_tiles import LogTiles


class LogReader:
    """The log as anybody can read it, with the tiles used last kept in memory."""

    def __init__(self, linkage: Counterparty) -> None:
        self._tiles = LogTiles(linkage)

    async def note(self, name: str) -> bytes | None:
        """The signed note `checkpoint` or `cosigned`; None where the log has none."""
        return await self._tiles.file(name)

    async def check_extends(self, old: TreeHead, new: TreeHead) -> None:
        """Raise `ProofError` unless the tiles show that `new` extends `old`; else WireError."""

        def check(get_hash: GetHash) -> None:
            # Sizes the wrong way round are for the verifier to refuse, with its own words.
            grows = old.size <= new.size
            proof = merkle.consistency_proof(old.size, new.size, get_hash) if grows else []
            merkle.verify_consistency(old, new, proof)

        try:
            await self._tiles.prove(new.size, check)
        except ProofError:
            self._tiles.forget()
            await self._tiles.prove(new.size, check)

    async def included(self, claims: Mapping[bytes, int], head: TreeHead) -> set[bytes]:
        """The leaf hashes that the tiles show below `head`, each at the index claimed for it."""
        found = await self._included(claims, head)
        rest = {one: index for one, index in claims.items() if one not in found}
        if rest:
            self._tiles.forget()
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
                await self._tiles.prove(head.size, check)
                found.add(leaf_hash)
        return found

    async def bundle(self, index: int, width: int) -> list[bytes]:
        """The entries under one tile; raises `FramingError` for a bundle of another width."""
        return await self._tiles.bundle(index, width)


def _remembering(get_hash: GetHash, known: dict[tuple[int, int], bytes]) -> GetHash:
    """Hashes of subtrees, each computed once and then taken from `known`."""

    def remembered(level: int, index: int) -> bytes:
        found = known.get((level, index))
        if found is None:
            found = known[level, index] = get_hash(level, index)
        return found

    return remembered
