"""The witness cosigns only what extends what it saw, whatever happens to it or to the log."""

import looking
import pytest
from overseen import EXCHANGE, RECEIPT, World
from placing import copied_database, removed

from renkei.crypto import checkpoint
from renkei.crypto.note import parse_note
from renkei.roles.oversight.service.counting import EntriesDiffer
from renkei.roles.oversight.store import counts
from renkei.roles.oversight.store import witness as store
from renkei.wire.errors import WireError


def grow(world: World, number: int) -> None:
    for index in range(number):
        world.log.append(EXCHANGE if index % 3 else RECEIPT, {"n": index})


def cosigned_sizes(world: World) -> list[int]:
    return [one.log_size for one in world.log.cosignatures]


async def test_growth_is_cosigned(world, commission) -> None:
    """Each growth is cosigned once, with a cosignature that verifies for the log's own note."""
    for number in (1, 4, 300, 0, 700):
        grow(world, number)
        await commission.witness.step()
    assert cosigned_sizes(world) == [1, 5, 305, 1005]
    note = parse_note(world.log.cosigned)
    assert checkpoint.verify_checkpoint(note, world.log_keys.log).head == world.log.head
    assert checkpoint.verify_cosignature(note, world.log_keys.witness) == int(
        world.clock.now().timestamp()
    )
    assert await commission.kinds() == []


async def test_a_quiet_log_is_cosigned_again(world, commission) -> None:
    """A log that does not grow is cosigned anew after half a minute, so that the age tells."""
    grow(world, 3)
    await commission.witness.step()
    world.clock.advance(29)
    await commission.witness.step()
    assert cosigned_sizes(world) == [3]
    world.clock.advance(2)
    await commission.witness.step()
    assert cosigned_sizes(world) == [3, 3]


@pytest.mark.parametrize(("size", "fork_at", "extra"), [(5, 2, 3), (300, 299, 40), (8, 8, 0)])
async def test_a_fork_is_a_finding_and_never_cosigned(
    world, commission, size, fork_at, extra
) -> None:
    """A checkpoint with another past gives a finding with both signed notes, no cosignature."""
    grow(world, size)
    await commission.witness.step()
    before = world.log.note()
    world.log.replace(fork_at - 1, size - fork_at + 1 + extra)
    for _ in range(3):
        await commission.witness.step()
    assert cosigned_sizes(world) == [size]
    (found,) = await commission.found()
    assert found.kind == "fork"
    assert found.possible == ["linkage"]
    assert found.evidence == [before.decode(), world.log.note().decode()]


async def test_a_cut_log_is_a_finding(world, commission) -> None:
    """A log that shows less than before is a fork, even where what is left is unchanged."""
    grow(world, 9)
    await commission.witness.step()
    world.log.cut(6)
    await commission.witness.step()
    assert cosigned_sizes(world) == [9]
    assert await commission.kinds() == ["fork"]


async def test_a_log_that_comes_back_is_cosigned_again(world, commission) -> None:
    """After a fork the witness goes on with the log it knows, should that come back."""
    grow(world, 5)
    await commission.witness.step()
    honest = list(world.log.entries)
    world.log.replace(2, 4)
    await commission.witness.step()
    world.log.hold(honest)
    grow(world, 2)
    await commission.witness.step()
    assert cosigned_sizes(world) == [5, 7]


async def test_a_foreign_signature_is_not_believed(world, commission) -> None:
    """A checkpoint that the log's key did not sign is neither cosigned nor held against the log."""
    grow(world, 2)
    foreign = world.parties["oversight"].keys
    sign, text = foreign.sign_note, checkpoint.Checkpoint("renkei.test/log", world.log.head)
    forged = checkpoint.sign_checkpoint(text, world.log.key, lambda data: sign("witness", data))
    world.log.note = lambda head=None: bytes(forged)
    with pytest.raises(WireError, match="signature"):
        await commission.witness.step()
    assert await commission.kinds() == []
    assert cosigned_sizes(world) == []


async def test_a_damaged_tile_is_fetched_again(world, commission) -> None:
    """A tile damaged on its way once is no fork."""
    grow(world, 300)
    await commission.witness.step()
    grow(world, 300)
    honest, damaged = world.log.public_file, []

    async def once(path: str) -> bytes:
        data = await honest(path)
        if path.startswith("tile/0/") and not damaged:
            damaged.append(path)
            return bytes(len(data))
        return data

    world.log.public_file = once
    await commission.witness.step()
    assert damaged
    assert cosigned_sizes(world) == [300, 600]
    assert await commission.kinds() == []


