"""The log's tree against a naive recursive one, and every proof that must not pass."""

from collections.abc import Sequence
from hashlib import sha256
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from renkei.crypto import merkle
from renkei.crypto.errors import ProofError
from renkei.crypto.merkle import EMPTY_ROOT, Frontier, TreeHead

SMALL = 70
LEAVES = [merkle.leaf_hash(b"entry %d" % number) for number in range(600)]
# The eight leaves and roots that implementations of certificate transparency share as vectors.
CT_LEAVES = [
    "",
    "00",
    "10",
    "2021",
    "3031",
    "40414243",
    "5051525354555657",
    "606162636465666768696a6b6c6d6e6f",
]
CT_ROOTS = [
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]


def naive_root(leaves: Sequence[bytes]) -> bytes:
    """The definition of RFC 9162 §2.1.1, word for word."""
    if not leaves:
        return sha256(b"").digest()
    if len(leaves) == 1:
        return leaves[0]
    k = 1
    while k * 2 < len(leaves):
        k *= 2
    return sha256(b"\1" + naive_root(leaves[:k]) + naive_root(leaves[k:])).digest()


def naive_inclusion(m: int, leaves: Sequence[bytes]) -> list[bytes]:
    """PATH of RFC 9162 §2.1.3.1."""
    if len(leaves) == 1:
        return []
    k = 1
    while k * 2 < len(leaves):
        k *= 2
    if m < k:
        return [*naive_inclusion(m, leaves[:k]), naive_root(leaves[k:])]
    return [*naive_inclusion(m - k, leaves[k:]), naive_root(leaves[:k])]


def naive_consistency(m: int, leaves: Sequence[bytes], whole: bool = True) -> list[bytes]:
    """SUBPROOF of RFC 9162 §2.1.4.1."""
    if m == len(leaves):
        return [] if whole else [naive_root(leaves)]
    k = 1
    while k * 2 < len(leaves):
        k *= 2
    if m <= k:
        return [*naive_consistency(m, leaves[:k], whole), naive_root(leaves[k:])]
    return [*naive_consistency(m - k, leaves[k:], False), naive_root(leaves[:k])]


def get_hash(level: int, index: int) -> bytes:
    start, end = index << level, (index + 1) << level
    assert end <= len(LEAVES)
    return naive_root(LEAVES[start:end])


HEADS = [TreeHead(size, naive_root(LEAVES[:size])) for size in range(SMALL + 1)]


def test_shared_vectors() -> None:
    """The roots over the eight usual leaves are those that other implementations have."""
    leaves = [merkle.leaf_hash(bytes.fromhex(text)) for text in CT_LEAVES]
    for size, expected in enumerate(CT_ROOTS):
        assert merkle.root(leaves[:size]).hex() == expected


def test_roots() -> None:
    """Roots agree with the definition for every size, grown one by one or at once."""
    grown = Frontier()
    for size, head in enumerate(HEADS):
        assert grown.head() == head
        assert merkle.root(LEAVES[:size]) == head.root
        assert merkle.frontier(size, get_hash) == grown
        grown, _ = grown.extend(LEAVES[size : size + 1])


@given(st.lists(st.integers(0, 40), max_size=6))
def test_growth_in_steps(steps: list[int]) -> None:
    """Growing by any steps gives the same tree, and every completed subtree exactly once."""
    grown, nodes = Frontier(), []
    for step in steps:
        grown, new = grown.extend(LEAVES[grown.size : grown.size + step])
        nodes += new
    at_once, all_nodes = Frontier().extend(LEAVES[: sum(steps)])
    assert grown == at_once
    assert nodes == all_nodes
    assert {(node.level, node.index) for node in nodes} == {
        (level, index) for level in range(10) for index in range(sum(steps) >> level)
    }
    assert len(nodes) == sum(sum(steps) >> level for level in range(10))
    assert all(node.hash == get_hash(node.level, node.index) for node in nodes)


@pytest.mark.parametrize("size", [*range(1, 35), 63, 64, 65, 70])
def test_inclusion(size: int) -> None:
    """Inclusion proofs agree with the definition and verify, for every leaf of every size."""
    for index in range(size):
        proof = merkle.inclusion_proof(index, size, get_hash)
        assert proof == naive_inclusion(index, LEAVES[:size])
        merkle.verify_inclusion(LEAVES[index], index, HEADS[size], proof)


@pytest.mark.parametrize("size", [*range(1, 35), 63, 64, 65, 70])
def test_consistency(size: int) -> None:
    """Consistency proofs agree with the definition and verify, from every older size."""
    for old in range(1, size + 1):
        proof = merkle.consistency_proof(old, size, get_hash)
        assert proof == naive_consistency(old, LEAVES[:size])
        merkle.verify_consistency(HEADS[old], HEADS[size], proof)


