"""The tree of an account's lines: places, parts, and nothing that can stand for something else."""

import hashlib
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from renkei.crypto import account_tree, merkle, shared_proof
from renkei.crypto.account_tree import PART_LINES, line_hash
from renkei.crypto.errors import ProofError
from renkei.crypto.merkle import Frontier, GetHash, TreeHead
from renkei.crypto.shared_proof import SharedProof


def hashes_of(count: int, start: int = 0) -> list[bytes]:
    """Leaf hashes of made-up lines."""
    return [hashlib.sha256(number.to_bytes(8, "big")).digest() for number in range(start, count)]


def tree_of(leaves: list[bytes]) -> tuple[TreeHead, GetHash]:
    """Head and stored hashes."""
    frontier, nodes = Frontier().extend(leaves)
    held = {(node.level, node.index): node.hash for node in nodes}
    return frontier.head(), lambda level, index: held[level, index]


def test_a_line_is_hashed_as_it_is_written() -> None:
    """SHA-256(0x00, label with its length, number, index in the log, entry hash)."""
    label = b"renkei line v2"
    numbers = (3).to_bytes(8, "big") + (9).to_bytes(8, "big")
    content = b"\x00" + len(label).to_bytes(4, "big") + label + numbers + b"e" * 32
    assert line_hash(3, 9, b"e" * 32) == hashlib.sha256(content).digest()


@pytest.mark.parametrize("wrong", [(0, 0, b"e" * 32), (1, -1, b"e" * 32), (1, 0, b"e" * 31)])
def test_a_line_that_cannot_be_has_no_hash(wrong: tuple[int, int, bytes]) -> None:
    """Numbers count from 1, places in the log from 0, hashes have 32 bytes."""
    with pytest.raises(ProofError):
        line_hash(*wrong)


def test_a_line_has_one_number_and_one_entry() -> None:
    """Another number, another place in the log or another entry is another line."""
    same = line_hash(1, 2, b"e" * 32)
    others = {line_hash(2, 2, b"e" * 32), line_hash(1, 3, b"e" * 32), line_hash(1, 2, b"f" * 32)}
    assert len(others | {same}) == 4


@pytest.mark.parametrize(
    "count", [0, 1, 7, PART_LINES - 1, PART_LINES, PART_LINES + 1, 3 * PART_LINES + 5]
)
def test_every_part_of_an_account_is_shown_and_no_other(count: int) -> None:
    """A part stands at its number below the head: cut, altered, moved or lengthened it does not."""
    leaves = hashes_of(count)
    head, get_hash = tree_of(leaves)
    number = account_tree.parts(count)
    assert number == max(1, -(-count // PART_LINES))
    for part in range(1, number + 1):
        own = leaves[(part - 1) * PART_LINES : part * PART_LINES]
        proof = account_tree.part_proof(part, count, get_hash)
        account_tree.verify_part(own, part, head, proof)
        altered = [bytes(32), *own[1:]] if own else [bytes(32)]
        for bad in (own[:-1] if own else [bytes(32)], altered, [*own, bytes(32)]):
            with pytest.raises(ProofError):
                account_tree.verify_part(bad, part, head, proof)
        for elsewhere in {part - 1, part + 1}:
            with pytest.raises(ProofError):
                account_tree.verify_part(own, elsewhere, head, proof)
        with pytest.raises(ProofError):
            account_tree.verify_part(own, part, head, [*proof, bytes(32)])


@given(size=st.integers(1, 300), seed=st.integers(0, 2**32))
def test_shared_hashes_show_each_leaf_by_itself(size: int, seed: int) -> None:
    """Any leaves of a tree are shown by hashes none of which is there twice; an altered one fails
    and the others still hold."""
    draw = random.Random(seed)
    leaves = hashes_of(size)
    head, get_hash = tree_of(leaves)
    drawn = sorted(draw.sample(range(size), draw.randint(0, size)))
    hashes = shared_proof.prove(drawn, size, get_hash)
    assert len(hashes) == 32 * len(set(shared_proof.subtrees(drawn, size)))
    shared = SharedProof(drawn, head, hashes)
    for index in drawn:
        shared.verify(leaves[index], index)
        with pytest.raises(ProofError):
            shared.verify(bytes(32), index)
    for bad in (hashes + bytes(32), hashes[:-32] if hashes else bytes(1)):
        with pytest.raises(ProofError):
            SharedProof(drawn, head, bad)


def test_hashes_for_some_leaves_show_no_other() -> None:
    """A leaf that was not named is not shown, and one beyond the tree is refused."""
    leaves = hashes_of(64)
    head, get_hash = tree_of(leaves)
    shared = SharedProof([3], head, shared_proof.prove([3], 64, get_hash))
    with pytest.raises(ProofError, match="not made for this entry"):
        shared.verify(leaves[60], 60)
    with pytest.raises(ProofError):
        SharedProof([64], head, b"")


def test_dense_leaves_need_few_hashes() -> None:
    """A third of a log of 2^12 leaves needs at most four hashes a leaf, not twelve."""
    drawn = list(range(0, 4096, 3))
    assert len(shared_proof.subtrees(drawn, 4096)) <= 4 * len(drawn)
    assert len(merkle.inclusion_proof(0, 4096, lambda _level, _index: bytes(32))) == 12
