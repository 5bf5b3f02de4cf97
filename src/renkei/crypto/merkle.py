"""The Merkle tree of the log: hashes, roots, proofs and growth (ログの木, RFC 9162 §2.1).

Sizes and indexes count leaves from 0. All functions work on leaf hashes, not on entries. Stored
hashes come through a callable `GetHash`: the hash of the complete subtree over the leaves
index · 2^level up to (index + 1) · 2^level.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Final

from renkei.crypto.errors import ProofError

HASH_BYTES: Final = 32
SIZE_LIMIT_LEAVES: Final = 2**63 - 1
PROOF_LIMIT_HASHES: Final = 64
EMPTY_ROOT: Final = sha256(b"").digest()

GetHash = Callable[[int, int], bytes]
"""Given level and index, return the hash of that complete subtree."""


@dataclass(frozen=True, slots=True)
class Node:
    """A complete subtree that has come into being: 2^level leaves from index · 2^level (節)."""

    level: int
    index: int
    hash: bytes


@dataclass(frozen=True, slots=True)
class TreeHead:
    """A size and the root hash of the tree of that size (木の先頭).

    `size` is 0 to 2^63 - 1, `root` 32 bytes; else `ProofError`.
    """

    size: int
    root: bytes

    def __post_init__(self) -> None:
        check_size(self.size)
        check_hash(self.root)


def check_size(size: int) -> int:
    """Return `size` if a tree can have it, else raise `ProofError` (大きさの確認)."""
    if isinstance(size, bool) or not isinstance(size, int) or not 0 <= size <= SIZE_LIMIT_LEAVES:
        raise ProofError("the size of a tree must be a whole number from 0 to 2^63 - 1")
    return size


def check_hash(value: bytes) -> bytes:
    """Return `value` if it is 32 bytes, else raise `ProofError` (ハッシュ値の確認)."""
    if not isinstance(value, bytes) or len(value) != HASH_BYTES:
        raise ProofError("a hash must be exactly 32 bytes")
    return value


def leaf_hash(entry: bytes) -> bytes:
    """Return the 32-byte hash of a leaf, SHA-256(0x00 ‖ entry) (葉のハッシュ値)."""
    return sha256(b"\x00" + entry).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Return the 32-byte hash of an inner node, SHA-256(0x01 ‖ left ‖ right) (節のハッシュ値)."""
    return sha256(b"\x01" + left + right).digest()


@dataclass(frozen=True, slots=True)
class Frontier:
    """The right edge of a tree, enough to append and to know the root (右端の節).

    `peaks` are the roots of the complete subtrees that make up the tree, left to right, one for
    each 1 in the binary form of `size`. Appending a leaf costs O(log size), on average two hashes.
    """

    size: int = 0
    peaks: tuple[bytes, ...] = ()

    def __post_init__(self) -> None:
        if len(self.peaks) != check_size(self.size).bit_count():
            raise ProofError("a frontier needs one hash for each 1 in its size in binary")
        for peak in self.peaks:
            check_hash(peak)

    def extend(self, leaf_hashes: Iterable[bytes]) -> tuple["Frontier", list[Node]]:
        """Return the frontier after these leaves, and every subtree they complete, leaves too."""
        size, peaks, nodes = self.size, list(self.peaks), []
        for value in leaf_hashes:
            level, index, current = 0, size, check_hash(value)
            nodes.append(Node(0, index, current))
            while index & 1:
                level, index, current = level + 1, index >> 1, node_hash(peaks.pop(), current)
                nodes.append(Node(level, index, current))
            peaks.append(current)
            size += 1
        return Frontier(size, tuple(peaks)), nodes

    def root(self) -> bytes:
        """Return the root hash of the tree; that of the empty tree is SHA-256 of nothing."""
        if not self.peaks:
            return EMPTY_ROOT
        current = self.peaks[-1]
        for peak in self.peaks[-2::-1]:
            current = node_hash(peak, current)
        return current

    def head(self) -> TreeHead:
        """Return size and root."""
        return TreeHead(self.size, self.root())


def frontier(size: int, get_hash: GetHash) -> Frontier:
    """Return the frontier of a stored tree, for example after a restart (右端の復元)."""
    peaks, start = [], 0
    for level in range(check_size(size).bit_length() - 1, -1, -1):
        if size >> level & 1:
            peaks.append(check_hash(get_hash(level, start >> level)))
            start += 1 << level
    return Frontier(size, tuple(peaks))


def root(leaf_hashes: Iterable[bytes]) -> bytes:
    """Return the root hash over leaf hashes (根のハッシュ値, RFC 9162 §2.1.1)."""
    return Frontier().extend(leaf_hashes)[0].root()


def _split(width: int) -> int:
    """Return the largest power of two below a width of at least 2."""
    return 1 << ((width - 1).bit_length() - 1)