@pytest.mark.parametrize("size", range(1, 20))
def test_wrong_inclusion(size: int) -> None:
    """Another leaf, index, size or root, or a proof changed in any way, does not verify."""
    for index in range(size):
        proof = merkle.inclusion_proof(index, size, get_hash)
        leaf, head = LEAVES[index], HEADS[size]
        wrong = [(LEAVES[size], index, head, proof), (leaf, index, HEADS[size + 1], proof)]
        wrong += [(leaf, index, TreeHead(size, LEAVES[0][::-1]), proof)]
        wrong += [(leaf, other, head, proof) for other in range(-1, size + 2) if other != index]
        wrong += [(leaf, index, head, changed) for changed in changes(proof)]
        for case in wrong:
            with pytest.raises(ProofError):
                merkle.verify_inclusion(*case)


@pytest.mark.parametrize("size", range(1, 20))
def test_wrong_consistency(size: int) -> None:
    """Another size or root, swapped heads, or a proof changed in any way, does not verify."""
    for old in range(1, size):
        proof = merkle.consistency_proof(old, size, get_hash)
        wrong = [(HEADS[size], HEADS[old], proof)]
        wrong += [(TreeHead(old, LEAVES[0][::-1]), HEADS[size], proof)]
        wrong += [(HEADS[old], TreeHead(size, LEAVES[0][::-1]), proof)]
        wrong += [(HEADS[other], HEADS[size], proof) for other in range(size + 1) if other != old]
        wrong += [(HEADS[old], HEADS[other], proof) for other in range(size + 3) if other != size]
        wrong += [(HEADS[old], HEADS[size], changed) for changed in changes(proof)]
        for case in wrong:
            with pytest.raises(ProofError):
                merkle.verify_consistency(*case)


def changes(proof: list[bytes]) -> list[list[bytes]]:
    """Return proofs that are shorter, longer, reordered, or have other or wrong hashes."""
    zero = bytes(32)
    found = [[*proof, zero], [zero, *proof], [*proof, *proof], proof * 20 + [zero] * 65]
    for at, value in enumerate(proof):
        before, after = proof[:at], proof[at + 1 :]
        found.append(before + after)
        found.append([*before, zero, value, *after])
        found.append([*before, zero, *after])
        found.append([*before, value[:31], *after])
        found.append([*before, value + b"\0", *after])
        found.append([*before, bytes((value[0] ^ 1,)) + value[1:], *after])
    if len(proof) > 1:
        found.append(proof[::-1])
    return [changed for changed in found if changed != proof]


def test_reasons() -> None:
    """An error says whether a proof is too short, too long or beyond any limit."""
    zero = bytes(32)
    inclusion = merkle.inclusion_proof(3, 6, get_hash)
    consistency = merkle.consistency_proof(3, 6, get_hash)
    for proof, reason in (
        ([*inclusion, zero], "too long"),
        (inclusion[:-1], "too short"),
        ([zero] * 65, "at most 64"),
    ):
        with pytest.raises(ProofError, match=reason):
            merkle.verify_inclusion(LEAVES[3], 3, HEADS[6], proof)
    for proof, reason in (
        ([*consistency, zero], "too long"),
        (consistency[:-1], "too short"),
        ([], "too short"),
        ([zero] * 65, "at most 64"),
    ):
        with pytest.raises(ProofError, match=reason):
            merkle.verify_consistency(HEADS[3], HEADS[6], proof)


def test_same_size() -> None:
    """Between equal sizes only equal roots and the empty proof pass."""
    for size in (0, 1, 2, 7, 8):
        merkle.verify_consistency(HEADS[size], HEADS[size], [])
        with pytest.raises(ProofError, match="empty"):
            merkle.verify_consistency(HEADS[size], HEADS[size], [bytes(32)])
    with pytest.raises(ProofError, match="forked"):
        merkle.verify_consistency(HEADS[7], TreeHead(7, bytes(32)), [])


def test_from_the_empty_tree() -> None:
    """Every tree extends the empty one with an empty proof, and only the true empty one."""
    for size in (0, 1, 2, 7):
        assert merkle.consistency_proof(0, size, get_hash) == []
        merkle.verify_consistency(HEADS[0], HEADS[size], [])
    for proof in ([bytes(32)], [HEADS[2].root]):
        with pytest.raises(ProofError, match="empty"):
            merkle.verify_consistency(HEADS[0], HEADS[2], proof)
    with pytest.raises(ProofError, match="empty tree"):
        merkle.verify_consistency(TreeHead(0, bytes(32)), HEADS[2], [])
    with pytest.raises(ProofError, match="cut"):
        merkle.verify_consistency(HEADS[2], HEADS[0], [])


