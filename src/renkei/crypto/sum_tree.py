"""The ledger: a keyed Merkle sum tree with one place for each code (台帳の木).

An account stands at position SHA-256(code), read bit by bit from the root: 0 left, 1 right. A
subtree with one account *is* that account's leaf, so that paths are as short as positions are
apart. A node binds both hashes and both counts below it; the count of the root is the sum of all.

    leaf    SHA-256(join("renkei ledger leaf v2") ‖ position ‖ head ‖ count)
    branch  SHA-256(join("renkei ledger branch v1") ‖ left hash ‖ left count ‖ right hash ‖ count)
    empty   SHA-256(join("renkei ledger empty v1")), count 0

Counts are 8 bytes big-endian. A tree is a mapping from places to nodes; a place is the text of the
bits that lead to it, "" for the root. Storage comes as a callable.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Final

from renkei.crypto.encoding import join
from renkei.crypto.errors import ProofError

HASH_BYTES: Final = 32
POSITION_BITS: Final = 256
COUNT_LIMIT: Final = 2**64 - 1
_LEAF: Final = join("renkei ledger leaf v2")
_BRANCH: Final = join("renkei ledger branch v1")


def _check_bytes(value: bytes) -> None:
    if not isinstance(value, bytes) or len(value) != HASH_BYTES:
        raise ProofError("positions and hashes of the ledger must be exactly 32 bytes")


def _check_count(count: int) -> None:
    if isinstance(count, bool) or not isinstance(count, int) or not 0 <= count <= COUNT_LIMIT:
        raise ProofError("a count must be a whole number from 0 to 2^64 - 1")


@dataclass(frozen=True, slots=True)
class Sum:
    """What a parent sees of a subtree: its 32-byte hash and its count (部分木の和)."""

    hash: bytes
    count: int

    def __post_init__(self) -> None:
        _check_bytes(self.hash)
        _check_count(self.count)


EMPTY: Final = Sum(sha256(join("renkei ledger empty v1")).digest(), 0)


@dataclass(frozen=True, slots=True)
class Account:
    """One person's account: the Merkle root over its lines and how many there are (台帳の口座).

    `head` is 32 bytes (`account_tree`); only exchange entries are counted.
    """

    head: bytes
    count: int

    def __post_init__(self) -> None:
        _check_bytes(self.head)
        _check_count(self.count)


@dataclass(frozen=True, slots=True)
class Leaf:
    """An account at its position, the only one below its place (葉)."""

    position: bytes
    account: Account

    def __post_init__(self) -> None:
        _check_bytes(self.position)

    @property
    def sum(self) -> Sum:
        """Its hash and count."""
        count = self.account.count
        content = _LEAF + self.position + self.account.head + count.to_bytes(8, "big")
        return Sum(sha256(content).digest(), count)


@dataclass(frozen=True, slots=True)
class Branch:
    """Two or more accounts below one place (節)."""

    sum: Sum


Node = Leaf | Branch
GetNode = Callable[[str], Node | None]
"""Given a place, return the stored node there, or None."""


def position(code: bytes) -> bytes:
    """Return where the account of a code stands, SHA-256(code), 32 bytes (口座の位置)."""
    _check_bytes(code)
    return sha256(code).digest()


def _bits(value: bytes) -> str:
    return f"{int.from_bytes(value, 'big'):0256b}"


def branch_sum(left: Sum, right: Sum) -> Sum:
    """Return hash and count over two subtrees; `ProofError` if the sum overflows (節の和)."""
    if left.count + right.count > COUNT_LIMIT:
        raise ProofError("the counts of the ledger overflow 64 bits")
    content = b"".join(
        (
            _BRANCH,
            left.hash,
            left.count.to_bytes(8, "big"),
            right.hash,
            right.count.to_bytes(8, "big"),
        )
    )
    return Sum(sha256(content).digest(), left.count + right.count)


def _sum_at(node: Node | None) -> Sum:
    return EMPTY if node is None else node.sum


@dataclass(frozen=True, slots=True)
class _Update:
    """One run of `update`: the storage beneath it and the nodes that it changes."""

    get: GetNode
    changed: dict[str, Node]

    def visit(self, place: str, leaves: list[tuple[str, Leaf]], fresh: bool) -> Node | None:
        """Put leaves, led by their bits, below a place; `fresh` if nothing is stored below it."""
        stored = None if fresh else self.get(place)
        if not leaves:
            return stored
        if isinstance(stored, Leaf):
            bits = _bits(stored.position)
            if all(bits != other for other, _ in leaves):
                leaves = [*leaves, (bits, stored)]
        fresh = not isinstance(stored, Branch)
        node: Node
        if fresh and len(leaves) == 1:
            node = leaves[0][1]
        else:
            depth = len(place)
            left = [pair for pair in leaves if pair[0][depth] == "0"]
            right = [pair for pair in leaves if pair[0][depth] == "1"]
            node = Branch(
                branch_sum(
                    _sum_at(self.visit(place + "0", left, fresh)),
                    _sum_at(self.visit(place + "1", right, fresh)),
                )
            )
        self.changed[place] = node
        return node


def _empty(place: str) -> None:
    return None


def update(accounts: Mapping[bytes, Account], get: GetNode = _empty) -> dict[str, Node]:
    """Set accounts by position; return every node that changes, to be stored as a whole (更新).

    Without `get` this builds a tree. The cost is the length of the paths to these accounts.
    Raises `ProofError` if the sum overflows 64 bits; nothing is to be stored then.
    """
    changed: dict[str, Node] = {}
    leaves = [(_bits(place), Leaf(place, account)) for place, account in accounts.items()]
    _Update(get, changed).visit("", leaves, fresh=False)
    return changed


def root(get: GetNode) -> Sum:
    """Return the root of a stored tree, `EMPTY` if it has no account (根)."""
    return _sum_at(get(""))


@dataclass(frozen=True, slots=True)
class Path:
    """What shows an account, or that there is none, under a root (経路の証明).

    `siblings` lead from the root down. `terminal` is the leaf at the end of the path: that of the
    account, that of another account whose position starts with the same bits, or None.
    """

    siblings: tuple[Sum, ...]
    terminal: Leaf | None


def prove(wanted: bytes, get: GetNode) -> Path:
    """Return the path to a position, whether or not an account stands there (経路の作成)."""
    _check_bytes(wanted)
    siblings: list[Sum] = []
    place, bits = "", _bits(wanted)
    while isinstance(node := get(place), Branch):
        bit = bits[len(place)]
        siblings.append(_sum_at(get(place + ("1" if bit == "0" else "0"))))
        place += bit
    return Path(tuple(siblings), node)


def nearest(wanted: bytes, get: GetNode) -> bytes | None:
    """Return the position of an account with many leading bits of `wanted`; None in an empty tree.

    Where nothing stands on the wanted side the path goes on at the other one (近い口座).
    """
    _check_bytes(wanted)
    place, bits = "", _bits(wanted)
    while isinstance(node := get(place), Branch):
        bit = bits[len(place)]
        place += bit if get(place + bit) is not None else "10"[int(bit)]
    return node.position if node is not None else None


def _root_of(wanted: bytes, end: Sum, siblings: Sequence[Sum]) -> Sum:
    """Fold a path from its end up to the root."""
    if len(siblings) > POSITION_BITS:
        raise ProofError(f"a path of the ledger has at most {POSITION_BITS} siblings")
    if any(sibling.hash == EMPTY.hash and sibling.count for sibling in siblings):
        raise ProofError("an empty subtree of the ledger must have the count 0")
    current = end
    for bit, sibling in zip(_bits(wanted)[len(siblings) - 1 :: -1], siblings[::-1], strict=False):
        pair = (current, sibling) if bit == "0" else (sibling, current)
        current = branch_sum(*pair)
    return current


def verify(expected_root: Sum, wanted: bytes, path: Path) -> Account | None:
    """Return the account at a position under a root, None if there is none (経路の検証).

    Raises `ProofError` unless the path shows it: each position has one place, so there is no
    second account of the same code under the same root.
    """
    _check_bytes(wanted)
    leaf, depth = path.terminal, len(path.siblings)
    if leaf is not None and path.siblings and path.siblings[-1] == EMPTY:
        raise ProofError("the leaf stands deeper than it may: it has no neighbour")
    if leaf is None and path.siblings[-1:] == (EMPTY,):
        raise ProofError("the path ends deeper than it may: there is nothing on either side")
    if leaf is not None and _bits(leaf.position)[:depth] != _bits(wanted)[:depth]:
        raise ProofError("the leaf at the end of the path stands elsewhere")
    found = _root_of(wanted, EMPTY if leaf is None else leaf.sum, path.siblings)
    if found != expected_root:
        raise ProofError("the path does not lead to this root of the ledger")
    return leaf.account if leaf is not None and leaf.position == wanted else None
