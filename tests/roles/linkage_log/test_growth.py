"""How the log grows: order, heads, tiles, proofs; nothing moves and no size has two roots."""

import base64
import random

import pytest
import sqlalchemy as sa
from small_network import SmallNetwork

from renkei.crypto import merkle, tiles
from renkei.crypto.checkpoint import parse_checkpoint
from renkei.crypto.merkle import TreeHead, leaf_hash
from renkei.kit.database import connect
from renkei.roles.linkage.service.sequencer import LogBroken, Sequencer
from renkei.roles.linkage.store import checkpoints, log
from renkei.roles.linkage.store.tables import CHECKPOINT, LEAF, NODE
from renkei.wire.entries import EntryKind
from renkei.wire.linkage.permit import Permit

SIZE = 600
EDGES = {*range(1, 40), 255, 256, 257, 258, 511, 512, 513, 599, 600}


async def append(network: SmallNetwork, count: int) -> None:
    """Write entries that nobody needs to understand."""
    records = [(random.randbytes(40), random.randbytes(32)) for _ in range(count)]
    await network.database.write(lambda c: log.append_all(c, EntryKind.EXCHANGE, records))


async def head(network: SmallNetwork) -> TreeHead:
    """The newest head, verified as anybody outside would."""
    file = await network.public.file("checkpoint")
    assert file is not None
    return parse_checkpoint(file.body, network.log_key)[0].head


async def hashes(network: SmallNetwork, size: int) -> merkle.GetHash:
    """A tree of one size as its tiles tell it."""
    held = {}
    for tile in tiles.new_tiles(0, size):
        file = await network.public.file(tile.path)
        assert file is not None, tile.path
        held[tile] = file.body
    return tiles.tile_reader(size, held.__getitem__)


async def entries(network: SmallNetwork, size: int) -> list[bytes]:
    """All entries of a log of one size as its bundles tell them."""
    found = []
    for bundle in tiles.new_bundles(0, size):
        file = await network.public.file(bundle.path)
        assert file is not None
        found += tiles.decode_bundle(file.body, bundle.width)
    return found


async def test_proofs_of_every_size(network: SmallNetwork) -> None:
    """Tiles of every size from 0 to 600 give the signed root and proofs that verify."""
    draw = random.Random(1)
    await network.integrate()
    heads = {0: TreeHead(0, merkle.EMPTY_ROOT), 1: await head(network)}
    for size in range(2, SIZE + 1):
        await append(network, 1)
        assert await network.integrate() == 1
        heads[size] = await head(network)
        assert heads[size].size == size
    leaves = [leaf_hash(entry) for entry in await entries(network, SIZE)]
    for size in range(1, SIZE + 1):
        get_hash = await hashes(network, size)
        assert merkle.frontier(size, get_hash).root() == heads[size].root
        all_of_them = range(size)
        few = {0, size - 1, *(draw.randrange(size) for _ in range(4))}
        for index in all_of_them if size in EDGES else few:
            proof = merkle.inclusion_proof(index, size, get_hash)
            merkle.verify_inclusion(leaves[index], index, heads[size], proof)
            growth = merkle.consistency_proof(index, size, get_hash)
            merkle.verify_consistency(heads[index], heads[size], growth)


@pytest.mark.parametrize("batch", [1, 7, 256, 300, 1_024])
async def test_batches_do_not_matter(network: SmallNetwork, batch: int) -> None:
    """However many entries are integrated at once, tree and stored nodes are the same."""
    await append(network, SIZE - 1)
    while await network.sequencer.integrate(batch):
        pass
    newest = await head(network)
    assert newest.size == SIZE
    leaves = [leaf_hash(entry) for entry in await entries(network, SIZE)]
    assert merkle.root(leaves) == newest.root
    with connect(network.where) as connection:
        nodes = connection.execute(sa.select(NODE.c.level, NODE.c.place, NODE.c.hash)).all()
    assert [tuple(node) for node in nodes] == [
        (1, place, merkle.root(leaves[place * 256 : (place + 1) * 256])) for place in (0, 1)
    ]


async def test_entries_never_move(network: SmallNetwork) -> None:
    """Entries keep their order of writing, and their positions as the log grows."""
    await append(network, 300)
    await network.integrate()
    before = await entries(network, 301)
    await append(network, 300)
    await network.integrate()
    assert (await entries(network, 601))[:301] == before
    with connect(network.where) as connection:
        rows = connection.execute(sa.select(LEAF.c.seq, LEAF.c.position, LEAF.c.entry)).all()
    assert [row.position for row in sorted(rows)] == list(range(601))
    assert all(len(row.entry) == 33 for row in rows)


async def test_a_permits_promise_is_kept(network: SmallNetwork) -> None:
    """The entry hash of a permit is the leaf at its place; the entry says only its kind."""
    permit = await network.exchange()
    assert isinstance(permit, Permit)
    assert network.woken
    await network.integrate()
    (kind_3, exchange) = await entries(network, 2)
    assert (kind_3[0], exchange[0]) == (3, 1)
    assert leaf_hash(exchange) == permit.entry_hash