async def test_state_is_on_disk_before_the_cosignature_leaves(world, commission) -> None:
    """When the network gets a cosignature, the witness's state on disk already vouches for it."""
    grow(world, 4)
    on_disk = []
    world.log.before_noting = lambda: on_disk.append(_size_on_disk(world))
    await commission.witness.step()
    grow(world, 3)
    await commission.witness.step()
    assert on_disk == [4, 7]


def _size_on_disk(world: World) -> int:
    return looking.rows(world.where, "SELECT size FROM witness")[0][0]


# -- restored from an old backup -------------------------------------------------------------------


async def _backup_then_grow(world, commission_type) -> None:
    """Cosign 5, take a backup, cosign 12, then restore the backup."""
    first = commission_type(world)
    grow(world, 5)
    await first.see()
    first.database.close()
    backup = world.path.with_name("backup.sqlite")
    copied_database(world.path, backup)
    second = commission_type(world)
    grow(world, 7)
    await second.see()
    second.database.close()
    assert cosigned_sizes(world) == [5, 12]
    removed(world.path)
    copied_database(backup, world.path)


@pytest.fixture
def commission_type(commission):
    """The Commission's class, to start it more than once."""
    commission.database.close()
    return type(commission)


async def test_an_old_backup_catches_up_with_its_own_cosignature(world, commission_type) -> None:
    """Restored to 5, it reads that it had cosigned 12, moves there, and goes on from there."""
    await _backup_then_grow(world, commission_type)
    restored = commission_type(world)
    world.log.cut(12)
    grow(world, 2)
    await restored.see()
    seen = await restored.database.read(store.load)
    assert seen.head.size == 14
    assert cosigned_sizes(world) == [5, 12, 14]
    assert await restored.kinds() == []
    restored.database.close()


@pytest.mark.parametrize(("fork_at", "number"), [(8, 3), (8, 4), (8, 30), (5, 7)])
async def test_an_old_backup_does_not_cosign_a_fork(
    world, commission_type, fork_at, number
) -> None:
    """Restored to 5, it is shown a log that extends 5 and contradicts the 12 it cosigned: never."""
    await _backup_then_grow(world, commission_type)
    restored = commission_type(world)
    world.log.replace(fork_at, number)
    for _ in range(3):
        await restored.witness.step()
    assert cosigned_sizes(world) == [5, 12]
    restored.database.close()
    again = commission_type(world)
    for _ in range(3):
        await again.witness.step()
    assert cosigned_sizes(world) == [5, 12]
    assert "fork" in await again.kinds()
    again.database.close()


async def test_a_hidden_cosignature_stops_it(world, commission_type) -> None:
    """A network that no longer shows the cosigned checkpoint gets no new cosignature."""
    first = commission_type(world)
    grow(world, 5)
    await first.see()
    first.database.close()
    world.log.cosigned = None
    restored = commission_type(world)
    grow(world, 5)
    await restored.witness.step()
    assert cosigned_sizes(world) == [5]
    assert await restored.kinds() == ["fork"]
    restored.database.close()


async def test_two_witnesses_on_one_database_do_not_both_move(world, commission_type) -> None:
    """Of two processes with one database only one moves the state from where both found it."""
    first, second = commission_type(world), commission_type(world)
    grow(world, 3)
    await first.witness.step()
    seen = await second.database.read(store.load)
    grow(world, 3)
    await first.witness.step()
    now, head, note = world.clock.now(), world.log.head, world.log.note()
    with pytest.raises(store.Superseded):
        await second.database.write(lambda c: store.advance(c, seen, head, note, now))
    first.database.close()
    second.database.close()


# -- counting --------------------------------------------------------------------------------------


async def test_kinds_are_counted_at_every_size(world, commission) -> None:
    """The count of exchange entries is right below every size, over bundles and between them."""
    for number in (1, 255, 1, 300, 9):
        grow(world, number)
        await commission.see()
    kinds = [entry[0] for entry in world.log.entries]
    for size in range(len(kinds) + 1):
        own = await commission.database.read(lambda c, size=size: counts.exchange_below(c, size))
        assert own == kinds[:size].count(EXCHANGE)
    total = kinds.count(EXCHANGE)
    leaves = await commission.database.read(
        lambda c: [counts.exchange_leaf(c, rank) for rank in range(total)]
    )
    assert leaves == [at for at, kind in enumerate(kinds) if kind == EXCHANGE]


async def test_entries_of_another_tree_are_a_finding(world, commission) -> None:
    """A log whose entries are not those under its tree is found, and nothing of them is counted."""
    grow(world, 40)
    await commission.witness.step()
    world.log.tree()
    world.log.entries[7] = bytes([EXCHANGE]) + bytes(32)
    with pytest.raises(EntriesDiffer):
        await commission.counter.step(16)
    assert await commission.kinds() == ["entries-differ"]
    assert (await commission.database.read(counts.load)).frontier.size == 0
