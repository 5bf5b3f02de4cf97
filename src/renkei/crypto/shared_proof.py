"""Inclusion proofs of many leaves of one tree, with no hash twice (包含証明の共有).

The proofs of RFC 9162 §2.1.3 of leaves that stand in one tree repeat each other's hashes. What they
need together are roots of complete subtrees; which these are follows from the leaves alone. So the
hashes are written down once each, by level and then by index, and every leaf still has a proof of
its own: one altered leaf is found by itself.
"""

from collections.abc import Collection, Iterable, Sequence

from renkei.crypto import merkle
from renkei.crypto.errors import ProofError
from renkei.crypto.merkle import HASH_BYTES, GetHash, TreeHead


def subtrees(leaves: Iterable[int], size: int) -> list[tuple[int, int]]:
    """Return level and index of each subtree that proofs of these leaves need, in order.

    Raises `ProofError` for a leaf that a tree of this size has not.
    """
    found: set[tuple[int, int]] = set()

    def note(level: int, index: int) -> bytes:
        found.add((level, index))
        return merkle.EMPTY_ROOT

    for leaf in set(leaves):
        merkle.inclusion_proof(leaf, size, note)
    return sorted(found)


def prove(leaves: Collection[int], size: int, get_hash: GetHash) -> bytes:
    """Return the hashes that show these leaves in the tree of `size` leaves, 32 bytes each."""
    return b"".join(get_hash(level, index) for level, index in subtrees(leaves, size))


class SharedProof:
    """The hashes of `prove`, to verify one leaf after the other (共有された証明)."""

    def __init__(self, leaves: Sequence[int], head: TreeHead, hashes: bytes) -> None:
        """Raises `ProofError` unless there are exactly the hashes that these leaves need."""
        places = subtrees(leaves, head.size)
        if len(hashes) != len(places) * HASH_BYTES:
            raise ProofError("the hashes of the log are not those that these entries need")
        self._head = head
        self._hashes = {
            place: hashes[at * HASH_BYTES : (at + 1) * HASH_BYTES]
            for at, place in enumerate(places)
        }

    def verify(self, leaf_hash: bytes, index: int) -> None:
        """Raise `ProofError` unless this leaf hash stands at an index, one of those named."""
        try:
            proof = merkle.inclusion_proof(
                index, self._head.size, lambda level, at: self._hashes[level, at]
            )
        except KeyError:
            raise ProofError("the hashes of the log were not made for this entry") from None
        merkle.verify_inclusion(leaf_hash, index, self._head, proof)