def _range_hash(start: int, end: int, get_hash: GetHash) -> bytes:
    """Return the hash over leaves start..end, where start is aligned as in a split of the tree."""
    complete = []
    while start < end:
        level = (end - start).bit_length() - 1
        complete.append(check_hash(get_hash(level, start >> level)))
        start += 1 << level
    current = complete.pop()
    while complete:
        current = node_hash(complete.pop(), current)
    return current


def inclusion_proof(index: int, size: int, get_hash: GetHash) -> list[bytes]:
    """Return the proof that leaf `index` is in the tree of `size` leaves (包含証明, §2.1.3.1)."""
    if not 0 <= index < check_size(size):
        raise ProofError("the index must be at least 0 and below the size of the tree")
    start, end, proof = 0, size, []
    while end - start > 1:
        middle = start + _split(end - start)
        if index < middle:
            proof.append(_range_hash(middle, end, get_hash))
            end = middle
        else:
            proof.append(_range_hash(start, middle, get_hash))
            start = middle
    return proof[::-1]


def consistency_proof(old_size: int, new_size: int, get_hash: GetHash) -> list[bytes]:
    """Return the proof that a tree extends an older one (一貫性証明, §2.1.4.1).

    It is empty where nothing needs to be shown: from the empty tree and between equal sizes.
    """
    if not 0 <= old_size <= check_size(new_size):
        raise ProofError("the older tree must not be larger than the newer one")
    if old_size in (0, new_size):
        return []
    start, end, proof = 0, new_size, list[bytes]()
    while old_size != end:
        middle = start + _split(end - start)
        if old_size <= middle:
            proof.append(_range_hash(middle, end, get_hash))
            end = middle
        else:
            proof.append(_range_hash(start, middle, get_hash))
            start = middle
    if start > 0:
        proof.append(_range_hash(start, end, get_hash))
    return proof[::-1]


def _check_proof(proof: Sequence[bytes]) -> None:
    if len(proof) > PROOF_LIMIT_HASHES:
        raise ProofError(f"the proof has {len(proof)} hashes: at most {PROOF_LIMIT_HASHES} can be")
    for value in proof:
        check_hash(value)


def verify_inclusion(leaf: bytes, index: int, head: TreeHead, proof: Sequence[bytes]) -> None:
    """Raise `ProofError` unless the leaf hash stands at `index` below `head` (§2.1.3.2)."""
    _check_proof(proof)
    check_hash(leaf)
    if not 0 <= check_size(index) < head.size:
        raise ProofError("the index is not below the size of the tree")
    position, last, current = index, head.size - 1, leaf
    for sibling in proof:
        if last == 0:
            raise ProofError("the inclusion proof is too long")
        if position & 1 or position == last:
            current = node_hash(sibling, current)
            while not position & 1 and position:
                position, last = position >> 1, last >> 1
        else:
            current = node_hash(current, sibling)
        position, last = position >> 1, last >> 1
    if last != 0:
        raise ProofError("the inclusion proof is too short")
    if current != head.root:
        raise ProofError("the leaf is not at this index under this root")


def verify_consistency(old: TreeHead, new: TreeHead, proof: Sequence[bytes]) -> None:
    """Raise `ProofError` unless the tree `new` extends the tree `old` (§2.1.4.2).

    From the empty tree and between equal sizes the proof must be empty, as the witness protocol of
    C2SP has it; RFC 9162 leaves these cases open.
    """
    _check_proof(proof)
    if old.size > new.size:
        raise ProofError("the newer tree is smaller than the older one: the log was cut")
    for head in (old, new):
        if head.size == 0 and head.root != EMPTY_ROOT:
            raise ProofError("an empty tree can only have the root of the empty tree")
    if old.size in (0, new.size):
        if proof:
            raise ProofError("the consistency proof must be empty here")
        if old.size == new.size and old.root != new.root:
            raise ProofError("two roots for one size: the log was forked")
        return
    _verify_growth(old, new, proof)


def _verify_growth(old: TreeHead, new: TreeHead, proof: Sequence[bytes]) -> None:
    """Check a consistency proof for 0 < old.size < new.size."""
    # Where the older size is a power of two the verifier knows the first hash: it is the old root.
    path = [old.root, *proof] if old.size & (old.size - 1) == 0 else list(proof)
    if not path:
        raise ProofError("the consistency proof is too short")
    position, last = old.size - 1, new.size - 1
    while position & 1:
        position, last = position >> 1, last >> 1
    old_root = new_root = path[0]
    for value in path[1:]:
        if last == 0:
            raise ProofError("the consistency proof is too long")
        if position & 1 or position == last:
            old_root, new_root = node_hash(value, old_root), node_hash(value, new_root)
            while not position & 1 and position:
                position, last = position >> 1, last >> 1
        else:
            new_root = node_hash(new_root, value)
        position, last = position >> 1, last >> 1
    if last != 0:
        raise ProofError("the consistency proof is too short")
    if old_root != old.root or new_root != new.root:
        raise ProofError("the newer tree does not extend the older one: the log was forked")
