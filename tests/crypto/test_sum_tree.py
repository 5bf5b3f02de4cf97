"""The ledger against a naive recursive tree, and every lie that must not pass."""

from dataclasses import replace
from hashlib import sha256

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from renkei.crypto import sum_tree
from renkei.crypto.encoding import join
from renkei.crypto.errors import ProofError
from renkei.crypto.sum_tree import COUNT_LIMIT, EMPTY, Account, Branch, Leaf, Node, Path, Sum

Accounts = dict[bytes, Account]
heads = st.binary(min_size=32, max_size=32)
# Positions that share long prefixes, as nobody's do by chance, next to ordinary ones.
positions = st.one_of(
    heads,
    st.integers(0, 15).map(lambda number: number.to_bytes(32, "big")),
    st.integers(0, 15).map(lambda number: (number << 252).to_bytes(32, "big")),
)
accounts = st.builds(Account, heads, st.integers(0, 1 << 40))
ledgers = st.dictionaries(positions, accounts, max_size=20)


def naive(ledger: Accounts, depth: int = 0) -> tuple[bytes, int]:
    """The definition: an empty subtree, a lone account, or both halves, hashed with counts."""
    if not ledger:
        return sha256(join("renkei ledger empty v1")).digest(), 0
    if len(ledger) == 1:
        ((place, account),) = ledger.items()
        content = place + account.head + account.count.to_bytes(8, "big")
        return sha256(join("renkei ledger leaf v2") + content).digest(), account.count
    halves: list[Accounts] = [{}, {}]
    for place, account in ledger.items():
        halves[place[depth // 8] >> (7 - depth % 8) & 1][place] = account
    (left, left_count), (right, right_count) = (naive(half, depth + 1) for half in halves)
    content = left + left_count.to_bytes(8, "big") + right + right_count.to_bytes(8, "big")
    return sha256(join("renkei ledger branch v1") + content).digest(), left_count + right_count


def build(ledger: Accounts) -> dict[str, Node]:
    return sum_tree.update(ledger)


def place(number: int) -> bytes:
    return sum_tree.position(number.to_bytes(32, "big"))


LEDGER = {place(number): Account(bytes((number,)) * 32, number) for number in range(50)}
TREE = build(LEDGER)
ROOT = sum_tree.root(TREE.get)


def test_position() -> None:
    """An account stands at the SHA-256 of its code, and a code has 32 bytes."""
    assert sum_tree.position(bytes(32)) == sha256(bytes(32)).digest()
    for length in (0, 31, 33):
        with pytest.raises(ProofError):
            sum_tree.position(bytes(length))


def test_fixed_root() -> None:
    """The root over three fixed accounts is fixed, so that old ledgers stay verifiable."""
    ledger = {place(number): Account(bytes((number,)) * 32, number + 1) for number in range(3)}
    root = sum_tree.root(build(ledger).get)
    assert root.count == 6
    assert root.hash.hex() == "cddc3125c52c49bedd9513b868f29692036f24cdfc8a8f4fb6f9dff501cd9b7b"


@given(ledgers)
def test_root(ledger: Accounts) -> None:
    """The root is that of the definition, its count the sum of all counts."""
    root = sum_tree.root(build(ledger).get)
    assert (root.hash, root.count) == naive(ledger)
    assert root.count == sum(account.count for account in ledger.values())


@given(ledgers, st.lists(ledgers, max_size=4))
def test_updates(ledger: Accounts, later: list[Accounts]) -> None:
    """Any sequence of updates leaves exactly the nodes of a tree built at once."""
    tree = build(ledger)
    for changes in later:
        tree.update(sum_tree.update(changes, tree.get))
        ledger = ledger | changes
    assert tree == build(ledger)


@given(ledgers)
def test_one_by_one(ledger: Accounts) -> None:
    """The order in which accounts come does not matter."""
    tree: dict[str, Node] = {}
    for position, account in reversed(ledger.items()):
        tree.update(sum_tree.update({position: account}, tree.get))
    assert tree == build(ledger)


@given(ledgers, positions)
def test_paths(ledger: Accounts, other: bytes) -> None:
    """Every account, and the absence of any other, is shown by its path and verifies."""
    tree = build(ledger)
    root = sum_tree.root(tree.get)
    for position in [*ledger, other]:
        path = sum_tree.prove(position, tree.get)
        assert sum_tree.verify(root, position, path) == ledger.get(position)


def test_empty_ledger() -> None:
    """The empty ledger has the empty root, in which nobody has an account."""
    assert build({}) == {}
    assert sum_tree.root({}.get) == EMPTY
    assert sum_tree.verify(EMPTY, place(1), sum_tree.prove(place(1), {}.get)) is None


def test_update_touches_only_the_path() -> None:
    """Changing one account of many changes only the nodes on its way."""
    changed = sum_tree.update({place(7): Account(bytes(32), 8)}, TREE.get)
    depth = len(sum_tree.prove(place(7), TREE.get).siblings)
    assert len(changed) == depth + 1
    assert sum_tree.update({}, TREE.get) == {}


@pytest.mark.parametrize("number", range(0, 50, 7))
def test_lies_about_an_account(number: int) -> None:
    """Another head, a smaller or larger count, or another position does not verify."""
    path = sum_tree.prove(place(number), TREE.get)
    leaf = path.terminal
    assert leaf is not None
    account = leaf.account
    lies = [Account(bytes(31) + b"\1", account.count), Account(account.head, account.count + 1)]
    if account.count:
        lies.append(Account(account.head, account.count - 1))
    for lie in lies:
        with pytest.raises(ProofError):
            sum_tree.verify(ROOT, place(number), Path(path.siblings, Leaf(leaf.position, lie)))
    with pytest.raises(ProofError):
        sum_tree.verify(ROOT, place(number), Path(path.siblings, Leaf(place(99), account)))
    with pytest.raises(ProofError):
        sum_tree.verify(ROOT, place(number), Path(path.siblings, None))


@pytest.mark.parametrize("number", range(0, 50, 7))
def test_lies_about_a_path(number: int) -> None:
    """A path cut, grown, reordered, or with any hash or count changed does not verify."""
    path = sum_tree.prove(place(number), TREE.get)
    siblings = path.siblings
    lies = [siblings[1:], siblings[:-1], (*siblings, EMPTY), (EMPTY, *siblings), siblings[::-1]]
    lies += [(*siblings, siblings[-1]), siblings * 100]
    for at, sibling in enumerate(siblings):
        before, after = siblings[:at], siblings[at + 1 :]
        changed = bytes((sibling.hash[0] ^ 1,)) + sibling.hash[1:]
        lies.append((*before, replace(sibling, hash=changed), *after))
        lies.append((*before, replace(sibling, count=sibling.count + 1), *after))
        lies.append((*before, EMPTY, *after))
    for lie in lies:
        if lie != siblings:
            with pytest.raises(ProofError):
                sum_tree.verify(ROOT, place(number), Path(lie, path.terminal))


def test_other_roots() -> None:
    """A path does not verify under another hash, another count or another ledger's root."""
    path = sum_tree.prove(place(3), TREE.get)
    for root in (replace(ROOT, count=ROOT.count + 1), replace(ROOT, hash=bytes(32)), EMPTY):
        with pytest.raises(ProofError):
            sum_tree.verify(root, place(3), path)


def test_path_of_another_person() -> None:
    """The path of one account is no path of another, and no absence of the account itself."""
    path = sum_tree.prove(place(3), TREE.get)
    with pytest.raises(ProofError):
        sum_tree.verify(ROOT, place(4), path)


def test_one_place_per_code() -> None:
    """A second leaf for a code, hung deeper or beside, has no path that verifies."""
    position = place(1)
    first, second = Leaf(position, Account(bytes(32), 2)), Leaf(position, Account(bytes(32), 3))
    bit = position[0] >> 7
    for pair in ((first.sum, second.sum), (second.sum, first.sum)):
        forged = sum_tree.branch_sum(*pair)
        on_path, beside = (first, second) if (pair[bit] == first.sum) else (second, first)
        shown = Path((pair[1 - bit],), on_path)
        assert sum_tree.verify(forged, position, shown) == on_path.account
        with pytest.raises(ProofError):
            sum_tree.verify(forged, position, Path((pair[bit],), beside))


def test_a_leaf_without_neighbour() -> None:
    """A leaf hung deeper than its neighbours require is refused, so a ledger has one form."""
    leaf = Leaf(place(1), Account(bytes(32), 2))
    bit = place(1)[0] >> 7
    pair = (EMPTY, leaf.sum) if bit else (leaf.sum, EMPTY)
    with pytest.raises(ProofError, match="deeper"):
        sum_tree.verify(sum_tree.branch_sum(*pair), place(1), Path((EMPTY,), leaf))
    both_empty = sum_tree.branch_sum(EMPTY, EMPTY)
    with pytest.raises(ProofError, match="deeper"):
        sum_tree.verify(both_empty, place(1), Path((EMPTY,), None))


def test_a_misplaced_leaf() -> None:
    """A leaf hung where its position does not lead shows nothing, not even absence."""
    wanted = place(1)
    other = next(place(n) for n in range(2, 99) if (place(n)[0] ^ wanted[0]) & 0x80)
    leaf, beside = Leaf(other, Account(bytes(32), 2)), Sum(bytes(32), 1)
    pair = (beside, leaf.sum) if wanted[0] & 0x80 else (leaf.sum, beside)
    with pytest.raises(ProofError, match="elsewhere"):
        sum_tree.verify(sum_tree.branch_sum(*pair), wanted, Path((beside,), leaf))


def test_deepest_path() -> None:
    """Two positions that differ in the last bit have paths of 256 siblings, and none has more."""
    twins = [bytes(32), bytes(31) + b"\1"]
    tree = build({position: Account(position, 1) for position in twins})
    root = sum_tree.root(tree.get)
    for position in twins:
        path = sum_tree.prove(position, tree.get)
        assert len(path.siblings) == 256
        assert sum_tree.verify(root, position, path) == Account(position, 1)
        longer = Path((EMPTY, *path.siblings), path.terminal)
        with pytest.raises(ProofError, match="at most 256"):
            sum_tree.verify(root, position, longer)


def test_counted_nothing() -> None:
    """An empty subtree with a count, which would hide lines, is refused."""
    position = place(1)
    ghost = Sum(EMPTY.hash, 5)
    leaf = Leaf(position, Account(bytes(32), 2))
    bit = position[0] >> 7
    pair = (ghost, leaf.sum) if bit else (leaf.sum, ghost)
    with pytest.raises(ProofError, match="count 0"):
        sum_tree.verify(sum_tree.branch_sum(*pair), position, Path((ghost,), leaf))


@pytest.mark.parametrize("count", [-1, COUNT_LIMIT + 1, 1.0, True, "1"])
def test_counts(count: int) -> None:
    """A count that is negative, above 64 bits or no whole number is refused."""
    with pytest.raises(ProofError, match="count"):
        Account(bytes(32), count)
    with pytest.raises(ProofError, match="count"):
        Sum(bytes(32), count)


def test_overflow() -> None:
    """A sum above 64 bits is refused instead of wrapping round, in building and verifying."""
    ledger = {place(0): Account(bytes(32), COUNT_LIMIT), place(1): Account(bytes(32), 1)}
    with pytest.raises(ProofError, match="overflow"):
        build(ledger)
    leaf = Leaf(place(0), ledger[place(0)])
    with pytest.raises(ProofError, match="overflow"):
        sum_tree.verify(ROOT, place(0), Path((Sum(bytes(32), 1),), leaf))
    assert sum_tree.root(build({place(0): ledger[place(0)]}).get).count == COUNT_LIMIT


@pytest.mark.parametrize("length", [0, 31, 33])
def test_lengths(length: int) -> None:
    """Positions, heads and hashes that are not 32 bytes are refused."""
    value = bytes(length)
    for use in (
        lambda: Account(value, 1),
        lambda: Leaf(value, Account(bytes(32), 1)),
        lambda: Sum(value, 1),
        lambda: sum_tree.prove(value, TREE.get),
        lambda: sum_tree.verify(ROOT, value, Path((), None)),
        lambda: sum_tree.update({value: Account(bytes(32), 1)}),
    ):
        with pytest.raises(ProofError, match="32 bytes"):
            use()


def test_leaf_and_branch_never_meet() -> None:
    """No branch has the hash of a leaf over the same bytes, as each is hashed under its name."""
    leaf = Leaf(bytes(32), Account(bytes(32), 0))
    branch = sum_tree.branch_sum(Sum(bytes(32), 0), Sum(bytes(32), 0))
    assert leaf.sum.hash != branch.hash
    assert Branch(leaf.sum) != leaf


@settings(max_examples=10)
@given(st.integers(200, 600))
def test_depth_of_ordinary_ledgers(size: int) -> None:
    """Paths of ordinary ledgers stay short: far below the 256 bits of a position."""
    tree = build({place(number): Account(bytes(32), 1) for number in range(size)})
    assert max(len(text) for text in tree) < 40
    assert sum_tree.root(tree.get).count == size