def test_nothing_is_in_the_empty_tree() -> None:
    """No leaf is in a tree of size 0, and a tree of size 1 is its leaf with an empty proof."""
    with pytest.raises(ProofError):
        merkle.verify_inclusion(LEAVES[0], 0, HEADS[0], [])
    with pytest.raises(ProofError):
        merkle.verify_inclusion(EMPTY_ROOT, 0, HEADS[0], [])
    merkle.verify_inclusion(LEAVES[0], 0, TreeHead(1, LEAVES[0]), [])
    with pytest.raises(ProofError):
        merkle.verify_inclusion(LEAVES[1], 0, TreeHead(1, LEAVES[0]), [])


@pytest.mark.parametrize("value", [b"", bytes(31), bytes(33), bytearray(32), "x" * 32, None])
def test_hash_lengths(value: bytes) -> None:
    """A hash that is not 32 bytes is refused as leaf, root, proof, peak and stored hash."""
    for use in (
        lambda: TreeHead(1, value),
        lambda: Frontier(1, (value,)),
        lambda: Frontier().extend([value]),
        lambda: merkle.verify_inclusion(value, 0, HEADS[1], []),
        lambda: merkle.verify_inclusion(LEAVES[0], 0, HEADS[2], [value]),
        lambda: merkle.verify_consistency(HEADS[1], HEADS[2], [value]),
        lambda: merkle.inclusion_proof(0, 2, lambda level, index: value),
        lambda: merkle.frontier(2, lambda level, index: value),
    ):
        with pytest.raises(ProofError, match="32 bytes"):
            use()


@pytest.mark.parametrize("size", [-1, 2**63, True, 1.0, "1"])
def test_sizes(size: int) -> None:
    """A size that no tree can have is refused."""
    with pytest.raises(ProofError, match="size"):
        TreeHead(size, EMPTY_ROOT)
    with pytest.raises(ProofError):
        Frontier(size, ())
    with pytest.raises(ProofError):
        merkle.inclusion_proof(0, size, get_hash)
    with pytest.raises(ProofError):
        merkle.consistency_proof(0, size, get_hash)


def test_proof_ranges() -> None:
    """No proof is made for a leaf outside the tree or from a larger tree."""
    for index, size in ((0, 0), (1, 1), (-1, 5), (5, 5)):
        with pytest.raises(ProofError):
            merkle.inclusion_proof(index, size, get_hash)
    for old, new in ((2, 1), (-1, 3), (1, 0)):
        with pytest.raises(ProofError):
            merkle.consistency_proof(old, new, get_hash)


def test_frontier_needs_its_peaks() -> None:
    """A frontier whose hashes do not fit its size is refused."""
    for size, peaks in ((0, 1), (1, 0), (3, 1), (4, 2)):
        with pytest.raises(ProofError):
            Frontier(size, (bytes(32),) * peaks)


def test_largest_tree() -> None:
    """Proofs in a tree of 2^63 - 1 leaves, all subtrees alike, are made and verify."""
    levels = [LEAVES[0]]
    for _ in range(63):
        levels.append(merkle.node_hash(levels[-1], levels[-1]))
    size = merkle.SIZE_LIMIT_LEAVES
    head = merkle.frontier(size, lambda level, index: levels[level]).head()
    for index in (0, 1, size // 2, size - 2, size - 1):
        proof = merkle.inclusion_proof(index, size, lambda level, index: levels[level])
        assert len(proof) <= merkle.PROOF_LIMIT_HASHES
        merkle.verify_inclusion(LEAVES[0], index, head, proof)
    for old in (1, 2, 2**62, 2**62 + 1, size - 1):
        older = merkle.frontier(old, lambda level, index: levels[level]).head()
        proof = merkle.consistency_proof(old, size, lambda level, index: levels[level])
        assert len(proof) <= merkle.PROOF_LIMIT_HASHES
        merkle.verify_consistency(older, head, proof)


@settings(max_examples=30)
@given(st.lists(st.integers(1, 600), min_size=2, max_size=5, unique=True), st.data())
def test_a_fork_never_verifies(sizes: list[int], data: st.DataObject) -> None:
    """A log that changed an old leaf cannot show that it extends its former self."""
    sizes.sort()
    for old, new in pairwise(sizes):
        changed = data.draw(st.integers(0, old - 1))
        forked = [*LEAVES[:changed], bytes(32), *LEAVES[changed + 1 : new]]

        def forked_hash(level: int, index: int, leaves: list[bytes] = forked) -> bytes:
            return naive_root(leaves[index << level : (index + 1) << level])

        true_head = TreeHead(old, naive_root(LEAVES[:old]))
        forked_head = TreeHead(new, naive_root(forked))
        for source in (get_hash, forked_hash):
            proof = merkle.consistency_proof(old, new, source)
            with pytest.raises(ProofError):
                merkle.verify_consistency(true_head, forked_head, proof)