async def test_permits_do_not_wait(network: SmallNetwork) -> None:
    """Exchange goes on where the sequencer does not; what was promised is integrated later."""
    await network.integrate()
    with connect(network.where) as connection:
        connection.execute(CHECKPOINT.update().values(peaks=bytes(32)))
    permits = [await network.exchange(number) for number in (1, 2)]
    with pytest.raises(LogBroken):
        await network.integrate()
    with connect(network.where) as connection:
        connection.execute(CHECKPOINT.update().values(peaks=CHECKPOINT.c.root))
    assert await network.integrate() == 2
    leaves = [leaf_hash(entry) for entry in await entries(network, 3)]
    assert leaves[1:] == [permit.entry_hash for permit in permits]


async def test_nothing_waits_nothing_is_signed(network: SmallNetwork) -> None:
    """Without new entries the head stays the same, byte for byte."""
    await network.integrate()
    first = await network.public.file("checkpoint")
    assert await network.integrate() == 0
    assert await network.public.file("checkpoint") == first


async def test_no_head_before_the_first_entry(network: SmallNetwork) -> None:
    """Before anything is integrated there is no checkpoint, no cosigned one and no tile."""
    for path in ("checkpoint", "cosigned", "tile/0/000.p/1", "tile/entries/000.p/1"):
        assert await network.public.file(path) is None


async def test_pending_entries_are_not_served(network: SmallNetwork) -> None:
    """Tiles and bundles end where the signed head does, and only canonical paths name them."""
    await append(network, 300)
    await network.sequencer.integrate(256)
    assert await network.public.file("tile/0/000") is not None
    assert await network.public.file("tile/1/000.p/1") is not None
    for path in (
        "tile/0/001.p/1",
        "tile/entries/001.p/1",
        "tile/1/000",
        "tile/1/000.p/2",
        "tile/2/000.p/1",
        "tile/0/000.p/0",
        "tile/0/000.p/257",
        "tile/00/000",
        "tile/0/0",
        "tile/0/../checkpoint",
        "",
    ):
        assert await network.public.file(path) is None, path


class Counting:
    """The network's keys, remembering every root that was signed for each size."""

    def __init__(self, network: SmallNetwork) -> None:
        self._keys = network.parties["linkage"].keys
        self.signed: dict[int, set[bytes]] = {}

    def public(self, key: str) -> bytes:
        return self._keys.public(key)

    def sign_note(self, key: str, data: bytes) -> bytes:
        _, size, root, _ = data.decode().split("\n")
        self.signed.setdefault(int(size), set()).add(base64.b64decode(root))
        return self._keys.sign_note(key, data)


async def test_one_root_per_size_through_failed_commits(
    network: SmallNetwork, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A step whose commit fails leaves the state before; what is signed then has the same root."""
    keys = Counting(network)
    sequencer = Sequencer(keys, network.database, network.log_key.name)  # type: ignore[arg-type]
    real, failing = checkpoints.add, [True]

    def add(connection: sa.Connection, new: checkpoints.Head) -> None:
        real(connection, new)
        if failing[0]:
            raise OSError("no space left")

    monkeypatch.setattr(checkpoints, "add", add)
    for count in (3, 300):
        await append(network, count)
        for attempt_fails in (True, True, False):
            failing[0] = attempt_fails
            with connect(network.where) as connection:
                before = checkpoints.size(connection)
                assert log.next_position(connection) == before
            if attempt_fails:
                with pytest.raises(OSError, match="space"):
                    await sequencer.integrate(1_024)
                await append(network, 1)
            else:
                await sequencer.integrate(1_024)
    assert sorted(keys.signed) == [4, 5, 6, 306, 307, 308]
    assert all(len(roots) == 1 for roots in keys.signed.values())
    assert await head(network) == TreeHead(308, keys.signed[308].pop())


@pytest.mark.parametrize(
    ("statement", "said"),
    [
        (CHECKPOINT.update().values(peaks=bytes(64)), "signed root"),
        (CHECKPOINT.delete(), "positions"),
        (LEAF.update().where(LEAF.c.position == 1).values(position=7), "positions"),
    ],
)
async def test_a_broken_log_is_not_signed(
    network: SmallNetwork, statement: sa.Executable, said: str
) -> None:
    """Where what is stored contradicts itself nothing is integrated and nothing is signed."""
    await append(network, 2)
    await network.integrate()
    await append(network, 1)
    with connect(network.where) as connection:
        connection.execute(statement)
    keys = Counting(network)
    sequencer = Sequencer(keys, network.database, network.log_key.name)  # type: ignore[arg-type]
    with pytest.raises(LogBroken, match=said):
        await sequencer.integrate(1_024)
    assert keys.signed == {}


async def test_another_order_is_not_signed_for_the_same_size(network: SmallNetwork) -> None:
    """A database that went back in time and grew otherwise gets no second root for a size."""
    await network.integrate()
    with connect(network.where) as connection:
        before = connection.execute(LEAF.select()).all()
    await append(network, 1)
    await network.integrate()
    with connect(network.where) as connection:
        connection.execute(LEAF.delete().where(LEAF.c.seq > before[-1].seq))
        connection.execute(CHECKPOINT.delete().where(CHECKPOINT.c.size == 2))
    await append(network, 1)
    with pytest.raises(LogBroken, match="another root"):
        await network.integrate()
