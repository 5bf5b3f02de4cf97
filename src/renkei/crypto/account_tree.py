"""An account as a Merkle tree over its lines, and proofs of single lines and of parts (口座の木).

Line n is leaf n - 1 of a tree as RFC 9162 §2.1 has it; the head of an account is that tree's root.
What is hashed into a leaf begins with a label of its own, so that no leaf of the log, of the ledger
or of another account's number can stand for it.

    leaf  SHA-256(0x00 ‖ join("renkei line v2") ‖ number ‖ index in the log ‖ entry hash)

Numbers are 8 bytes big-endian. A part is `PART_LINES` lines from a multiple of that on: since it is
a power of two, a part is a subtree, and its root is shown below the head like a leaf of a tree of
parts.
"""

from collections.abc import Sequence
from typing import Final

from renkei.crypto import merkle
from renkei.crypto.encoding import join
from renkei.crypto.errors import ProofError
from renkei.crypto.merkle import GetHash, TreeHead

PART_LEVEL: Final = 12
PART_LINES: Final = 1 << PART_LEVEL
"""Lines of a part: 4,096. The last part of an account has what is left."""
_LINE: Final = join("renkei line v2")
_NUMBER_BYTES: Final = 8


def line_hash(number: int, leaf: int, entry_hash: bytes) -> bytes:
    """Return the leaf hash of a line: 32 bytes binding its number and its entry (行のハッシュ値).

    `number` counts from 1; `leaf` is the index of the entry in the log, `entry_hash` its leaf hash
    there. Raises `ProofError` for values that none can have.
    """
    if not 1 <= number <= merkle.SIZE_LIMIT_LEAVES or not 0 <= leaf < merkle.SIZE_LIMIT_LEAVES:
        raise ProofError("a line's number counts from 1 and its index in the log from 0")
    numbers = number.to_bytes(_NUMBER_BYTES, "big") + leaf.to_bytes(_NUMBER_BYTES, "big")
    return merkle.leaf_hash(_LINE + numbers + merkle.check_hash(entry_hash))


def verify_line(line: bytes, number: int, head: TreeHead, proof: Sequence[bytes]) -> None:
    """Raise `ProofError` unless a line's leaf hash stands at its number below an account's head."""
    merkle.verify_inclusion(line, number - 1, head, proof)


def parts(lines: int) -> int:
    """Return how many parts an account of so many lines has; one without lines has one."""
    return max(1, -(-lines // PART_LINES))


def part_proof(part: int, lines: int, get_hash: GetHash) -> list[bytes]:
    """Return what shows that part `part`, counted from 1, stands in an account of `lines` lines."""
    if lines == 0 and part == 1:
        return []

    def part_hash(level: int, index: int) -> bytes:
        start, end = index << (level + PART_LEVEL), (index + 1) << (level + PART_LEVEL)
        if end <= lines:
            return get_hash(level + PART_LEVEL, index)
        if level:
            below = [part_hash(level - 1, one) for one in (2 * index, 2 * index + 1)]
            return merkle.node_hash(*below)
        return merkle.frontier(
            lines - start, lambda at, place: get_hash(at, (start >> at) + place)
        ).root()

    return merkle.inclusion_proof(part - 1, parts(lines), part_hash)


def verify_part(lines: Sequence[bytes], part: int, head: TreeHead, proof: Sequence[bytes]) -> None:
    """Raise `ProofError` unless these leaf hashes are all lines of one part below a head.

    `part` counts from 1. A part holds `PART_LINES` lines, the last one what is left.
    """
    first = (part - 1) * PART_LINES
    if not 1 <= part <= parts(head.size) or len(lines) != min(PART_LINES, head.size - first):
        raise ProofError(f"part {part} of an account of {head.size} lines has not {len(lines)}")
    own = merkle.root(lines)
    if head.size == 0:
        if own != head.root or proof:
            raise ProofError("an account without lines has the root of the empty tree")
        return
    merkle.verify_inclusion(own, part - 1, TreeHead(parts(head.size), head.root), proof)
